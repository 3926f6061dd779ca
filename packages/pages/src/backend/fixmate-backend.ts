/** The chat page on FixMate's wire: what its own web client does, behind the page's interface. */
import { type ConnectionState, startUpload, toProblem, Value } from "@parlance/client";
import type { ChatBackend, ConversationItem, ConversationListView, Thread } from "./chat-backend.ts";
import { type FixmateConversation, type FixmateProfile, FixmateRest } from "./fixmate-rest.ts";
import { FixmateSocket } from "./fixmate-socket.ts";
import { FixmateThread } from "./fixmate-thread.ts";

const STARTING: ConversationListView = { items: [], hasMore: false, loading: true, failure: null };

export class FixmateBackend implements ChatBackend {
  readonly dialect = "FixMate";
  readonly connection = new Value<ConnectionState>({ status: "connecting" });
  readonly myName = new Value("");
  readonly conversations = new Value<ConversationListView>(STARTING);
  readonly #rest: FixmateRest;
  readonly #notifications: FixmateSocket;
  #profile: FixmateProfile | null = null;
  #thread: FixmateThread | null = null;
  #unwatch: () => void = () => {};
  #listTimer: ReturnType<typeof setTimeout> | undefined;
  #profileTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(token: string) {
    this.#rest = new FixmateRest(token);
    this.#notifications = new FixmateSocket(this.#rest.socketUrl("/ws/notifications/"), () =>
      this.#listSoon(),
    );
    this.#notifications.state.subscribe(() => {
      this.#showConnection();
      if (this.#notifications.state.getSnapshot().status === "online") void this.#loadList();
    });
  }

  start(): void {
    void this.#begin();
  }

  retryNow(): void {
    if (this.#profile === null) void this.#begin();
    this.#notifications.retryNow();
    this.#thread?.retryNow();
  }

  /** The dialect lists everything at once. */
  loadMoreConversations(): void {
    void this.#loadList();
  }

  openThread(conversation: string): Thread {
    const me = this.#profile?.id;
    if (me === undefined) throw new Error("conversations, and so threads, come after the profile");
    this.#unwatch();
    const thread = new FixmateThread(this.#rest, Number(conversation), me);
    this.#thread = thread;
    const unwatchState = thread.connection.subscribe(() => this.#showConnection());
    const unwatchView = thread.view.subscribe(() => this.#listSoon());
    this.#unwatch = () => {
      unwatchState();
      unwatchView();
    };
    this.#showConnection();
    return thread;
  }

  upload(file: File): ReturnType<ChatBackend["upload"]> {
    return startUpload(file, async (onProgress, signal) => {
      const url = await this.#rest.uploadImage(file, onProgress, signal);
      return { picture: { url, name: file.name, width: null, height: null }, name: file.name, handle: url };
    });
  }

  /** The profile comes first, as in FixMate's own client: with it everything else is known to work. */
  async #begin(): Promise<void> {
    clearTimeout(this.#profileTimer);
    try {
      const profile = await this.#rest.profile();
      this.#profile = profile;
      this.myName.set(`${profile.first_name} ${profile.last_name}`.trim() || profile.username);
      this.#notifications.start();
    } catch (error) {
      if (toProblem(error).problem.status === 403) {
        this.connection.set({ status: "stopped", reason: "unauthenticated" });
        return;
      }
      this.connection.set({ status: "waiting", retryAt: Date.now() + 3_000 });
      this.#profileTimer = setTimeout(() => void this.#begin(), 3_000);
    }
  }

  #listSoon(): void {
    clearTimeout(this.#listTimer);
    this.#listTimer = setTimeout(() => void this.#loadList(), 150);
  }

  async #loadList(): Promise<void> {
    if (this.#profile === null) return;
    const me = this.#profile.id;
    try {
      const items = (await this.#rest.listConversations()).map((each) => item(each, me));
      this.conversations.set({ items, hasMore: false, loading: false, failure: null });
    } catch (error) {
      const held = this.conversations.getSnapshot();
      // With a list on the screen the banner says enough: it is loaded again when the line is back.
      const failure = held.items.length > 0 ? null : toProblem(error).problem.detail;
      this.conversations.set({ ...held, loading: false, failure });
    }
  }

  /** The open thread's socket is what the reader waits for; without a thread it is the notifications'. */
  #showConnection(): void {
    const [own, thread] = [this.#notifications.state.getSnapshot(), this.#thread?.connection.getSnapshot()];
    // Where one line gets through the other will.
    if (own.status === "online") this.#thread?.retryNow();
    if (thread?.status === "online") this.#notifications.retryNow();
    this.connection.set(thread && thread.status !== "stopped" ? thread : own);
  }
}

function item(conversation: FixmateConversation, me: number): ConversationItem {
  const other = conversation.customer.id === me ? conversation.provider : conversation.customer;
  return {
    id: String(conversation.id),
    name: other.business_name || other.get_full_name || other.username,
    about: conversation.job.title,
    preview: "",
    at: Date.parse(conversation.updated_at),
    unread: conversation.unread_count,
    online: null,
  };
}
