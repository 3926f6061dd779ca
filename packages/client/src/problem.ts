import type { ProblemCode, Problem as WireProblem } from "@parlance/protocol";

/** What the client finds out itself, without an answer that says so. */
type LocalCode = "offline" | "timeout" | "aborted" | "bad_answer";

/** Why something failed: the server's problem object, or one of the same form made here. */
export type Problem = Omit<WireProblem, "code"> & { code: ProblemCode | LocalCode };

/** Why a request failed, as the server said it or, for what never reached it, as the client knows it. */
export class ProblemError extends Error {
  readonly problem: Problem;
  /** How long the server asked to wait before a repeat. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null = null) {
    super(problem.detail || problem.title);
    this.name = "ProblemError";
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A failure that the client found itself: `status` is 0, a repeat may work. */
export function localProblem(code: LocalCode, detail: string): ProblemError {
  return new ProblemError({
    type: `urn:parlance:problem:${code}`,
    title: detail,
    status: 0,
    detail,
    code,
    retryable: code !== "aborted",
    request_id: "",
  });
}

/** Any failure as a problem. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof DOMException && error.name === "AbortError")
    return localProblem("aborted", "cancelled");
  // Browsers word a failed request each in their own way, and none for a reader.
  return localProblem("offline", "the server cannot be reached");
}

/** Whether a value from the wire is a problem object. */
export function isProblem(value: unknown): value is WireProblem {
  return typeof value === "object" && value !== null && "code" in value && "status" in value;
}
