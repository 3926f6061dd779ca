/** Where messages are written: text, pictures by button, paste or drop, with their progress. */
import type { Upload } from "@parlance/client";
import type { UploadedFile } from "../backend/chat-backend.ts";
import { h, hidden, setAttributes } from "./dom.ts";
import { icon } from "./icons.ts";

export interface ComposerActions {
  send(text: string, files: readonly UploadedFile[]): void;
  upload(file: File): Upload<UploadedFile>;
  keystroke(): void;
  stopTyping(): void;
}

interface Chip {
  upload: Upload<UploadedFile>;
  element: HTMLElement;
  /** The local picture that stands in until the message is sent. */
  previewUrl: string;
}

const PICTURES = "image/png,image/jpeg,image/gif,image/webp";

export class Composer {
  readonly element = h("form", { class: "composer", "aria-label": "Write a message" });
  readonly #input = h("textarea", {
    class: "composer-input",
    rows: 1,
    dir: "auto",
    placeholder: "Message",
    "aria-label": "Message",
    "data-testid": "composer-input",
    autocomplete: "off",
  });
  readonly #file = h("input", {
    type: "file",
    accept: PICTURES,
    multiple: true,
    class: "visually-hidden",
    tabindex: -1,
    "aria-hidden": "true",
    "data-testid": "attach-input",
  });
  readonly #send = h(
    "button",
    { type: "submit", class: "send", "data-testid": "send" },
    icon("send"),
    hidden("Send"),
  );
  readonly #tray = h("ul", { class: "tray", "aria-label": "Pictures to send", hidden: true });
  readonly #actions: ComposerActions;
  #chips: Chip[] = [];

  constructor(actions: ComposerActions) {
    this.#actions = actions;
    const attach = h(
      "button",
      { type: "button", class: "icon-button", title: "Attach a picture" },
      icon("attach"),
    );
    attach.append(hidden("Attach a picture"));
    attach.addEventListener("click", () => this.#file.click());
    const field = h("div", { class: "composer-field" }, attach, this.#input, this.#file);
    this.element.append(this.#tray, h("div", { class: "composer-row" }, field, this.#send));
    this.#file.addEventListener("change", () => {
      this.addFiles([...(this.#file.files ?? [])]);
      this.#file.value = "";
    });
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#input.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      this.addFiles(files);
    });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#refresh();
  }

  get text(): string {
    return this.#input.value;
  }

  set text(text: string) {
    this.#input.value = text;
    this.#refresh();
  }

  focus(): void {
    // On a phone the keyboard would cover the conversation that was just opened.
    if (!matchMedia("(pointer: coarse)").matches) this.#input.focus({ preventScroll: true });
  }

  addFiles(files: readonly File[]): void {
    for (const file of files) if (file.type.startsWith("image/")) this.#addChip(file);
    this.#input.focus({ preventScroll: true });
  }

  /** Lets go of what has not been sent. */
  dispose(): void {
    for (const chip of this.#chips) {
      chip.upload.cancel();
      URL.revokeObjectURL(chip.previewUrl);
    }
    this.#chips = [];
  }

  #typed(): void {
    if (this.#input.value === "") this.#actions.stopTyping();
    else this.#actions.keystroke();
    this.#refresh();
  }

  #key(event: KeyboardEvent): void {
    const newLine = event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches;
    if (event.key !== "Enter" || newLine) return;
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    const files: UploadedFile[] = [];
    for (const { upload } of this.#chips) {
      const state = upload.getSnapshot();
      if (state.status !== "done") return;
      files.push(state.result);
    }
    const text = this.#input.value.trim();
    if (text === "" && files.length === 0) return;
    this.#actions.stopTyping();
    this.#actions.send(text, files);
    for (const chip of this.#chips) URL.revokeObjectURL(chip.previewUrl);
    this.#chips = [];
    this.#input.value = "";
    this.#refresh();
    this.#input.focus({ preventScroll: true });
  }

  #addChip(file: File): void {
    const chip: Chip = {
      upload: this.#actions.upload(file),
      element: h("li", { class: "chip", "data-testid": "attachment" }),
      previewUrl: URL.createObjectURL(file),
    };
    this.#chips.push(chip);
    const bar = h("progress", { class: "chip-progress", max: 1, "aria-label": `Uploading ${file.name}` });
    const retry = h(
      "button",
      { type: "button", class: "chip-retry" },
      icon("retry"),
      hidden(`Try ${file.name} again`),
    );
    retry.addEventListener("click", () => chip.upload.retry());
    const remove = h(
      "button",
      { type: "button", class: "chip-remove" },
      icon("close"),
      hidden(`Remove ${file.name}`),
    );
    remove.addEventListener("click", () => this.#removeChip(chip));
    const note = h("span", { class: "chip-note", role: "alert" });
    chip.element.append(h("img", { src: chip.previewUrl, alt: file.name }), bar, note, retry, remove);
    const draw = (): void => {
      const state = chip.upload.getSnapshot();
      setAttributes(chip.element, { "data-status": state.status });
      bar.hidden = state.status !== "uploading";
      retry.hidden = state.status !== "failed";
      note.textContent = state.status === "failed" ? state.problem.detail : "";
      if (state.status === "uploading") bar.value = state.sentBytes / Math.max(1, state.totalBytes);
      this.#refresh();
    };
    chip.upload.subscribe(draw);
    draw();
  }

  #removeChip(chip: Chip): void {
    chip.upload.cancel();
    URL.revokeObjectURL(chip.previewUrl);
    this.#chips = this.#chips.filter((each) => each !== chip);
    this.#refresh();
    this.#input.focus({ preventScroll: true });
  }

  #refresh(): void {
    this.#tray.hidden = this.#chips.length === 0;
    this.#tray.replaceChildren(...this.#chips.map((chip) => chip.element));
    const ready = this.#chips.every((chip) => chip.upload.getSnapshot().status === "done");
    const something = this.#input.value.trim() !== "" || this.#chips.length > 0;
    setAttributes(this.#send, { disabled: !(ready && something) });
    this.#input.style.height = "auto";
    const height = this.#input.scrollHeight;
    // Before it is on the page it has no height to take.
    if (height > 0) this.#input.style.height = `${height}px`;
  }
}
