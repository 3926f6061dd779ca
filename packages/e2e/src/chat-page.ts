/** One person's chat page, whichever dialect it speaks: both have the same hooks. */
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

export interface OpenOptions {
  /** Where the app is reached; may be a proxy. */
  base: string;
  page: "chat.html" | "fixmate.html";
  person: string;
  token: string;
  conversation: string;
  context?: BrowserContextOptions;
}

export class ChatPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page's scripts complained about. */
  readonly errors: string[] = [];

  private constructor(page: Page, context: BrowserContext) {
    this.page = page;
    this.context = context;
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      // A line that was cut is in the console as well; what the policy forbids must never be.
      if (/Content Security Policy|Refused to/.test(message.text())) this.errors.push(message.text());
    });
  }

  static async open(browser: Browser, options: OpenOptions): Promise<ChatPage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options.context });
    const chat = new ChatPage(await context.newPage(), context);
    const { person, token, conversation } = options;
    const who = new URLSearchParams({ person, token, conversation });
    await chat.page.goto(`${options.base}/demo/${options.page}#${who}`);
    await chat.online();
    await chat.input.waitFor();
    return chat;
  }

  get input(): Locator {
    return this.page.getByTestId("composer-input");
  }

  get messages(): Locator {
    return this.page.getByTestId("message");
  }

  get typing(): Locator {
    return this.page.getByTestId("typing");
  }

  /** A message by its text. */
  message(text: string): Locator {
    return this.messages.filter({ has: this.page.getByTestId("text").getByText(text, { exact: true }) });
  }

  connection(status: string): Locator {
    return this.page.locator(`[data-testid="connection-state"][data-status="${status}"]`);
  }

  /** Not online, whether it waits or tries: how long each lasts is not looked at. */
  offline(): Promise<void> {
    return this.page
      .locator('[data-testid="connection-state"]:not([data-status="online"])')
      .waitFor({ state: "attached" });
  }

  online(): Promise<void> {
    return this.connection("online").waitFor({ state: "attached" });
  }

  async send(text: string): Promise<void> {
    await this.input.fill(text);
    await this.input.press("Enter");
  }

  /** Waits until a message of this text has reached that state. */
  async waitFor(text: string, status: string): Promise<void> {
    await this.message(text)
      .and(this.page.locator(`[data-status="${status}"]`))
      .waitFor();
  }

  /** The texts on the page that begin so, in their order. */
  async texts(beginning: string): Promise<string[]> {
    const all = await this.page.getByTestId("text").allTextContents();
    return all.filter((text) => text.startsWith(beginning));
  }
}
