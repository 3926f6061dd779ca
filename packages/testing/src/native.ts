/** The native wire over the fake world: frames of `/v1/ws` and requests under `/v1/`. */
import type { ServerEvent } from "@parlance/protocol";
import { Refusal, type World } from "./world.ts";

/** The fake's tokens are the user's id with a mark before it; `expired` ones are refused. */
export const nativeToken = (userId: string): string => `jwt-${userId}`;

function userOf(world: World, token: string): string {
  const id = token.replace(/^jwt-/, "");
  if (!token.startsWith("jwt-") || !world.people.some((person) => person.user.id === id)) {
    throw new Refusal(401, "unauthenticated", "the token is not valid");
  }
  return id;
}

interface Sink {
  send(text: string): void;
  close(code: number): void;
}

type Data = Record<string, unknown>;
const text = (data: Data, name: string): string => {
  const value = data[name];
  if (typeof value !== "string") throw new Refusal(422, "invalid", `${name} must be text`);
  return value;
};

/** One native socket. */
export class NativeSession {
  readonly #world: World;
  readonly #sink: Sink;
  #user: string | null = null;
  #unlisten: () => void = () => {};

  constructor(world: World, sink: Sink) {
    this.#world = world;
    this.#sink = sink;
  }

  receive(raw: string): void {
    let id: unknown = null;
    try {
      const frame = JSON.parse(raw) as { id?: unknown; type?: unknown; data?: Data };
      id = frame.id ?? null;
      const data = this.#answer(String(frame.type), frame.data ?? {});
      this.#sink.send(JSON.stringify({ id, ok: true, data }));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(400, "malformed", String(error));
      this.#sink.send(JSON.stringify({ id, ok: false, error: refusal.problem }));
      if (this.#user === null) this.#sink.close(4401);
    }
  }

  closed(): void {
    this.#unlisten();
    if (this.#user) this.#world.socket(this.#user, -1);
    this.#user = null;
  }

  #answer(type: string, data: Data): unknown {
    const world = this.#world;
    if (type === "session.authenticate") return this.#authenticate(text(data, "token"));
    const by = this.#user;
    if (by === null) throw new Refusal(401, "unauthenticated", "authenticate first");
    switch (type) {
      case "ping":
        return {};
      case "session.resume":
        return world.changes(by, text(data, "epoch"), data.conversations as Record<string, number>);
      case "message.send":
        return sendMessage(world, by, text(data, "conversation"), data);
      case "message.edit":
        return world.edit(by, text(data, "message"), text(data, "body"));
      case "message.delete":
        world.remove(by, text(data, "message"));
        return {};
      case "receipt.mark_read":
        return world.markRead(by, text(data, "conversation"), Number(data.seq));
      case "receipt.mark_delivered":
        return world.markDelivered(by, text(data, "conversation"), Number(data.seq));
      case "typing.start":
      case "typing.stop":
        world.typing(by, text(data, "conversation"), type === "typing.start");
        return {};
      case "presence.list":
        return { online: world.online(by) };
      default:
        throw new Refusal(422, "invalid", `no such request: ${type}`);
    }
  }

  #authenticate(token: string): unknown {
    const world = this.#world;
    const user = userOf(world, token);
    if (this.#user === null) {
      this.#user = user;
      this.#unlisten = world.listen((event, audience) => this.#event(event, audience));
      world.socket(user, 1);
      const data = { user: world.person(user).user, epoch: world.epoch, heartbeat_ms: 25_000 };
      this.#sink.send(JSON.stringify({ type: "session.started", data }));
    }
    return { user: world.person(user).user, epoch: world.epoch };
  }

  #event(event: ServerEvent, audience: ReadonlySet<string>): void {
    if (this.#user && audience.has(this.#user)) this.#sink.send(JSON.stringify(event));
  }
}

function sendMessage(world: World, by: string, conversation: string, data: Data) {
  const ids = Array.isArray(data.attachments) ? (data.attachments as string[]) : [];
  const attachments = ids.map((id) => {
    const attachment = world.attachments.get(id);
    if (!attachment) throw new Refusal(422, "invalid", "no such attachment");
    return attachment;
  });
  const input = { body: text(data, "body"), clientId: text(data, "client_id"), attachments };
  return world.send(by, conversation, input).message;
}

export interface RestRequest {
  method: string;
  /** Path with query. */
  path: string;
  token: string | null;
  body: unknown;
  /** The uploaded file of a multipart request. */
  file?: { name: string; contentType: string; bytes: Uint8Array };
}

export interface RestAnswer {
  status: number;
  body: unknown;
}

/** Answers a request under `/v1/`. */
export function nativeRest(world: World, request: RestRequest): RestAnswer {
  try {
    return route(world, request);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.problem.status, body: error.problem };
  }
}

function route(world: World, request: RestRequest): RestAnswer {
  const by = userOf(world, request.token ?? "");
  const url = new URL(request.path, "http://fake");
  const parts = url.pathname.split("/").slice(2);
  const [head, id = "", tail] = parts;
  const ok = (body: unknown, status = 200): RestAnswer => ({ status, body });
  if (head === "me") return ok(world.person(by).user);
  if (head === "presence") return ok({ online: world.online(by) });
  if (head === "uploads" && request.file) {
    const { name, contentType, bytes } = request.file;
    if (!contentType.startsWith("image/")) throw new Refusal(415, "unsupported_media", "not a picture");
    return ok(world.addFile(name, contentType, bytes), 201);
  }
  if (head !== "conversations") throw new Refusal(404, "not_found", "no such route");
  if (id === "") {
    return ok({ items: world.mine(by).map((stored) => world.view(by, stored)), next_cursor: null });
  }
  const stored = world.open(by, id);
  if (tail === undefined) return ok(world.view(by, stored));
  if (tail === "changes") {
    const since = Number(url.searchParams.get("since"));
    const changes = world.changes(by, url.searchParams.get("epoch") ?? world.epoch, { [id]: since });
    return ok({ ...changes, conversations: changes.conversations.filter((c) => c.conversation.id === id) });
  }
  if (tail === "messages" && request.method === "GET") return ok(history(stored, url.searchParams));
  if (tail === "messages") return ok(sendMessage(world, by, id, request.body as Data), 201);
  throw new Refusal(404, "not_found", "no such route");
}

function history(stored: ReturnType<World["open"]>, query: URLSearchParams) {
  const limit = Number(query.get("limit") ?? 50);
  const [before, after] = [query.get("before"), query.get("after")];
  const all = [...stored.messages].sort((a, b) => a.seq - b.seq);
  let items = all.slice(-limit);
  if (before !== null) items = all.filter((m) => m.seq < Number(before)).slice(-limit);
  if (after !== null) items = all.filter((m) => m.seq > Number(after)).slice(0, limit);
  const [first, last] = [items[0]?.seq ?? 1, items.at(-1)?.seq ?? 0];
  return structuredClone({
    items,
    has_before: all.some((m) => m.seq < first),
    has_after: last > 0 && all.some((m) => m.seq > last),
    members: stored.members,
  });
}
