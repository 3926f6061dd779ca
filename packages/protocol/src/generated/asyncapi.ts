import type { components as rest } from "./openapi.ts";

/** What only the socket tells, in the shape that the generator gives it. */
export interface components {
  schemas: {
    Authenticated: { user: rest["schemas"]["User"]; epoch: string };
    SessionStarted: { user: rest["schemas"]["User"]; epoch: string; heartbeat_ms: number };
    OwnMember: rest["schemas"]["Member"] & { muted: boolean; archived: boolean };
    ReactionEvent: { message: rest["schemas"]["Message"]; user: string; emoji: string };
    ReadEvent: { user: string | null; part: string; read_seq: number; messages: string[] };
    DeliveredEvent: { user: string | null; part: string; delivered_seq: number };
    TypingEvent: { user: string; name: string };
    PresenceEvent: { user: string; online: boolean; last_seen_at: string };
  };
}
