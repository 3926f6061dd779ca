/**
 * The messages of one FixMate conversation: history, echoes, and what has no echo yet. Pure state, no wire.
 *
 * The dialect has no client id. A send is matched with its echo, or after a reconnect with the reloaded
 * history, by being one's own, new since it was sent, and equal in text and picture.
 */
import type { ChatMessage } from "./chat-backend.ts";
import type { FixmateMessage } from "./fixmate-rest.ts";

export interface PendingSend {
  readonly key: string;
  readonly text: string;
  readonly image: string;
  readonly writtenAt: number;
  readonly status: "queued" | "sending" | "failed";
  readonly failure: string | null;
  /** The highest message id known when it left: its echo has a higher one. */
  readonly after: number;
}

const RANK = { sent: 0, delivered: 1, read: 2 } as const;

export class FixmateMessages {
  /** Oldest first; each waits for its turn, its echo or the user. */
  pending: readonly PendingSend[] = [];
  readonly #me: number;
  readonly #rows = new Map<number, FixmateMessage>();
  /** Keys of one's own messages from before they had an id. */
  readonly #keys = new Map<number, string>();
  #shown = new Map<string, { row: FixmateMessage | PendingSend; message: ChatMessage }>();

  constructor(me: number) {
    this.#me = me;
  }

  get newest(): number {
    return Math.max(0, ...this.#rows.keys());
  }

  get oldest(): number | undefined {
    return this.#rows.size === 0 ? undefined : Math.min(...this.#rows.keys());
  }

  has(id: number): boolean {
    return this.#rows.has(id);
  }

  /** Takes rows from history or an echo. A status never goes back. */
  merge(rows: readonly FixmateMessage[]): void {
    for (const row of rows) {
      const held = this.#rows.get(row.id);
      if (!held) this.#settle(row);
      const status = held && RANK[held.status] > RANK[row.status] ? held.status : row.status;
      const same = held && held.status === status && held.content === row.content && held.image === row.image;
      if (!same) this.#rows.set(row.id, { ...row, status });
    }
  }

  /** The other one has received, or read, everything so far. */
  raise(status: "delivered" | "read"): void {
    for (const row of this.#rows.values()) {
      if (row.sender === this.#me && RANK[row.status] < RANK[status])
        this.#rows.set(row.id, { ...row, status });
    }
  }

  update(key: string, change: Partial<PendingSend>): void {
    this.pending = this.pending.map((each) => (each.key === key ? { ...each, ...change } : each));
  }

  remove(key: string): void {
    this.pending = this.pending.filter((each) => each.key !== key);
  }

  /** What to show, oldest first; unchanged messages are the same objects as before. */
  view(): readonly ChatMessage[] {
    const before = this.#shown;
    this.#shown = new Map();
    const rows = [...this.#rows.values()].sort((a, b) => a.id - b.id);
    const show = (key: string, row: FixmateMessage | PendingSend, make: () => ChatMessage): ChatMessage => {
      const held = before.get(key);
      const message = held?.row === row ? held.message : make();
      this.#shown.set(key, { row, message });
      return message;
    };
    return [
      ...rows.map((row) => {
        const key = this.#keys.get(row.id) ?? String(row.id);
        return show(key, row, () => rowMessage(key, row, row.sender === this.#me));
      }),
      ...this.pending.map((each) => show(each.key, each, () => pendingMessage(each))),
    ];
  }

  #settle(row: FixmateMessage): void {
    if (row.sender !== this.#me) return;
    const match = this.pending.find(
      (each) =>
        each.status !== "queued" &&
        row.id > each.after &&
        each.text === row.content &&
        each.image === (row.image ?? ""),
    );
    if (!match) return;
    this.#keys.set(row.id, match.key);
    this.remove(match.key);
  }
}

const pictures = (url: string) => (url === "" ? [] : [{ url, name: "Photo", width: null, height: null }]);

function rowMessage(key: string, row: FixmateMessage, mine: boolean): ChatMessage {
  return {
    key,
    id: String(row.id),
    mine,
    senderName: row.sender_name,
    text: row.content,
    pictures: pictures(row.image ?? ""),
    files: [],
    at: Date.parse(row.created_at),
    status: mine ? row.status : "none",
    failure: null,
    edited: false,
    deleted: false,
    system: false,
  };
}

function pendingMessage(each: PendingSend): ChatMessage {
  return {
    key: each.key,
    id: null,
    mine: true,
    senderName: "",
    text: each.text,
    pictures: pictures(each.image),
    files: [],
    at: each.writtenAt,
    status: each.status,
    failure: each.failure,
    edited: false,
    deleted: false,
    system: false,
  };
}
