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
  if (!link.success || !saysWhatItMeans(text, value)) return undefined;
  return link.data;
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

const NUMBER = /-?\d[\d.eE+-]*/y;

/**
 * Whether every reader reads the text as this one does. Of a repeated key `JSON.parse` takes the last, others the
 * first; it rounds numbers to what a double holds, others do not; and a key `__proto__` is lost on the way through
 * many. A line could say one thing to the verifier and another to a person. The parser keeps no trace of it, so the
 * text itself is looked at.
 */
function saysWhatItMeans(text: string, value: unknown): boolean {
  let written = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = closingQuote(text, at);
      if (text.charCodeAt(pastBlanks(text, at + 1)) === 0x3a) written++;
    } else if (unit === 0x2d || (unit >= 0x30 && unit <= 0x39)) {
      NUMBER.lastIndex = at;
      const spelt = NUMBER.exec(text)?.[0] ?? '';
      if (decimal(spelt) !== decimal(String(Number(spelt)))) return false;
      at += spelt.length - 1;
    }
  }
  return written === countKeys(value);
}

/** Where the string that begins at `open` ends; the text is JSON, so it does. */
function closingQuote(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}

function pastBlanks(text: string, from: number): number {
  let at = from;
  while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at++;
  return at;
}

/** A number's sign, digits and power of ten: equal for `1`, `1.0` and `10e-1`. */
function decimal(spelt: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(spelt) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(power) - fraction.length + digits.length - significant.length}`;
}

/** Keys at every depth; -1 where one is `__proto__`. */
function countKeys(value: unknown): number {
  let count = 0;
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one !== 'object' || one === null) continue;
    if (Object.hasOwn(one, '__proto__')) return -1;
    if (!Array.isArray(one)) count += Object.keys(one).length;
    for (const item of Object.values(one)) left.push(item);
  }
  return count;
}
