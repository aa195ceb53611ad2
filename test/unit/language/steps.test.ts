import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, parseSteps, readSteps } from '../../../server/src/language/index.ts';
import { drained } from '../../../server/src/language/parse.ts';
import { buildParser } from '../../../server/src/language/parser.ts';
import { sortSteps } from '../../../server/src/language/sort.ts';
import { type Lexed, tokenise, tokeniseSteps } from '../../../server/src/language/tokens.ts';
import { brokenText, validText } from '../../bench/texts.ts';

function told({ tokens, comments, bad }: Lexed): unknown {
  const plain = (all: Lexed['comments']) =>
    all.map(({ startOffset, image, tokenType }) => [startOffset, image, tokenType.name]);
  return { tokens: plain(tokens), comments: plain(comments), bad };
}

const PIECES = fc.array(
  fc.constantFrom(
    ...['QUERY a', ' ', '\n', '\r\n', '\r', "'", '"', '`', '/*', '*/', '--', '//', '$p', '5s', '€', '\uFEFF'],
    ...["'it''s'", '<>', '-1', '𝒳', 'dwell > 5s', '/* a\nb */', '¤¤\n¤', '(', ';', '* /'],
  ),
  { maxLength: 60 },
);

test('a text cut into tokens piece by piece gives the same tokens', () => {
  fc.assert(
    fc.property(PIECES, fc.integer({ min: 1, max: 12 }), (pieces, length) => {
      const text = pieces.join('');
      expect(told(drained(tokeniseSteps(text, length)))).toEqual(told(tokenise(text)));
    }),
    { numRuns: 2_000 },
  );
});

test('a long text is cut in several steps, an open comment over several pieces included', () => {
  const text = `${validText(3_000)}/* ${validText(3_000)}`;
  const steps = tokeniseSteps(text);
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  expect(count).toBeGreaterThan(2);
  expect(told(step.value)).toEqual(told(tokenise(text)));
});

test('a document read in steps is that of parse, and nothing of it is left to read', () => {
  buildParser();
  for (const text of ['', '\n', validText(3_000), brokenText(3_000, 90)]) {
    const document = drained(parseSteps(text));
    expect(document.sections.some((section) => section.isRead)).toBe(false);
    let count = 0;
    for (const _ of readSteps(document)) count++;
    expect(count).toBe(document.sections.length);
    expect(document.sections.every((section) => section.isRead)).toBe(true);
    const whole = parse(text);
    expect(document.items).toEqual(whole.items);
    expect(document.syntax).toEqual(whole.syntax);
  }
});

test('a list put in order in steps is in the order of toSorted, and what is equal stays as it stood', () => {
  const compare = (a: readonly [number, number], b: readonly [number, number]) => a[0] - b[0];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 1, max: 9 }), (keys, step) => {
      const list = keys.map((key, index): readonly [number, number] => [key, index]);
      expect(drained(sortSteps(list, compare, step))).toEqual(list.toSorted(compare));
    }),
  );
});
