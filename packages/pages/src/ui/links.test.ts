import { expect, test } from "vitest";
import { splitLinks } from "./links.ts";

test("addresses become links, the sentence around them does not", () => {
  expect(splitLinks("see https://example.com/a?b=1, or (http://x.test).")).toEqual([
    { text: "see ", href: null },
    { text: "https://example.com/a?b=1", href: "https://example.com/a?b=1" },
    { text: ", or (", href: null },
    { text: "http://x.test", href: "http://x.test" },
    { text: ").", href: null },
  ]);
});

test("nothing else does", () => {
  for (const text of [
    "javascript:alert(1)",
    "<b>bold</b>",
    "data:text/html,x",
    "https://",
    "ftp://x.test",
    "",
  ]) {
    expect(splitLinks(text).every((part) => part.href === null)).toBe(true);
  }
});

test("the parts together are the text", () => {
  const text = "a https://x.test/ü?q=“z” b\nhttps://y.test";
  expect(
    splitLinks(text)
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
});
