/** The whole chat page over any backend: the list at one side, the open conversation at the other. */
import type { ChatBackend } from "../backend/chat-backend.ts";
import { avatar } from "./avatar.ts";
import { ConnectionBanner } from "./connection-banner.ts";
import { ConversationList } from "./conversation-list.ts";
import { fill, h } from "./dom.ts";
import { icon } from "./icons.ts";
import { ThreadPane } from "./thread-view.ts";

export interface ChatAppOptions {
  /** The conversation to open first; null shows the list. */
  conversation: string | null;
}

/** Puts the page into `root` and starts the backend. */
export function mountChatApp(root: HTMLElement, backend: ChatBackend, options: ChatAppOptions): void {
  const app = new ChatApp(root, backend, options);
  app.start();
}

class ChatApp {
  readonly #root: HTMLElement;
  readonly #backend: ChatBackend;
  readonly #banner: ConnectionBanner;
  readonly #list: ConversationList;
  readonly #who = h("div", { class: "who" });
  readonly #main = h("main", { class: "main" });
  readonly #drafts = new Map<string, string>();
  #pane: ThreadPane | null = null;
  #openId: string | null = null;
  #wantedId: string | null;

  constructor(root: HTMLElement, backend: ChatBackend, options: ChatAppOptions) {
    this.#root = root;
    this.#backend = backend;
    this.#wantedId = options.conversation;
    this.#banner = new ConnectionBanner(() => backend.retryNow());
    this.#list = new ConversationList({
      open: (id) => this.#open(id, true),
      loadMore: () => backend.loadMoreConversations(),
    });
  }

  start(): void {
    const backend = this.#backend;
    const side = h("aside", { class: "side", "aria-label": "Conversations" }, this.#who, this.#list.element);
    fill(this.#root, this.#banner.element, h("div", { class: "columns" }, side, this.#main));
    this.#root.classList.add("chat");
    backend.connection.subscribe(() => this.#banner.render(backend.connection.getSnapshot()));
    backend.myName.subscribe(() => this.#renderWho());
    backend.conversations.subscribe(() => this.#renderList());
    window.addEventListener("online", () => backend.retryNow());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") backend.retryNow();
    });
    this.#banner.render(backend.connection.getSnapshot());
    this.#renderWho();
    this.#renderList();
    this.#showNothingOpen();
    backend.start();
  }

  #renderWho(): void {
    const name = this.#backend.myName.getSnapshot();
    document.title = name === "" ? "Chat" : `${name} – chat`;
    fill(
      this.#who,
      avatar(name || "?"),
      h(
        "div",
        { class: "who-text" },
        h("span", { class: "who-label" }, "Signed in as"),
        h("strong", { class: "who-name", dir: "auto", "data-testid": "my-name" }, name || "…"),
      ),
      h("span", { class: "dialect", title: "The wire that this page speaks" }, this.#backend.dialect),
    );
  }

  #renderList(): void {
    const view = this.#backend.conversations.getSnapshot();
    const wanted = this.#wantedId;
    if (wanted !== null && view.items.some((item) => item.id === wanted)) this.#open(wanted, false);
    else if (this.#openId === null && wanted === null && !this.#isNarrow() && view.items[0]) {
      this.#open(view.items[0].id, false);
    }
    this.#list.render(view, this.#openId);
    const open = view.items.find((item) => item.id === this.#openId);
    if (open) this.#pane?.renderHead(open);
    else if (this.#openId !== null && !view.loading && view.failure === null) this.#close();
  }

  #open(id: string, byUser: boolean): void {
    this.#wantedId = null;
    if (this.#openId === id) return;
    this.#leave();
    this.#openId = id;
    const pane = new ThreadPane(this.#backend.openThread(id), this.#drafts.get(id) ?? "", {
      back: () => this.#close(),
      upload: (file) => this.#backend.upload(file),
    });
    this.#pane = pane;
    fill(this.#main, pane.element);
    this.#root.classList.add("thread-open");
    this.#list.render(this.#backend.conversations.getSnapshot(), id);
    const item = this.#backend.conversations.getSnapshot().items.find((each) => each.id === id);
    if (item) pane.renderHead(item);
    if (byUser) pane.focus();
  }

  #leave(): void {
    if (this.#pane && this.#openId !== null) this.#drafts.set(this.#openId, this.#pane.draft);
    this.#pane?.close();
    this.#pane = null;
    this.#openId = null;
  }

  /** Back to the list. */
  #close(): void {
    const id = this.#openId;
    this.#leave();
    this.#wantedId = "";
    this.#root.classList.remove("thread-open");
    this.#showNothingOpen();
    this.#list.render(this.#backend.conversations.getSnapshot(), null);
    this.#root.querySelector<HTMLElement>(`[data-conversation-id="${CSS.escape(id ?? "")}"] button`)?.focus();
  }

  #showNothingOpen(): void {
    if (this.#pane !== null) return;
    const sign = h("span", { class: "empty-sign" }, icon("bubbles"));
    const text = h("p", {}, "Choose one from the list to read and write.");
    fill(this.#main, h("div", { class: "empty" }, sign, h("h2", {}, "No conversation open"), text));
  }

  #isNarrow(): boolean {
    return this.#root.clientWidth < 720;
  }
}
