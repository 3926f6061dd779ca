/** The chat page on the native dialect: a thin translation of `@parlance/client`. */
import {
  type Attachment,
  type Client,
  type Conversation,
  createClient,
  type MessageView,
  type TokenProvider,
  type Upload,
  Value,
  webStorageOutbox,
} from "@parlance/client";
import type {
  ChatBackend,
  ChatMessage,
  ConversationItem,
  ConversationListView,
  Picture,
  Thread,
  ThreadView,
  UploadedFile,
} from "./chat-backend.ts";
import { derived } from "./derived.ts";

export interface NativeBackendOptions {
  token: TokenProvider;
  /** Names the place where unsent messages outlive a reload. */
  storageKey: string;
}

export function createNativeBackend(options: NativeBackendOptions): ChatBackend {
  const client = createClient({
    baseUrl: "",
    token: options.token,
    outboxStorage: webStorageOutbox(sessionStorage, `parlance.outbox.${options.storageKey}`),
  });
  return {
    dialect: "Native",
    connection: client.connection.state,
    myName: derived([client.sync.me], () => client.sync.me.getSnapshot()?.name ?? ""),
    conversations: derived([client.conversations, client.presence, client.sync.me], () => listView(client)),
    start: () => client.connection.start(),
    retryNow: () => {
      client.connection.retryNow();
      client.connection.start();
    },
    loadMoreConversations: () => void client.conversations.loadMore(),
    openThread: (conversation) => openThread(client, conversation),
    upload: (file) => mapUpload(client.uploads.start(file)),
  };
}

function listView(client: Client): ConversationListView {
  const { items, hasMore, loading, problem } = client.conversations.getSnapshot();
  const failure = problem?.detail ?? null;
  return { items: items.map((item) => conversationItem(client, item)), hasMore, loading, failure };
}

function conversationItem(client: Client, conversation: Conversation): ConversationItem {
  const me = client.sync.me.getSnapshot()?.id;
  const others = conversation.members.flatMap((member) =>
    member.user && member.user.id !== me && member.left_at === null ? [member.user] : [],
  );
  const online = client.presence.getSnapshot();
  const last = conversation.last_message;
  return {
    id: conversation.id,
    name: others.map((user) => user.name).join(", ") || conversation.title || "Support",
    about: conversation.context?.title ?? conversation.title ?? "",
    preview: last === null ? "" : `${last.sender === me ? "You: " : ""}${preview(last)}`,
    at: Date.parse(conversation.last_activity_at),
    unread: conversation.unread_count,
    online: online === null || others.length === 0 ? null : others.some((user) => online.has(user.id)),
  };
}

function preview(message: NonNullable<Conversation["last_message"]>): string {
  if (message.deleted_at !== null) return "Message deleted";
  if (message.body !== "") return message.body;
  return message.kind === "image" ? "Photo" : (message.attachments[0]?.name ?? "");
}

function openThread(client: Client, conversation: string): Thread {
  const timeline = client.timeline(conversation);
  const typing = client.typing(conversation);
  return {
    view: derived([timeline], (): ThreadView => {
      const { messages, hasBefore, loading, problem } = timeline.getSnapshot();
      return { messages: messages.map(chatMessage), hasBefore, loading, failure: problem?.detail ?? null };
    }),
    typing: derived([typing], () => typing.getSnapshot().map((typist) => typist.name)),
    loadBefore: () => void timeline.loadBefore(),
    reload: () => void timeline.loadFirst(),
    send: (body, files) => {
      const attachments = files.map((file) => file.handle as Attachment);
      client.outbox.send(conversation, { body, attachments });
    },
    retry: (key) => client.outbox.retry(key),
    discard: (key) => client.outbox.discard(key),
    markRead: () => {
      const last = timeline.getSnapshot().messages.findLast((view) => view.message !== null)?.message;
      if (last) client.receipts.markRead(conversation, last.seq);
    },
    keystroke: () => typing.keystroke(),
    stopTyping: () => typing.stop(),
    close: () => typing.stop(),
  };
}

const shown = new WeakMap<MessageView, ChatMessage>();

/** One view gives one message object, so that what has not changed is not drawn again. */
function chatMessage(view: MessageView): ChatMessage {
  const held = shown.get(view);
  if (held) return held;
  const { message, pending } = view;
  const attachments = message?.attachments ?? pending?.attachments ?? [];
  const made: ChatMessage = {
    key: view.key,
    id: message?.id ?? null,
    mine: view.mine,
    senderName: message?.sender_name ?? "",
    text: message?.body ?? pending?.body ?? "",
    pictures: attachments.filter(isPicture).map(picture),
    files: attachments
      .filter((attachment) => !isPicture(attachment))
      .map(({ url, name, size_bytes }) => ({ url, name, sizeBytes: size_bytes })),
    at: message ? Date.parse(message.created_at) : (pending?.writtenAt ?? Date.now()),
    status: view.delivery,
    failure: pending?.state.status === "failed" ? pending.state.problem.detail : null,
    edited: (message?.edited_at ?? null) !== null,
    deleted: (message?.deleted_at ?? null) !== null,
    system: message?.kind === "system",
  };
  shown.set(view, made);
  return made;
}

const isPicture = (attachment: Attachment): boolean => attachment.content_type.startsWith("image/");
const picture = ({ url, name, width, height }: Attachment): Picture => ({
  url,
  name,
  width: width ?? null,
  height: height ?? null,
});

function mapUpload(upload: Upload<Attachment>): Upload<UploadedFile> {
  const state = new Value<ReturnType<Upload<UploadedFile>["getSnapshot"]>>(map());
  function map(): ReturnType<Upload<UploadedFile>["getSnapshot"]> {
    const held = upload.getSnapshot();
    if (held.status !== "done") return held;
    const { result } = held;
    const file = { picture: isPicture(result) ? picture(result) : null, name: result.name, handle: result };
    return { status: "done", result: file };
  }
  upload.subscribe(() => state.set(map()));
  return { ...upload, getSnapshot: state.getSnapshot, subscribe: state.subscribe };
}
