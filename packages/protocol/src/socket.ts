/** The socket's frames: which request takes and gives what, which event carries what. */
import type { components as socket } from "./generated/asyncapi.ts";
import type { components as rest } from "./generated/openapi.ts";

type Schemas = rest["schemas"] & socket["schemas"];
type Message = Schemas["Message"];

/** Requests by type: what they take and what their reply carries. */
export interface Requests {
  "session.authenticate": { data: { token: string }; reply: Schemas["Authenticated"] };
  "session.resume": {
    data: { epoch: string; conversations: Record<string, number> };
    reply: Schemas["Changes"];
  };
  ping: { data: Record<string, never>; reply: Record<string, never> };
  "message.send": {
    data: {
      conversation: string;
      body: string;
      client_id: string;
      kind?: Schemas["MessageKind"];
      attachments?: string[];
      metadata?: unknown;
      reply_to?: string;
    };
    reply: Message;
  };
  "message.edit": { data: { message: string; body: string }; reply: Message };
  "message.delete": { data: { message: string }; reply: Record<string, never> };
  "reaction.add": { data: { message: string; emoji: string }; reply: Message };
  "reaction.remove": { data: { message: string; emoji: string }; reply: Message };
  "receipt.mark_read": {
    data: { conversation: string; seq: number };
    reply: Schemas["ReadMark"];
  };
  "receipt.mark_delivered": { data: { conversation: string; seq: number }; reply: Schemas["DeliveredMark"] };
  "typing.start": { data: { conversation: string }; reply: Record<string, never> };
  "typing.stop": { data: { conversation: string }; reply: Record<string, never> };
  "presence.list": { data: Record<string, never>; reply: Schemas["OnlineUsers"] };
}

/** What `session.started` says once the socket is authenticated. */
export interface SessionStarted {
  type: "session.started";
  data: Schemas["SessionStarted"];
}

/** Events by type: what their `data` holds. */
export interface EventData {
  "message.created": Message;
  "message.updated": Message;
  "message.deleted": Message;
  "reaction.added": Schemas["ReactionEvent"];
  "reaction.removed": Schemas["ReactionEvent"];
  "receipt.read": Schemas["ReadEvent"];
  "receipt.delivered": Schemas["DeliveredEvent"];
  "typing.started": Schemas["TypingEvent"];
  "typing.stopped": Schemas["TypingEvent"];
  "presence.changed": Schemas["PresenceEvent"];
  "conversation.created": Schemas["SharedConversation"];
  "conversation.updated": Schemas["SharedConversation"];
  "conversation.deleted": Record<string, never>;
  "member.added": Schemas["Member"];
  "member.removed": Schemas["Member"];
  "member.updated": Schemas["OwnMember"];
}

export type EventType = keyof EventData;

/** An event; `revision` is null for what is not lasting (typing, presence). */
export type ServerEvent = {
  [K in EventType]: {
    type: K;
    conversation: string | null;
    revision: number | null;
    at: string;
    data: EventData[K];
  };
}[EventType];

export interface ClientFrame<K extends keyof Requests = keyof Requests> {
  id: number;
  type: K;
  data: Requests[K]["data"];
}

export type ReplyFrame =
  | { id: number | string | null; ok: true; data: unknown }
  | { id: number | string | null; ok: false; error: Schemas["Problem"] };

export type ServerFrame = SessionStarted | ServerEvent | ReplyFrame;

/** Why the server closes a socket. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  invalidData: 1007,
  tooLarge: 1009,
  serviceRestart: 1012,
  unauthenticated: 4401,
  tooSlow: 4408,
  tooManySockets: 4409,
} as const;
