/** The fake server's state and rules: one small chat core in memory, told to both wires. It knows no wire. */
import type {
  Attachment,
  Changes,
  Conversation,
  EventData,
  EventType,
  Member,
  Message,
  Problem,
  ProblemCode,
  ServerEvent,
  User,
} from "@parlance/protocol";

/** A refusal, in the form that the native wire shows. */
export class Refusal extends Error {
  readonly problem: Problem;
  constructor(status: number, code: ProblemCode, detail: string, retryable = false) {
    super(detail);
    const type = `urn:parlance:problem:${code}`;
    this.problem = { type, title: detail, status, detail, code, retryable, request_id: "fake" };
  }
}

export interface Person {
  /** The integer id that FixMate shows. */
  number: number;
  user: User;
  username: string;
  password: string;
}

interface StoredConversation {
  number: number;
  facts: Omit<Conversation, "members" | "last_message" | "unread_count">;
  members: Member[];
  messages: Message[];
}

interface SendInput {
  body: string;
  clientId: string;
  kind?: Message["kind"];
  attachments?: Attachment[];
  replyTo?: string;
  at?: string;
}

type Listener = (event: ServerEvent, audience: ReadonlySet<string>) => void;

export interface WorldOptions {
  /** Milliseconds since 1970; the real clock by default. */
  now?: () => number;
}

