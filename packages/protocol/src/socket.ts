/** The socket's frames: which request takes and gives what, which event carries what. */
import type { components } from "./generated/openapi.ts";

type Schemas = components["schemas"];
type Message = Schemas["Message"];

/** Requests by type: what they take and what their reply carries. */
export interface Requests {
  "session.authenticate": { data: { token: string }; reply: { user: Schemas["User"]; epoch: string } };
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
    reply: { read_seq: number; unread_count: number };
  };
  "receipt.mark_delivered": { data: { conversation: string; seq: number }; reply: { delivered_seq: number } };
  "typing.start": { data: { conversation: string }; reply: Record<string, never> };
  "typing.stop": { data: { conversation: string }; reply: Record<string, never> };
  "presence.list": { data: Record<string, never>; reply: { online: string[] } };
}

/** What `session.started` says once the socket is authenticated. */
export interface SessionStarted {
  type: "session.started";
  data: { user: Schemas["User"]; epoch: string; heartbeat_ms: number };
}

/** A conversation as events tell it: without what differs from viewer to viewer. */
type SharedConversation = Omit<
  Schemas["Conversation"],
  "last_message" | "unread_count" | "muted" | "archived"
>;

/** Events by type: what their `data` holds. */
export interface EventData {
  "message.created": Message;
  "message.updated": Message;
  "message.deleted": Message;
  "reaction.added": { message: Message; user: string; emoji: string };
  "reaction.removed": { message: Message; user: string; emoji: string };
  "receipt.read": { user: string | null; part: string; read_seq: number; messages: string[] };
  "receipt.delivered": { user: string | null; part: string; delivered_seq: number };
  "typing.started": { user: string; name: string };
  "typing.stopped": { user: string; name: string };
  "presence.changed": { user: string; online: boolean; last_seen_at: string | null };
  "conversation.created": SharedConversation;
  "conversation.updated": SharedConversation;
  "conversation.deleted": Record<string, never>;
  "member.added": Schemas["Member"];
  "member.removed": Schemas["Member"];
  "member.updated": Schemas["Member"];
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
