/** Typing, both ways. Always expiring: a lost stop must not leave somebody typing. */
import type { ServerEvent } from "@parlance/protocol";
import type { Connection } from "./connection.ts";
import { type Observable, Value } from "./observable.ts";

export interface Typist {
  readonly user: string;
  readonly name: string;
}

/** The server lets a start expire after 6 s; repeating it well before that keeps it alive. */
const REPEAT_MS = 3_000;
/** No key for so long means the user has stopped. */
const IDLE_MS = 4_000;
const EXPIRE_MS = 7_000;

/** Tells others about one's own typing: at most every few seconds, and with an end. */
export class TypingSignal {
  readonly #tell: (isTyping: boolean) => void;
  #startedAt: number | null = null;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (isTyping: boolean) => void) {
    this.#tell = tell;
  }

  /** Call on each key. */
  keystroke(): void {
    const now = Date.now();
    if (this.#startedAt === null || now - this.#startedAt >= REPEAT_MS) {
      this.#startedAt = now;
      this.#tell(true);
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
  }

  /** The message was sent or the composer emptied. */
  stop(): void {
    clearTimeout(this.#idle);
    if (this.#startedAt === null) return;
    this.#startedAt = null;
    this.#tell(false);
  }
}

/** Who else is typing. */
export class Typists implements Observable<readonly Typist[]> {
  readonly #state = new Value<readonly Typist[]>([]);
  readonly #expiry = new Map<string, ReturnType<typeof setTimeout>>();

  readonly getSnapshot = this.#state.getSnapshot;
  readonly subscribe = this.#state.subscribe;

  add({ user, name }: Typist): void {
    clearTimeout(this.#expiry.get(user));
    this.#expiry.set(
      user,
      setTimeout(() => this.remove(user), EXPIRE_MS),
    );
    const held = this.#state.getSnapshot();
    if (!held.some((each) => each.user === user)) this.#state.set([...held, { user, name }]);
  }

  remove(user: string): void {
    clearTimeout(this.#expiry.get(user));
    this.#expiry.delete(user);
    const held = this.#state.getSnapshot();
    if (held.some((each) => each.user === user)) this.#state.set(held.filter((each) => each.user !== user));
  }
}

/** The typing of one conversation; its snapshot is who else types there. */
export class Typing implements Observable<readonly Typist[]> {
  readonly #conversation: string;
  readonly #signal: TypingSignal;
  readonly #typists = new Typists();

  readonly getSnapshot = this.#typists.getSnapshot;
  readonly subscribe = this.#typists.subscribe;

  constructor(conversation: string, connection: Connection) {
    this.#conversation = conversation;
    this.#signal = new TypingSignal((isTyping) => {
      connection.request(isTyping ? "typing.start" : "typing.stop", { conversation }).catch(() => {
        // Typing is worth nothing late: it is not repeated.
      });
    });
  }

  /** Call on each key. */
  keystroke(): void {
    this.#signal.keystroke();
  }

  /** The message was sent or the composer emptied. */
  stop(): void {
    this.#signal.stop();
  }

  applyEvent(event: ServerEvent): void {
    if (event.conversation !== this.#conversation) return;
    if (event.type === "typing.started") this.#typists.add(event.data);
    else if (event.type === "typing.stopped") this.#typists.remove(event.data.user);
    else if (event.type === "message.created" && event.data.sender !== null) {
      this.#typists.remove(event.data.sender);
    }
  }
}
