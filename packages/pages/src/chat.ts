import "./styles/chat-page.css";
import { createNativeBackend } from "./backend/native-backend.ts";
import { signIn } from "./sign-in.ts";
import { mountChatApp } from "./ui/chat-app.ts";

const root = document.getElementById("app") ?? document.body;

await signIn(
  root,
  {
    dialect: "native",
    tokenOf: (person) => person.native_token,
    conversationOf: (app) => app.conversation?.uuid ?? null,
  },
  ({ key, conversation, token }) => {
    mountChatApp(root, createNativeBackend({ token, storageKey: key }), { conversation });
  },
);
