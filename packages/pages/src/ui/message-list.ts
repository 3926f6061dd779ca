/** The messages of a thread: days between them, older ones above on demand, the place kept. */
import type { ChatMessage, ThreadView } from "../backend/chat-backend.ts";
import { arrange, h, hidden, setAttributes } from "./dom.ts";
import { dayKey, dayName } from "./format.ts";
import { icon } from "./icons.ts";
import { drawMessage, type MessageActions, messageElement } from "./message.ts";

export interface MessageListActions extends MessageActions {
  loadBefore(): void;
  reload(): void;
  /** The newest message is on the screen. */
  seen(): void;
}

/** Messages of one sender closer together than this form a run. */
const RUN_MS = 5 * 60_000;
/** This near to the end counts as being there. */
const END_PX = 48;
/** Older messages are loaded when the reader comes this near to the top. */
const TOP_PX = 240;

interface Drawn {
  message: ChatMessage;
  place: string;
  element: HTMLElement;
}

export class MessageList {
  readonly element = h("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": "Messages" });
  readonly #list = h("ol", { class: "messages", "data-testid": "message-list" });
  readonly #more = h(
    "button",
    { type: "button", class: "button quiet", "data-testid": "load-more" },
    "Earlier messages",
  );
  readonly #top = h("div", { class: "list-top" }, this.#more);
  readonly #state = h("div", { class: "thread-state" });
  readonly #typing = h("div", { class: "typing", "data-testid": "typing", role: "status", hidden: true });
  readonly #announce = h("div", { class: "visually-hidden", role: "log", "aria-live": "polite" });
  readonly #jump = h("button", { type: "button", class: "jump", "data-testid": "jump", hidden: true });
  readonly #actions: MessageListActions;
  #drawn = new Map<string, Drawn>();
  #days = new Map<string, HTMLElement>();
  #view: ThreadView | null = null;
  #atEnd = true;
  #lastTop = 0;
  #missed = 0;

  constructor(actions: MessageListActions) {
    this.#actions = actions;
    this.element.append(this.#top, this.#state, this.#list, this.#typing);
    this.#more.addEventListener("click", () => actions.loadBefore());
    this.#jump.addEventListener("click", () => this.toEnd());
    this.element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // A picture that loads or a composer that grows must not push the newest message out of sight.
    const resized = new ResizeObserver(() => {
      if (this.#atEnd) this.#scrollToEnd();
    });
    resized.observe(this.#list);
    resized.observe(this.element);
  }

  /** The button and the announcements live outside of what scrolls. */
  get overlay(): HTMLElement[] {
    return [this.#jump, this.#announce];
  }

  toEnd(): void {
    this.#atEnd = true;
    this.#scrollToEnd();
    this.#showJump();
    this.#actions.seen();
  }

  /** Whether the reader sees the newest message. */
  get atEnd(): boolean {
    return this.#atEnd;
  }

  render(view: ThreadView): void {
    const before = this.#view;
    this.#view = view;
    const height = this.element.scrollHeight;
    const top = this.element.scrollTop;
    const firstKey = before?.messages[0]?.key;
    this.#renderState(view);
    this.#renderMessages(view.messages);
    const added = newOnes(before?.messages, view.messages);
    const prepended = firstKey !== undefined && view.messages[0]?.key !== firstKey;
    if (added.some((message) => message.mine) || (before?.loading === "first" && view.loading === null)) {
      this.#atEnd = true;
    }
    if (this.#atEnd) this.#scrollToEnd();
    else if (prepended) this.element.scrollTop = top + this.element.scrollHeight - height;
    this.#tell(added.filter((message) => !message.mine));
  }

  renderTyping(names: readonly string[]): void {
    const was = !this.#typing.hidden;
    this.#typing.hidden = names.length === 0;
    if (names.length > 0) {
      const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
      const label = h("span", { class: "typing-label" });
      label.append(h("bdi", {}, names.join(", ")), names.length > 1 ? " are typing" : " is typing");
      this.#typing.replaceChildren(dots, label);
    }
    if (this.#atEnd && was !== names.length > 0) this.#scrollToEnd();
  }

  #renderState(view: ThreadView): void {
    this.#top.hidden = !view.hasBefore;
    setAttributes(this.#more, { disabled: view.loading === "before" });
    this.#more.textContent = view.loading === "before" ? "Loading…" : "Earlier messages";
    const state: Element[] = [];
    if (view.failure !== null) {
      const again = h("button", { type: "button", class: "button" }, icon("retry"), "Try again");
      again.addEventListener("click", () => {
        if (view.messages.length > 0) this.#actions.loadBefore();
        else this.#actions.reload();
      });
      state.push(
        h("div", { class: "notice", role: "alert" }, h("p", {}, `Not loaded: ${view.failure}`), again),
      );
    } else if (view.messages.length === 0 && view.loading === "first") {
      state.push(...skeletons());
    } else if (view.messages.length === 0) {
      const sign = h("span", { class: "empty-sign" }, icon("bubbles"));
      const text = h("p", {}, "Say hello. Text, emoji and pictures all work.");
      state.push(h("div", { class: "empty" }, sign, h("h2", {}, "No messages yet"), text));
    }
    this.#state.replaceChildren(...state);
  }

  #renderMessages(messages: readonly ChatMessage[]): void {
    const drawn = new Map<string, Drawn>();
    const days = new Map<string, HTMLElement>();
    const wanted: HTMLElement[] = [];
    messages.forEach((message, index) => {
      const before = messages[index - 1];
      const day = dayKey(message.at);
      if (!before || dayKey(before.at) !== day) {
        const line = this.#days.get(day) ?? h("li", { class: "day" }, h("span", {}));
        const name = dayName(message.at);
        if (line.firstElementChild && line.textContent !== name) line.firstElementChild.textContent = name;
        days.set(day, line);
        wanted.push(line);
      }
      const place = { first: !sameRun(before, message), last: !sameRun(message, messages[index + 1]) };
      const held = this.#drawn.get(message.key);
      const next = {
        message,
        place: `${place.first} ${place.last}`,
        element: held?.element ?? messageElement(),
      };
      if (held?.message !== message || held.place !== next.place) {
        drawMessage(next.element, message, held?.message, place, this.#actions);
      }
      drawn.set(message.key, next);
      wanted.push(next.element);
    });
    this.#drawn = drawn;
    this.#days = days;
    arrange(this.#list, wanted);
  }

  #tell(arrived: readonly ChatMessage[]): void {
    if (arrived.length === 0) return;
    for (const message of arrived) {
      const what = message.text || (message.pictures.length > 0 ? "Photo" : "File");
      this.#announce.append(h("p", {}, `${message.senderName}: ${what}`));
    }
    while (this.#announce.childElementCount > 5) this.#announce.firstElementChild?.remove();
    if (this.#atEnd) this.#actions.seen();
    else this.#missed += arrived.length;
    this.#showJump();
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    // Only moving up leaves the end: when a picture grows the list, the newest message is followed.
    if (scrollHeight - scrollTop - clientHeight < END_PX) this.#atEnd = true;
    else if (scrollTop < this.#lastTop) this.#atEnd = false;
    this.#lastTop = scrollTop;
    this.#showJump();
    if (this.#atEnd) this.#actions.seen();
    if (scrollTop < TOP_PX && this.#view?.hasBefore && this.#view.loading === null)
      this.#actions.loadBefore();
  }

  #scrollToEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
    this.#lastTop = this.element.scrollTop;
  }

  #showJump(): void {
    if (this.#atEnd) this.#missed = 0;
    this.#jump.hidden = this.#atEnd;
    this.#jump.classList.toggle("with-count", this.#missed > 0);
    const label =
      this.#missed > 0 ? `${this.#missed} new ${this.#missed === 1 ? "message" : "messages"}` : "";
    this.#jump.replaceChildren(label, icon("down"), hidden(label === "" ? "To the newest message" : ""));
  }
}

function sameRun(a: ChatMessage | undefined, b: ChatMessage | undefined): boolean {
  if (!a || !b || a.system || b.system) return false;
  const sameSender = a.mine === b.mine && (a.mine || a.senderName === b.senderName);
  return sameSender && dayKey(a.at) === dayKey(b.at) && b.at - a.at < RUN_MS && a.status !== "failed";
}

/** Messages after the last one shown before; none on the first page. */
function newOnes(
  before: readonly ChatMessage[] | undefined,
  after: readonly ChatMessage[],
): readonly ChatMessage[] {
  const last = before?.at(-1);
  if (!before || !last) return [];
  const known = new Set(before.map((message) => message.key));
  return after.filter((message) => !known.has(message.key) && message.at >= last.at);
}

function skeletons(): HTMLElement[] {
  return ["theirs", "theirs wide", "mine", "theirs", "mine wide"].map((kind) =>
    h("div", { class: `bubble-skeleton skeleton ${kind}`, "aria-hidden": "true" }),
  );
}
