/**
 * Messages on their way out. Each carries a `client_id` made here, so that sending it again is safe: one that
 * got no answer is sent again with the same id until the server has said yes or no. Per conversation the next
 * one leaves only after the one before it was answered, which keeps the order of writing.
 */
import type { Attachment, Message, SentKind } from "@parlance/protocol";
import type { Connection } from "./connection.ts";
import { Emitter, Value } from "./observable.ts";
import { type Problem, type ProblemError, toProblem } from "./problem.ts";
import { uuidv7 } from "./uuid.ts";

export type OutboxState =
  | { status: "queued" }
  | { status: "sending" }
  /** The server said no; the user may retry or discard it. */
  | { status: "failed"; problem: Problem };

export interface OutboxEntry {
  readonly clientId: string;
  readonly conversation: string;
  readonly kind: SentKind;
  readonly body: string;
  readonly attachments: readonly Attachment[];
  readonly replyTo: string | null;
  /** Milliseconds since 1970, by this device's clock. */
  readonly writtenAt: number;
  readonly state: OutboxState;
}

/** Where unsent messages outlive the page. */
export interface OutboxStorage {
  load(): readonly OutboxEntry[];
  save(entries: readonly OutboxEntry[]): void;
}

export interface Draft {
  body: string;
  attachments?: readonly Attachment[];
  kind?: SentKind;
  replyTo?: string;
}

interface OutboxEvents {
  /** Stored by the server; the entry has left the outbox. */
  sent: { clientId: string; message: Message };
}

const FIRST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 30_000;

export class Outbox {
  /** Oldest first. */
  readonly entries: Value<readonly OutboxEntry[]>;
  readonly events = new Emitter<OutboxEvents>();
  readonly #connection: Connection;
  readonly #storage: OutboxStorage | undefined;
  readonly #busy = new Set<string>();
  readonly #retries = new Map<string, { count: number; timer: ReturnType<typeof setTimeout> | undefined }>();

  constructor(connection: Connection, storage?: OutboxStorage) {
    this.#connection = connection;
    this.#storage = storage;
    // What was being sent when the page went away may have arrived: sending it again is safe.
    const kept = (storage?.load() ?? []).map((entry) =>
      entry.state.status === "sending" ? { ...entry, state: { status: "queued" } as const } : entry,
    );
    this.entries = new Value<readonly OutboxEntry[]>(kept);
  }

  /** Sends what waits; called whenever the client's picture is whole again. */
  flush(): void {
    for (const conversation of new Set(this.entries.getSnapshot().map((entry) => entry.conversation))) {
      this.#pump(conversation);
    }
  }

  /** Queues a message and gives its `client_id`. */
  send(conversation: string, draft: Draft): string {
    const attachments = draft.attachments ?? [];
    const entry: OutboxEntry = {
      clientId: uuidv7(),
      conversation,
      kind: draft.kind ?? kindOf(attachments),
      body: draft.body,
      attachments,
      replyTo: draft.replyTo ?? null,
      writtenAt: Date.now(),
      state: { status: "queued" },
    };
    this.#set([...this.entries.getSnapshot(), entry]);
    this.#pump(conversation);
    return entry.clientId;
  }

  /** Sends a failed message once more, with the same `client_id`. */
  retry(clientId: string): void {
    const entry = this.entries.getSnapshot().find((each) => each.clientId === clientId);
    if (entry?.state.status !== "failed") return;
    this.#update(clientId, { status: "queued" });
    this.#pump(entry.conversation);
  }

  /** Gives up a failed message. One that may be on its way cannot be taken back. */
  discard(clientId: string): void {
    const entry = this.entries.getSnapshot().find((each) => each.clientId === clientId);
    if (entry?.state.status === "failed") this.#remove(clientId);
  }

  /** The server has this message: an event brought it before the reply did. */
  confirm(clientId: string): void {
    this.#remove(clientId);
  }

  #pump(conversation: string): void {
    if (this.#busy.has(conversation) || this.#connection.state.getSnapshot().status !== "online") return;
    const next = this.entries
      .getSnapshot()
      .find((entry) => entry.conversation === conversation && entry.state.status !== "failed");
    if (!next) return;
    clearTimeout(this.#retries.get(conversation)?.timer);
    this.#busy.add(conversation);
    void this.#send(next).finally(() => {
      this.#busy.delete(conversation);
      if (this.#retries.get(conversation)?.timer === undefined) this.#pump(conversation);
    });
  }

  async #send(entry: OutboxEntry): Promise<void> {
    this.#update(entry.clientId, { status: "sending" });
    try {
      const message = await this.#connection.request("message.send", {
        conversation: entry.conversation,
        body: entry.body,
        client_id: entry.clientId,
        kind: entry.kind,
        attachments: entry.attachments.map((attachment) => attachment.id),
        ...(entry.replyTo === null ? {} : { reply_to: entry.replyTo }),
      });
      this.#retries.delete(entry.conversation);
      this.events.emit("sent", { clientId: entry.clientId, message });
      this.#remove(entry.clientId);
    } catch (error) {
      this.#failed(entry, toProblem(error));
    }
  }

  #failed(entry: OutboxEntry, error: ProblemError): void {
    if (!error.problem.retryable && error.problem.code !== "too_many_requests") {
      this.#retries.delete(entry.conversation);
      this.#update(entry.clientId, { status: "failed", problem: error.problem });
      return;
    }
    this.#update(entry.clientId, { status: "queued" });
    const count = this.#retries.get(entry.conversation)?.count ?? 0;
    const delay = error.retryAfterMs ?? Math.min(MOST_RETRY_MS, FIRST_RETRY_MS * 2 ** count);
    const timer = setTimeout(() => {
      this.#retries.set(entry.conversation, { count: count + 1, timer: undefined });
      this.#pump(entry.conversation);
    }, delay);
    this.#retries.set(entry.conversation, { count, timer });
  }

  #update(clientId: string, state: OutboxState): void {
    this.#set(
      this.entries.getSnapshot().map((entry) => (entry.clientId === clientId ? { ...entry, state } : entry)),
    );
  }

  #remove(clientId: string): void {
    const left = this.entries.getSnapshot().filter((entry) => entry.clientId !== clientId);
    if (left.length !== this.entries.getSnapshot().length) this.#set(left);
  }

  #set(entries: readonly OutboxEntry[]): void {
    this.#storage?.save(entries);
    this.entries.set(entries);
  }
}

function kindOf(attachments: readonly Attachment[]): SentKind {
  if (attachments.length === 0) return "text";
  return attachments.every((attachment) => attachment.content_type.startsWith("image/")) ? "image" : "file";
}

/** Keeps unsent messages in `localStorage` or `sessionStorage` under `key`; a full or barred storage is no error. */
export function webStorageOutbox(storage: Storage, key: string): OutboxStorage {
  return {
    load() {
      try {
        const entries: unknown = JSON.parse(storage.getItem(key) ?? "[]");
        return Array.isArray(entries) ? (entries as OutboxEntry[]) : [];
      } catch {
        return [];
      }
    },
    save(entries) {
      try {
        if (entries.length === 0) storage.removeItem(key);
        else storage.setItem(key, JSON.stringify(entries));
      } catch {
        // Without storage the queue lives as long as the page.
      }
    },
  };
}
