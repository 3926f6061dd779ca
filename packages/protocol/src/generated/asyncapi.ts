// Written by `npm run generate -w @parlance/protocol` from asyncapi.json. Do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A file that travels with a message. */
        Attachment: {
            /** @description Media type, judged by content. */
            content_type: string;
            /**
             * Format: int32
             * @description Length in milliseconds, for recordings.
             */
            duration_ms: number | null;
            /**
             * Format: int32
             * @description Height in pixels, for pictures.
             */
            height: number | null;
            /**
             * Format: uuid
             * @description Public id, to be named in a send.
             */
            id: string;
            /** @description The file's own name. */
            name: string;
            /**
             * Format: int64
             * @description Size in bytes.
             */
            size_bytes: number;
            /**
             * @description Where the bytes are, for a while and without a header; absolute where the app's public
             *     address is known, else relative to the server.
             */
            url: string;
            /**
             * Format: int32
             * @description Width in pixels, for pictures.
             */
            width: number | null;
        };
        /** @description A JWT of the app. */
        Authenticate: {
            /** @description The token. */
            token: string;
        };
        /** @description Who is on the socket. */
        Authenticated: {
            /**
             * Format: uuid
             * @description Names the store's present life, for resuming.
             */
            epoch: string;
            /** @description The token's user. */
            user: components["schemas"]["User"];
        };
        /** @description What changed since the client last heard. */
        Changes: {
            /** @description Conversations that changed, and unknown ones with their newest messages. */
            conversations: components["schemas"]["ConversationChanges"][];
            /**
             * Format: uuid
             * @description Names the store's present life.
             */
            epoch: string;
            /** @description Conversations that are not the caller's any more. */
            removed: string[];
            /** @description The epoch differs from the client's: drop all and load anew. */
            reset: boolean;
        };
        /** @description What a conversation is about in the host product. */
        Context: {
            /** @description The host's id of it. */
            id: string | null;
            /** @description job, appointment, loan … */
            kind: string;
            /** @description Whatever else the host wants back. */
            metadata: Record<string, never>;
            /** @description Its title. */
            title: string | null;
            /** @description Where the host shows it. */
            url: string | null;
        };
        /** @description A conversation as the caller sees it. */
        Conversation: {
            /** @description Put away for the caller's party alone. */
            archived: boolean;
            context: components["schemas"]["Context"] | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Public id.
             */
            id: string;
            /** @description Who the two sides are. */
            kind: components["schemas"]["ConversationKind"];
            /**
             * Format: date-time
             * @description When the newest message was stored, or the conversation made.
             */
            last_activity_at: string;
            last_message: components["schemas"]["Message"] | null;
            /**
             * Format: int64
             * @description `seq` of the newest message, 0 when there is none.
             */
            last_seq: number;
            /** @description Present members. */
            members: components["schemas"]["Member"][];
            /** @description The caller's notifications are off. */
            muted: boolean;
            /**
             * Format: int64
             * @description Counter of lasting changes.
             */
            revision: number;
            /** @description Where it stands. */
            status: components["schemas"]["ConversationStatus"];
            /** @description Title or subject. */
            title: string | null;
            /**
             * Format: int64
             * @description What the caller's party has not read.
             */
            unread_count: number;
        };
        /** @description What changed in one conversation. */
        ConversationChanges: {
            /** @description The conversation as it stands now. */
            conversation: components["schemas"]["Conversation"];
            /** @description Ask again from `revision`. */
            has_more: boolean;
            /** @description Current rows with a later revision, by rising revision. */
            messages: components["schemas"]["Message"][];
            /**
             * Format: int64
             * @description What the client has once it has taken these in.
             */
            revision: number;
        };
        ConversationCreatedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["SharedConversation"];
            revision: number | null;
            /** @constant */
            type: "conversation.created";
        };
        ConversationDeletedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["Empty"];
            revision: number | null;
            /** @constant */
            type: "conversation.deleted";
        };
        /**
         * @description Who the two sides are.
         * @enum {string}
         */
        ConversationKind: "direct" | "desk";
        /** @description One conversation. */
        ConversationName: {
            /**
             * Format: uuid
             * @description Which.
             */
            conversation: string;
        };
        /**
         * @description Where a conversation stands.
         * @enum {string}
         */
        ConversationStatus: "open" | "closed" | "archived";
        ConversationUpdatedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["SharedConversation"];
            revision: number | null;
            /** @constant */
            type: "conversation.updated";
        };
        /** @description Messages reached a device of a party. */
        DeliveredEvent: {
            /**
             * Format: int64
             * @description Everything up to this `seq` has arrived.
             */
            delivered_seq: number;
            /** @description The part played. */
            part: string;
            /**
             * Format: uuid
             * @description Who; null for the staff side of a desk conversation.
             */
            user: string | null;
        };
        /** @description A delivered mark as it stands now. */
        DeliveredMark: {
            /**
             * Format: int64
             * @description Everything up to this `seq` has reached a device.
             */
            delivered_seq: number;
        };
        /** @description Nothing. */
        Empty: Record<string, never>;
        /** @description What has reached the device. */
        MarkConversationDelivered: {
            /**
             * Format: uuid
             * @description Where.
             */
            conversation: string;
            /**
             * Format: int64
             * @description Everything up to here.
             */
            seq: number;
        };
        /** @description What was read: everything up to a `seq`, or single messages; one of the two. */
        MarkConversationRead: {
            /**
             * Format: uuid
             * @description Where.
             */
            conversation: string;
            /** @description These. */
            messages?: string[];
            /**
             * Format: int64
             * @description Everything up to here.
             */
            seq?: number;
        };
        /** @description One party of a conversation, with its marks. */
        Member: {
            /**
             * Format: int64
             * @description Everything up to this `seq` has reached a device.
             */
            delivered_seq: number;
            /**
             * Format: date-time
             * @description When it joined.
             */
            joined_at: string;
            /**
             * Format: date-time
             * @description When it left or was removed.
             */
            left_at: string | null;
            /** @description The part played. */
            part: string;
            /**
             * Format: int64
             * @description Everything up to this `seq` is read.
             */
            read_seq: number;
            /**
             * Format: int64
             * @description The conversation's revision that last changed this row.
             */
            revision: number;
            user: components["schemas"]["User"] | null;
        };
        MemberAddedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["Member"];
            revision: number | null;
            /** @constant */
            type: "member.added";
        };
        MemberRemovedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["Member"];
            revision: number | null;
            /** @constant */
            type: "member.removed";
        };
        MemberUpdatedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["OwnMember"];
            revision: number | null;
            /** @constant */
            type: "member.updated";
        };
        /** @description A message as it stands now. A deleted one stays in its place, without words, files and metadata. */
        Message: {
            /** @description Files that came along. */
            attachments: components["schemas"]["Attachment"][];
            /** @description The words, exactly as sent. */
            body: string;
            /** @description The sender's own id of it. */
            client_id: string | null;
            /**
             * Format: uuid
             * @description Where it stands.
             */
            conversation: string;
            /**
             * Format: date-time
             * @description When it was stored (or, when imported, written).
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it was deleted.
             */
            deleted_at: string | null;
            /**
             * Format: date-time
             * @description When its words were last changed.
             */
            edited_at: string | null;
            /**
             * Format: uuid
             * @description Public id.
             */
            id: string;
            /** @description What it is. */
            kind: components["schemas"]["MessageKind"];
            /** @description What the sender or the host put beside it. */
            metadata: unknown;
            /** @description Reactions, the first one first. */
            reactions: components["schemas"]["Reaction"][];
            /**
             * Format: uuid
             * @description The message that it answers.
             */
            reply_to: string | null;
            /**
             * Format: int64
             * @description The conversation's revision that last changed it.
             */
            revision: number;
            /**
             * Format: uuid
             * @description Who wrote it; null for the system.
             */
            sender: string | null;
            /** @description The sender's name to show; empty for the system. */
            sender_name: string;
            /**
             * Format: int64
             * @description Place in the conversation's one order, from 1, without holes.
             */
            seq: number;
        };
        MessageCreatedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["Message"];
            revision: number | null;
            /** @constant */
            type: "message.created";
        };
        MessageDeleteReply: {
            data: components["schemas"]["Empty"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        MessageDeleteRequest: {
            data: components["schemas"]["MessageName"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "message.delete";
        };
        MessageDeletedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["Message"];
            revision: number | null;
            /** @constant */
            type: "message.deleted";
        };
        /** @description New words for a message. */
        MessageEdit: {
            /** @description The words. */
            body: string;
            /**
             * Format: uuid
             * @description Which.
             */
            message: string;
        };
        MessageEditReply: {
            data: components["schemas"]["Message"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        MessageEditRequest: {
            data: components["schemas"]["MessageEdit"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "message.edit";
        };
        /**
         * @description What a message is.
         * @enum {string}
         */
        MessageKind: "text" | "image" | "file" | "voice" | "system" | "payment" | "dispute" | "job_update";
        /** @description One message. */
        MessageName: {
            /**
             * Format: uuid
             * @description Which.
             */
            message: string;
        };
        /** @description A message to be sent. */
        MessageSend: {
            /** @description Files that the sender uploaded before. */
            attachments?: string[];
            /** @description The words; may be blank only with an attachment. */
            body?: string;
            /** @description The sender's own id: sent again with the same one, the first message is answered. */
            client_id: string;
            /**
             * Format: uuid
             * @description Where to.
             */
            conversation: string;
            /** @description What it is. */
            kind?: components["schemas"]["SentKind"];
            /** @description Kept beside the message as it is. */
            metadata?: unknown;
            /**
             * Format: uuid
             * @description The message that it answers.
             */
            reply_to?: string | null;
        };
        MessageSendReply: {
            data: components["schemas"]["Message"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        MessageSendRequest: {
            data: components["schemas"]["MessageSend"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "message.send";
        };
        MessageUpdatedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["Message"];
            revision: number | null;
            /** @constant */
            type: "message.updated";
        };
        /** @description Who is online. */
        OnlineUsers: {
            /** @description People who share a conversation with the caller. */
            online: string[];
        };
        /** @description A member with what only its own sockets hear of. */
        OwnMember: components["schemas"]["Member"] & {
            /** @description Put away for this member alone. */
            archived: boolean;
            /** @description Notifications are off. */
            muted: boolean;
        };
        PingReply: {
            data: components["schemas"]["Empty"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        PingRequest: {
            data?: components["schemas"]["Empty"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "ping";
        };
        PresenceChangedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["PresenceEvent"];
            revision: number | null;
            /** @constant */
            type: "presence.changed";
        };
        /** @description Somebody came online or went offline. */
        PresenceEvent: {
            /**
             * Format: date-time
             * @description When that was found.
             */
            last_seen_at: string;
            /** @description Whether at least one socket is open. */
            online: boolean;
            /**
             * Format: uuid
             * @description Who.
             */
            user: string;
        };
        PresenceListReply: {
            data: components["schemas"]["OnlineUsers"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        PresenceListRequest: {
            data?: components["schemas"]["Empty"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "presence.list";
        };
        /** @description An error (RFC 9457). */
        Problem: {
            /** @description What is wrong, for programs. */
            code: components["schemas"]["ProblemCode"];
            /** @description What happened this time. */
            detail: string;
            /** @description What is wrong with which field; with `invalid` only. */
            errors?: {
                [key: string]: string[];
            };
            /** @description Names the request; also in the header `x-request-id`. */
            request_id: string;
            /**
             * Format: int64
             * @description When to try again, in milliseconds; with `too_many_requests` only.
             */
            retry_after_ms?: number;
            /** @description The same request may succeed later. */
            retryable: boolean;
            /**
             * Format: int32
             * @description The HTTP status; on a socket the one that REST would have answered.
             */
            status: number;
            /** @description The code in words. */
            title: string;
            /** @description `urn:parlance:problem:` and the code. */
            type: string;
        };
        /**
         * @description What is wrong, for programs. The set may grow; none changes its meaning.
         * @enum {string}
         */
        ProblemCode: "unauthenticated" | "forbidden" | "not_found" | "method_not_allowed" | "conflict" | "closed" | "too_large" | "unsupported_media" | "malformed" | "invalid" | "too_many_requests" | "unavailable";
        /** @description One emoji and who reacted with it. */
        Reaction: {
            /** @description One emoji, or a short word. */
            emoji: string;
            /** @description Who, the first one first. */
            users: string[];
        };
        ReactionAddReply: {
            data: components["schemas"]["Message"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        ReactionAddRequest: {
            data: components["schemas"]["ReactionChange"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "reaction.add";
        };
        ReactionAddedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["ReactionEvent"];
            revision: number | null;
            /** @constant */
            type: "reaction.added";
        };
        /** @description A reaction, to be added or taken back. */
        ReactionChange: {
            /** @description One emoji, or a short word. */
            emoji: string;
            /**
             * Format: uuid
             * @description To what.
             */
            message: string;
        };
        /** @description Somebody reacted, or took it back. */
        ReactionEvent: {
            /** @description With what. */
            emoji: string;
            /** @description The message with its reactions as they stand now. */
            message: components["schemas"]["Message"];
            /**
             * Format: uuid
             * @description Who.
             */
            user: string;
        };
        ReactionRemoveReply: {
            data: components["schemas"]["Message"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        ReactionRemoveRequest: {
            data: components["schemas"]["ReactionChange"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "reaction.remove";
        };
        ReactionRemovedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["ReactionEvent"];
            revision: number | null;
            /** @constant */
            type: "reaction.removed";
        };
        /** @description A party read. */
        ReadEvent: {
            /** @description What was unread before. */
            messages: string[];
            /** @description The part played. */
            part: string;
            /**
             * Format: int64
             * @description Everything up to this `seq` is read.
             */
            read_seq: number;
            /**
             * Format: uuid
             * @description Who; null for the staff side of a desk conversation.
             */
            user: string | null;
        };
        /** @description A read mark as it stands now. */
        ReadMark: {
            /**
             * Format: int64
             * @description Everything up to this `seq` is read.
             */
            read_seq: number;
            /**
             * Format: int64
             * @description What is still unread.
             */
            unread_count: number;
        };
        ReceiptDeliveredEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["DeliveredEvent"];
            revision: number | null;
            /** @constant */
            type: "receipt.delivered";
        };
        ReceiptMarkDeliveredReply: {
            data: components["schemas"]["DeliveredMark"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        ReceiptMarkDeliveredRequest: {
            data: components["schemas"]["MarkConversationDelivered"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "receipt.mark_delivered";
        };
        ReceiptMarkReadReply: {
            data: components["schemas"]["ReadMark"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        ReceiptMarkReadRequest: {
            data: components["schemas"]["MarkConversationRead"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "receipt.mark_read";
        };
        ReceiptReadEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["ReadEvent"];
            revision: number | null;
            /** @constant */
            type: "receipt.read";
        };
        RefusalReply: {
            error: components["schemas"]["Problem"];
            id: components["schemas"]["RequestId"] | null;
            /** @constant */
            ok: false;
        };
        /** @description How the client calls a request; its reply carries the same. */
        RequestId: number | string;
        /**
         * @description What people send; the other kinds are posted by the host's backend.
         * @enum {string}
         */
        SentKind: "text" | "image" | "file" | "voice";
        SessionAuthenticateReply: {
            data: components["schemas"]["Authenticated"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        SessionAuthenticateRequest: {
            data: components["schemas"]["Authenticate"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "session.authenticate";
        };
        /** @description What the client has. */
        SessionResume: {
            /** @description The highest revision that it has of each conversation. */
            conversations: {
                [key: string]: number;
            };
            /**
             * Format: uuid
             * @description The epoch when it last heard.
             */
            epoch: string;
        };
        SessionResumeReply: {
            data: components["schemas"]["Changes"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        SessionResumeRequest: {
            data: components["schemas"]["SessionResume"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "session.resume";
        };
        /** @description What a socket hears right after it is authenticated. */
        SessionStarted: {
            /**
             * Format: uuid
             * @description Names the store's present life, for resuming.
             */
            epoch: string;
            /**
             * Format: int32
             * @description How often the server checks that the client is there, in milliseconds.
             */
            heartbeat_ms: number;
            /** @description Who is on it. */
            user: components["schemas"]["User"];
        };
        SessionStartedFrame: {
            data: components["schemas"]["SessionStarted"];
            /** @constant */
            type: "session.started";
        };
        /** @description A conversation as everybody in it may see it. */
        SharedConversation: {
            context: components["schemas"]["Context"] | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Public id.
             */
            id: string;
            /** @description Who the two sides are. */
            kind: components["schemas"]["ConversationKind"];
            /**
             * Format: date-time
             * @description When the newest message was stored, or the conversation made.
             */
            last_activity_at: string;
            /**
             * Format: int64
             * @description `seq` of the newest message, 0 when there is none.
             */
            last_seq: number;
            /** @description Present members. */
            members: components["schemas"]["Member"][];
            /**
             * Format: int64
             * @description Counter of lasting changes.
             */
            revision: number;
            /** @description Where it stands. */
            status: components["schemas"]["ConversationStatus"];
            /** @description Title or subject. */
            title: string | null;
        };
        /** @description Somebody types, or does not any more. */
        TypingEvent: {
            /** @description The name to show. */
            name: string;
            /**
             * Format: uuid
             * @description Who.
             */
            user: string;
        };
        TypingStartReply: {
            data: components["schemas"]["Empty"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        TypingStartRequest: {
            data: components["schemas"]["ConversationName"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "typing.start";
        };
        TypingStartedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["TypingEvent"];
            revision: number | null;
            /** @constant */
            type: "typing.started";
        };
        TypingStopReply: {
            data: components["schemas"]["Empty"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            ok: true;
        };
        TypingStopRequest: {
            data: components["schemas"]["ConversationName"];
            id: components["schemas"]["RequestId"];
            /** @constant */
            type: "typing.stop";
        };
        TypingStoppedEvent: {
            /** Format: date-time */
            at: string;
            /** Format: uuid */
            conversation: string | null;
            data: components["schemas"]["TypingEvent"];
            revision: number | null;
            /** @constant */
            type: "typing.stopped";
        };
        /** @description A person of the app. */
        User: {
            /** @description Address of a picture. */
            avatar_url: string | null;
            /** @description The host's own id of this person. */
            external_id: string;
            /**
             * Format: uuid
             * @description Public id.
             */
            id: string;
            /** @description Belongs to the app's staff. */
            is_staff: boolean;
            /** @description Name to show. */
            name: string;
            /** @description The host's word for what this person is; may be empty. */
            role: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
/** The socket's frames by type. */
export interface frames {
  requests: {
    "message.delete": components["schemas"]["MessageDeleteRequest"];
    "message.edit": components["schemas"]["MessageEditRequest"];
    "message.send": components["schemas"]["MessageSendRequest"];
    "ping": components["schemas"]["PingRequest"];
    "presence.list": components["schemas"]["PresenceListRequest"];
    "reaction.add": components["schemas"]["ReactionAddRequest"];
    "reaction.remove": components["schemas"]["ReactionRemoveRequest"];
    "receipt.mark_delivered": components["schemas"]["ReceiptMarkDeliveredRequest"];
    "receipt.mark_read": components["schemas"]["ReceiptMarkReadRequest"];
    "session.authenticate": components["schemas"]["SessionAuthenticateRequest"];
    "session.resume": components["schemas"]["SessionResumeRequest"];
    "typing.start": components["schemas"]["TypingStartRequest"];
    "typing.stop": components["schemas"]["TypingStopRequest"];
  };
  replies: {
    "message.delete": components["schemas"]["MessageDeleteReply"];
    "message.edit": components["schemas"]["MessageEditReply"];
    "message.send": components["schemas"]["MessageSendReply"];
    "ping": components["schemas"]["PingReply"];
    "presence.list": components["schemas"]["PresenceListReply"];
    "reaction.add": components["schemas"]["ReactionAddReply"];
    "reaction.remove": components["schemas"]["ReactionRemoveReply"];
    "receipt.mark_delivered": components["schemas"]["ReceiptMarkDeliveredReply"];
    "receipt.mark_read": components["schemas"]["ReceiptMarkReadReply"];
    "session.authenticate": components["schemas"]["SessionAuthenticateReply"];
    "session.resume": components["schemas"]["SessionResumeReply"];
    "typing.start": components["schemas"]["TypingStartReply"];
    "typing.stop": components["schemas"]["TypingStopReply"];
  };
  told: {
    "conversation.created": components["schemas"]["ConversationCreatedEvent"];
    "conversation.deleted": components["schemas"]["ConversationDeletedEvent"];
    "conversation.updated": components["schemas"]["ConversationUpdatedEvent"];
    "member.added": components["schemas"]["MemberAddedEvent"];
    "member.removed": components["schemas"]["MemberRemovedEvent"];
    "member.updated": components["schemas"]["MemberUpdatedEvent"];
    "message.created": components["schemas"]["MessageCreatedEvent"];
    "message.deleted": components["schemas"]["MessageDeletedEvent"];
    "message.updated": components["schemas"]["MessageUpdatedEvent"];
    "presence.changed": components["schemas"]["PresenceChangedEvent"];
    "reaction.added": components["schemas"]["ReactionAddedEvent"];
    "reaction.removed": components["schemas"]["ReactionRemovedEvent"];
    "receipt.delivered": components["schemas"]["ReceiptDeliveredEvent"];
    "receipt.read": components["schemas"]["ReceiptReadEvent"];
    "refusal": components["schemas"]["RefusalReply"];
    "session.started": components["schemas"]["SessionStartedFrame"];
    "typing.started": components["schemas"]["TypingStartedEvent"];
    "typing.stopped": components["schemas"]["TypingStoppedEvent"];
  };
}
