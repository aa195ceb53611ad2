/** The header fields on which joining byte ranges rests (RFC 9110, 8.8.3 and 14.4). */

export interface ContentRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
  /** Bytes of the whole; null where it is not said. */
  readonly total: number | null;
}

/** `bytes 0-99/1234`; undefined for anything that is no range of bytes. */
export function parseContentRange(text: string): ContentRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, from, to, size] = match;
  const [first, last] = [Number(from), Number(to)];
  const total = size === '*' ? null : Number(size);
  return first > last || (total !== null && last >= total) ? undefined : { first, last, total };
}

/** An ETag by which bytes of two answers are known to belong together; null for a weak one, several, or none. */
export function strongEtag(header: string | readonly string[] | undefined): string | null {
  if (typeof header !== 'string') return null;
  const text = header.trim();
  return /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(text) ? text : null;
}

/** A whole number of bytes; undefined for anything else. */
export function parseLength(header: string | readonly string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\s*\d{1,15}\s*$/.test(header) ? Number(header) : undefined;
}
