import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clientOf, settle, twoPeople } from "./fixture.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function twoOnline() {
  const fixture = twoPeople();
  const ann = clientOf(fixture.world, fixture.ann);
  const bo = clientOf(fixture.world, fixture.bo);
  ann.client.connection.start();
  bo.client.connection.start();
  await settle();
  const told = () => (ann.network.sockets[0]?.received ?? []).filter((frame) => frame.includes('"typing.'));
  return { ...fixture, annClient: ann.client, boClient: bo.client, told };
}

test("keys are told once in a while, and silence stops it", async () => {
  const { annClient, boClient, conversation, told } = await twoOnline();
  const [mine, theirs] = [annClient.typing(conversation), boClient.typing(conversation)];
  for (let key = 0; key < 20; key += 1) {
    mine.keystroke();
    await vi.advanceTimersByTimeAsync(250);
  }
  expect(told()).toHaveLength(2);
  expect(theirs.getSnapshot().map((typist) => typist.name)).toEqual(["Ann Ash"]);
  expect(mine.getSnapshot()).toEqual([]);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(told()).toHaveLength(3);
  expect(theirs.getSnapshot()).toEqual([]);
});

test("a stop that never came does not leave somebody typing", async () => {
  const { world, boClient, ann, conversation } = await twoOnline();
  const theirs = boClient.typing(conversation);
  world.typing(ann.user.id, conversation, true);
  await settle();
  expect(theirs.getSnapshot()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(7_000);
  expect(theirs.getSnapshot()).toEqual([]);
});

test("the message itself ends the typing of its author", async () => {
  const { world, boClient, ann, conversation } = await twoOnline();
  const theirs = boClient.typing(conversation);
  world.typing(ann.user.id, conversation, true);
  world.send(ann.user.id, conversation, { body: "there", clientId: "1" });
  await settle();
  expect(theirs.getSnapshot()).toEqual([]);
});
