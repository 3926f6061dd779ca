/** Typing, both ways, of one conversation. Always expiring: a lost stop must not leave somebody typing. */
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

/** Who else is typing here. */
export class Typing implements Observable<readonly Typist[]> {
  readonly #conversation: string;
  readonly #connection: Connection;
  readonly #state = new Value<readonly Typist[]>([]);
  readonly #expiry = new Map<string, ReturnType<typeof setTimeout>>();
  #startedAt: number | null = null;
  #idle: ReturnType<typeof setTimeout> | undefined;

  readonly getSnapshot = this.#state.getSnapshot;
  readonly subscribe = this.#state.subscribe;

  constructor(conversation: string, connection: Connection) {
    this.#conversation = conversation;
    this.#connection = connection;
  }

  /** Call on each key: tells the others at most every few seconds, and stops by itself. */
  keystroke(): void {
    const now = Date.now();
    if (this.#startedAt === null || now - this.#startedAt >= REPEAT_MS) {
      this.#startedAt = now;
      this.#tell("typing.start");
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
  }

  /** The message was sent or the composer emptied. */
  stop(): void {
    clearTimeout(this.#idle);
    if (this.#startedAt === null) return;
    this.#startedAt = null;
    this.#tell("typing.stop");
  }

  applyEvent(event: ServerEvent): void {
    if (event.conversation !== this.#conversation) return;
    if (event.type === "typing.started") this.#add(event.data);
    else if (event.type === "typing.stopped") this.#remove(event.data.user);
    else if (event.type === "message.created" && event.data.sender !== null) this.#remove(event.data.sender);
  }

  #add(typist: Typist): void {
    clearTimeout(this.#expiry.get(typist.user));
    this.#expiry.set(
      typist.user,
      setTimeout(() => this.#remove(typist.user), EXPIRE_MS),
    );
    const held = this.#state.getSnapshot();
    if (!held.some((each) => each.user === typist.user)) this.#state.set([...held, typist]);
  }

  #remove(user: string): void {
    clearTimeout(this.#expiry.get(user));
    this.#expiry.delete(user);
    const held = this.#state.getSnapshot();
    if (held.some((each) => each.user === user)) this.#state.set(held.filter((each) => each.user !== user));
  }

  #tell(type: "typing.start" | "typing.stop"): void {
    this.#connection.request(type, { conversation: this.#conversation }).catch(() => {
      // Typing is worth nothing late: it is not repeated.
    });
  }
}
