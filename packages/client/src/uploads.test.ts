import { expect, test } from "vitest";
import { clientOf, twoPeople } from "./fixture.ts";
import type { SendFile, UploadRequest } from "./uploads.ts";

const picture = new File([new Uint8Array(10)], "sink.png", { type: "image/png" });

/** A hand on each request: the test moves it on. */
function manual() {
  const requests: (UploadRequest & { answer: (status: number, body: unknown) => void })[] = [];
  const send: SendFile = (request) =>
    new Promise((resolve, reject) => {
      request.signal.addEventListener("abort", () => reject(new DOMException("stop", "AbortError")));
      requests.push({ ...request, answer: (status, body) => resolve({ status, body }) });
    });
  return { requests, send };
}
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test("progress, then the attachment", async () => {
  const { world, ann } = twoPeople();
  const { requests, send } = manual();
  const upload = clientOf(world, ann, { sendFile: send }).client.uploads.start(picture);
  await turn();
  requests[0]?.onProgress(4, 10);
  expect(upload.getSnapshot()).toEqual({ status: "uploading", sentBytes: 4, totalBytes: 10 });
  requests[0]?.answer(201, { id: "a" });
  await turn();
  expect(upload.getSnapshot()).toEqual({ status: "done", result: { id: "a" } });
});

test("a refusal says why, and a retry starts over", async () => {
  const { world, ann } = twoPeople();
  const { requests, send } = manual();
  const upload = clientOf(world, ann, { sendFile: send }).client.uploads.start(picture);
  await turn();
  requests[0]?.answer(415, { code: "unsupported_media", status: 415, detail: "not a picture" });
  await turn();
  expect(upload.getSnapshot()).toMatchObject({ status: "failed", problem: { code: "unsupported_media" } });
  upload.retry();
  await turn();
  requests[1]?.answer(201, { id: "b" });
  await turn();
  expect(upload.getSnapshot()).toEqual({ status: "done", result: { id: "b" } });
});

test("a cancelled upload ends", async () => {
  const { world, ann } = twoPeople();
  const { send } = manual();
  const upload = clientOf(world, ann, { sendFile: send }).client.uploads.start(picture);
  await turn();
  upload.cancel();
  await turn();
  expect(upload.getSnapshot()).toMatchObject({ status: "failed", problem: { code: "aborted" } });
});
