/** The user's conversations, newest activity first, with unread counts. */
import type { Conversation, Member, Message, ServerEvent } from "@parlance/protocol";
import { type Observable, Value } from "./observable.ts";
import { type Problem, toProblem } from "./problem.ts";
import type { Rest } from "./rest.ts";
import type { Sync } from "./sync.ts";

export interface ConversationsSnapshot {
  /** Newest activity first. */
  readonly items: readonly Conversation[];
  readonly hasMore: boolean;
  readonly loading: boolean;
  readonly problem: Problem | null;
}

export class Conversations implements Observable<ConversationsSnapshot> {
  readonly #rest: Rest;
  readonly #sync: Sync;
  readonly #state = new Value<ConversationsSnapshot>({
    items: [],
    hasMore: false,
    loading: true,
    problem: null,
  });
  readonly #held = new Map<string, Conversation>();
  readonly #refreshing = new Set<string>();
  #cursor: string | null = null;
  #loaded = false;

  readonly getSnapshot = this.#state.getSnapshot;
  readonly subscribe = this.#state.subscribe;

  constructor(rest: Rest, sync: Sync) {
    this.#rest = rest;
    this.#sync = sync;
    sync.events.on("event", (event) => this.#event(event));
    sync.events.on("changes", ({ conversation }) => this.#put(conversation));
    sync.events.on("removed", (id) => {
      if (this.#held.delete(id)) this.#render();
    });
    sync.events.on("reset", () => {
      this.#held.clear();
      this.#loaded = false;
      this.#cursor = null;
    });
    sync.events.on("current", () => {
      if (!this.#loaded) void this.loadMore();
    });
  }

  get(id: string): Conversation | undefined {
    return this.#held.get(id);
  }

  /** Loads the first page, then the ones after it. */
  async loadMore(): Promise<void> {
    if (this.#loaded && this.#cursor === null) return;
    this.#render({ loading: true, problem: null });
    try {
      const page = await this.#rest.listConversations(this.#cursor);
      this.#loaded = true;
      this.#cursor = page.next_cursor;
      for (const conversation of page.items) this.#put(conversation);
      this.#render({ loading: false });
    } catch (error) {
      this.#render({ loading: false, problem: toProblem(error).problem });
    }
  }

  /** The server's answer to a read mark of one's own. */
  applyRead(id: string, readSeq: number, unreadCount: number): void {
    const held = this.#held.get(id);
    if (!held) return;
    // A message that came after the mark was set is still counted: only the server knows how many.
    if (held.last_seq > readSeq && unreadCount === 0) void this.#refresh(id);
    else this.#put({ ...held, unread_count: unreadCount });
  }

  #event(event: ServerEvent): void {
    const id = event.conversation;
    if (id === null || event.type === "conversation.deleted") return;
    const held = this.#held.get(id);
    if (!held) {
      if (this.#loaded && event.revision !== null && event.type !== "member.removed") void this.#refresh(id);
      return;
    }
    switch (event.type) {
      case "message.created":
        this.#created(held, event.data);
        return;
      case "message.updated":
      case "message.deleted":
        // After a deletion only the server knows what the last words are and how many are unread.
        if (event.type === "message.deleted") void this.#refresh(id);
        else if (held.last_message?.id === event.data.id) this.#put({ ...held, last_message: event.data });
        return;
      case "receipt.read":
        if (event.data.user === this.#me()) this.#readElsewhere(held, event.data.read_seq);
        return;
      case "conversation.created":
      case "conversation.updated":
        this.#put({ ...held, ...event.data });
        return;
      case "member.added":
      case "member.removed":
        this.#put({ ...held, members: withMember(held.members, event.data) });
        return;
      case "member.updated": {
        const { muted, archived, ...member } = event.data;
        this.#put({ ...held, muted, archived, members: withMember(held.members, member) });
        return;
      }
      default:
    }
  }

  #created(held: Conversation, message: Message): void {
    if (message.seq <= held.last_seq) return;
    const counts = message.sender !== this.#me();
    this.#put({
      ...held,
      last_message: message,
      last_seq: message.seq,
      last_activity_at: message.created_at,
      unread_count: held.unread_count + (counts ? 1 : 0),
    });
  }

  /** This user read on another device. */
  #readElsewhere(held: Conversation, readSeq: number): void {
    if (readSeq >= held.last_seq) this.#put({ ...held, unread_count: 0 });
    else if (held.unread_count > 0) void this.#refresh(held.id);
  }

  async #refresh(id: string): Promise<void> {
    if (this.#refreshing.has(id)) return;
    this.#refreshing.add(id);
    try {
      this.#put(await this.#rest.getConversation(id));
    } catch {
      // Not there any more, or no line: the next resume says what is true.
    } finally {
      this.#refreshing.delete(id);
    }
  }

  #put(conversation: Conversation): void {
    const held = this.#held.get(conversation.id);
    if (held && held.last_seq > conversation.last_seq) return;
    this.#held.set(conversation.id, conversation);
    this.#sync.revisions.begin(conversation.id, conversation.revision);
    this.#render();
  }

  #me(): string | null {
    return this.#sync.me.getSnapshot()?.id ?? null;
  }

  #render(change: Partial<ConversationsSnapshot> = {}): void {
    const items = [...this.#held.values()].sort((a, b) =>
      b.last_activity_at.localeCompare(a.last_activity_at),
    );
    this.#state.set({ ...this.#state.getSnapshot(), items, hasMore: this.#cursor !== null, ...change });
  }
}

function withMember(members: readonly Member[], changed: Member): Member[] {
  const others = members.filter((member) => member.user?.id !== changed.user?.id);
  return changed.left_at === null ? [...others, changed] : others;
}
