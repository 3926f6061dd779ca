/** Both sides of one conversation: next to each other, on a phone behind two tabs. */
import type { DemoApp, DemoConfig, DemoPane, DemoPerson } from "../demo-config.ts";
import { fill, h, hidden, setAttributes } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";

export function mountPanes(root: HTMLElement, config: DemoConfig): void {
  const panes = config.panes.map((pane, index) => paneElement(config, pane, index));
  const tabs = config.panes.map((pane, index) =>
    h(
      "button",
      { type: "button", role: "tab", id: `tab-${index}`, "aria-controls": `pane-${index}` },
      pane.title,
    ),
  );
  const select = (chosen: number, focus: boolean): void => {
    tabs.forEach((tab, index) => {
      setAttributes(tab, { "aria-selected": String(index === chosen), tabindex: index === chosen ? 0 : -1 });
      panes[index]?.classList.toggle("chosen", index === chosen);
    });
    if (focus) tabs[chosen]?.focus();
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => select(index, false));
    tab.addEventListener("keydown", ({ key }) => {
      const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
      if (step !== 0) select((index + step + tabs.length) % tabs.length, true);
    });
  });
  select(0, false);
  fill(
    root,
    h("div", { class: "tabs", role: "tablist", "aria-label": "Side of the conversation" }, ...tabs),
    h("div", { class: "panes" }, ...panes),
  );
}

function paneElement(config: DemoConfig, pane: DemoPane, index: number): HTMLElement {
  const address = paneAddress(config, pane);
  const open = h("a", { class: "pane-open", href: address, target: "_blank", rel: "noopener" }, icon("open"));
  open.append(hidden(`${pane.title}: open in a window of its own`));
  return h(
    "section",
    { class: "pane", id: `pane-${index}`, "aria-labelledby": `pane-title-${index}` },
    h("header", {}, h("h3", { id: `pane-title-${index}` }, pane.title), open),
    h("iframe", {
      src: address,
      title: pane.title,
      "data-testid": `pane-${index}`,
      allow: "clipboard-write",
    }),
  );
}

/** Adds what the page in the frame needs, so that it opens the conversation without asking anybody. */
function paneAddress(config: DemoConfig, pane: DemoPane): string {
  const url = new URL(pane.url, location.href);
  const given = new URLSearchParams(url.hash.slice(1));
  const app = config.apps.find((each) => URL.canParse(each.url) && new URL(each.url).origin === url.origin);
  const person = app?.people.find((each) => each.username === given.get("person"));
  if (app && person) complete(given, app, person, url.pathname.endsWith("fixmate.html"));
  url.hash = given.toString();
  return url.href;
}

function complete(given: URLSearchParams, app: DemoApp, person: DemoPerson, isFixmate: boolean): void {
  const token = isFixmate ? person.fixmate_token : person.native_token;
  const conversation = isFixmate ? app.conversation?.id : app.conversation?.uuid;
  if (token && !given.has("token")) given.set("token", token);
  if (conversation !== undefined && !given.has("conversation"))
    given.set("conversation", String(conversation));
}
