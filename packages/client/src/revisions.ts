/**
 * Which revisions of each conversation are here, without a hole. A cut can swallow an event and let a later
 * one through, so the place to resume from is the last revision before the first hole, not the highest one.
 */
export class Revisions {
  readonly #known = new Map<string, { base: number; beyond: Set<number> }>();

  /** A conversation becomes known at `revision`; does nothing when it is known already. */
  begin(conversation: string, revision: number): void {
    if (!this.#known.has(conversation)) this.#known.set(conversation, { base: revision, beyond: new Set() });
  }

  /** Everything up to `revision` has been applied. */
  reach(conversation: string, revision: number): void {
    const known = this.#known.get(conversation);
    if (!known) {
      this.begin(conversation, revision);
      return;
    }
    known.base = Math.max(known.base, revision);
    close(known);
  }

  /** One event has been applied. Gives how many revisions wait behind a hole. */
  note(conversation: string, revision: number): number {
    const known = this.#known.get(conversation);
    if (!known || revision <= known.base) return 0;
    known.beyond.add(revision);
    close(known);
    return known.beyond.size;
  }

  base(conversation: string): number | undefined {
    return this.#known.get(conversation)?.base;
  }

  forget(conversation: string): void {
    this.#known.delete(conversation);
  }

  clear(): void {
    this.#known.clear();
  }

  /** Where to resume each conversation from. */
  toResume(): Record<string, number> {
    return Object.fromEntries([...this.#known].map(([id, { base }]) => [id, base]));
  }
}

function close(known: { base: number; beyond: Set<number> }): void {
  while (known.beyond.delete(known.base + 1)) known.base += 1;
  for (const revision of known.beyond) if (revision <= known.base) known.beyond.delete(revision);
}
