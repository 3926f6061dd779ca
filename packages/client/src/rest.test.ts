import { nativeToken } from "@parlance/testing";
import { expect, test } from "vitest";
import { clientOf, twoPeople } from "./fixture.ts";
import { ProblemError } from "./problem.ts";
import { Rest } from "./rest.ts";
import { TokenCache } from "./token.ts";

test("a problem is thrown as the server said it", async () => {
  const { world, ann } = twoPeople();
  const { client } = clientOf(world, ann);
  const error = await client.rest.getConversation("nowhere").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({ problem: { status: 404, code: "not_found" } });
});

test("after a 401 one fresh token is asked for, however many requests wait for it", async () => {
  const { world, ann } = twoPeople();
  let asked = 0;
  const token = (refused: boolean): string => {
    asked += 1;
    return refused ? nativeToken(ann.user.id) : "expired";
  };
  const { client } = clientOf(world, ann, { token });
  const people = await Promise.all([client.rest.me(), client.rest.me(), client.rest.me()]);
  expect(people.map((user) => user.name)).toEqual(["Ann Ash", "Ann Ash", "Ann Ash"]);
  expect(asked).toBe(2);
});

test("an answer that is no problem object becomes one; Retry-After is kept", async () => {
  const fetch = async () => new Response("<html>", { status: 503, headers: { "retry-after": "7" } });
  const rest = new Rest({ baseUrl: "http://fake", tokens: new TokenCache(() => "t"), fetch });
  await expect(rest.me()).rejects.toMatchObject({
    problem: { status: 503, code: "bad_answer", retryable: true },
    retryAfterMs: 7000,
  });
});
