import "./styles/start-page.css";
import { loadDemoConfig } from "./demo-config.ts";
import { mountPanes } from "./start/panes.ts";
import { mountPeople } from "./start/people.ts";
import { fill, h } from "./ui/dom.ts";

const find = (id: string): HTMLElement => document.getElementById(id) ?? document.body;

const config = await loadDemoConfig();
if (config) {
  mountPanes(find("panes"), config);
  mountPeople(find("people"), config);
} else {
  const text =
    "The demo's description could not be loaded. Start the server with “parlance demo” and load this page again.";
  fill(find("panes"), h("p", { class: "notice", role: "alert" }, text));
}
