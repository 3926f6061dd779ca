// Written by `npm run generate -w @parlance/protocol` from openapi.json. Do not edit.

export interface paths {
    "/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's conversations, newest activity first. */
        get: operations["list_conversations"];
        put?: never;
        /** Makes a conversation. With a header `Idempotency-Key`, the second time answers with the first. */
        post: operations["create_conversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One conversation. */
        get: operations["get_conversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes title or status. */
        patch: operations["update_conversation"];
        trace?: never;
    };
    "/v1/conversations/{id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed in one conversation since a revision. */
        get: operations["list_changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{id}/delivered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Marks messages as delivered. */
        post: operations["mark_delivered"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Present members. */
        get: operations["list_members"];
        put?: never;
        /** Adds a user, or lets a former member back in. */
        post: operations["add_member"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{id}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a member. Anybody may leave; staff may remove others. */
        delete: operations["remove_member"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{id}/membership": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Mutes or archives the conversation for the caller's party alone. */
        patch: operations["update_membership"];
        trace?: never;
    };
    "/v1/conversations/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A stretch of a conversation's messages, oldest first. */
        get: operations["list_messages"];
        put?: never;
        /** Sends a message. The answer comes once it is on disk. */
        post: operations["send_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{id}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Marks messages as read. */
        post: operations["mark_read"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{id}/typing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tells the others that the caller types, or does not any more. */
        post: operations["set_typing"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller. */
        get: operations["get_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/media/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bytes of a stored file. The address is an attachment's `url`; it needs no header. */
        get: operations["get_media"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One message. */
        get: operations["get_message"];
        put?: never;
        post?: never;
        /** Deletes a message for everybody. Its author may, and staff. */
        delete: operations["delete_message"];
        options?: never;
        head?: never;
        /** Changes the words of an own message. */
        patch: operations["edit_message"];
        trace?: never;
    };
    "/v1/messages/{id}/reactions/{emoji}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Adds a reaction of the caller. One that is there stays. */
        put: operations["add_reaction"];
        post?: never;
        /** Takes a reaction of the caller back. One that is not there is no error. */
        delete: operations["remove_reaction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is online among those with whom the caller shares a conversation. */
        get: operations["list_presence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages that hold the words, of what the caller may read, newest first. */
        get: operations["search_messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stores a file. It is judged by its content; a message can carry it from now on. */
        post: operations["store_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
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
        /** @description What a conversation is to be about. */
        ContextWish: {
            /** @description The host's id of it. */
            id?: string | null;
            /** @description job, appointment, loan … */
            kind: string;
            /** @description Whatever else the host wants back. */
            metadata?: Record<string, never>;
            /** @description Its title. */
            title?: string | null;
            /** @description Where the host shows it. */
            url?: string | null;
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
        /**
         * @description Who the two sides are.
         * @enum {string}
         */
        ConversationKind: "direct" | "desk";
        /** @description A page of conversations. */
        ConversationPage: {
            /** @description Newest activity first. */
            items: components["schemas"]["Conversation"][];
            /** @description Asks for the next page; null on the last. */
            next_cursor: string | null;
        };
        /** @description What is to be changed; what is not there stays. */
        ConversationPatch: {
            /** @description New status. */
            status?: components["schemas"]["ConversationStatus"];
            /** @description New title; null takes it away. */
            title?: string | null;
        };
        /**
         * @description Where a conversation stands.
         * @enum {string}
         */
        ConversationStatus: "open" | "closed" | "archived";
        /** @description A delivered mark as it stands now. */
        DeliveredMark: {
            /**
             * Format: int64
             * @description Everything up to this `seq` has reached a device.
             */
            delivered_seq: number;
        };
        /** @description What has reached the device. */
        DeliveredWish: {
            /**
             * Format: int64
             * @description Everything up to here.
             */
            seq: number;
        };
        /** @description New words of a message. */
        EditedMessage: {
            /** @description The words. */
            body: string;
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
        /** @description Present members. */
        MemberList: {
            /** @description In no particular order. */
            items: components["schemas"]["Member"][];
        };
        /** @description A user in a conversation-to-be. */
        MemberWish: {
            /** @description The part to be played. */
            part: string;
            /**
             * Format: uuid
             * @description Who.
             */
            user: string;
        };
        /** @description What the caller's party wants. */
        MembershipPatch: {
            /** @description Put away or back. */
            archived?: boolean;
            /** @description Notifications off or on. */
            muted?: boolean;
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
        /** @description A stretch of one conversation's messages. */
        MessageHistory: {
            /** @description There are newer ones. */
            has_after: boolean;
            /** @description There are older ones. */
            has_before: boolean;
            /** @description Oldest first, deleted ones in their places. */
            items: components["schemas"]["Message"][];
            /** @description Present members with their marks. */
            members: components["schemas"]["Member"][];
        };
        /**
         * @description What a message is.
         * @enum {string}
         */
        MessageKind: "text" | "image" | "file" | "voice" | "system" | "payment" | "dispute" | "job_update";
        /** @description A page of messages of several conversations. */
        MessagePage: {
            /** @description Newest first. */
            items: components["schemas"]["Message"][];
            /** @description Asks for the next page; null on the last. */
            next_cursor: string | null;
        };
        /** @description A conversation to be made. */
        NewConversation: {
            context?: components["schemas"]["ContextWish"] | null;
            kind?: components["schemas"]["ConversationKind"] | null;
            /** @description Who is in it; the caller is added. */
            members?: components["schemas"]["MemberWish"][];
            /** @description Kept beside the conversation. */
            metadata?: Record<string, never>;
            /** @description Title or subject. */
            title?: string | null;
        };
        /** @description Who is to join. */
        NewMember: {
            /** @description The part to be played. */
            part: string;
            /**
             * Format: uuid
             * @description Who.
             */
            user: string;
        };
        /** @description A message to be sent. */
        NewMessage: {
            /** @description Files that the sender uploaded before. */
            attachments?: string[];
            /** @description The words; may be blank only with an attachment. */
            body?: string;
            /**
             * @description The sender's own id: sent again with the same one, the first message is answered. Without
             *     it, the header `Idempotency-Key` has to be there.
             */
            client_id?: string | null;
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
        /** @description Who is online. */
        OnlineUsers: {
            /** @description People who share a conversation with the caller. */
            online: string[];
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
        /** @description What was read: everything up to a `seq`, or single messages; one of the two. */
        ReadWish: {
            /** @description These. */
            messages?: string[];
            /**
             * Format: int64
             * @description Everything up to here.
             */
            seq?: number;
        };
        /**
         * @description What people send; the other kinds are posted by the host's backend.
         * @enum {string}
         */
        SentKind: "text" | "image" | "file" | "voice";
        /** @description Whether the caller types. */
        TypingWish: {
            /** @description It ends by itself after six seconds. */
            typing: boolean;
        };
        /** @description A form with a file. */
        Upload: {
            /**
             * Format: int32
             * @description Length of a recording in milliseconds. Has to stand before the file, which is stored as it
             *     comes; after it, it is passed over.
             */
            duration_ms?: number;
            /**
             * Format: binary
             * @description The bytes, with a file name.
             */
            file: string;
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
export interface operations {
    list_conversations: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 200, 50 unless said. */
                limit?: number;
                /** @description From the page before. */
                cursor?: string;
                /** @description Only with this status. */
                status?: components["schemas"]["ConversationStatus"];
                /** @description Only those that the caller put away, or only the others. */
                archived?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationPage"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_conversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConversation"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConversationPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_changes: {
        parameters: {
            query: {
                /** @description The highest revision that the client has of the conversation. */
                since: number;
                /** @description The epoch when the client last heard; with another one than the present the answer is a reset. */
                epoch?: string;
                /** @description How many messages at most: 1 to 500. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    mark_delivered: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeliveredWish"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveredMark"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_members: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMember"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
                /** @description Who */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user is no member any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_membership: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MembershipPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_messages: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 200, 50 unless said. */
                limit?: number;
                /** @description Those right before this `seq`. */
                before?: number;
                /** @description Those right after this `seq`. */
                after?: number;
                /** @description Half before, half from this `seq` on. */
                around?: number;
            };
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageHistory"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_message: {
        parameters: {
            query?: never;
            header?: {
                /** @description Stands for a missing client_id */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessage"];
            };
        };
        responses: {
            /** @description It was stored before, under the same client_id */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    mark_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadWish"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadMark"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_typing: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The conversation */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TypingWish"];
            };
        };
        responses: {
            /** @description It is told */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_media: {
        parameters: {
            query: {
                /** @description When it ends, in seconds since 1970. */
                expires: number;
                /** @description What the server signed. */
                signature: string;
            };
            header?: never;
            path: {
                /** @description The stored name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The range asked for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description Nothing of that range is there */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    edit_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditedMessage"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_reaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: string;
                /** @description One emoji, or a short word */
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_reaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message */
                id: string;
                /** @description One emoji, or a short word */
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_presence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OnlineUsers"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search_messages: {
        parameters: {
            query: {
                /** @description A part of the text, case ignored, every character literal. */
                q: string;
                /** @description Only in this conversation. */
                conversation?: string;
                /** @description How many at most: 1 to 200, 50 unless said. */
                limit?: number;
                /** @description From the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    store_upload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["Upload"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attachment"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
