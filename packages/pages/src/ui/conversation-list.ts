/** The list of conversations: who, about what, the last words, how many unread. */
import type { ConversationItem, ConversationListView } from "../backend/chat-backend.ts";
import { avatar } from "./avatar.ts";
import { arrange, fill, h, hidden } from "./dom.ts";
import { fullTime, shortTime } from "./format.ts";
import { icon } from "./icons.ts";

export interface ConversationListActions {
  open(id: string): void;
  loadMore(): void;
}

export class ConversationList {
  readonly element = h("div", { class: "list-body" });
  readonly #rows = new Map<string, { item: ConversationItem; current: boolean; element: HTMLElement }>();
  readonly #list = h("ul", { class: "list", "aria-label": "Conversations" });
  readonly #after = h("div", { class: "list-after" });
  readonly #actions: ConversationListActions;

  constructor(actions: ConversationListActions) {
    this.#actions = actions;
    this.element.append(this.#list, this.#after);
  }

  render(view: ConversationListView, openId: string | null): void {
    const rows = view.items.map((item) => this.#row(item, item.id === openId));
    for (const id of this.#rows.keys()) if (!view.items.some((item) => item.id === id)) this.#rows.delete(id);
    arrange(this.#list, rows);
    if (view.failure !== null) fill(this.#after, this.#failure(view.failure));
    else if (view.loading && view.items.length === 0) fill(this.#after, ...skeletons());
    else if (view.items.length === 0) fill(this.#after, empty());
    else if (view.hasMore) fill(this.#after, this.#more(view.loading));
    else fill(this.#after);
  }

  /** The same row element for the same conversation: focus stays when the order changes. */
  #row(item: ConversationItem, current: boolean): HTMLElement {
    const held = this.#rows.get(item.id);
    if (held && held.current === current && sameItem(held.item, item)) return held.element;
    const element = held?.element ?? h("li", { "data-conversation-id": item.id });
    const hadFocus = element.contains(document.activeElement);
    const button = h(
      "button",
      { type: "button", class: "row", "aria-current": current ? "true" : null },
      avatar(item.name, item.online),
      h(
        "span",
        { class: "row-text" },
        h(
          "span",
          { class: "row-line" },
          h("span", { class: "row-name" }, h("bdi", {}, item.name)),
          h("time", { class: "row-time", title: fullTime(item.at) }, shortTime(item.at)),
        ),
        item.about !== "" && h("span", { class: "row-about" }, h("bdi", {}, item.about)),
        h(
          "span",
          { class: "row-line" },
          h("span", { class: "row-preview" }, h("bdi", {}, item.preview)),
          item.unread > 0 &&
            h("span", { class: "badge", "data-testid": "unread" }, String(item.unread), hidden(" unread")),
        ),
      ),
      item.online === true && hidden("online"),
    );
    button.addEventListener("click", () => this.#actions.open(item.id));
    fill(element, button);
    if (hadFocus) button.focus();
    this.#rows.set(item.id, { item, current, element });
    return element;
  }

  #failure(reason: string): HTMLElement {
    const button = h("button", { type: "button", class: "button" }, icon("retry"), "Try again");
    button.addEventListener("click", () => this.#actions.loadMore());
    return h(
      "div",
      { class: "notice", role: "alert" },
      h("p", {}, `The list could not be loaded: ${reason}`),
      button,
    );
  }

  #more(loading: boolean): HTMLElement {
    const label = loading ? "Loading…" : "More conversations";
    const button = h("button", { type: "button", class: "button quiet", disabled: loading }, label);
    button.addEventListener("click", () => this.#actions.loadMore());
    return button;
  }
}

function sameItem(a: ConversationItem, b: ConversationItem): boolean {
  return (Object.keys(a) as (keyof ConversationItem)[]).every((key) => a[key] === b[key]);
}

function skeletons(): HTMLElement[] {
  return [0, 1, 2, 3].map(() =>
    h(
      "div",
      { class: "row skeleton", "aria-hidden": "true" },
      h("span", { class: "avatar" }),
      h("span", { class: "lines" }),
    ),
  );
}

function empty(): HTMLElement {
  return h(
    "div",
    { class: "empty" },
    h("span", { class: "empty-sign" }, icon("bubbles")),
    h("h2", {}, "No conversations yet"),
    h("p", {}, "A conversation appears here as soon as somebody writes to you, or your app begins one."),
  );
}
