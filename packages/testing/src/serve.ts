/** The fake world on a port: both wires, the pages and the demo's description of itself. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { FixmateChatSession, FixmateNotifySession, fixmatePerson, fixmateRest } from "./fixmate.ts";
import { NativeSession, nativeRest } from "./native.ts";
import type { World } from "./world.ts";

export interface ServeOptions {
  port: number;
  /** The folder with the built pages. */
  pages: URL;
  /** Where the pages are: `/` for the start page, `/demo/` for an app. */
  prefix: string;
  /** The body of `/demo/config.json`. */
  config: () => unknown;
  /** Waits before each REST answer, so that loading states can be seen. */
  delayMs?: number;
}

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Starts it; the address is in the answer. */
export async function serve(world: World, options: ServeOptions): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    answer(world, options, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, stream, head) => {
    sockets.handleUpgrade(request, stream, head, (socket) => attach(world, request.url ?? "", socket));
  });
  await new Promise<void>((resolve) => server.listen(options.port, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}

function attach(world: World, address: string, socket: WebSocket): void {
  const url = new URL(address, "http://fake");
  const sendText = (text: string): void => socket.send(text);
  const sink = { send: (frame: unknown) => socket.send(JSON.stringify(frame)) };
  const open = () => {
    if (url.pathname === "/v1/ws") {
      return new NativeSession(world, { send: sendText, close: (code) => socket.close(code) });
    }
    const by = fixmatePerson(world, url.searchParams.get("token"));
    if (url.pathname === "/ws/notifications/") return new FixmateNotifySession(world, by, sink);
    return new FixmateChatSession(world, by, Number(url.pathname.split("/")[3]), sink);
  };
  try {
    const session = open();
    socket.on("message", (data) => {
      if ("receive" in session) session.receive(String(data));
    });
    socket.on("close", () => session.closed());
  } catch {
    socket.terminate();
  }
}

async function answer(
  world: World,
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url ?? "/";
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  if (path === "/demo/config.json") return json(200, options.config());
  const media = /^\/(?:v1\/media|media\/chat_images)\/([\w.-]+)/.exec(path)?.[1];
  const file = media === undefined ? undefined : world.files.get(media);
  if (file) {
    response.writeHead(200, { "content-type": file.contentType }).end(file.bytes);
    return;
  }
  if (path.startsWith("/v1/") || path.startsWith("/api/")) {
    const body = await readBody(request);
    await new Promise((resolve) => setTimeout(resolve, options.delayMs ?? 0));
    const token = request.headers.authorization?.replace(/^(Bearer|Token) /, "") ?? null;
    const upload = await uploadIn(request, body);
    const call = { method: request.method ?? "GET", path, token, body: parse(body), ...upload };
    const result = path.startsWith("/v1/") ? nativeRest(world, call) : fixmateRest(world, call);
    return json(result.status, result.body);
  }
  await page(options, path, response);
}

async function page(options: ServeOptions, path: string, response: ServerResponse): Promise<void> {
  const name = path.slice(options.prefix.length).split(/[?#]/)[0] || "index.html";
  if (!path.startsWith(options.prefix) || name.includes("..")) {
    response.writeHead(404).end();
    return;
  }
  try {
    const bytes = await readFile(new URL(name, options.pages));
    const type = TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-security-policy": CSP }).end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

/** What the binary is asked to send with the pages; the fake sends it so that a breach is noticed here. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; " +
  "frame-src http:; base-uri 'none'; form-action 'none'";

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}

async function uploadIn(request: IncomingMessage, body: Buffer) {
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return {};
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
  for (const value of form.values()) {
    if (typeof value === "string") continue;
    const bytes = new Uint8Array(await value.arrayBuffer());
    return { file: { name: value.name, contentType: value.type, bytes } };
  }
  return {};
}
