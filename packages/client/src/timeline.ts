/** One conversation's messages: history pages, events and resume merged by revision, and what is on its way out. */
import type { ConversationChanges, Member, Message, ServerEvent } from "@parlance/protocol";
import { type Delivery, Marks } from "./marks.ts";
import { type Observable, Value } from "./observable.ts";
import type { Outbox, OutboxEntry } from "./outbox.ts";
import { type Problem, toProblem } from "./problem.ts";
import type { Rest } from "./rest.ts";

/** A message as a page shows it. The same object until something in it changes. */
export interface MessageView {
  /** Stable from the moment of writing: the `client_id` for one's own, else the id. */
  readonly key: string;
  /** The server's row; null while the message is only in the outbox. */
  readonly message: Message | null;
  /** The outbox's entry, while there is one. */
  readonly pending: OutboxEntry | null;
  readonly mine: boolean;
  readonly delivery: Delivery;
}

export interface TimelineSnapshot {
  /** Oldest first. */
  readonly messages: readonly MessageView[];
  readonly hasBefore: boolean;
  readonly loading: "first" | "before" | null;
  /** Why the last page could not be loaded. */
  readonly problem: Problem | null;
}

export interface TimelineContext {
  rest: Rest;
  outbox: Outbox;
  /** The user's own id; null until the session has started. */
  me: () => string | null;
}

const PAGE = 50;
const EMPTY: TimelineSnapshot = { messages: [], hasBefore: false, loading: "first", problem: null };

export class Timeline implements Observable<TimelineSnapshot> {
  readonly conversation: string;
  readonly marks: Marks;
  readonly #context: TimelineContext;
  readonly #rows = new Map<string, Message>();
  readonly #views = new Map<string, MessageView>();
  readonly #state = new Value<TimelineSnapshot>(EMPTY);
  /** The history from this seq on is held whole; null before the first page. */
  #from: number | null = null;
  #hasBefore = false;
  #loading: "first" | "before" | null = "first";
  #problem: Problem | null = null;
  /** Raised when everything held becomes void, so that answers to older requests are dropped. */
  #generation = 0;
  #filling = false;

  readonly getSnapshot = this.#state.getSnapshot;
  readonly subscribe = this.#state.subscribe;

