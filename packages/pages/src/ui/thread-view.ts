/** An open conversation: its head, its messages and the composer. */
import type { Upload } from "@parlance/client";
import type { ConversationItem, Thread, UploadedFile } from "../backend/chat-backend.ts";
import { avatar } from "./avatar.ts";
import { Composer } from "./composer.ts";
import { fill, h, hidden } from "./dom.ts";
import { icon } from "./icons.ts";
import { MessageList } from "./message-list.ts";

export interface ThreadViewActions {
  back(): void;
  upload(file: File): Upload<UploadedFile>;
}

export class ThreadPane {
  readonly element = h("section", { class: "thread", "aria-label": "Conversation" });
  readonly #head = h("div", { class: "thread-who" });
  readonly #thread: Thread;
  readonly #list: MessageList;
  readonly #composer: Composer;
  readonly #stops: (() => void)[] = [];
  #item: ConversationItem | null = null;

  constructor(thread: Thread, draft: string, actions: ThreadViewActions) {
    this.#thread = thread;
    this.#list = new MessageList({
      loadBefore: () => thread.loadBefore(),
      reload: () => thread.reload(),
      retry: (key) => thread.retry(key),
      discard: (key) => thread.discard(key),
      seen: () => this.#seen(),
    });
    this.#composer = new Composer({
      send: (text, files) => thread.send(text, files),
      upload: (file) => actions.upload(file),
      keystroke: () => thread.keystroke(),
      stopTyping: () => thread.stopTyping(),
    });
    this.#composer.text = draft;
    const back = h(
      "button",
      { type: "button", class: "icon-button back", "data-testid": "back" },
      icon("back"),
    );
    back.append(hidden("Back to the conversations"));
    back.addEventListener("click", () => actions.back());
    const body = h(
      "div",
      { class: "thread-body" },
      this.#list.element,
      ...this.#list.overlay,
      this.#dropZone(),
    );
    this.element.append(
      h("header", { class: "thread-head" }, back, this.#head),
      body,
      this.#composer.element,
    );
    this.#stops.push(
      thread.view.subscribe(() => this.#renderMessages()),
      thread.typing.subscribe(() => this.#renderTyping()),
    );
    document.addEventListener("visibilitychange", this.#onVisible);
    this.#stops.push(() => document.removeEventListener("visibilitychange", this.#onVisible));
    this.#renderMessages();
    this.#renderTyping();
  }

  /** What was written and not sent, to come back to. */
  get draft(): string {
    return this.#composer.text;
  }

  renderHead(item: ConversationItem): void {
    this.#item = item;
    const typing = this.#thread.typing.getSnapshot().length > 0;
    const presence = item.online === null ? null : item.online ? "online" : "offline";
    const state = typing ? "typing…" : item.online ? "online" : "";
    const about = [state, item.about].filter((text) => text !== "");
    fill(
      this.#head,
      avatar(item.name, item.online),
      h(
        "div",
        { class: "thread-names" },
        h("h1", { dir: "auto" }, item.name),
        h(
          "p",
          { class: `thread-about${state === "" ? "" : " live"}` },
          ...about.map((text, index) =>
            h("bdi", { class: index === 0 && state !== "" ? "state" : "about" }, text),
          ),
        ),
      ),
      h(
        "span",
        { class: "visually-hidden", "data-testid": "presence", "data-online": presence },
        presence ?? "",
      ),
    );
  }

  focus(): void {
    this.#composer.focus();
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#composer.dispose();
    this.#thread.close();
    this.element.remove();
  }

  readonly #onVisible = (): void => {
    if (this.#list.atEnd) this.#seen();
  };

  #seen(): void {
    if (document.visibilityState === "visible") this.#thread.markRead();
  }

  #renderMessages(): void {
    const view = this.#thread.view.getSnapshot();
    this.#list.render(view);
    if (view.loading !== "first" && this.#list.atEnd) this.#seen();
  }

  #renderTyping(): void {
    this.#list.renderTyping(this.#thread.typing.getSnapshot());
    if (this.#item) this.renderHead(this.#item);
  }

  #dropZone(): HTMLElement {
    const zone = h(
      "div",
      { class: "drop-zone", hidden: true },
      icon("picture"),
      "Drop pictures to attach them",
    );
    let depth = 0;
    const withFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const show = (): void => {
      zone.hidden = depth === 0;
    };
    this.element.addEventListener("dragenter", (event) => {
      if (!withFiles(event)) return;
      depth += 1;
      show();
    });
    this.element.addEventListener("dragleave", (event) => {
      if (!withFiles(event)) return;
      depth = Math.max(0, depth - 1);
      show();
    });
    this.element.addEventListener("dragover", (event) => {
      if (withFiles(event)) event.preventDefault();
    });
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      show();
      this.#composer.addFiles([...(event.dataTransfer?.files ?? [])]);
    });
    return zone;
  }
}
