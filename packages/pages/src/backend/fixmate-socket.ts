/** One of FixMate's sockets: comes back by itself, with growing pauses. The dialect has no ping and no resume. */
import { type ConnectionState, Value } from "@parlance/client";

const FIRST_PAUSE_MS = 500;
const MOST_PAUSE_MS = 15_000;
/** A handshake that gets no answer counts as failed. */
const HANDSHAKE_MS = 10_000;

export class FixmateSocket {
  readonly state = new Value<ConnectionState>({ status: "stopped", reason: "by_client" });
  readonly #url: string;
  readonly #onFrame: (frame: Record<string, unknown>) => void;
  #socket: WebSocket | null = null;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, onFrame: (frame: Record<string, unknown>) => void) {
    this.#url = url;
    this.#onFrame = onFrame;
  }

  start(): void {
    if (this.state.getSnapshot().status === "stopped") this.#connect();
  }

  stop(): void {
    this.#drop();
    this.state.set({ status: "stopped", reason: "by_client" });
  }

  retryNow(): void {
    if (this.state.getSnapshot().status === "waiting") this.#connect();
  }

  /** The line does not answer: closes it and comes back. */
  abandon(): void {
    if (this.#socket !== null) this.#lost();
  }

  /** Gives whether the frame could be handed to the socket. */
  send(frame: Record<string, unknown>): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #connect(): void {
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.state.set({ status: "connecting" });
    this.#timer = setTimeout(() => this.#lost(), HANDSHAKE_MS);
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      clearTimeout(this.#timer);
      this.#failures = 0;
      this.state.set({ status: "online" });
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      const frame = socket === this.#socket && typeof data === "string" ? parse(data) : null;
      if (frame !== null) this.#onFrame(frame);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  #lost(): void {
    this.#drop();
    const ceiling = Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    const pause = ceiling / 2 + (ceiling / 2) * Math.random();
    this.state.set({ status: "waiting", retryAt: Date.now() + pause });
    this.#timer = setTimeout(() => this.#connect(), pause);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && !Array.isArray(frame)
      ? (frame as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
