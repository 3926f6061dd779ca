/** Requests under `/v1/`: the token, problems instead of statuses, one repeat with a fresh token after a 401. */
import type { Changes, Conversation, ConversationPage, MessageHistory, User } from "@parlance/protocol";
import { isProblem, localProblem, ProblemError, toProblem } from "./problem.ts";
import type { TokenCache } from "./token.ts";

export interface RestOptions {
  /** Where the server is; `""` for the page's own origin. */
  baseUrl: string;
  tokens: TokenCache;
  fetch?: typeof fetch;
  /** Ends a request that gets no answer. */
  timeoutMs?: number;
}

type Query = Record<string, string | number | boolean | undefined>;
type Position = { before: number } | { after: number } | { around: number } | Record<string, never>;

export class Rest {
  readonly baseUrl: string;
  readonly tokens: TokenCache;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;

  constructor(options: RestOptions) {
    this.baseUrl = options.baseUrl;
    this.tokens = options.tokens;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#timeoutMs = options.timeoutMs ?? 20_000;
  }

  me(): Promise<User> {
    return this.request("GET", "me");
  }

  listConversations(cursor: string | null, limit = 50): Promise<ConversationPage> {
    return this.request("GET", "conversations", { cursor: cursor ?? undefined, limit });
  }

  getConversation(id: string): Promise<Conversation> {
    return this.request("GET", `conversations/${id}`);
  }

  listMessages(conversation: string, position: Position, limit = 50): Promise<MessageHistory> {
    return this.request("GET", `conversations/${conversation}/messages`, { ...position, limit });
  }

  listChanges(conversation: string, since: number, epoch: string): Promise<Changes> {
    return this.request("GET", `conversations/${conversation}/changes`, { since, epoch });
  }

  /**
   * One request; `path` is below `/v1/`.
   *
   * @throws ProblemError always, whatever failed
   */
  async request<T>(method: string, path: string, query: Query = {}, body?: unknown): Promise<T> {
    try {
      const token = await this.tokens.get();
      const first = await this.#once(method, path, query, body, token);
      if (first.status !== 401) return await this.#read<T>(first);
      const again = await this.#once(method, path, query, body, await this.tokens.refresh(token));
      return await this.#read<T>(again);
    } catch (error) {
      throw toProblem(error);
    }
  }

  /** The address of a path below `/v1/`. */
  url(path: string, query: Query = {}): string {
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    const text = new URLSearchParams(pairs).toString();
    return `${this.baseUrl}/v1/${path}${text === "" ? "" : `?${text}`}`;
  }

  async #once(method: string, path: string, query: Query, body: unknown, token: string): Promise<Response> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(localProblem("timeout", "no answer in time")), this.#timeoutMs);
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    const init: RequestInit = { method, headers, signal: stop.signal };
    if (body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    try {
      return await this.#fetch(this.url(path, query), init);
    } finally {
      clearTimeout(timer);
    }
  }

  async #read<T>(response: Response): Promise<T> {
    const text = await response.text();
    const body = parse(text);
    if (response.ok) return body as T;
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : null;
    if (isProblem(body)) throw new ProblemError(body, retryAfterMs);
    const problem = localProblem("bad_answer", `the server answered ${response.status}`).problem;
    throw new ProblemError(
      { ...problem, status: response.status, retryable: response.status >= 500 },
      retryAfterMs,
    );
  }
}

function parse(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
