/** A 64-bit fingerprint of a JSON value: tells whether a record came a second time unchanged without keeping the first. */
import type { JsonValue } from '../protocol/history.ts';

const bits = new Float64Array(1);
const words = new Int32Array(bits.buffer);

/** So many names are known by number; those seen later are read letter by letter, always. */
const MAX_NAMES = 4_096;

/**
 * Two 32-bit integers. Key order counts, spacing and the spelling of numbers do not. Iterative: any nesting is safe.
 * `names` numbers the keys of objects as they are met, so fingerprints compare only where they share it.
 */
export function fingerprint(value: JsonValue, names: Map<string, number>): readonly [number, number] {
  let a = 0x243f6a88;
  let b = 0x13198a2e;
  const mix = (word: number): void => {
    a = Math.imul(a ^ word, 0x9e3779b1);
    b = Math.imul(b ^ word, 0x5f356495);
    a = (a << 13) | (a >>> 19);
    b = (b << 17) | (b >>> 15);
  };
  const mixText = (text: string): void => {
    mix(text.length);
    for (let i = 0; i < text.length; i += 1) mix(text.charCodeAt(i));
  };
  const pending: JsonValue[] = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next === null) {
      mix(1);
    } else if (typeof next === 'boolean') {
      mix(next ? 3 : 2);
    } else if (typeof next === 'number') {
      mix(4);
      bits[0] = next;
      mix(words[0] ?? 0);
      mix(words[1] ?? 0);
    } else if (typeof next === 'string') {
      mix(5);
      mixText(next);
    } else if (isArray(next)) {
      mix(6);
      mix(next.length);
      for (const item of next) pending.push(item);
    } else {
      const keys = Object.keys(next);
      mix(7);
      mix(keys.length);
      for (const key of keys) {
        const known = names.get(key);
        if (known !== undefined) {
          mix(known);
        } else if (names.size < MAX_NAMES) {
          mix(names.size);
          names.set(key, names.size);
        } else {
          // Told apart from a name's number.
          mix(-1);
          mixText(key);
        }
        pending.push(next[key] ?? null);
      }
    }
  }
  return [finish(a), finish(b)];
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const more = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (more ^ (more >>> 16)) | 0;
}
