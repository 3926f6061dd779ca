import { type Observable, Value } from "@parlance/client";

/** A value made from others; made again when one of them changes. Lives as long as its sources. */
export function derived<T>(sources: readonly Observable<unknown>[], make: () => T): Observable<T> {
  const value = new Value(make());
  for (const source of sources) source.subscribe(() => value.set(make()));
  return value;
}
