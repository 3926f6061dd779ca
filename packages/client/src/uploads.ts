/** Sends files, with progress. What comes back is attached to a message afterwards. */
import type { Attachment } from "@parlance/protocol";
import { type Observable, Value } from "./observable.ts";
import { isProblem, localProblem, type Problem, ProblemError, toProblem } from "./problem.ts";
import type { Rest } from "./rest.ts";

export type UploadState<T> =
  | { status: "uploading"; sentBytes: number; totalBytes: number }
  | { status: "done"; result: T }
  | { status: "failed"; problem: Problem };

/** One file on its way. */
export interface Upload<T> extends Observable<UploadState<T>> {
  readonly file: File;
  /** Starts over after a failure. */
  retry(): void;
  cancel(): void;
}

export interface UploadRequest {
  url: string;
  headers: Record<string, string>;
  field: string;
  file: File;
  onProgress(sentBytes: number, totalBytes: number): void;
  signal: AbortSignal;
}

/** Sends one multipart request and gives status and parsed body; `fetch` cannot tell how far it is, so XHR. */
export type SendFile = (request: UploadRequest) => Promise<{ status: number; body: unknown }>;

/** Starts an upload in a shape that pages can watch; `send` does it once. */
export function startUpload<T>(
  file: File,
  send: (onProgress: UploadRequest["onProgress"], signal: AbortSignal) => Promise<T>,
): Upload<T> {
  const state = new Value<UploadState<T>>({ status: "uploading", sentBytes: 0, totalBytes: file.size });
  let stop = new AbortController();
  const run = async (): Promise<void> => {
    stop = new AbortController();
    const { signal } = stop;
    state.set({ status: "uploading", sentBytes: 0, totalBytes: file.size });
    try {
      const result = await send((sentBytes, totalBytes) => {
        if (!signal.aborted) state.set({ status: "uploading", sentBytes, totalBytes });
      }, signal);
      state.set({ status: "done", result });
    } catch (error) {
      state.set({ status: "failed", problem: toProblem(error).problem });
    }
  };
  void run();
  return {
    file,
    getSnapshot: state.getSnapshot,
    subscribe: state.subscribe,
    retry: () => {
      if (state.getSnapshot().status === "failed") void run();
    },
    cancel: () => stop.abort(),
  };
}

export class Uploads {
  readonly #rest: Rest;
  readonly #send: SendFile;

  constructor(rest: Rest, send: SendFile = sendByXhr) {
    this.#rest = rest;
    this.#send = send;
  }

  start(file: File): Upload<Attachment> {
    return startUpload(file, async (onProgress, signal) => {
      const token = await this.#rest.tokens.get();
      const once = (bearer: string) =>
        this.#send({
          url: this.#rest.url("uploads"),
          headers: { authorization: `Bearer ${bearer}` },
          field: "file",
          file,
          onProgress,
          signal,
        });
      let answer = await once(token);
      if (answer.status === 401) answer = await once(await this.#rest.tokens.refresh(token));
      if (answer.status < 300) return answer.body as Attachment;
      if (isProblem(answer.body)) throw new ProblemError(answer.body);
      throw localProblem("bad_answer", `the server answered ${answer.status}`);
    });
  }
}

/** The browser's way. */
export const sendByXhr: SendFile = ({ url, headers, field, file, onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    request.onerror = () => reject(localProblem("offline", "the server cannot be reached"));
    request.onabort = () => reject(localProblem("aborted", "cancelled"));
    request.onload = () => resolve({ status: request.status, body: parse(request.responseText) });
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append(field, file, file.name);
    request.send(form);
  });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
