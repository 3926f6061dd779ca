/** Finds web addresses in a text. Only `http` and `https` become links, and nothing is fetched for them. */
export type Part = { text: string; href: string | null };

const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/gi;
/** What closes a sentence is not part of the address before it. */
const TRAILING = /[.,;:!?)\]}»”’]+$/u;

export function splitLinks(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    if (!isAddress(address)) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index), href: null });
    parts.push({ text: address, href: address });
    from = match.index + address.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), href: null });
  return parts;
}

function isAddress(text: string): boolean {
  const url = URL.parse?.(text) ?? (URL.canParse(text) ? new URL(text) : null);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== "";
}
