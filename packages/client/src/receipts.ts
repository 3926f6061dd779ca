/** Tells the server what has arrived here and what was read. Only the furthest mark counts, so calls fold. */
import type { Connection } from "./connection.ts";
import type { Conversations } from "./conversations.ts";
import type { Sync } from "./sync.ts";

export class Receipts {
  readonly #connection: Connection;
  readonly #conversations: Conversations;
  readonly #sync: Sync;
  /** What the user has read, and what of it the server has confirmed. */
  readonly #read = new Map<string, number>();
  readonly #toldRead = new Map<string, number>();
  readonly #toldDelivered = new Map<string, number>();
  readonly #inFlight = new Set<string>();

  constructor(connection: Connection, conversations: Conversations, sync: Sync) {
    this.#connection = connection;
    this.#conversations = conversations;
    this.#sync = sync;
    conversations.subscribe(() => this.#markDelivered());
    sync.events.on("current", () => {
      this.#markDelivered();
      for (const id of this.#read.keys()) void this.#tellRead(id);
    });
    sync.events.on("reset", () => {
      this.#read.clear();
      this.#toldRead.clear();
      this.#toldDelivered.clear();
    });
  }

  /** Everything up to `seq` was seen. Kept while there is no line, and told when it is back. */
  markRead(conversation: string, seq: number): void {
    if (seq <= (this.#read.get(conversation) ?? 0)) return;
    this.#read.set(conversation, seq);
    void this.#tellRead(conversation);
  }

  async #tellRead(conversation: string): Promise<void> {
    const seq = this.#read.get(conversation) ?? 0;
    if (seq <= (this.#toldRead.get(conversation) ?? 0) || !this.#claim(`read ${conversation}`)) return;
    try {
      const answer = await this.#connection.request("receipt.mark_read", { conversation, seq });
      this.#toldRead.set(conversation, seq);
      this.#conversations.applyRead(conversation, answer.read_seq, answer.unread_count);
    } catch {
      return; // Told again after the next resume.
    } finally {
      this.#inFlight.delete(`read ${conversation}`);
    }
    void this.#tellRead(conversation);
  }

  #markDelivered(): void {
    const me = this.#sync.me.getSnapshot()?.id;
    if (this.#connection.state.getSnapshot().status !== "online" || me === undefined) return;
    for (const { id, members, last_seq, last_message } of this.#conversations.getSnapshot().items) {
      const mine = members.find((member) => member.user?.id === me);
      const known = Math.max(mine?.delivered_seq ?? 0, this.#toldDelivered.get(id) ?? 0);
      if (last_seq > known && last_message?.sender !== me) void this.#tellDelivered(id, last_seq);
    }
  }

  async #tellDelivered(conversation: string, seq: number): Promise<void> {
    if (!this.#claim(`delivered ${conversation}`)) return;
    try {
      await this.#connection.request("receipt.mark_delivered", { conversation, seq });
      this.#toldDelivered.set(conversation, seq);
    } catch {
      return;
    } finally {
      this.#inFlight.delete(`delivered ${conversation}`);
    }
    this.#markDelivered();
  }

  /** One request of a kind at a time; the next one then carries the furthest mark. */
  #claim(key: string): boolean {
    if (this.#inFlight.has(key)) return false;
    this.#inFlight.add(key);
    return true;
  }
}
