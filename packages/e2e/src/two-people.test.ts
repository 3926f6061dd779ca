/** Two people in two windows, one on the native dialect and one on FixMate's frames, in one conversation. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launch } from "./browser.ts";
import { ChatPage } from "./chat-page.ts";
import { type Demo, isMock, startDemo } from "./demo.ts";
import { Line } from "./line.ts";
import { type Side, twoSides } from "./people.ts";
import { png } from "./picture.ts";

let demo: Demo;
let browser: Browser;
let native: ChatPage;
let fixmate: ChatPage;
let nativeLine: Line;
let fixmateLine: Line;

beforeAll(async () => {
  demo = await startDemo();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

beforeEach(async () => {
  const sides = twoSides(demo);
  nativeLine = await Line.to(demo.urls.fixmate);
  fixmateLine = await Line.to(demo.urls.fixmate);
  native = await ChatPage.open(browser, { ...sides.native, base: nativeLine.url });
  fixmate = await ChatPage.open(browser, { ...sides.fixmate, base: fixmateLine.url });
});

afterEach(async () => {
  const errors = [...native.errors, ...fixmate.errors];
  await native.context.close();
  await fixmate.context.close();
  await nativeLine.stop();
  await fixmateLine.stop();
  expect(errors).toEqual([]);
});

let counter = 0;
/** A text that no other test has sent. */
const unique = (text: string): string => `${text} ${Date.now().toString(36)}-${++counter}`;

test("text, emoji, other scripts and markup come back as they were written, both ways", async () => {
  for (const [from, to] of [
    [native, fixmate],
    [fixmate, native],
  ] as const) {
    const texts = ["hello", "👍 🎉", "<b>HTML</b> & <img src=x onerror=alert(1)>", "مرحبا بك"].map(unique);
    for (const text of texts) {
      await from.send(text);
      await to.message(text).waitFor();
    }
    for (const page of [from, to]) {
      for (const text of texts) expect(await page.message(text).count()).toBe(1);
      expect(await page.page.locator('[data-testid="text"] :is(b, img)').count()).toBe(0);
    }
  }
});

test("a picture is shown at both ends, and after a reload", async () => {
  for (const [from, to] of [
    [native, fixmate],
    [fixmate, native],
  ] as const) {
    const before = await to.page.locator("[data-testid=message] img").count();
    const picture = { name: "tap.png", mimeType: "image/png", buffer: png(320, 200) };
    await from.page.getByTestId("attach-input").setInputFiles(picture);
    await from.page.locator('[data-testid="attachment"][data-status="done"]').waitFor();
    const text = unique("the tap");
    await from.send(text);
    for (const page of [from, to]) await loaded(page, text);
    await to.page.reload();
    await to.online();
    await loaded(to, text);
    expect(await to.page.locator("[data-testid=message] img").count()).toBe(before + 1);
  }
});

async function loaded(chat: ChatPage, text: string): Promise<void> {
  const image = chat.message(text).locator("img");
  await image.waitFor();
  await image.scrollIntoViewIfNeeded();
  await expect
    .poll(() => image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth), {
      timeout: 30_000,
    })
    .toBe(320);
}

test("typing shows at the other side and stops", async () => {
  for (const [from, to] of [
    [native, fixmate],
    [fixmate, native],
  ] as const) {
    await from.input.pressSequentially("I am wri");
    await to.typing.waitFor({ state: "visible" });
    expect(await from.typing.isVisible()).toBe(false);
    await from.input.fill("");
    await to.typing.waitFor({ state: "hidden" });
    await from.input.pressSequentially("once more");
    await to.typing.waitFor({ state: "visible" });
    // Without another key it goes away by itself.
    await to.typing.waitFor({ state: "hidden" });
    await from.input.fill("");
  }
});

