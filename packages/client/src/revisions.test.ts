import { expect, test } from "vitest";
import { Revisions } from "./revisions.ts";

test("resume starts before the first hole, whatever came after it", () => {
  const revisions = new Revisions();
  revisions.begin("a", 10);
  revisions.note("a", 11);
  expect(revisions.note("a", 13)).toBe(1);
  expect(revisions.toResume()).toEqual({ a: 11 });
  expect(revisions.note("a", 12)).toBe(0);
  expect(revisions.toResume()).toEqual({ a: 13 });
});

test("an answer that reaches further closes the hole, an older one does no harm", () => {
  const revisions = new Revisions();
  revisions.begin("a", 1);
  revisions.note("a", 5);
  revisions.note("a", 7);
  revisions.reach("a", 6);
  expect(revisions.base("a")).toBe(7);
  revisions.reach("a", 3);
  revisions.begin("a", 2);
  expect(revisions.base("a")).toBe(7);
});
