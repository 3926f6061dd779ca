/** Puts the parts together. Each part can be used without this module. */
import { Connection, type ConnectionOptions } from "./connection.ts";
import { Conversations } from "./conversations.ts";
import { Outbox, type OutboxStorage } from "./outbox.ts";
import { Presence } from "./presence.ts";
import { Receipts } from "./receipts.ts";
import { Rest } from "./rest.ts";
import { Sync } from "./sync.ts";
import { Timeline } from "./timeline.ts";
import { TokenCache, type TokenProvider } from "./token.ts";
import { Typing } from "./typing.ts";
import { type SendFile, Uploads } from "./uploads.ts";

export interface ClientOptions {
  /** `https://chat.example.com`, or `""` for the page's own origin. */
  baseUrl: string;
  token: TokenProvider;
  /** Where unsent messages outlive the page; without it they live as long as the client. */
  outboxStorage?: OutboxStorage;
  fetch?: typeof fetch;
  sendFile?: SendFile;
  connection?: Omit<ConnectionOptions, "url" | "tokens">;
}

export interface Client {
  readonly connection: Connection;
  readonly rest: Rest;
  readonly sync: Sync;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly presence: Presence;
  readonly receipts: Receipts;
  readonly uploads: Uploads;
  /** The messages of a conversation; the same object for the same id. Loads by itself. */
  timeline(conversation: string): Timeline;
  /** Who types in a conversation; the same object for the same id. */
  typing(conversation: string): Typing;
}

/** Makes a client; `client.connection.start()` brings it to life. */
export function createClient(options: ClientOptions): Client {
  const tokens = new TokenCache(options.token);
  const rest = new Rest({
    baseUrl: options.baseUrl,
    tokens,
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
  const connection = new Connection({ ...options.connection, url: socketUrl(rest.url("ws")), tokens });
  const sync = new Sync(connection, rest);
  const outbox = new Outbox(connection, options.outboxStorage);
  const conversations = new Conversations(rest, sync);
  const timelines = new Map<string, Timeline>();
  const typings = new Map<string, Typing>();
  const me = (): string | null => sync.me.getSnapshot()?.id ?? null;

  sync.events.on("event", (event) => {
    if (event.conversation === null) return;
    timelines.get(event.conversation)?.applyEvent(event);
    typings.get(event.conversation)?.applyEvent(event);
  });
  sync.events.on("changes", (changes) => timelines.get(changes.conversation.id)?.applyChanges(changes));
  sync.events.on("reset", () => {
    for (const timeline of timelines.values()) timeline.reset();
  });
  sync.events.on("current", () => {
    for (const timeline of timelines.values()) void timeline.loadFirst();
    outbox.flush();
  });

  return {
    connection,
    rest,
    sync,
    conversations,
    outbox,
    presence: new Presence(connection, sync),
    receipts: new Receipts(connection, conversations, sync),
    uploads: new Uploads(rest, options.sendFile),
    timeline(conversation) {
      const held = timelines.get(conversation);
      if (held) return held;
      const timeline = new Timeline(conversation, { rest, outbox, me });
      timelines.set(conversation, timeline);
      const members = conversations.get(conversation)?.members;
      if (members) timeline.applyMembers(members);
      if (connection.state.getSnapshot().status === "online") void timeline.loadFirst();
      return timeline;
    },
    typing(conversation) {
      const typing = typings.get(conversation) ?? new Typing(conversation, connection);
      typings.set(conversation, typing);
      return typing;
    },
  };
}

/** An `http(s)` address, or one relative to the page, as the `ws(s)` address of the same place. */
function socketUrl(address: string): string {
  const base = typeof location === "undefined" ? undefined : location.href;
  const url = new URL(address, base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
