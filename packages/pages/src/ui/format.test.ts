import { expect, test } from "vitest";
import { dayName, fileSize, shortTime } from "./format.ts";

const now = new Date(2026, 4, 20, 0, 30).getTime();
const minutesAgo = (minutes: number): number => now - minutes * 60_000;

test("days are calendar days, not spans of 24 hours", () => {
  expect(dayName(minutesAgo(10), now)).toBe("Today");
  expect(dayName(minutesAgo(31), now)).toBe("Yesterday");
  expect(dayName(minutesAgo(60 * 24 * 3), now)).toMatch(/day$/);
  expect(dayName(minutesAgo(60 * 24 * 30), now)).toContain("2026");
  expect(shortTime(minutesAgo(31), now)).toBe("Yesterday");
});

test("sizes are short", () => {
  expect([900, 2_048, 204_800, 3 * 1024 * 1024].map(fileSize)).toEqual([
    "900 B",
    "2.0 KB",
    "200 KB",
    "3.0 MB",
  ]);
});
