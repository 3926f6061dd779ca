const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits; sorts by the time it was made. */
export function uuidv7(nowMs: number = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  random[0] = ((random[0] ?? 0) & 0x0f) | 0x70;
  random[2] = ((random[2] ?? 0) & 0x3f) | 0x80;
  const tail = Array.from(random, (byte) => hex(byte, 2)).join("");
  const time = hex(nowMs, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-${tail.slice(0, 4)}-${tail.slice(4, 8)}-${tail.slice(8)}`;
}
