/**
 * What keeps the client's picture equal to the server's: events while the line is up, changes by revision and
 * epoch after it was down. The conversation list and the timelines listen here and never to the socket.
 */
import type { Changes, ConversationChanges, ServerEvent, User } from "@parlance/protocol";
import type { Connection } from "./connection.ts";
import { Emitter, Value } from "./observable.ts";
import type { Rest } from "./rest.ts";
import { Revisions } from "./revisions.ts";

interface SyncEvents {
  event: ServerEvent;
  /** A conversation's current facts and the message rows that changed. */
  changes: ConversationChanges;
  /** The conversation is no longer the user's. */
  removed: string;
  /** The store was restored to an earlier state: everything held is void, load anew. */
  reset: null;
  /** The picture is whole again, after every (re)connection. */
  current: null;
}

/** Past so many events behind a hole the missing revisions are asked for. */
const MOST_BEHIND_A_HOLE = 200;

export class Sync {
  readonly events = new Emitter<SyncEvents>();
  readonly revisions = new Revisions();
  readonly me = new Value<User | null>(null);
  readonly #connection: Connection;
  readonly #rest: Rest;
  readonly #catchingUp = new Set<string>();
  #epoch: string | null = null;

  constructor(connection: Connection, rest: Rest) {
    this.#connection = connection;
    this.#rest = rest;
    connection.events.on("started", ({ user, epoch }) => {
      this.me.set(user);
      void this.#resume(epoch);
    });
    connection.events.on("event", (event) => this.#apply(event));
  }

  async #resume(epoch: string): Promise<void> {
    if (this.#epoch === null) {
      this.#epoch = epoch;
      this.events.emit("current", null);
      return;
    }
    try {
      const conversations = this.revisions.toResume();
      const changes = await this.#connection.request("session.resume", { epoch: this.#epoch, conversations });
      await this.#take(changes);
      this.events.emit("current", null);
    } catch {
      // The line is gone again, or the server asks for patience: the next connection resumes from the same place.
      this.#connection.reconnect();
    }
  }

  async #take(changes: Changes): Promise<void> {
    this.#epoch = changes.epoch;
    if (changes.reset) {
      this.revisions.clear();
      this.events.emit("reset", null);
    }
    for (const id of changes.removed) this.#remove(id);
    for (const part of changes.conversations) await this.#takeOne(part);
  }

  async #takeOne(part: ConversationChanges): Promise<void> {
    const id = part.conversation.id;
    this.events.emit("changes", part);
    this.revisions.reach(id, part.revision);
    if (part.has_more) await this.catchUp(id);
  }

  /** Asks for what changed in one conversation since the last revision without a hole before it. */
  async catchUp(conversation: string): Promise<void> {
    const since = this.revisions.base(conversation);
    if (since === undefined || this.#epoch === null) return;
    await this.#take(await this.#rest.listChanges(conversation, since, this.#epoch));
  }

  #apply(event: ServerEvent): void {
    const { conversation, revision } = event;
    this.events.emit("event", event);
    if (conversation === null) return;
    if (event.type === "conversation.deleted") this.#remove(conversation);
    if (event.type === "member.removed" && event.data.user?.id === this.me.getSnapshot()?.id) {
      this.#remove(conversation);
    }
    if (revision === null) return;
    const behind = this.revisions.note(conversation, revision);
    if (behind > MOST_BEHIND_A_HOLE && !this.#catchingUp.has(conversation)) {
      this.#catchingUp.add(conversation);
      void this.catchUp(conversation)
        .catch(() => {})
        .finally(() => this.#catchingUp.delete(conversation));
    }
  }

  #remove(conversation: string): void {
    this.revisions.forget(conversation);
    this.events.emit("removed", conversation);
  }
}