  constructor(conversation: string, context: TimelineContext) {
    this.conversation = conversation;
    this.#context = context;
    this.marks = new Marks(context.me);
    context.outbox.entries.subscribe(() => this.#render());
    context.outbox.events.on("sent", ({ message }) => this.apply([message]));
    this.#render();
  }

  /** Loads the newest page; does nothing when it is there. Called again on every fresh connection. */
  async loadFirst(): Promise<void> {
    if (this.#from !== null) return;
    await this.#load("first", {});
  }

  /** Loads the page before the oldest message held. */
  async loadBefore(): Promise<void> {
    if (this.#from === null || !this.#hasBefore || this.#loading !== null) return;
    await this.#load("before", { before: this.#from });
  }

  /** Merges rows, whatever brought them: of two with the same id the later revision stays. */
  apply(rows: readonly Message[]): void {
    let changed = false;
    for (const row of rows) {
      if (row.conversation !== this.conversation) continue;
      // A row older than the pages held comes with its page, in its current state.
      if (this.#from !== null && row.seq < this.#from) continue;
      const held = this.#rows.get(row.id);
      if (held && held.revision >= row.revision) continue;
      this.#rows.set(row.id, row);
      changed = true;
      if (row.client_id !== null && row.sender === this.#context.me())
        this.#context.outbox.confirm(row.client_id);
    }
    if (!changed) return;
    this.#render();
    this.#fillHoles();
  }

  applyEvent(event: ServerEvent): void {
    if (event.conversation !== this.conversation) return;
    switch (event.type) {
      case "message.created":
      case "message.updated":
      case "message.deleted":
        this.apply([event.data]);
        return;
      case "reaction.added":
      case "reaction.removed":
        this.apply([event.data.message]);
        return;
      case "receipt.read":
      case "receipt.delivered":
        if (this.marks.receipt(event.data)) this.#render();
        return;
      case "member.added":
      case "member.updated":
      case "member.removed":
        if (this.marks.merge([event.data])) this.#render();
        return;
      default:
    }
  }

  applyChanges(changes: ConversationChanges): void {
    this.applyMembers(changes.conversation.members);
    this.apply(changes.messages);
  }

  /** Takes all present members. */
  applyMembers(members: readonly Member[]): void {
    if (this.marks.replace(members)) this.#render();
  }

  /** The store was restored to an earlier state: drops everything and loads anew. */
  reset(): void {
    this.#generation += 1;
    this.#rows.clear();
    this.#views.clear();
    this.marks.clear();
    this.#from = null;
    this.#hasBefore = false;
    this.#loading = "first";
    this.#render();
    void this.loadFirst();
  }

  async #load(
    which: "first" | "before",
    position: { before: number } | Record<string, never>,
  ): Promise<void> {
    const generation = this.#generation;
    this.#loading = which;
    this.#problem = null;
    this.#render();
    try {
      const page = await this.#context.rest.listMessages(this.conversation, position, PAGE);
      if (generation !== this.#generation) return;
      const oldest = page.items[0]?.seq ?? this.#from ?? 1;
      this.#from = Math.min(oldest, this.#from ?? oldest);
      this.#hasBefore = page.has_before;
      this.#loading = null;
      for (const [id, row] of this.#rows) if (row.seq < this.#from) this.#rows.delete(id);
      this.marks.replace(page.members);
      this.apply(page.items);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#loading = null;
      this.#problem = toProblem(error).problem;
    }
    this.#render();
  }

  /** `seq` has no holes on the server, so a hole here is something missed: it is asked for, once at a time. */
  #fillHoles(): void {
    if (this.#from === null || this.#filling) return;
    const seqs = [...this.#rows.values()].map((row) => row.seq).sort((a, b) => a - b);
    const edge = seqs.find((seq, index) => index + 1 < seqs.length && seqs[index + 1] !== seq + 1);
    const before = this.#from < (seqs[0] ?? this.#from) ? this.#from - 1 : edge;
    if (before === undefined) return;
    this.#filling = true;
    const generation = this.#generation;
    this.#context.rest
      .listMessages(this.conversation, { after: before }, PAGE)
      .then((page) => {
        this.#filling = false;
        if (generation === this.#generation) this.apply(page.items);
      })
      .catch(() => {
        this.#filling = false;
      });
  }

  #render(): void {
    const me = this.#context.me();
    const rows = [...this.#rows.values()].sort((a, b) => a.seq - b.seq);
    const stored = new Set(
      rows.flatMap((row) => (row.sender === me && row.client_id ? [row.client_id] : [])),
    );
    const pending = this.#context.outbox.entries
      .getSnapshot()
      .filter((entry) => entry.conversation === this.conversation && !stored.has(entry.clientId));
    const messages = [
      ...rows.map((row) => this.#rowView(row, me)),
      ...pending.map((entry) => this.#pendingView(entry)),
    ];
    const before = this.#state.getSnapshot();
    const same =
      messages.length === before.messages.length &&
      messages.every((view, index) => view === before.messages[index]);
    const [hasBefore, loading, problem] = [this.#hasBefore, this.#loading, this.#problem];
    if (same && before.hasBefore === hasBefore && before.loading === loading && before.problem === problem)
      return;
    this.#state.set({ messages: same ? before.messages : messages, hasBefore, loading, problem });
  }

  #rowView(row: Message, me: string | null): MessageView {
    const mine = row.sender !== null && row.sender === me;
    const key = mine && row.client_id ? row.client_id : row.id;
    return this.#view({
      key,
      message: row,
      pending: null,
      mine,
      delivery: mine ? this.marks.delivery(row.seq) : "none",
    });
  }

  #pendingView(entry: OutboxEntry): MessageView {
    return this.#view({
      key: entry.clientId,
      message: null,
      pending: entry,
      mine: true,
      delivery: entry.state.status,
    });
  }

  /** Gives the view shown before when nothing in it is different. */
  #view(next: MessageView): MessageView {
    const held = this.#views.get(next.key);
    if (held?.message === next.message && held.pending === next.pending && held.delivery === next.delivery) {
      return held;
    }
    this.#views.set(next.key, next);
    return next;
  }
}
