/** The two demo people of the FixMate app, which both dialects serve. */
import type { Demo } from "./demo.ts";

export interface Side {
  page: "chat.html" | "fixmate.html";
  person: string;
  token: string;
  user: string;
  /** For asking the native REST API as this person, whatever the page speaks. */
  nativeToken: string;
  conversation: string;
}

/** The first person on the native page, the second on FixMate's, in one conversation. */
export function twoSides(demo: Demo): { native: Side; fixmate: Side } {
  const app = demo.config.apps.find((each) => each.name === "fixmate");
  const [first, second] = app?.people ?? [];
  if (!app || !first || !second) throw new Error("the demo has no FixMate app with two people");
  return {
    native: {
      page: "chat.html",
      person: first.username,
      token: first.native_token,
      user: first.user,
      nativeToken: first.native_token,
      conversation: app.conversation.uuid,
    },
    fixmate: {
      page: "fixmate.html",
      person: second.username,
      token: second.fixmate_token,
      user: second.user,
      nativeToken: second.native_token,
      conversation: String(app.conversation.id),
    },
  };
}
