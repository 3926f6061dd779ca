/** The native protocol's types by their names in the documentation; the shapes come from `generated/`. */
import type { components } from "./generated/openapi.ts";

type Schemas = components["schemas"];

export type User = Schemas["User"];
export type Member = Schemas["Member"];
export type Attachment = Schemas["Attachment"];
export type Message = Schemas["Message"];
export type MessageKind = Schemas["MessageKind"];
/** What people send; the other kinds are posted by the host. */
export type SentKind = Schemas["SentKind"];
export type Reaction = Schemas["Reaction"];
export type Context = Schemas["Context"];
export type Conversation = Schemas["Conversation"];
export type ConversationStatus = Schemas["ConversationStatus"];
export type Problem = Schemas["Problem"];
export type ProblemCode = Schemas["ProblemCode"];
export type ConversationPage = Schemas["ConversationPage"];
export type MessageHistory = Schemas["MessageHistory"];
export type Changes = Schemas["Changes"];
export type ConversationChanges = Schemas["ConversationChanges"];

export type {
  ClientFrame,
  EventData,
  EventType,
  ReplyFrame,
  Requests,
  ServerEvent,
  ServerFrame,
  SessionStarted,
} from "./socket.ts";
export { CloseCode } from "./socket.ts";
