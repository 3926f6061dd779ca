/** An in-memory network between a client under test and the fake world: sockets and fetch that can be cut. */
import { NativeSession, nativeRest } from "./native.ts";
import type { World } from "./world.ts";

/** How a frame from the server travels: delivered as it is, or as the list that this returns. */
export type Tamper = (frame: string) => string[];

export class FakeNetwork {
  readonly world: World;
  /** Sockets opened so far, in order. */
  readonly sockets: FakeSocket[] = [];
  /** While false, connecting fails, fetch rejects and open sockets carry nothing. */
  up = true;
  tamper: Tamper = (frame) => [frame];
  /** Frames from the client that never arrive, as with a line that died without a word. */
  swallow: (frame: string) => boolean = () => false;

  constructor(world: World) {
    this.world = world;
  }

  readonly openSocket = (): FakeSocket => {
    const socket = new FakeSocket(this);
    this.sockets.push(socket);
    return socket;
  };

  readonly fetch: typeof fetch = async (input, init) => {
    await Promise.resolve();
    if (!this.up) throw new TypeError("network down");
    const headers = new Headers(init?.headers);
    const url = new URL(String(input), "http://fake");
    const answer = nativeRest(this.world, {
      method: init?.method ?? "GET",
      path: url.pathname + url.search,
      token: headers.get("authorization")?.replace("Bearer ", "") ?? null,
      body: typeof init?.body === "string" ? JSON.parse(init.body) : null,
    });
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  };

  /** Ends all sockets as a lost line does. */
  cut(code = 1006): void {
    this.up = false;
    for (const socket of this.sockets) socket.end(code);
  }

  heal(): void {
    this.up = true;
  }
}

/** The part of a browser's WebSocket that the client uses. */
export class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly received: string[] = [];
  readonly #network: FakeNetwork;
  readonly #session: NativeSession;
  #open = true;

  constructor(network: FakeNetwork) {
    this.#network = network;
    this.#session = new NativeSession(network.world, {
      send: (frame) => this.#deliver(frame),
      close: (code) => this.end(code),
    });
    queueMicrotask(() => {
      if (network.up && this.#open) this.onopen?.();
      else this.end(1006);
    });
  }

  send(frame: string): void {
    this.received.push(frame);
    queueMicrotask(() => {
      if (this.#open && !this.#network.swallow(frame)) this.#session.receive(frame);
    });
  }

  close(code = 1000): void {
    this.end(code);
  }

  /** Closes from the server's side. */
  end(code: number): void {
    if (!this.#open) return;
    this.#open = false;
    this.#session.closed();
    queueMicrotask(() => this.onclose?.({ code, reason: "" }));
  }

  #deliver(frame: string): void {
    for (const each of this.#network.tamper(frame)) {
      queueMicrotask(() => {
        if (this.#open) this.onmessage?.({ data: each });
      });
    }
  }
}
