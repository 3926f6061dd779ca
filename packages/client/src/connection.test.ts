import { nativeToken } from "@parlance/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clientOf, settle, twoPeople } from "./fixture.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("it authenticates by the first frame and is online", async () => {
  const { world, ann } = twoPeople();
  const { client, network } = clientOf(world, ann);
  client.connection.start();
  expect(client.connection.state.getSnapshot()).toEqual({ status: "connecting" });
  await settle();
  expect(client.connection.state.getSnapshot()).toEqual({ status: "online" });
  expect(network.sockets[0]?.received[0]).toContain('"session.authenticate"');
  expect(client.sync.me.getSnapshot()?.name).toBe("Ann Ash");
});

test("a lost line is tried again later and later, up to a limit", async () => {
  const { world, ann } = twoPeople();
  const { client, network } = clientOf(world, ann);
  network.up = false;
  client.connection.start();
  const delays: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    await settle();
    const state = client.connection.state.getSnapshot();
    if (state.status !== "waiting") throw new Error(`not waiting but ${state.status}`);
    delays.push(state.retryAt - Date.now());
    await vi.advanceTimersByTimeAsync(state.retryAt - Date.now());
  }
  expect(delays).toEqual([375, 750, 1500, 3000, 6000, 12_000, 15_000, 15_000]);
  network.heal();
  await vi.advanceTimersByTimeAsync(15_000);
  await settle();
  expect(client.connection.state.getSnapshot().status).toBe("online");
});

test("a line that went silent is noticed by the ping without an answer", async () => {
  const { world, ann } = twoPeople();
  const { client, network } = clientOf(world, ann);
  client.connection.start();
  await settle();
  network.swallow = (frame) => frame.includes('"ping"');
  await vi.advanceTimersByTimeAsync(25_000);
  expect(client.connection.state.getSnapshot().status).toBe("online");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(client.connection.state.getSnapshot().status).toBe("waiting");
  await vi.advanceTimersByTimeAsync(1_000);
  await settle();
  expect(client.connection.state.getSnapshot().status).toBe("online");
  expect(network.sockets).toHaveLength(2);
});

test("answered pings keep the socket", async () => {
  const { world, ann } = twoPeople();
  const { client, network } = clientOf(world, ann);
  client.connection.start();
  await vi.advanceTimersByTimeAsync(200_000);
  expect(network.sockets).toHaveLength(1);
});

test("a revoked token is replaced once; refused again, the client stops and says so", async () => {
  const { world, ann } = twoPeople();
  let refusals = 0;
  const token = (refused: boolean): string => {
    if (refused) refusals += 1;
    return refusals < 2 ? nativeToken(ann.user.id) : "expired";
  };
  const { client, network } = clientOf(world, ann, { token });
  client.connection.start();
  await settle();
  network.sockets[0]?.end(4401);
  await settle();
  expect([refusals, client.connection.state.getSnapshot().status]).toEqual([1, "online"]);
  network.sockets[1]?.end(4401);
  await settle();
  expect(client.connection.state.getSnapshot()).toEqual({ status: "stopped", reason: "unauthenticated" });
});

test("too many sockets stops it, and only start brings it back", async () => {
  const { world, ann } = twoPeople();
  const { client, network } = clientOf(world, ann);
  client.connection.start();
  await settle();
  network.sockets[0]?.end(4409);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(client.connection.state.getSnapshot()).toEqual({ status: "stopped", reason: "too_many_sockets" });
  client.connection.start();
  await settle();
  expect(client.connection.state.getSnapshot().status).toBe("online");
});

test("stop ends everything, also in the middle of connecting", async () => {
  const { world, ann } = twoPeople();
  const { client, network } = clientOf(world, ann);
  client.connection.start();
  client.connection.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(network.sockets).toHaveLength(0);
  expect(client.connection.state.getSnapshot()).toEqual({ status: "stopped", reason: "by_client" });
});

test("a frame that is not JSON does no harm", async () => {
  const { world, ann } = twoPeople();
  const { client, network } = clientOf(world, ann);
  network.tamper = (frame) => ["{", "[]", "null", frame];
  client.connection.start();
  await settle();
  expect(client.connection.state.getSnapshot().status).toBe("online");
});
