import "./styles/chat-page.css";
import { FixmateBackend } from "./backend/fixmate-backend.ts";
import { signIn } from "./sign-in.ts";
import { mountChatApp } from "./ui/chat-app.ts";

const root = document.getElementById("app") ?? document.body;

await signIn(
  root,
  {
    dialect: "fixmate",
    tokenOf: (person) => person.fixmate_token,
    conversationOf: (app) => (app.conversation ? String(app.conversation.id) : null),
  },
  async ({ conversation, token }) => {
    mountChatApp(root, new FixmateBackend(await token(false)), { conversation });
  },
);
