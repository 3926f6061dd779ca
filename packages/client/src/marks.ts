/** How far each member has received and read: what ticks are made of. */
import type { EventData, Member } from "@parlance/protocol";
import type { OutboxState } from "./outbox.ts";

/** Where one's own message is; `none` for other people's. */
export type Delivery = "none" | OutboxState["status"] | "sent" | "delivered" | "read";

interface Mark {
  user: string | null;
  read: number;
  delivered: number;
  left: boolean;
}

type Receipt = EventData["receipt.read"] | EventData["receipt.delivered"];

export class Marks {
  readonly #marks = new Map<string, Mark>();
  readonly #me: () => string | null;

  constructor(me: () => string | null) {
    this.#me = me;
  }

  /** Takes all present members as they stand: whoever is not among them has left. Gives whether anything changed. */
  replace(members: readonly Member[]): boolean {
    let changed = this.merge(members);
    const present = new Set(members.map((member) => keyOf(member.user?.id ?? null, member.part)));
    for (const [key, mark] of this.#marks) {
      if (present.has(key) || mark.left) continue;
      this.#marks.set(key, { ...mark, left: true });
      changed = true;
    }
    return changed;
  }

  /** Takes some members as they stand; marks only ever move forward. Gives whether anything changed. */
  merge(members: readonly Member[]): boolean {
    let changed = false;
    for (const member of members) {
      const left = member.left_at !== null;
      changed =
        this.#raise(member.user?.id ?? null, member.part, member.read_seq, member.delivered_seq, left) ||
        changed;
    }
    return changed;
  }

  receipt(receipt: Receipt): boolean {
    const read = "read_seq" in receipt ? receipt.read_seq : 0;
    const delivered = "delivered_seq" in receipt ? receipt.delivered_seq : read;
    return this.#raise(receipt.user, receipt.part, read, delivered, null);
  }

  /** The state of one's own message: what every other member has done with it. */
  delivery(seq: number): "sent" | "delivered" | "read" {
    const others = [...this.#marks.values()].filter((mark) => !mark.left && mark.user !== this.#me());
    if (others.length === 0) return "sent";
    if (others.every((mark) => mark.read >= seq)) return "read";
    return others.every((mark) => mark.delivered >= seq) ? "delivered" : "sent";
  }

  clear(): void {
    this.#marks.clear();
  }

  #raise(user: string | null, part: string, read: number, delivered: number, left: boolean | null): boolean {
    const key = keyOf(user, part);
    const held = this.#marks.get(key);
    const next: Mark = {
      user,
      read: Math.max(read, held?.read ?? 0),
      delivered: Math.max(read, delivered, held?.delivered ?? 0),
      left: left ?? held?.left ?? false,
    };
    this.#marks.set(key, next);
    return held?.read !== next.read || held.delivered !== next.delivered || held.left !== next.left;
  }
}

const keyOf = (user: string | null, part: string): string => user ?? `side:${part}`;
