import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clientOf, settle, twoPeople } from "./fixture.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("unread counts follow messages, reading here and reading on another device", async () => {
  const { world, ann, bo, conversation } = twoPeople();
  const here = clientOf(world, ann);
  const there = clientOf(world, ann);
  here.client.connection.start();
  there.client.connection.start();
  await settle();
  const unread = () =>
    [here, there].map(({ client }) => client.conversations.get(conversation)?.unread_count);
  world.send(bo.user.id, conversation, { body: "one", clientId: "1" });
  world.send(bo.user.id, conversation, { body: "two", clientId: "2" });
  await settle();
  expect(unread()).toEqual([2, 2]);
  here.client.receipts.markRead(conversation, 1);
  await settle();
  expect(unread()).toEqual([1, 1]);
  here.client.receipts.markRead(conversation, 2);
  await settle();
  expect(unread()).toEqual([0, 0]);
  here.client.outbox.send(conversation, { body: "mine" });
  await settle();
  expect(unread()).toEqual([0, 0]);
});

test("the newest activity comes first, and a conversation that begins later appears", async () => {
  const { world, ann, bo, conversation } = twoPeople();
  const second = world.addConversation([ann, bo], "Broken window");
  const { client } = clientOf(world, ann);
  client.connection.start();
  await settle();
  const ids = () => client.conversations.getSnapshot().items.map((item) => item.id);
  vi.setSystemTime(Date.now() + 1_000);
  world.send(bo.user.id, conversation, { body: "hi", clientId: "1" });
  await settle();
  expect(ids()).toEqual([conversation, second]);
  vi.setSystemTime(Date.now() + 1_000);
  const third = world.addConversation([ann, bo], "Paint job");
  world.send(bo.user.id, third, { body: "about the paint", clientId: "2" });
  await settle();
  expect(ids()).toEqual([third, conversation, second]);
  expect(client.conversations.get(third)?.unread_count).toBe(1);
});

test("a conversation that was taken away while there was no line disappears", async () => {
  const { world, ann, conversation } = twoPeople();
  const { client, network } = clientOf(world, ann);
  client.connection.start();
  await settle();
  network.cut();
  world.conversations.delete(conversation);
  network.heal();
  await vi.advanceTimersByTimeAsync(2_000);
  await settle();
  expect(client.conversations.getSnapshot().items).toEqual([]);
});
