/** What the chat page needs to know and do, whatever dialect answers it. The page knows nothing else. */
import type { ConnectionState, Delivery, Observable, Upload } from "@parlance/client";

export interface Picture {
  readonly url: string;
  readonly name: string;
  /** Pixels, where the server knows them: the space is kept while the picture loads. */
  readonly width: number | null;
  readonly height: number | null;
}

export interface FileLink {
  readonly url: string;
  readonly name: string;
  readonly sizeBytes: number;
}

/** A message to show. The same object as long as nothing in it changed. */
export interface ChatMessage {
  /** Stable from the moment of writing. */
  readonly key: string;
  /** The server's id; null while it has none. */
  readonly id: string | null;
  readonly mine: boolean;
  readonly senderName: string;
  readonly text: string;
  readonly pictures: readonly Picture[];
  readonly files: readonly FileLink[];
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly status: Delivery;
  /** Why it was not sent. */
  readonly failure: string | null;
  readonly edited: boolean;
  readonly deleted: boolean;
  /** Written by the system and by nobody. */
  readonly system: boolean;
}

export interface ThreadView {
  /** Oldest first. */
  readonly messages: readonly ChatMessage[];
  readonly hasBefore: boolean;
  readonly loading: "first" | "before" | null;
  readonly failure: string | null;
}

export interface ConversationItem {
  readonly id: string;
  /** Who is at the other side. */
  readonly name: string;
  /** What it is about; empty when nothing is known. */
  readonly about: string;
  readonly preview: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly unread: number;
  /** null where it cannot be known. */
  readonly online: boolean | null;
}

export interface ConversationListView {
  readonly items: readonly ConversationItem[];
  readonly hasMore: boolean;
  readonly loading: boolean;
  readonly failure: string | null;
}

/** A file that the server has taken, ready to go with a message. */
export interface UploadedFile {
  readonly picture: Picture | null;
  readonly name: string;
  /** The backend's own form of it. */
  readonly handle: unknown;
}

export interface Thread {
  readonly view: Observable<ThreadView>;
  /** Names of those who type. */
  readonly typing: Observable<readonly string[]>;
  loadBefore(): void;
  /** Loads the newest page again after a failure. */
  reload(): void;
  send(text: string, files: readonly UploadedFile[]): void;
  retry(key: string): void;
  discard(key: string): void;
  /** What is there has been seen. */
  markRead(): void;
  keystroke(): void;
  stopTyping(): void;
  /** The thread left the screen. */
  close(): void;
}

export interface ChatBackend {
  /** The dialect's name as shown to people. */
  readonly dialect: string;
  readonly connection: Observable<ConnectionState>;
  readonly myName: Observable<string>;
  readonly conversations: Observable<ConversationListView>;
  start(): void;
  /** Connects now instead of after the pause. */
  retryNow(): void;
  loadMoreConversations(): void;
  /** Opens one of the listed conversations. */
  openThread(conversation: string): Thread;
  upload(file: File): Upload<UploadedFile>;
}
