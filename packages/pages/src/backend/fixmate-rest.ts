/** FixMate's REST routes, as its web client uses them. */
import {
  isProblem,
  localProblem,
  ProblemError,
  sendByXhr,
  toProblem,
  type UploadRequest,
} from "@parlance/client";

export interface FixmateProfile {
  id: number;
  username: string;
  first_name: string;
  last_name: string;
}

interface Participant {
  id: number;
  username: string;
  get_full_name: string;
  business_name: string;
}

export interface FixmateConversation {
  id: number;
  customer: Participant;
  provider: Participant;
  job: { id: number | null; title: string };
  unread_count: number;
  updated_at: string;
}

export interface FixmateMessage {
  id: number;
  sender: number;
  sender_name: string;
  content: string;
  image: string | null;
  status: "sent" | "delivered" | "read";
  created_at: string;
}

export class FixmateRest {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  profile(): Promise<FixmateProfile> {
    return this.#get("/api/auth/users/profile/");
  }

  listConversations(): Promise<FixmateConversation[]> {
    return this.#get("/api/chat/conversations/");
  }

  /** The newest `limit` messages, or those before a message's id; oldest first. */
  listMessages(conversation: number, limit: number, before?: number): Promise<FixmateMessage[]> {
    const query = before === undefined ? `limit=${limit}` : `limit=${limit}&before=${before}`;
    return this.#get(`/api/chat/conversations/${conversation}/messages/?${query}`);
  }

  /** Gives the address of the stored picture. */
  async uploadImage(
    file: File,
    onProgress: UploadRequest["onProgress"],
    signal: AbortSignal,
  ): Promise<string> {
    const { status, body } = await sendByXhr({
      url: "/api/chat/upload-image/",
      headers: this.#headers(),
      field: "image",
      file,
      onProgress,
      signal,
    });
    if (status < 300) return (body as { image_url: string }).image_url;
    throw refusal(status, body);
  }

  /** The address of one of its sockets, with the credential that clients without cookies use. */
  socketUrl(path: string): string {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("token", this.#token);
    return url.href;
  }

  async #get<T>(path: string): Promise<T> {
    try {
      const signal = AbortSignal.timeout(20_000);
      const response = await fetch(path, { headers: this.#headers(), signal });
      const body: unknown = await response.json().catch(() => null);
      if (response.ok) return body as T;
      throw refusal(response.status, body);
    } catch (error) {
      throw toProblem(error);
    }
  }

  #headers(): Record<string, string> {
    return { authorization: `Token ${this.#token}` };
  }
}

/** FixMate says `{"detail": …}`, on some routes `{"error": …}`. */
function refusal(status: number, body: unknown): ProblemError {
  if (isProblem(body)) return new ProblemError(body);
  const said = (body ?? {}) as { detail?: unknown; error?: unknown };
  const detail = String(said.detail ?? said.error ?? `the server answered ${status}`);
  const code = status === 403 ? "forbidden" : "bad_answer";
  const { problem } = localProblem("bad_answer", detail);
  return new ProblemError({ ...problem, status, code, retryable: status >= 500 });
}
