/** Says when there is no line, and what is being done about it. */
import type { ConnectionState } from "@parlance/client";
import { fill, h, setAttributes } from "./dom.ts";
import { icon } from "./icons.ts";

export class ConnectionBanner {
  readonly element = h("div", { class: "banner", role: "status", "data-testid": "connection-state" });
  readonly #retry: () => void;
  #state: ConnectionState = { status: "connecting" };
  #wasOnline = false;
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor(retry: () => void) {
    this.#retry = retry;
  }

  render(state: ConnectionState): void {
    this.#state = state;
    this.#wasOnline ||= state.status === "online";
    setAttributes(this.element, { "data-status": state.status });
    clearInterval(this.#ticking);
    if (state.status === "waiting") this.#ticking = setInterval(() => this.#draw(), 1_000);
    this.#draw();
  }

  #draw(): void {
    const state = this.#state;
    switch (state.status) {
      case "online":
        fill(this.element);
        return;
      case "connecting":
        fill(
          this.element,
          h("span", { class: "spinner" }),
          this.#wasOnline ? "Reconnecting…" : "Connecting…",
        );
        return;
      case "waiting": {
        const seconds = Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1_000));
        const text = `No connection. Trying again in ${seconds} s. What you write is kept and sent then.`;
        fill(this.element, icon("offline"), h("span", {}, text), this.#button("Try now"));
        return;
      }
      case "stopped": {
        const text = {
          by_client: "Disconnected.",
          unauthenticated: "Signed out: the server no longer accepts this sign-in.",
          too_many_sockets: "This chat is open in too many windows.",
        }[state.reason];
        fill(this.element, icon("offline"), h("span", {}, text), this.#button("Connect again"));
      }
    }
  }

  #button(label: string): HTMLElement {
    const button = h("button", { type: "button", class: "link" }, label);
    button.addEventListener("click", () => this.#retry());
    return button;
  }
}
