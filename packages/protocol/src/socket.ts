/** The socket's frames, arranged for use: which request takes and gives what, which event carries what. */
import type { components, frames } from "./generated/asyncapi.ts";

type Schemas = components["schemas"];
type Told = frames["told"];

/** Requests by type: what they take and what their reply carries. */
export type Requests = {
  [K in keyof frames["requests"]]: {
    data: frames["requests"][K]["data"];
    reply: frames["replies"][K]["data"];
  };
};

/** What `session.started` says once the socket is authenticated. */
export type SessionStarted = Schemas["SessionStartedFrame"];

export type EventType = Exclude<keyof Told, "session.started" | "refusal">;

/** Events by type: what their `data` holds. */
export type EventData = { [K in EventType]: Told[K]["data"] };

/** An event; `revision` is null for what is not lasting (typing, presence). */
export type ServerEvent = Told[EventType];

export type ClientFrame = frames["requests"][keyof Requests];

export type ReplyFrame = frames["replies"][keyof Requests] | Schemas["RefusalReply"];

export type ServerFrame = SessionStarted | ServerEvent | ReplyFrame;

/** Why the server closes a socket; the documents have no place for it. */
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
