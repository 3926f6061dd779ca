/** The FixMate wire over the fake world: `/api/…` and the frames of its two sockets. */
import type { Message, ServerEvent } from "@parlance/protocol";
import { type Person, Refusal, type World } from "./world.ts";

/** The fake's token of a person: 40 hexadecimal characters, the same at each login. */
export const fixmateToken = (person: Person): string => person.number.toString(16).padStart(40, "0");

type Json = Record<string, unknown>;

export function fixmatePerson(world: World, token: string | null): Person {
  const person = world.people.find((each) => fixmateToken(each) === token);
  if (!person) throw new Refusal(403, "forbidden", "Invalid token.");
  return person;
}

const numberOf = (world: World, user: string | null): number =>
  user === null ? 0 : (world.people.find((person) => person.user.id === user)?.number ?? 0);

function participant(person: Person): Json {
  const [first = "", ...rest] = person.user.name.split(" ");
  return {
    id: person.number,
    username: person.username,
    get_full_name: person.user.name,
    business_name: "",
    first_name: first,
    last_name: rest.join(" "),
    user_type: person.user.role,
    profile_picture: null,
  };
}

type Stored = ReturnType<World["open"]>;

/** FixMate's conversation `number`, if `by` is one of the two. */
export function fixmateOpen(world: World, by: Person, number: number): Stored {
  const stored = world.mine(by.user.id).find((each) => each.number === number);
  if (!stored) throw new Refusal(404, "not_found", "Not found.");
  return stored;
}

function conversation(world: World, by: Person, stored: Stored): Json {
  const view = world.view(by.user.id, stored);
  const people = view.members.map((member) => world.person(member.user?.id ?? ""));
  const customer = people.find((person) => person.user.role === "customer") ?? by;
  const provider = people.find((person) => person !== customer) ?? by;
  return {
    id: stored.number,
    customer: participant(customer),
    provider: participant(provider),
    job: { id: Number(view.context?.id), title: view.context?.title },
    customer_name: customer.user.name,
    provider_name: provider.user.name,
    job_title: view.context?.title,
    unread_count: view.unread_count,
    created_at: view.created_at,
    updated_at: view.last_activity_at,
  };
}

function status(stored: Stored, message: Message): "sent" | "delivered" | "read" {
  const other = stored.members.find((member) => member.user?.id !== message.sender);
  if ((other?.read_seq ?? 0) >= message.seq) return "read";
  return (other?.delivered_seq ?? 0) >= message.seq ? "delivered" : "sent";
}

const image = (message: Message): string | null =>
  message.attachments[0]?.url.replace("/v1/media/", "/media/chat_images/") ?? null;

function messageView(world: World, stored: Stored, message: Message): Json {
  const state = status(stored, message);
  return {
    id: world.numbers.get(message.id),
    conversation: stored.number,
    sender: numberOf(world, message.sender),
    sender_name: message.sender_name,
    content: message.body,
    image: image(message),
    is_read: state === "read",
    status: state,
    created_at: message.created_at,
  };
}

/** Answers a request under `/api/`. */
export function fixmateRest(
  world: World,
  request: {
    path: string;
    token: string | null;
    file?: { name: string; contentType: string; bytes: Uint8Array };
  },
): { status: number; body: unknown } {
  try {
    const by = fixmatePerson(world, request.token);
    const url = new URL(request.path, "http://fake");
    if (url.pathname === "/api/auth/users/profile/") {
      const { get_full_name, business_name, ...user } = participant(by);
      return { status: 200, body: { ...user, email: by.username, is_verified: true } };
    }
    if (url.pathname === "/api/chat/upload-image/") {
      const { file } = request;
      if (!file?.contentType.startsWith("image/")) return { status: 400, body: { error: "not a picture" } };
      const stored = world.addFile(file.name, file.contentType, file.bytes);
      return { status: 201, body: { image_url: stored.url.replace("/v1/media/", "/media/chat_images/") } };
    }
    const [, number, tail] = /^\/api\/chat\/conversations\/(?:(\d+)\/(messages\/)?)?$/.exec(url.pathname) ?? [
      null,
    ];
    if (number === undefined && url.pathname === "/api/chat/conversations/") {
      return { status: 200, body: world.mine(by.user.id).map((stored) => conversation(world, by, stored)) };
    }
    const stored = fixmateOpen(world, by, Number(number));
    if (tail === undefined) return { status: 200, body: conversation(world, by, stored) };
    const before = Number(url.searchParams.get("before") ?? Number.MAX_SAFE_INTEGER);
    const limit = Number(url.searchParams.get("limit") ?? Number.MAX_SAFE_INTEGER);
    const all = stored.messages.map((message) => messageView(world, stored, message));
    return { status: 200, body: all.filter((message) => Number(message.id) < before).slice(-limit) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.problem.status, body: { detail: error.message } };
  }
}

