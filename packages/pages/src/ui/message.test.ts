import { expect, test } from "vitest";
import { isOnlyEmoji } from "./message.ts";

test("a few emoji alone are large; text, digits and many emoji are not", () => {
  expect(["👍", "🎉🎉", " 👩‍👩‍👧 ", "🇩🇪", "❤️"].map(isOnlyEmoji)).toEqual([true, true, true, true, true]);
  expect(["", "1", "ok 👍", "👍👍👍👍", "#"].map(isOnlyEmoji)).toEqual([false, false, false, false, false]);
});
