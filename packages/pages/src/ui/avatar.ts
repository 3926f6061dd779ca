import { h } from "./dom.ts";

const COLOURS = 6;

/** A round sign of a person: initials on a colour that stays the same for the same name. */
export function avatar(name: string, online: boolean | null = null): HTMLElement {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  const initials = name
    .split(/\s+/u)
    .filter((word) => word !== "")
    .map((word) => [...word][0] ?? "");
  const shown = (initials.length > 1 ? [initials[0], initials.at(-1)] : initials)
    .join("")
    .toLocaleUpperCase();
  return h(
    "span",
    { class: `avatar avatar-${hash % COLOURS}`, "aria-hidden": "true" },
    shown,
    online === true && h("span", { class: "avatar-dot" }),
  );
}
