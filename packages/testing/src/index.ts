export { fixmateToken } from "./fixmate.ts";
export { nativeToken } from "./native.ts";
export { FakeNetwork, FakeSocket, type Tamper } from "./network.ts";
export { type ServeOptions, serve } from "./serve.ts";
export { type Person, Refusal, World } from "./world.ts";
