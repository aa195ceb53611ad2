/** What holds for completion at every place of every text. Seeded; CXQ_FUZZ_RUNS sets how many texts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeIn } from '../../../server/src/language/editing.ts';
import { parse } from '../../../server/src/language/index.ts';
import { applications, COMPLETION_CONTEXT, HOSTILE_VALUES, hasError } from '../../fuzz/completing.ts';
import { validTexts } from '../../language/valid-texts.ts';

const runs = Number(process.env['CXQ_FUZZ_RUNS'] ?? 150);
const RUNS = { seed: 20_261_122, numRuns: runs };
const TIMEOUT = 60_000 + runs * 100;

const WORDS = [
  'QUERY',
  'WHERE',
  'AND',
  'NOT',
  '(',
  ')',
  '[',
  ']',
  ',',
  ';',
  "'",
  '`',
  '$',
  '.',
  '=',
  '<=',
  '--',
  '\r\n',
];
const texts = validTexts();
const valid = fc.constantFrom(...texts).chain((text) => fc.tuple(fc.constant(text), fc.nat(text.length)));
/** A text without errors before the cursor. */
const cut = valid.chain(([text, at]) =>
  fc.tuple(fc.constantFrom(text, text.slice(0, at), `${text.slice(0, at)} `), fc.constant(at)),
);
const broken = fc.tuple(
  valid,
  fc.nat(4_000),
  fc.nat(12),
  fc.oneof(fc.constantFrom(...WORDS, ...HOSTILE_VALUES), fc.string({ unit: 'binary', maxLength: 8 })),
);

describe('completion', () => {
  it('offers only what leaves no syntax error up to its end', { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(cut, ([text, offset]) => {
        for (const at of new Set([offset, text.length])) {
          const { items, insertEnd } = completeIn(parse(text), at, COMPLETION_CONTEXT);
          const [first] = items;
          if (first === undefined || hasError(text.slice(0, first.start))) continue;
          for (const item of items) {
            for (const applied of applications(text, item, insertEnd)) {
              if (hasError(applied.text)) {
                expect.fail(
                  `${applied.variant} ${item.label} in ${JSON.stringify(text)} at ${at}: ${JSON.stringify(applied.text)}`,
                );
              }
            }
          }
        }
      }),
      RUNS,
    );
  });

  it('holds for broken texts: ranges on the line and about the cursor, nothing twice', {
    timeout: TIMEOUT,
  }, () => {
    fc.assert(
      fc.property(broken, ([[text, at], from, length, piece]) => {
        const start = Math.min(from, text.length);
        const mutated = text.slice(0, start) + piece + text.slice(start + length);
        const document = parse(mutated);
        for (const offset of [
          Math.min(at, mutated.length),
          start,
          Math.min(start + piece.length, mutated.length),
        ]) {
          const { items, insertEnd } = completeIn(document, offset, COMPLETION_CONTEXT);
          expect(new Set(items.map(({ label }) => label)).size).toBe(items.length);
          for (const item of items) {
            expect(item.start).toBeGreaterThanOrEqual(0);
            expect(item.start).toBeLessThanOrEqual(offset);
            expect(insertEnd).toBe(offset);
            expect(item.end).toBeGreaterThanOrEqual(offset);
            expect(item.end).toBeLessThanOrEqual(mutated.length);
            expect(mutated.slice(item.start, item.end)).not.toMatch(/[\r\n]/);
            expect(item.newText).not.toMatch(/undefined|NaN|\[object/);
          }
        }
      }),
      RUNS,
    );
  });
});