test("ticks go from sent to delivered to read", async () => {
  const sides = twoSides(demo);
  for (const [from, other, side, line] of [
    [native, fixmate, sides.fixmate, fixmateLine],
    [fixmate, native, sides.native, nativeLine],
  ] as const) {
    await other.page.goto("about:blank");
    await offline(side, from === native ? sides.native : sides.fixmate);
    const text = unique("ticks");
    await from.send(text);
    await from.waitFor(text, "sent");
    // The list is open, the conversation is not: the message has arrived and nobody has read it.
    const list = new URLSearchParams({ person: side.person, token: side.token, conversation: "none" });
    await other.page.setViewportSize({ width: 390, height: 800 });
    await other.page.goto(`${line.url}/demo/${side.page}#${list}`);
    await from.waitFor(text, "delivered");
    await other.page.locator(`[data-conversation-id="${side.conversation}"] button`).click();
    await from.waitFor(text, "read");
    await other.page.setViewportSize({ width: 1280, height: 800 });
  }
});

/** Waits until the server has noticed that somebody's last socket is gone. */
async function offline(gone: Side, asking: Side): Promise<void> {
  const isOnline = async (): Promise<boolean> => {
    const headers = { authorization: `Bearer ${asking.nativeToken}` };
    const response = await fetch(`${demo.urls.fixmate}/v1/presence`, { headers });
    const { online } = (await response.json()) as { online: string[] };
    return online.includes(gone.user);
  };
  await expect.poll(isOnline, { timeout: 30_000 }).toBe(false);
}

test("presence follows the other one's window", async () => {
  const presence = (value: string) =>
    native.page.locator(`[data-testid="presence"][data-online="${value}"]`).waitFor({ state: "attached" });
  await presence("online");
  await fixmate.page.goto("about:blank");
  await presence("offline");
});

test("a reload shows the history, in order", async () => {
  const mark = unique("history");
  for (const index of [1, 2, 3]) {
    await native.send(`${mark} ${index}`);
    await fixmate.message(`${mark} ${index}`).waitFor();
  }
  const expected = [1, 2, 3].map((index) => `${mark} ${index}`);
  for (const page of [native, fixmate]) {
    await page.page.reload();
    await page.message(`${mark} 3`).waitFor();
    expect(await page.texts(mark)).toEqual(expected);
  }
});

test("a cut and healed line loses and doubles nothing, whoever had it", async () => {
  const mark = unique("cut");
  const sent: string[] = [];
  const send = async (from: ChatPage, word: string): Promise<void> => {
    const text = `${mark} ${word}`;
    sent.push(text);
    await from.send(text);
  };
  for (const [from, to, line] of [
    [native, fixmate, nativeLine],
    [fixmate, native, fixmateLine],
  ] as const) {
    const name = from === native ? "native" : "fixmate";
    await send(from, `${name} before`);
    await to.message(`${mark} ${name} before`).waitFor();
    line.cut();
    await from.offline();
    for (const index of [1, 2, 3]) await send(from, `${name} mine ${index}`);
    await from.waitFor(`${mark} ${name} mine 3`, "queued");
    for (const index of [1, 2]) {
      await send(to, `${name} theirs ${index}`);
      await to.message(`${mark} ${name} theirs ${index}`).and(settled(to)).waitFor();
    }
    line.heal();
    await from.online();
    await from.message(`${mark} ${name} theirs 2`).waitFor();
    await to.message(`${mark} ${name} mine 3`).waitFor();
    await from.message(`${mark} ${name} mine 3`).and(settled(from)).waitFor();
  }
  const [left, right] = [await native.texts(mark), await fixmate.texts(mark)];
  expect(left).toEqual(right);
  expect([...left].sort()).toEqual([...sent].sort());
});

/** Messages that the server has. */
const settled = (chat: ChatPage) =>
  chat.page.locator('[data-status="sent"], [data-status="delivered"], [data-status="read"]');

