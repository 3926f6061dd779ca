import { expect, test } from "vitest";
import { uuidv7 } from "./uuid.ts";

test("it is a UUIDv7 that sorts by time", () => {
  const ids = [1, 1_000, 1_700_000_000_000].map((now) => uuidv7(now));
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(uuidv7(5)).not.toBe(uuidv7(5));
});
