/** A TCP proxy between browser and server: a line that can be cut and healed. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Line {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: Socket[] = [];
  #target: URL;
  #up = true;
  #stalled = false;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async to(target: string): Promise<Line> {
    const line = new Line(target);
    await new Promise<void>((resolve) => line.#server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** New connections go there: the server came back at another address. */
  retarget(target: string): void {
    this.#target = new URL(target);
  }

  /** Ends every connection and lets no new one in. */
  cut(): void {
    this.#up = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Carries nothing more, without a word to either side: a line that died silently. */
  stall(): void {
    this.#stalled = true;
    for (const socket of this.#sockets) {
      // A piped socket that is only paused goes on as soon as the other side drains.
      socket.unpipe();
      socket.pause();
      this.#held.push(socket);
    }
  }

  heal(): void {
    // What was held back in a dead line never arrives.
    for (const socket of this.#held.splice(0)) socket.destroy();
    this.#stalled = false;
    this.#up = true;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    if (!this.#up || this.#stalled) {
      socket.destroy();
      return;
    }
    const upstream = connect(Number(this.#target.port), this.#target.hostname);
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
