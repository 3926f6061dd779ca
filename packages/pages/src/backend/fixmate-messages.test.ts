import { expect, test } from "vitest";
import { FixmateMessages, type PendingSend } from "./fixmate-messages.ts";
import type { FixmateMessage } from "./fixmate-rest.ts";

const ME = 3;
const row = (id: number, content: string, change: Partial<FixmateMessage> = {}): FixmateMessage => ({
  id,
  sender: ME,
  sender_name: "Ann Ash",
  content,
  image: null,
  status: "sent",
  created_at: "2026-01-02T03:04:05.678901Z",
  ...change,
});
const send = (key: string, text: string, change: Partial<PendingSend> = {}): PendingSend => ({
  key,
  text,
  image: "",
  writtenAt: 0,
  status: "sending",
  failure: null,
  after: 10,
  ...change,
});
const shown = (messages: FixmateMessages) => messages.view().map((message) => [message.key, message.status]);

test("an echo takes the place of what was sent, under the same key", () => {
  const messages = new FixmateMessages(ME);
  messages.pending = [send("a", "hello")];
  messages.merge([row(11, "hello")]);
  expect(shown(messages)).toEqual([["a", "sent"]]);
  expect(messages.pending).toEqual([]);
});

test("an older message of the same text is not taken for the echo, nor is one of the other side", () => {
  const messages = new FixmateMessages(ME);
  messages.pending = [send("a", "ok")];
  messages.merge([row(9, "ok"), row(12, "ok", { sender: 4 })]);
  expect(shown(messages)).toEqual([
    ["9", "sent"],
    ["12", "none"],
    ["a", "sending"],
  ]);
});

test("two sends of the same text are matched one by one", () => {
  const messages = new FixmateMessages(ME);
  messages.pending = [send("a", "ok", { status: "failed" }), send("b", "ok", { status: "queued" })];
  messages.merge([row(11, "ok")]);
  expect(shown(messages)).toEqual([
    ["a", "sent"],
    ["b", "queued"],
  ]);
});

test("a failed send that history shows after all is no longer failed", () => {
  const messages = new FixmateMessages(ME);
  messages.pending = [send("a", "hello", { status: "failed", failure: "no answer" })];
  messages.merge([row(11, "hello"), row(12, "next", { sender: 4 })]);
  expect(messages.pending).toEqual([]);
});

test("a status never goes back", () => {
  const messages = new FixmateMessages(ME);
  messages.merge([row(11, "hello", { status: "delivered" })]);
  messages.raise("read");
  messages.merge([row(11, "hello", { status: "sent" })]);
  messages.raise("delivered");
  expect(shown(messages)).toEqual([["11", "read"]]);
});

test("what did not change is the same object", () => {
  const messages = new FixmateMessages(ME);
  messages.merge([row(11, "one"), row(12, "two", { sender: 4 })]);
  const before = messages.view();
  messages.merge([row(11, "one"), row(12, "two", { sender: 4 })]);
  messages.raise("read");
  const after = messages.view();
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).toBe(before[1]);
});
