/** Pictures of the pages for people to look at, and what a phone's width and a keyboard must allow. */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch } from "./browser.ts";
import { ChatPage } from "./chat-page.ts";
import { type Demo, startDemo } from "./demo.ts";
import { twoSides } from "./people.ts";
import { png } from "./picture.ts";

const folder = fileURLToPath(new URL("../screenshots/", import.meta.url));
const widths = [390, 1280];
const schemes = ["light", "dark"] as const;
let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  demo = await startDemo();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

const looks = widths.flatMap((width) => schemes.map((scheme) => ({ width, scheme })));

test.each(looks)("the start page at $width px, $scheme", async ({ width, scheme }) => {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(demo.urls.start);
  const shown = width < 720 ? 1 : 2;
  for (let index = 0; index < shown; index += 1) {
    await page.frameLocator(`[data-testid="pane-${index}"]`).getByTestId("message").last().waitFor();
  }
  await page.screenshot({ path: `${folder}start-${width}-${scheme}.png`, fullPage: true });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  if (shown === 1) {
    await page.getByRole("tab").nth(1).click();
    await page.frameLocator('[data-testid="pane-1"]').getByTestId("message").last().waitFor();
    expect(await page.getByTestId("pane-0").isVisible()).toBe(false);
  }
  expect(errors).toEqual([]);
  await context.close();
});

test.each(looks)("the chat pages at $width px, $scheme", async ({ width, scheme }) => {
  for (const side of Object.values(twoSides(demo))) {
    const context = { viewport: { width, height: 844 }, colorScheme: scheme };
    const chat = await ChatPage.open(browser, { ...side, base: demo.urls.fixmate, context });
    await chat.messages.last().waitFor();
    if (width === 390 && scheme === "light") {
      const buffer = png(480, 320);
      await chat.page
        .getByTestId("attach-input")
        .setInputFiles({ name: "t.png", mimeType: "image/png", buffer });
      await chat.page.locator('[data-testid="attachment"][data-status="done"]').waitFor();
      await chat.page.getByTestId("send").click();
      await chat.messages.last().locator("img").waitFor();
    }
    const name = side.page.replace(".html", "");
    await chat.page.screenshot({ path: `${folder}${name}-${width}-${scheme}.png` });
    expect(await chat.page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    if (width < 720) {
      await chat.page.getByTestId("back").click();
      await chat.page.screenshot({ path: `${folder}${name}-list-${width}-${scheme}.png` });
    }
    await chat.context.close();
  }
});

test("everything can be done with the keyboard alone", async () => {
  const side = twoSides(demo).native;
  const context = { viewport: { width: 390, height: 844 } };
  const chat = await ChatPage.open(browser, { ...side, base: demo.urls.fixmate, context });
  await chat.page.getByTestId("back").focus();
  await chat.page.keyboard.press("Enter");
  // The way back leads to the row it came from; Enter opens it again.
  await chat.page.locator(`[data-conversation-id="${side.conversation}"] button:focus`).waitFor();
  await chat.page.keyboard.press("Enter");
  await chat.input.and(chat.page.locator(":focus")).waitFor();
  await chat.page.keyboard.type("typed");
  await chat.page.keyboard.press("Enter");
  await chat.message("typed").waitFor();
  await chat.context.close();
});
