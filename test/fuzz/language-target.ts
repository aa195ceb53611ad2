/** Targets of the language room: every one takes a text with a place and edits. */
import type fc from 'fast-check';
import { type Case, caseOf, largeText, smallText } from './corpus.ts';
import type { Target } from './target.ts';

export type { Case } from './corpus.ts';

const small = caseOf(smallText);
const large = caseOf(largeText);

/** The same with pieces of the text left out, large ones first, and without its edits. */
function* smaller(input: Case): Generator<Case> {
  const { text, edits } = input;
  if (edits.length > 0) yield { ...input, edits: [] };
  for (
    let length = Math.ceil(text.length / 2);
    length >= 1;
    length = length === 1 ? 0 : Math.ceil(length / 2)
  ) {
    for (let at = 0; at < text.length; at += length) {
      yield { ...input, text: text.slice(0, at) + text.slice(at + length) };
    }
  }
  for (const at of [0, 1]) if (input.at !== at) yield { ...input, at };
  if (input.pick !== 0) yield { ...input, pick: 0 };
}

/** Every text that comes of an edit is an input as well, or every place where one would be. */
export function withEdits({ edits }: Case): number {
  return 1 + edits.length;
}

export function languageTarget(
  name: string,
  holds: (input: Case) => void,
  more: {
    readonly slowness: number;
    readonly small?: fc.Arbitrary<Case>;
    readonly count?: (input: Case) => number;
  },
): Target<Case> {
  return { name, small, large, holds, smaller, count: () => 1, ...more };
}
