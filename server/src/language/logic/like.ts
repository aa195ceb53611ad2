/** LIKE: which texts pass a pattern, and which do not. */
import { ANY_TEXT, NONE, texts, textsExcept, textsThat, type Values } from './values.ts';

/** A character for certain, `_` (any one), or `%` (any number). */
type Part = { readonly literal: string } | 'one' | 'many';

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  let escaped = false;
  // By characters, not by halves of them, as the texts are read.
  for (const char of pattern) {
    if (escaped) parts.push({ literal: char });
    else if (char === '%') parts.push('many');
    else if (char === '_') parts.push('one');
    else if (char !== '\\') parts.push({ literal: char });
    escaped = char === '\\' && !escaped;
  }
  if (escaped) parts.push({ literal: '\\' });
  return parts;
}

/** The texts that a pattern lets pass, and the others. */
export function likeTest(pattern: string): { readonly inside: Values; readonly outside: Values } {
  const parts = partsOf(pattern);
  if (parts.length > 0 && parts.every((part) => part === 'many')) return { inside: ANY_TEXT, outside: NONE };
  const wild = parts.findIndex((part) => typeof part === 'string');
  const literal = parts.slice(0, wild === -1 ? parts.length : wild);
  const prefix = literal.map((part) => (typeof part === 'string' ? '' : part.literal)).join('');
  if (wild === -1) return { inside: texts([prefix]), outside: textsExcept([prefix]) };
  return {
    inside: textsThat({ holds: (text) => passes(text, parts), prefix }),
    outside: textsThat({ holds: (text) => !passes(text, parts), prefix: '' }),
  };
}

/** Backs up to the last `%` alone, so that it ends in time whatever the pattern. */
function passes(whole: string, parts: readonly Part[]): boolean {
  const text = Array.from(whole);
  let [at, part, star, mark] = [0, 0, -1, 0];
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted === 'many') {
      star = part;
      mark = at;
      part += 1;
    } else if (wanted === 'one' || (wanted !== undefined && wanted.literal === text[at])) {
      at += 1;
      part += 1;
    } else if (star >= 0) {
      mark += 1;
      at = mark;
      part = star + 1;
    } else return false;
  }
  return parts.slice(part).every((rest) => rest === 'many');
}
