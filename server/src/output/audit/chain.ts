/** The chain's arithmetic: canonical form, hash, and what a line must be to be the next one. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import * as z from 'zod';

/** `prev_hash` of the first record of a chain. */
export const GENESIS = '0'.repeat(64);

/** The end of a chain. Kept elsewhere too, since a chain alone does not show that its tail was cut. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

const linkSchema = z.looseObject({
  sequence: z.number().int().nonnegative(),
  prev_hash: z.string().regex(/^[0-9a-f]{64}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
/** A record as far as the chain is concerned; whatever else it has is covered by its hash. */
export type Link = z.infer<typeof linkSchema>;

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** RFC 8785. Throws for what JSON cannot say (NaN, half of a surrogate pair). */
export function canonicalForm(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('no JSON value');
  return text;
}

/** SHA-256, in hex, over the canonical form of the record without its `hash`. */
export function hashRecord(record: Readonly<Record<string, unknown>>): string {
  return sha256(canonicalForm(Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'hash'))));
}

/** Reads a line; undefined where it is no record of a chain (its hash is not checked here). */
export function readLink(line: Uint8Array): Link | undefined {
  let value: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const link = linkSchema.safeParse(value);
  return link.success && !repeatsKey(text, value) ? link.data : undefined;
}

/** Whether a record's own hash is right. */
export function isIntact(link: Link): boolean {
  try {
    return hashRecord(link) === link.hash;
  } catch {
    return false;
  }
}

/** Whether a record may follow a head (undefined: be the first of all). */
export function follows(link: Link, head: AuditHead | undefined): boolean {
  return link.sequence === (head?.sequence ?? -1) + 1 && link.prev_hash === (head?.hash ?? GENESIS);
}

/**
 * Of a repeated key `JSON.parse` takes the last, other readers the first: a line could say one thing to the
 * verifier and another to a person. The parser keeps no trace of it, so the keys are counted in the text.
 */
function repeatsKey(text: string, value: unknown): boolean {
  let written = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (match[1] !== undefined) written++;
  return written !== countKeys(value);
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const item of Object.values(value)) count += countKeys(item);
  return count;
}