/** Ids that look like UUIDs and are the same in every run. */
function fakeUuid(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

export class World {
  epoch = "00000000-0000-4000-8000-0000000000e1";
  readonly people: Person[] = [];
  readonly conversations = new Map<string, StoredConversation>();
  readonly files = new Map<string, { bytes: Uint8Array; contentType: string }>();
  readonly attachments = new Map<string, Attachment>();
  /** Integer id of each message, for FixMate. */
  readonly numbers = new Map<string, number>();
  readonly #listeners = new Set<Listener>();
  readonly #sockets = new Map<string, number>();
  readonly #now: () => number;
  #next = 1;

  constructor(options: WorldOptions = {}) {
    this.#now = options.now ?? Date.now;
  }

  time(): string {
    return new Date(this.#now()).toISOString().replace("Z", "000Z");
  }

  newId(): string {
    return fakeUuid(this.#next++);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  addPerson(
    name: string,
    role: string,
    username = `${name.toLowerCase().replaceAll(" ", ".")}@demo.example`,
  ) {
    const number = this.people.length + 1;
    const user: User = {
      id: this.newId(),
      external_id: String(number),
      name,
      role,
      avatar_url: null,
      is_staff: false,
    };
    const person: Person = { number, user, username, password: "demo-password" };
    this.people.push(person);
    return person;
  }

  person(id: string): Person {
    const found = this.people.find((person) => person.user.id === id);
    if (!found) throw new Refusal(404, "not_found", "no such user");
    return found;
  }

  addConversation(people: Person[], title: string, at = this.time()): string {
    const id = this.newId();
    const number = this.conversations.size + 7;
    const facts: StoredConversation["facts"] = {
      id,
      kind: "direct",
      status: "open",
      title: null,
      context: { kind: "job", id: String(number), title, url: null, metadata: {} },
      last_seq: 0,
      revision: 1,
      muted: false,
      archived: false,
      created_at: at,
      last_activity_at: at,
    };
    const members = people.map((person) => ({
      user: person.user,
      part: person.user.role ?? "user",
      read_seq: 0,
      delivered_seq: 0,
      joined_at: at,
      left_at: null,
      revision: 1,
    }));
    this.conversations.set(id, { number, facts, members, messages: [] });
    return id;
  }

  /** The one door: a conversation that `by` is a member of, or not found. */
  open(by: string, id: string): StoredConversation {
    const stored = this.conversations.get(id);
    if (!stored?.members.some((member) => member.user?.id === by)) {
      throw new Refusal(404, "not_found", "no such conversation");
    }
    return stored;
  }

  mine(by: string): StoredConversation[] {
    return [...this.conversations.values()]
      .filter((stored) => stored.members.some((member) => member.user?.id === by))
      .sort((a, b) => b.facts.last_activity_at.localeCompare(a.facts.last_activity_at));
  }

  view(by: string, stored: StoredConversation): Conversation {
    const me = stored.members.find((member) => member.user?.id === by);
    const unread = stored.messages.filter(
      (m) => m.sender !== by && m.seq > (me?.read_seq ?? 0) && m.deleted_at === null,
    );
    return structuredClone({
      ...stored.facts,
      members: stored.members,
      last_message: stored.messages.at(-1) ?? null,
      unread_count: unread.length,
    });
  }

  send(by: string, conversation: string, input: SendInput): { message: Message; fresh: boolean } {
    const stored = this.open(by, conversation);
    const earlier = stored.messages.find((m) => m.sender === by && m.client_id === input.clientId);
    if (earlier) return { message: structuredClone(earlier), fresh: false };
    const attachments = input.attachments ?? [];
    if (input.body.trim() === "" && attachments.length === 0) {
      throw new Refusal(422, "invalid", "the text is empty");
    }
    if (input.body.length > 10_000) throw new Refusal(422, "invalid", "the text is too long");
    const message: Message = {
      id: this.newId(),
      conversation,
      seq: ++stored.facts.last_seq,
      revision: ++stored.facts.revision,
      sender: by,
      sender_name: this.person(by).user.name,
      kind: input.kind ?? (attachments.length > 0 ? "image" : "text"),
      body: input.body,
      attachments,
      metadata: null,
      reply_to: input.replyTo ?? null,
      client_id: input.clientId,
      created_at: input.at ?? this.time(),
      edited_at: null,
      deleted_at: null,
      reactions: [],
    };
    stored.messages.push(message);
    stored.facts.last_activity_at = message.created_at;
    this.numbers.set(message.id, this.numbers.size + 31);
    this.#emit("message.created", stored, message.revision, message);
    return { message: structuredClone(message), fresh: true };
  }

  edit(by: string, id: string, body: string): Message {
    const { stored, message } = this.#message(by, id);
    if (message.sender !== by) throw new Refusal(403, "forbidden", "not yours");
    Object.assign(message, { body, edited_at: this.time(), revision: ++stored.facts.revision });
    this.#emit("message.updated", stored, message.revision, message);
    return structuredClone(message);
  }

  remove(by: string, id: string): void {
    const { stored, message } = this.#message(by, id);
    if (message.sender !== by) throw new Refusal(403, "forbidden", "not yours");
    const gone = { body: "", attachments: [], metadata: null, deleted_at: this.time() };
    Object.assign(message, gone, { revision: ++stored.facts.revision });
    this.#emit("message.deleted", stored, message.revision, message);
  }

  markRead(by: string, conversation: string, seq: number): { read_seq: number; unread_count: number } {
    const stored = this.open(by, conversation);
    const member = this.#member(stored, by);
    const upTo = Math.min(seq, stored.facts.last_seq);
    if (upTo > member.read_seq) {
      member.read_seq = upTo;
      member.delivered_seq = Math.max(member.delivered_seq, upTo);
      member.revision = ++stored.facts.revision;
      const data = { user: by, part: member.part, read_seq: upTo, messages: [] };
      this.#emit("receipt.read", stored, member.revision, data);
    }
    return { read_seq: member.read_seq, unread_count: this.view(by, stored).unread_count };
  }

  markDelivered(by: string, conversation: string, seq: number): { delivered_seq: number } {
    const stored = this.open(by, conversation);
    const member = this.#member(stored, by);
    const upTo = Math.min(seq, stored.facts.last_seq);
    if (upTo > member.delivered_seq) {
      member.delivered_seq = upTo;
      member.revision = ++stored.facts.revision;
      const data = { user: by, part: member.part, delivered_seq: upTo };
      this.#emit("receipt.delivered", stored, member.revision, data);
    }
    return { delivered_seq: member.delivered_seq };
  }

  typing(by: string, conversation: string, typing: boolean): void {
    const stored = this.open(by, conversation);
    const type = typing ? "typing.started" : "typing.stopped";
    this.#emit(type, stored, null, { user: by, name: this.person(by).user.name }, by);
  }

  /** Counts a user's sockets; the first and the last of them change the user's presence. */
  socket(user: string, change: 1 | -1): void {
    const before = this.#sockets.get(user) ?? 0;
    this.#sockets.set(user, before + change);
    if (before + change > 1 || (before === 1 && change === 1)) return;
    const online = before + change > 0;
    const audience = this.#neighbours(user);
    const data = { user, online, last_seen_at: this.time() };
    const event = {
      type: "presence.changed",
      conversation: null,
      revision: null,
      at: this.time(),
      data,
    } as const;
    for (const listener of this.#listeners) listener(event, audience);
  }

  online(by: string): string[] {
    return [...this.#neighbours(by)].filter((user) => (this.#sockets.get(user) ?? 0) > 0);
  }

  changes(by: string, epoch: string, known: Record<string, number>, limit = 500): Changes {
    const reset = epoch !== this.epoch;
    const conversations = this.mine(by).map((stored) => {
      const since = reset ? undefined : known[stored.facts.id];
      const later =
        since === undefined
          ? stored.messages.slice(-50)
          : stored.messages.filter((message) => message.revision > since);
      const messages = structuredClone(later.sort((a, b) => a.revision - b.revision).slice(0, limit));
      const hasMore = since !== undefined && later.length > limit;
      const revision = hasMore ? (messages.at(-1)?.revision ?? 0) : stored.facts.revision;
      return { conversation: this.view(by, stored), messages, revision, has_more: hasMore };
    });
    const removed = Object.keys(known).filter((id) => !conversations.some((c) => c.conversation.id === id));
    return { epoch: this.epoch, reset, conversations, removed };
  }

  addFile(name: string, contentType: string, bytes: Uint8Array): Attachment {
    const id = this.newId();
    const path = `${id}.${contentType.split("/")[1] ?? "bin"}`;
    this.files.set(path, { bytes, contentType });
    const attachment: Attachment = {
      id,
      name,
      content_type: contentType,
      size_bytes: bytes.length,
      width: null,
      height: null,
      duration_ms: null,
      url: `/v1/media/${path}`,
    };
    this.attachments.set(id, attachment);
    return attachment;
  }

  #message(by: string, id: string) {
    for (const stored of this.mine(by)) {
      const message = stored.messages.find((m) => m.id === id);
      if (message) return { stored, message };
    }
    throw new Refusal(404, "not_found", "no such message");
  }

  #member(stored: StoredConversation, user: string): Member {
    const member = stored.members.find((m) => m.user?.id === user);
    if (!member) throw new Refusal(404, "not_found", "no such conversation");
    return member;
  }

  #neighbours(user: string): Set<string> {
    const ids = this.mine(user).flatMap((stored) => stored.members.map((member) => member.user?.id ?? ""));
    return new Set(ids.filter((id) => id !== "" && id !== user));
  }

  #emit<K extends EventType>(
    type: K,
    stored: StoredConversation,
    revision: number | null,
    data: EventData[K],
    except?: string,
  ): void {
    const conversation = stored.facts.id;
    const event = {
      type,
      conversation,
      revision,
      at: this.time(),
      data: structuredClone(data),
    } as ServerEvent;
    const ids = stored.members.map((member) => member.user?.id ?? "");
    const audience = new Set(ids.filter((id) => id !== "" && id !== except));
    for (const listener of this.#listeners) listener(event, audience);
  }
}
