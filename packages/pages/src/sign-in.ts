/**
 * Who a chat page is for. The address says it behind the `#`, which never leaves the browser:
 * `person` (a demo person's user name) or `token`, and perhaps `conversation` and `app`.
 */
import { type DemoApp, type DemoPerson, loadDemoConfig, ownApp } from "./demo-config.ts";
import { avatar } from "./ui/avatar.ts";
import { fill, h } from "./ui/dom.ts";

export interface SignedIn {
  /** Names the person for what is kept in the browser. */
  readonly key: string;
  readonly conversation: string | null;
  /** The token; `again` asks the demo for a new one. */
  token(again: boolean): Promise<string>;
}

export interface DialectPage {
  readonly dialect: "native" | "fixmate";
  readonly tokenOf: (person: DemoPerson) => string | null | undefined;
  readonly conversationOf: (app: DemoApp) => string | null;
}

/** Finds out who is here, asking the reader if the address does not say; then calls `then`. */
export async function signIn(
  root: HTMLElement,
  page: DialectPage,
  then: (who: SignedIn) => void,
): Promise<void> {
  const given = new URLSearchParams(location.hash.slice(1));
  window.addEventListener("hashchange", () => location.reload());
  const [person, token] = [given.get("person"), given.get("token")];
  if (token !== null) {
    const renew = async (): Promise<string> => (await findToken(page, given, person)) ?? token;
    const conversation = given.get("conversation");
    then({
      key: person ?? token.slice(-12),
      conversation,
      token: async (again) => (again ? renew() : token),
    });
    return;
  }
  const found = person === null ? null : await findToken(page, given, person);
  if (person === null || found === null) {
    await showChoice(root, page, given);
    return;
  }
  const app = await findApp(page, given);
  then({
    key: person,
    conversation: given.get("conversation") ?? (app ? page.conversationOf(app) : null),
    token: async (again) => (again ? ((await findToken(page, given, person)) ?? found) : found),
  });
}

async function findApp(page: DialectPage, given: URLSearchParams): Promise<DemoApp | undefined> {
  const config = await loadDemoConfig();
  return config ? ownApp(config, page.dialect, given.get("app")) : undefined;
}

async function findToken(
  page: DialectPage,
  given: URLSearchParams,
  person: string | null,
): Promise<string | null> {
  const app = await findApp(page, given);
  const found = app?.people.find((each) => each.username === person);
  return found ? (page.tokenOf(found) ?? null) : null;
}

async function showChoice(root: HTMLElement, page: DialectPage, given: URLSearchParams): Promise<void> {
  const app = await findApp(page, given);
  const people = app?.people.filter((person) => page.tokenOf(person)) ?? [];
  const links = people.map((person) => {
    const target = new URLSearchParams(given);
    target.set("person", person.username);
    return h(
      "li",
      {},
      h(
        "a",
        { class: "choice", href: `#${target}` },
        avatar(person.name),
        h("span", {}, h("strong", {}, person.name), h("span", { class: "choice-role" }, person.role)),
      ),
    );
  });
  const text =
    links.length > 0
      ? "Choose a demo person. Open a second window as somebody else to talk."
      : "This address needs a token: put #token=… behind it, or start the server with “parlance demo”.";
  fill(
    root,
    h(
      "main",
      { class: "choose" },
      h("h1", {}, "Who are you?"),
      h("p", {}, text),
      h("ul", { class: "choices" }, ...links),
    ),
  );
}
