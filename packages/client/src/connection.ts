/**
 * One socket's life: connect, authenticate by the first frame, notice a dead line, come back.
 * It knows frames and requests, but no conversation.
 */
import {
  CloseCode,
  type Problem,
  type ReplyFrame,
  type Requests,
  type ServerEvent,
  type SessionStarted,
} from "@parlance/protocol";
import { Emitter, Value } from "./observable.ts";
import { localProblem, ProblemError } from "./problem.ts";
import type { TokenCache } from "./token.ts";

export type StopReason =
  /** `stop()` was called, or `start()` not yet. */
  | "by_client"
  /** The token was refused, and so was the one that the provider gave after that. */
  | "unauthenticated"
  /** The same user has too many sockets open. */
  | "too_many_sockets";

export type ConnectionState =
  | { status: "connecting" }
  | { status: "online" }
  /** Tries again at that time (milliseconds since 1970). */
  | { status: "waiting"; retryAt: number }
  | { status: "stopped"; reason: StopReason };

/** The part of a browser's WebSocket that is used here. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface ConnectionOptions {
  url: string;
  tokens: TokenCache;
  openSocket?: (url: string) => SocketLike;
  /** 0 to 1, for the jitter. */
  random?: () => number;
  backoff?: { firstMs: number; mostMs: number };
  /** How long the handshake and a reply may take. */
  timeoutMs?: number;
}

interface ConnectionEvents {
  /** Authenticated; what was missed is yet to be asked for. */
  started: SessionStarted["data"];
  event: ServerEvent;
}

