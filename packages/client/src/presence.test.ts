import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clientOf, settle, twoPeople } from "./fixture.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("presence is listed, follows changes, and is unknown without a line", async () => {
  const { world, ann, bo } = twoPeople();
  const mine = clientOf(world, ann);
  const theirs = clientOf(world, bo);
  expect(mine.client.presence.getSnapshot()).toBeNull();
  theirs.client.connection.start();
  await settle();
  mine.client.connection.start();
  await settle();
  expect(mine.client.presence.getSnapshot()).toEqual(new Set([bo.user.id]));
  theirs.client.connection.stop();
  await settle();
  expect(mine.client.presence.getSnapshot()).toEqual(new Set());
  mine.network.cut();
  await settle();
  expect(mine.client.presence.getSnapshot()).toBeNull();
});
