/** Which apps the demo runs, who is in them, and how to be one of them. */
import type { DemoApp, DemoConfig, DemoPerson } from "../demo-config.ts";
import { avatar } from "../ui/avatar.ts";
import { fill, h } from "../ui/dom.ts";

const DIALECTS: Record<string, { name: string; page: string; what: string }> = {
  native: { name: "Native", page: "chat.html", what: "REST under /v1/, one socket at /v1/ws" },
  fixmate: { name: "FixMate", page: "fixmate.html", what: "REST under /api/, sockets under /ws/" },
};

export function mountPeople(root: HTMLElement, config: DemoConfig): void {
  fill(root, ...config.apps.map(appElement));
}

function appElement(app: DemoApp): HTMLElement {
  const dialects = app.dialects.map((name) => DIALECTS[name] ?? { name, page: null, what: "" });
  return h(
    "article",
    { class: "app-card" },
    h(
      "header",
      {},
      h("h3", {}, `App “${app.name}”`),
      h("code", { class: "app-url" }, app.url),
      h(
        "ul",
        { class: "dialects" },
        ...dialects.map(({ name, what }) => h("li", {}, h("b", {}, name), what && ` ${what}`)),
      ),
    ),
    h("ul", { class: "people" }, ...app.people.map((person) => personElement(app, person))),
  );
}

function personElement(app: DemoApp, person: DemoPerson): HTMLElement {
  const links = app.dialects.flatMap((name) => {
    const dialect = DIALECTS[name];
    if (!dialect) return [];
    const href = `${app.url}/demo/${dialect.page}#${new URLSearchParams({ person: person.username, app: app.name })}`;
    return [h("a", { class: "button", href, target: "_blank", rel: "noopener" }, `Open on ${dialect.name}`)];
  });
  return h(
    "li",
    { class: "person" },
    avatar(person.name),
    h("div", { class: "person-name" }, h("strong", {}, person.name), h("span", {}, person.role)),
    h(
      "dl",
      {},
      h("div", {}, h("dt", {}, "User name"), h("dd", {}, h("code", {}, person.username))),
      h("div", {}, h("dt", {}, "Password"), h("dd", {}, h("code", {}, person.password))),
    ),
    h("div", { class: "person-links" }, ...links),
  );
}