interface Waiting {
  resolve(data: unknown): void;
  reject(error: ProblemError): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Connection {
  readonly state = new Value<ConnectionState>({ status: "stopped", reason: "by_client" });
  readonly events = new Emitter<ConnectionEvents>();
  readonly #options: Required<ConnectionOptions>;
  readonly #waiting = new Map<number, Waiting>();
  #socket: SocketLike | null = null;
  #nextId = 1;
  /** Names the latest attempt to connect; 0 when none is under way. */
  #attempt = 0;
  #failures = 0;
  #refusals = 0;
  #token = "";
  #refreshToken = false;
  #heartbeatMs = 25_000;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = {
      openSocket: (url) => new WebSocket(url) as SocketLike,
      random: Math.random,
      backoff: { firstMs: 500, mostMs: 20_000 },
      timeoutMs: 10_000,
      ...options,
    };
  }

  start(): void {
    if (this.state.getSnapshot().status !== "stopped") return;
    this.#failures = 0;
    this.#refusals = 0;
    void this.#connect();
  }

  stop(): void {
    this.#drop(CloseCode.normal);
    this.state.set({ status: "stopped", reason: "by_client" });
  }

  /** Tries now instead of at `retryAt`: the network is back, or the user asked for it. */
  retryNow(): void {
    if (this.state.getSnapshot().status !== "waiting") return;
    clearTimeout(this.#timer);
    void this.#connect();
  }

  /** Closes the socket and comes back after a pause: what it brought cannot be trusted to be whole. */
  reconnect(): void {
    if (this.#socket !== null) this.#lost(CloseCode.goingAway);
  }

  /**
   * Asks the server and gives the reply's data.
   *
   * @throws ProblemError; `offline` and `timeout` leave open whether the server has done it
   */
  request<K extends keyof Requests>(type: K, data: Requests[K]["data"]): Promise<Requests[K]["reply"]> {
    if (this.state.getSnapshot().status !== "online") {
      return Promise.reject(localProblem("offline", "not connected"));
    }
    return this.#ask(type, data);
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#nextId;
    this.#attempt = attempt;
    this.state.set({ status: "connecting" });
    try {
      const fresh = this.#refreshToken && this.#token !== "";
      this.#token = await (fresh ? this.#options.tokens.refresh(this.#token) : this.#options.tokens.get());
      this.#refreshToken = false;
    } catch {
      if (this.#attempt === attempt) this.#wait();
      return;
    }
    if (this.#attempt !== attempt || this.state.getSnapshot().status !== "connecting") return;
    this.#open();
  }

  #open(): void {
    const socket = this.#options.openSocket(this.#options.url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#ask("session.authenticate", { token: this.#token }).catch((error: ProblemError) => {
        if (socket !== this.#socket) return;
        const refused = error.problem.code === "unauthenticated";
        this.#lost(refused ? CloseCode.unauthenticated : CloseCode.goingAway);
      });
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket && typeof data === "string") this.#receive(data);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    };
    this.#timer = setTimeout(() => this.#lost(CloseCode.goingAway), this.#options.timeoutMs);
  }

  #receive(text: string): void {
    const frame = parseFrame(text);
    if (frame === null) return;
    if ("ok" in frame) this.#reply(frame);
    else if (frame.type === "session.started") this.#started(frame.data);
    else this.events.emit("event", frame);
    if (this.state.getSnapshot().status === "online") this.#armHeartbeat();
  }

  #started(data: SessionStarted["data"]): void {
    this.#failures = 0;
    this.#refusals = 0;
    this.#heartbeatMs = data.heartbeat_ms;
    this.state.set({ status: "online" });
    this.events.emit("started", data);
  }

  #reply(frame: ReplyFrame): void {
    const waiting = typeof frame.id === "number" ? this.#waiting.get(frame.id) : undefined;
    if (!waiting || typeof frame.id !== "number") return;
    this.#waiting.delete(frame.id);
    clearTimeout(waiting.timer);
    if (frame.ok) waiting.resolve(frame.data);
    else waiting.reject(new ProblemError(frame.error, retryAfter(frame.error)));
  }

  #ask<K extends keyof Requests>(type: K, data: Requests[K]["data"]): Promise<Requests[K]["reply"]> {
    const id = this.#nextId++;
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      // A silent line is a dead one: the server answers every request, so close and come back.
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(localProblem("timeout", "no answer in time"));
        if (socket === this.#socket) this.#lost(CloseCode.goingAway);
      }, this.#options.timeoutMs);
      this.#waiting.set(id, { resolve: (reply) => resolve(reply as Requests[K]["reply"]), reject, timer });
      socket?.send(JSON.stringify({ id, type, data }));
    });
  }

  /** Quiet for a heartbeat: a ping, whose missing answer closes the socket. */
  #armHeartbeat(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#ask("ping", {}).catch(() => {});
    }, this.#heartbeatMs);
  }

  #lost(code: number): void {
    this.#drop(CloseCode.normal);
    if (code === CloseCode.tooManySockets) {
      this.state.set({ status: "stopped", reason: "too_many_sockets" });
      return;
    }
    if (code === CloseCode.unauthenticated) {
      this.#refreshToken = true;
      if (++this.#refusals > 1) {
        this.state.set({ status: "stopped", reason: "unauthenticated" });
        return;
      }
      void this.#connect();
      return;
    }
    this.#wait();
  }

  #wait(): void {
    const { firstMs, mostMs } = this.#options.backoff;
    const ceiling = Math.min(mostMs, firstMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    const delay = ceiling / 2 + (ceiling / 2) * this.#options.random();
    this.state.set({ status: "waiting", retryAt: Date.now() + delay });
    this.#timer = setTimeout(() => void this.#connect(), delay);
  }

  /** Forgets the socket; whoever waits for a reply learns that it will not come. */
  #drop(code: number): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    this.#attempt = 0;
    socket?.close(code);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const each of waiting) {
      clearTimeout(each.timer);
      each.reject(localProblem("offline", "the connection was lost"));
    }
  }
}

function parseFrame(text: string): SessionStarted | ServerEvent | ReplyFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && ("ok" in frame || "type" in frame)
      ? (frame as SessionStarted | ServerEvent | ReplyFrame)
      : null;
  } catch {
    return null;
  }
}

/** Sockets have no headers: the problem carries the time to wait itself. */
function retryAfter(problem: Problem): number | null {
  return problem.retry_after_ms ?? null;
}
