export type {
  Attachment,
  Conversation,
  Member,
  Message,
  MessageKind,
  ServerEvent,
  User,
} from "@parlance/protocol";
export { type Client, type ClientOptions, createClient } from "./client.ts";
export {
  Connection,
  type ConnectionOptions,
  type ConnectionState,
  type SocketLike,
  type StopReason,
} from "./connection.ts";
export { Conversations, type ConversationsSnapshot } from "./conversations.ts";
export type { Delivery } from "./marks.ts";
export { Emitter, type Observable, Value } from "./observable.ts";
export {
  type Draft,
  Outbox,
  type OutboxEntry,
  type OutboxState,
  type OutboxStorage,
  webStorageOutbox,
} from "./outbox.ts";
export { Presence, type PresenceSnapshot } from "./presence.ts";
export { isProblem, localProblem, type Problem, ProblemError, toProblem } from "./problem.ts";
export { Receipts } from "./receipts.ts";
export { Rest } from "./rest.ts";
export { Sync } from "./sync.ts";
export { type MessageView, Timeline, type TimelineSnapshot } from "./timeline.ts";
export { TokenCache, type TokenProvider } from "./token.ts";
export { Typing, TypingSignal, type Typist, Typists } from "./typing.ts";
export {
  type SendFile,
  sendByXhr,
  startUpload,
  type Upload,
  type UploadRequest,
  type UploadState,
  Uploads,
} from "./uploads.ts";
export { uuidv7 } from "./uuid.ts";
