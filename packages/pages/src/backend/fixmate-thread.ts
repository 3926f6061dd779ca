/** One open FixMate conversation: its socket, its history, and the care that sends need without a client id. */
import {
  type ConnectionState,
  type Observable,
  TypingSignal,
  Typists,
  toProblem,
  uuidv7,
  Value,
} from "@parlance/client";
import type { Thread, ThreadView, UploadedFile } from "./chat-backend.ts";
import { derived } from "./derived.ts";
import { FixmateMessages } from "./fixmate-messages.ts";
import type { FixmateMessage, FixmateRest } from "./fixmate-rest.ts";
import { FixmateSocket } from "./fixmate-socket.ts";

const PAGE = 50;
/** A frame without an echo for so long: the line is taken for dead. */
const ECHO_MS = 8_000;
const UNCONFIRMED = "No confirmation from the server.";

export class FixmateThread implements Thread {
  readonly view: Observable<ThreadView>;
  readonly typing: Observable<readonly string[]>;
  readonly connection: Observable<ConnectionState>;
  readonly #view = new Value<ThreadView>({ messages: [], hasBefore: false, loading: "first", failure: null });
  readonly #rest: FixmateRest;
  readonly #conversation: number;
  readonly #me: number;
  readonly #messages: FixmateMessages;
  readonly #socket: FixmateSocket;
  readonly #typists = new Typists();
  readonly #signal: TypingSignal;
  #hasBefore = false;
  #loaded = false;
  #unseen = false;
  #echoTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(rest: FixmateRest, conversation: number, me: number) {
    this.#rest = rest;
    this.#conversation = conversation;
    this.#me = me;
    this.#messages = new FixmateMessages(me);
    this.#socket = new FixmateSocket(rest.socketUrl(`/ws/chat/${conversation}/`), (frame) =>
      this.#frame(frame),
    );
    this.#signal = new TypingSignal((is_typing) => void this.#socket.send({ type: "typing", is_typing }));
    this.connection = this.#socket.state;
    this.view = this.#view;
    this.typing = derived([this.#typists], () => this.#typists.getSnapshot().map((typist) => typist.name));
    this.#socket.state.subscribe(() => {
      // Opened first and read afterwards: what comes in between is in one of the two.
      if (this.#socket.state.getSnapshot().status === "online") this.reload();
      else clearTimeout(this.#echoTimer);
    });
    this.#socket.start();
  }

  retryNow(): void {
    this.#socket.retryNow();
  }

  /** Reads history until it meets what is held; then says what became of sends without an echo. */
  reload(): void {
    void this.#reload();
  }

  loadBefore(): void {
    const before = this.#messages.oldest;
    if (!this.#hasBefore || before === undefined || this.#view.getSnapshot().loading !== null) return;
    this.#render({ loading: "before", failure: null });
    this.#rest
      .listMessages(this.#conversation, PAGE, before)
      .then((rows) => {
        this.#messages.merge(rows);
        this.#hasBefore = rows.length === PAGE;
        this.#render({ loading: null });
      })
      .catch((error: unknown) => this.#render({ loading: null, failure: toProblem(error).problem.detail }));
  }

  /** The dialect carries one picture a message: further ones become messages of their own. */
  send(text: string, files: readonly UploadedFile[]): void {
    const images = files.map((file) => String(file.handle));
    const parts = images.length === 0 ? [{ text, image: "" }] : images.map((image) => ({ text: "", image }));
    if (parts[0]) parts[0].text = text;
    const added = parts.map((part) => ({
      ...part,
      key: uuidv7(),
      writtenAt: Date.now(),
      status: "queued" as const,
      failure: null,
      after: 0,
    }));
    this.#messages.pending = [...this.#messages.pending, ...added];
    this.#render();
    this.#pump();
  }

  /** Looks once more whether it has arrived after all, and only then sends it again. */
  retry(key: string): void {
    const failed = () => this.#messages.pending.find((each) => each.key === key && each.status === "failed");
    if (!failed()) return;
    this.#load()
      .then(() => {
        if (failed()) this.#messages.update(key, { status: "queued", failure: null });
        this.#render();
        this.#pump();
      })
      .catch(() => this.#render());
  }

  discard(key: string): void {
    this.#messages.remove(key);
    this.#render();
  }

  markRead(): void {
    if (this.#unseen && this.#socket.send({ type: "mark_read" })) this.#unseen = false;
  }

  keystroke(): void {
    this.#signal.keystroke();
  }

  stopTyping(): void {
    this.#signal.stop();
  }

  close(): void {
    this.#signal.stop();
    clearTimeout(this.#echoTimer);
    this.#socket.stop();
  }

  async #reload(): Promise<void> {
    try {
      await this.#load();
      for (const each of this.#messages.pending) {
        if (each.status === "sending")
          this.#messages.update(each.key, { status: "failed", failure: UNCONFIRMED });
      }
      this.#render({ loading: null, failure: null });
      this.#pump();
    } catch (error) {
      this.#render({ loading: null, failure: toProblem(error).problem.detail });
    }
  }

  async #load(): Promise<void> {
    const known = this.#loaded ? this.#messages.newest : null;
    let rows = await this.#rest.listMessages(this.#conversation, PAGE);
    const pages = [rows];
    while (known !== null && rows.length === PAGE && (rows[0]?.id ?? 0) > known) {
      rows = await this.#rest.listMessages(this.#conversation, PAGE, rows[0]?.id);
      pages.push(rows);
    }
    for (const page of pages.reverse()) this.#messages.merge(page);
    if (!this.#loaded) this.#hasBefore = rows.length === PAGE;
    this.#loaded = true;
  }

  #pump(): void {
    // One at a time, so that a refusal belongs to one message and order is kept.
    if (!this.#loaded || this.#messages.pending.some((each) => each.status === "sending")) return;
    const next = this.#messages.pending.find((each) => each.status === "queued");
    if (!next) return;
    const frame = { type: "chat_message", message: next.text, image_url: next.image };
    const after = this.#messages.newest;
    if (!this.#socket.send(frame)) return;
    this.#messages.update(next.key, { status: "sending", after });
    this.#render();
    clearTimeout(this.#echoTimer);
    this.#echoTimer = setTimeout(() => this.#socket.abandon(), ECHO_MS);
  }

  #frame(frame: Record<string, unknown>): void {
    switch (frame.type) {
      case "chat_message":
        this.#echo(frame);
        break;
      case "messages_read":
        if (frame.reader_id !== this.#me) this.#messages.raise("read");
        break;
      case "messages_delivered":
        if (frame.user_id !== this.#me) this.#messages.raise("delivered");
        break;
      case "typing":
        if (frame.is_typing === true) {
          this.#typists.add({ user: String(frame.user_id), name: String(frame.user_name) });
        } else this.#typists.remove(String(frame.user_id));
        return;
      case "error":
        this.#refused(String(frame.error));
        break;
      default:
        return;
    }
    this.#render();
    this.#pump();
  }

  #echo(frame: Record<string, unknown>): void {
    const row: FixmateMessage = {
      id: Number(frame.message_id),
      sender: Number(frame.sender_id),
      sender_name: String(frame.sender_name),
      content: String(frame.message),
      image: frame.image_url ? String(frame.image_url) : null,
      status: frame.status === "delivered" ? "delivered" : "sent",
      created_at: String(frame.timestamp),
    };
    if (row.sender === this.#me) clearTimeout(this.#echoTimer);
    else {
      this.#unseen = true;
      this.#typists.remove(String(row.sender));
    }
    this.#messages.merge([row]);
  }

  /** An error frame names no message; the one that is on its way is meant. */
  #refused(reason: string): void {
    const sending = this.#messages.pending.find((each) => each.status === "sending");
    if (!sending) return;
    clearTimeout(this.#echoTimer);
    this.#messages.update(sending.key, { status: "failed", failure: reason });
  }

  #render(change: Partial<ThreadView> = {}): void {
    const messages = this.#messages.view();
    this.#view.set({ ...this.#view.getSnapshot(), messages, hasBefore: this.#hasBefore, ...change });
  }
}
