/** One message as an element. */
import type { ChatMessage, Picture } from "../backend/chat-backend.ts";
import { fill, h, hidden, setAttributes } from "./dom.ts";
import { clockTime, fileSize, fullTime } from "./format.ts";
import { type IconName, icon } from "./icons.ts";
import { splitLinks } from "./links.ts";

export interface MessageActions {
  retry(key: string): void;
  discard(key: string): void;
}

const TICKS: Record<Exclude<ChatMessage["status"], "none">, { icon: IconName; label: string }> = {
  queued: { icon: "clock", label: "Waiting to be sent" },
  sending: { icon: "clock", label: "Sending" },
  failed: { icon: "failed", label: "Not sent" },
  sent: { icon: "check", label: "Sent" },
  delivered: { icon: "checks", label: "Delivered" },
  read: { icon: "checks", label: "Read" },
};

export function messageElement(): HTMLElement {
  return h("li", { class: "message" });
}

/** Draws a message into its element; `first` and `last` are its place in a run of one sender's messages. */
export function drawMessage(
  element: HTMLElement,
  message: ChatMessage,
  before: ChatMessage | undefined,
  place: { first: boolean; last: boolean },
  actions: MessageActions,
): void {
  const side = message.system ? "system" : message.mine ? "mine" : "theirs";
  setAttributes(element, {
    class: `message ${side}${place.first ? " first" : ""}${place.last ? " last" : ""}`,
    "data-testid": "message",
    "data-message-id": message.id,
    "data-key": message.key,
    "data-status": message.status,
    "data-side": side,
  });
  const bubble = element.querySelector(":scope > .bubble");
  if (bubble && before && sameContent(before, message)) {
    // Only a tick or the time is new: pictures stay loaded, selected text stays selected.
    bubble.querySelector(":scope > .meta")?.replaceWith(metaElement(message));
    element.querySelector(":scope > .failed-row")?.remove();
  } else {
    fill(element, bubbleElement(message));
  }
  if (message.status === "failed") element.append(failedRow(message, actions));
}

function sameContent(a: ChatMessage, b: ChatMessage): boolean {
  const parts = (message: ChatMessage): string =>
    JSON.stringify([message.text, message.pictures, message.files, message.deleted]);
  return parts(a) === parts(b);
}

function bubbleElement(message: ChatMessage): HTMLElement {
  const pictureOnly = message.text === "" && message.pictures.length > 0 && !message.deleted;
  return h(
    "div",
    { class: `bubble${pictureOnly ? " picture-only" : ""}${message.deleted ? " deleted" : ""}` },
    hidden(message.mine ? "You: " : `${message.senderName}: `),
    ...message.pictures.map(pictureElement),
    ...message.files.map((file) =>
      h(
        "a",
        { class: "file", href: file.url, download: file.name },
        icon("file"),
        h("span", { class: "file-name", dir: "auto" }, file.name),
        h("span", { class: "file-size" }, fileSize(file.sizeBytes)),
      ),
    ),
    textElement(message),
    metaElement(message),
  );
}

function textElement(message: ChatMessage): HTMLElement | null {
  if (message.deleted) return h("p", { class: "text" }, "This message was deleted");
  if (message.text === "") return null;
  const parts = splitLinks(message.text).map(({ text, href }) =>
    href === null ? text : h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, text),
  );
  return h(
    "p",
    { class: `text${isOnlyEmoji(message.text) ? " big" : ""}`, dir: "auto", "data-testid": "text" },
    ...parts,
  );
}

/** A few emoji and nothing else are shown large. */
export function isOnlyEmoji(text: string): boolean {
  const signs = [...new Intl.Segmenter().segment(text.trim())].map((part) => part.segment);
  return (
    signs.length > 0 &&
    signs.length <= 3 &&
    signs.every((sign) => /\p{Extended_Pictographic}|\p{RI}{2}/u.test(sign))
  );
}

function metaElement(message: ChatMessage): HTMLElement {
  const tick = message.status === "none" ? null : TICKS[message.status];
  return h(
    "span",
    { class: "meta" },
    message.edited && !message.deleted && h("span", { class: "edited" }, "edited"),
    h(
      "time",
      { datetime: new Date(message.at).toISOString(), title: fullTime(message.at) },
      clockTime(message.at),
    ),
    tick &&
      h(
        "span",
        { class: `tick tick-${message.status}`, title: tick.label },
        icon(tick.icon),
        hidden(tick.label),
      ),
  );
}

function pictureElement(picture: Picture): HTMLElement {
  const { width, height } = picture;
  const image = h("img", { src: picture.url, alt: picture.name, width, height, decoding: "async" });
  image.addEventListener("error", () => image.closest(".picture")?.classList.add("broken"));
  return h(
    "a",
    {
      class: `picture${width === null ? " unsized" : ""}`,
      href: picture.url,
      target: "_blank",
      rel: "noopener",
    },
    image,
    h("span", { class: "broken-note" }, icon("picture"), "This picture cannot be shown"),
  );
}

function failedRow(message: ChatMessage, actions: MessageActions): HTMLElement {
  const retry = h("button", { type: "button", class: "link", "data-testid": "retry" }, "Try again");
  retry.addEventListener("click", () => actions.retry(message.key));
  const discard = h("button", { type: "button", class: "link", "data-testid": "discard" }, "Discard");
  discard.addEventListener("click", () => actions.discard(message.key));
  const why = message.failure === null ? "Not sent." : `Not sent: ${message.failure}`;
  return h("div", { class: "failed-row" }, h("span", { role: "alert" }, why), retry, discard);
}