interface Sink {
  send(frame: Json): void;
}

/** One socket of `/ws/chat/{id}/`. */
export class FixmateChatSession {
  readonly #world: World;
  readonly #by: Person;
  readonly #stored: Stored;
  readonly #sink: Sink;
  readonly #unlisten: () => void;

  constructor(world: World, by: Person, number: number, sink: Sink) {
    this.#world = world;
    this.#by = by;
    this.#stored = fixmateOpen(world, by, number);
    this.#sink = sink;
    world.markRead(by.user.id, this.#stored.facts.id, this.#stored.facts.last_seq);
    this.#unlisten = world.listen((event, audience) => {
      if (audience.has(by.user.id)) this.#event(event);
    });
    world.socket(by.user.id, 1);
  }

  receive(raw: string): void {
    try {
      const frame = JSON.parse(raw) as Json;
      const id = this.#stored.facts.id;
      if (frame.type === "mark_read") this.#world.markRead(this.#by.user.id, id, this.#stored.facts.last_seq);
      if (frame.type === "typing") this.#world.typing(this.#by.user.id, id, frame.is_typing === true);
      if (frame.type === "chat_message") this.#send(frame);
    } catch (error) {
      this.#sink.send({ type: "error", error: String(error instanceof Error ? error.message : error) });
    }
  }

  closed(): void {
    this.#unlisten();
    this.#world.socket(this.#by.user.id, -1);
  }

  #send(frame: Json): void {
    const path = String(frame.image_url ?? "")
      .split("/")
      .at(-1);
    const attachment = [...this.#world.attachments.values()].find(
      (each) => path !== "" && each.url.endsWith(path ?? "-"),
    );
    this.#world.send(this.#by.user.id, this.#stored.facts.id, {
      body: String(frame.message ?? ""),
      clientId: this.#world.newId(),
      attachments: attachment ? [attachment] : [],
    });
  }

  #event(event: ServerEvent): void {
    if (event.conversation !== this.#stored.facts.id) return;
    const timestamp = event.at;
    if (event.type === "message.created") {
      this.#sink.send(this.#echo(event.data));
      // An open chat socket is a delivery.
      if (event.data.sender !== this.#by.user.id) {
        this.#world.markDelivered(this.#by.user.id, event.data.conversation, event.data.seq);
      }
    } else if (event.type === "receipt.read") {
      const reader = this.#world.person(event.data.user ?? "");
      this.#sink.send({
        type: "messages_read",
        reader_id: reader.number,
        reader_name: reader.user.name,
        timestamp,
      });
    } else if (event.type === "receipt.delivered" && event.data.user !== this.#by.user.id) {
      const user = this.#world.person(event.data.user ?? "");
      this.#sink.send({
        type: "messages_delivered",
        user_id: user.number,
        user_name: user.user.name,
        timestamp,
      });
    } else if (event.type === "typing.started" || event.type === "typing.stopped") {
      const user = this.#world.person(event.data.user);
      const is_typing = event.type === "typing.started";
      this.#sink.send({ type: "typing", user_id: user.number, user_name: user.user.name, is_typing });
    }
  }

  #echo(message: Message): Json {
    const sender = this.#world.person(message.sender ?? "");
    const online = this.#world.online(sender.user.id).length > 0;
    return {
      type: "chat_message",
      message: message.body,
      message_id: this.#world.numbers.get(message.id),
      conversation_id: this.#stored.number,
      sender: sender.username,
      sender_id: sender.number,
      sender_name: sender.user.name,
      image_url: image(message) ?? "",
      timestamp: message.created_at,
      status: online ? "delivered" : "sent",
    };
  }
}

/** One socket of `/ws/notifications/`. */
export class FixmateNotifySession {
  readonly #unlisten: () => void;

  constructor(world: World, by: Person, sink: Sink) {
    for (const stored of world.mine(by.user.id)) {
      world.markDelivered(by.user.id, stored.facts.id, stored.facts.last_seq);
    }
    this.#unlisten = world.listen((event, audience) => {
      if (event.type !== "message.created" || !audience.has(by.user.id)) return;
      if (event.data.sender === by.user.id) return;
      sink.send({
        type: "notification",
        title: `New message from ${event.data.sender_name}`,
        message: "…",
        notification_type: "new_message",
        data: {
          conversation_id: world.conversations.get(event.data.conversation)?.number,
          message_id: world.numbers.get(event.data.id),
          sender_id: numberOf(world, event.data.sender),
        },
        timestamp: event.at,
      });
    });
  }

  closed(): void {
    this.#unlisten();
  }
}