test("a line that dies without a word is noticed, and what was sent into it arrives once", async () => {
  const text = unique("into the dark");
  await native.online();
  nativeLine.stall();
  await native.send(text);
  await native.offline();
  nativeLine.heal();
  await fixmate.message(text).waitFor();
  await native.message(text).and(settled(native)).waitFor();
  for (const page of [native, fixmate]) expect(await page.message(text).count()).toBe(1);
});

test("on FixMate's wire a send without an echo fails, and the retry does not double it", async () => {
  const text = unique("no echo");
  await fixmate.online();
  fixmateLine.stall();
  await fixmate.send(text);
  // On its way, and not still waiting for a socket: else it would go by itself once the line is back.
  await fixmate.waitFor(text, "sending");
  await fixmate.offline();
  fixmateLine.heal();
  await fixmate.waitFor(text, "failed");
  await fixmate.message(text).getByTestId("retry").click();
  await native.message(text).waitFor();
  await fixmate.message(text).and(settled(fixmate)).waitFor();
  for (const page of [native, fixmate]) expect(await page.message(text).count()).toBe(1);
});

test("older messages load on scrolling up, and the place is kept", async () => {
  const mark = unique("page");
  await native.page.evaluate(
    async ([address, token, text]) => {
      for (let index = 0; index < 60; index += 1) {
        await fetch(address as string, {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body: JSON.stringify({ body: `${text} ${index}`, client_id: `${text} ${index}` }),
        });
      }
    },
    [`/v1/conversations/${twoSides(demo).native.conversation}/messages`, twoSides(demo).native.token, mark],
  );
  for (const page of [native, fixmate]) {
    await page.page.reload();
    await page.message(`${mark} 59`).waitFor();
    expect(await page.messages.count()).toBe(50);
    await page
      .message(`${mark} 59`)
      .and(settled(page))
      .or(page.message(`${mark} 59`))
      .first()
      .waitFor();
    const scroller = page.page.getByRole("region", { name: "Messages" });
    const anchor = page.message(`${mark} 12`);
    await scroller.evaluate((element) => {
      (element as unknown as { scrollTop: number }).scrollTop = 0;
    });
    await expect.poll(() => page.messages.count(), { timeout: 30_000 }).toBeGreaterThan(50);
    // The message that was at the top is still in view after older ones were put above it.
    const [box, frame] = [await anchor.boundingBox(), await scroller.boundingBox()];
    if (!box || !frame) throw new Error("the message is not on the page");
    expect(box.y).toBeGreaterThan(frame.y - box.height);
    expect(box.y).toBeLessThan(frame.y + frame.height);
  }
});

test.skipIf(isMock)("a killed server loses and doubles nothing of what either page wrote", async () => {
  const mark = unique("kill");
  const sent: string[] = [];
  const write = async (chat: ChatPage, word: string): Promise<void> => {
    sent.push(`${mark} ${word}`);
    await chat.send(`${mark} ${word}`);
  };
  for (const [chat, name] of [
    [native, "native"],
    [fixmate, "fixmate"],
  ] as const) {
    await write(chat, `${name} before`);
    await chat.message(`${mark} ${name} before`).and(settled(chat)).waitFor();
  }
  await demo.kill();
  for (const [chat, name] of [
    [native, "native"],
    [fixmate, "fixmate"],
  ] as const) {
    await chat.offline();
    await write(chat, `${name} after`);
    await chat.waitFor(`${mark} ${name} after`, "queued");
  }
  demo = await startDemo(demo.folder);
  nativeLine.retarget(demo.urls.fixmate);
  fixmateLine.retarget(demo.urls.fixmate);
  for (const chat of [native, fixmate]) {
    for (const text of sent) await chat.message(text).and(atRest(chat)).waitFor();
  }
  const [left, right] = [await native.texts(mark), await fixmate.texts(mark)];
  expect(left).toEqual(right);
  expect([...left].sort()).toEqual([...sent].sort());
});

/** Messages that the server has, whoever wrote them. */
const atRest = (chat: ChatPage) => chat.page.locator("[data-message-id]");
