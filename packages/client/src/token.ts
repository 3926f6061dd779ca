/**
 * Gives the token to use. `refused` is true when the last one was turned down: get a new one from the
 * host's backend then. May be called again at any time.
 */
export type TokenProvider = (refused: boolean) => string | Promise<string>;

/** Keeps the token between calls and asks the provider once however many are waiting. */
export class TokenCache {
  readonly #provider: TokenProvider;
  #current: Promise<string> | null = null;
  #replaced: { token: string; by: Promise<string> } | null = null;

  constructor(provider: TokenProvider) {
    this.#provider = provider;
  }

  get(): Promise<string> {
    this.#current ??= this.#ask(false);
    return this.#current;
  }

  /** Gets another token in place of `token`; whoever had the same one refused gets the same answer. */
  refresh(token: string): Promise<string> {
    if (this.#replaced?.token === token) return this.#replaced.by;
    const by = this.#ask(true);
    this.#current = by;
    this.#replaced = { token, by };
    const forget = (): void => {
      if (this.#replaced?.by === by) this.#replaced = null;
    };
    // The same token once more, or none at all: the next refusal asks again.
    by.then((next) => {
      if (next === token) forget();
    }, forget);
    return by;
  }

  async #ask(refused: boolean): Promise<string> {
    try {
      return await this.#provider(refused);
    } catch (error) {
      this.#current = null;
      throw error;
    }
  }
}
