import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bodies, clientOf, settle, twoPeople } from "./fixture.ts";
import { type OutboxEntry, webStorageOutbox } from "./outbox.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const stored = (fixture: ReturnType<typeof twoPeople>): string[] =>
  fixture.world.open(fixture.ann.user.id, fixture.conversation).messages.map((message) => message.body);

test("messages written without a line wait and leave in the order of writing", async () => {
  const fixture = twoPeople();
  const { client, network } = clientOf(fixture.world, fixture.ann);
  network.up = false;
  client.connection.start();
  const timeline = client.timeline(fixture.conversation);
  for (const body of ["one", "two", "three"]) client.outbox.send(fixture.conversation, { body });
  await settle();
  expect(timeline.getSnapshot().messages.map((view) => view.delivery)).toEqual([
    "queued",
    "queued",
    "queued",
  ]);
  network.heal();
  await vi.advanceTimersByTimeAsync(1_000);
  await settle();
  expect(stored(fixture)).toEqual(["one", "two", "three"]);
  expect(client.outbox.entries.getSnapshot()).toEqual([]);
  expect(bodies(timeline.getSnapshot().messages)).toEqual(["one", "two", "three"]);
});

test("a reply that is lost leads to a repeat with the same client id, stored once", async () => {
  const fixture = twoPeople();
  const { client, network } = clientOf(fixture.world, fixture.ann);
  client.connection.start();
  await settle();
  network.tamper = () => [];
  client.outbox.send(fixture.conversation, { body: "hello" });
  await settle();
  network.cut();
  network.tamper = (frame) => [frame];
  network.heal();
  await vi.advanceTimersByTimeAsync(2_000);
  await settle();
  expect(stored(fixture)).toEqual(["hello"]);
  expect(client.outbox.entries.getSnapshot()).toEqual([]);
});

test("a refused message fails with its reason, lets the next one pass, and can be retried or discarded", async () => {
  const fixture = twoPeople();
  const { client } = clientOf(fixture.world, fixture.ann);
  client.connection.start();
  await settle();
  const long = client.outbox.send(fixture.conversation, { body: "x".repeat(10_001) });
  client.outbox.send(fixture.conversation, { body: "fine" });
  await settle();
  expect(stored(fixture)).toEqual(["fine"]);
  const [failed] = client.outbox.entries.getSnapshot();
  expect(failed?.state).toMatchObject({ status: "failed", problem: { code: "invalid" } });
  client.outbox.retry(long);
  expect(client.outbox.entries.getSnapshot()[0]?.state.status).toBe("sending");
  await settle();
  client.outbox.discard(long);
  expect(client.outbox.entries.getSnapshot()).toEqual([]);
});

test("a server that is not available is asked again, and nothing overtakes", async () => {
  const fixture = twoPeople();
  const { client } = clientOf(fixture.world, fixture.ann);
  client.connection.start();
  await settle();
  const send = fixture.world.send.bind(fixture.world);
  let down = 3;
  const { Refusal } = await import("@parlance/testing");
  fixture.world.send = (...args) => {
    if (down-- > 0) throw new Refusal(503, "unavailable", "the store is down", true);
    return send(...args);
  };
  client.outbox.send(fixture.conversation, { body: "one" });
  client.outbox.send(fixture.conversation, { body: "two" });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(stored(fixture)).toEqual(["one", "two"]);
});

test("the queue outlives the page", async () => {
  const fixture = twoPeople();
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  } as unknown as Storage;
  const outboxStorage = webStorageOutbox(storage, "outbox");
  const first = clientOf(fixture.world, fixture.ann, { outboxStorage });
  first.client.outbox.send(fixture.conversation, { body: "before the reload" });
  const entry = first.client.outbox.entries.getSnapshot()[0] as OutboxEntry;
  const second = clientOf(fixture.world, fixture.ann, { outboxStorage });
  second.client.connection.start();
  await settle();
  const messages = fixture.world.open(fixture.ann.user.id, fixture.conversation).messages;
  expect(messages.map((message) => [message.body, message.client_id])).toEqual([
    ["before the reload", entry.clientId],
  ]);
  expect(kept.size).toBe(0);
});
