/** For the tests beside the modules: two people in one conversation, and clients over the fake network. */
import { FakeNetwork, nativeToken, type Person, World } from "@parlance/testing";
import { vi } from "vitest";
import { type Client, type ClientOptions, createClient } from "./client.ts";
import type { MessageView } from "./timeline.ts";

export interface Fixture {
  world: World;
  ann: Person;
  bo: Person;
  conversation: string;
}

export function twoPeople(): Fixture {
  const world = new World();
  const ann = world.addPerson("Ann Ash", "customer");
  const bo = world.addPerson("Bo Birk", "provider");
  return { world, ann, bo, conversation: world.addConversation([ann, bo], "Leaking tap") };
}

/** A client of `person` on a network of its own. */
export function clientOf(
  world: World,
  person: Person,
  options: Partial<ClientOptions> = {},
): { client: Client; network: FakeNetwork } {
  const network = new FakeNetwork(world);
  const client = createClient({
    baseUrl: "http://fake",
    token: () => nativeToken(person.user.id),
    fetch: network.fetch,
    connection: { openSocket: network.openSocket, random: () => 0.5 },
    ...options,
  });
  return { client, network };
}

/** Lets everything that is already on its way arrive. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await vi.advanceTimersByTimeAsync(0);
}

export const bodies = (messages: readonly MessageView[]): string[] =>
  messages.map((view) => view.message?.body ?? view.pending?.body ?? "");
