/** Who is online among the people that share a conversation with the user. Unknown while there is no line. */
import type { Connection } from "./connection.ts";
import { type Observable, Value } from "./observable.ts";
import type { Sync } from "./sync.ts";

/** Ids of users who are online; null while it cannot be known. */
export type PresenceSnapshot = ReadonlySet<string> | null;

export class Presence implements Observable<PresenceSnapshot> {
  readonly #state = new Value<PresenceSnapshot>(null);
  readonly getSnapshot = this.#state.getSnapshot;
  readonly subscribe = this.#state.subscribe;

  constructor(connection: Connection, sync: Sync) {
    const changed = new Map<string, boolean>();
    connection.state.subscribe(() => {
      if (connection.state.getSnapshot().status !== "online") this.#state.set(null);
    });
    sync.events.on("current", () => {
      changed.clear();
      connection
        .request("presence.list", {})
        .then(({ online }) => {
          // A change that was told while the list was on its way is newer than the list.
          const users = new Set(online);
          for (const [user, isOnline] of changed) toggle(users, user, isOnline);
          this.#state.set(users);
        })
        .catch(() => {});
    });
    sync.events.on("event", (event) => {
      if (event.type !== "presence.changed") return;
      changed.set(event.data.user, event.data.online);
      const held = this.#state.getSnapshot();
      if (held === null) return;
      const users = new Set(held);
      toggle(users, event.data.user, event.data.online);
      this.#state.set(users);
    });
  }
}

function toggle(users: Set<string>, user: string, isOnline: boolean): void {
  if (isOnline) users.add(user);
  else users.delete(user);
}
