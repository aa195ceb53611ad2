/** The regular expressions of MATCHES: RE2, so that no pattern hangs. What was read once is kept for the next time. */
import { RE2JS } from 're2js';
import type { Patterns } from '../language/index.ts';

/** A pattern, or why it cannot be read. */
type Reading = RE2JS | { readonly problem: string };

/** So many patterns are kept: more than one file has. */
const MOST_KEPT = 512;
const kept = new Map<string, Reading>();

function readingOf(pattern: string): Reading {
  let reading = kept.get(pattern);
  if (reading === undefined) {
    reading = read(pattern);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(pattern, reading);
  }
  return reading;
}

function read(pattern: string): Reading {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const problem = (error instanceof Error ? error.message : String(error))
      .replace(/^error parsing regexp: /, '')
      .replace(/^invalid or unsupported Perl syntax: /, 'there is no ');
    return { problem };
  }
}

export const patterns: Patterns = {
  problem: (pattern) => {
    const reading = readingOf(pattern);
    return reading instanceof RE2JS ? undefined : reading.problem;
  },
  finds: (pattern, text) => {
    const reading = readingOf(pattern);
    return reading instanceof RE2JS ? reading.matcher(text).find() : undefined;
  },
};
