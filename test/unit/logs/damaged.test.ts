/** Logs that something has damaged: read, set aside or refused in words, and never anything else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OcelWriter } from '../../../server/src/output/exports/ocel.ts';
import { XES_TAIL, xesHead, xesTrace } from '../../../server/src/output/exports/xes.ts';
import { type CreateParser, HistoryFailure } from '../../../server/src/tenant/history-parser.ts';
import { createOcelParser } from '../../../server/src/tenant/ocel-reader.ts';
import { createXesParser } from '../../../server/src/tenant/xes-reader.ts';
import { interactions, items } from '../output/logs.ts';
import { readWith } from './read.ts';

const [list = []] = fc.sample(
  interactions.filter((some) => some.reduce((sum, { steps }) => sum + steps.length, 0) > 4),
  { numRuns: 1, seed: 7 },
);
const writer = new OcelWriter();
const events = items(list).map((item) => writer.item(item));
const FILES: [string, CreateParser, string][] = [
  ['XES', createXesParser, xesHead() + items(list).map(xesTrace).join('') + XES_TAIL],
  ['OCEL', createOcelParser, writer.head + events.join('') + [...writer.tail()].join('')],
];

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 4 }),
  fc
    .constantFrom(
      '<',
      '>',
      '</event>',
      '<trace>',
      '"',
      '&',
      ']]>',
      '<!--',
      '<?',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\\',
      'null',
    )
    .map((text) => new Uint8Array(Buffer.from(text))),
);
const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(40), bytes });

describe.each(FILES)('%s', (_name, create, file) => {
  it('that is damaged anywhere', { timeout: 60_000 }, async () => {
    const whole = Buffer.from(file);
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 999 }),
        async (edits, piece) => {
          const damaged = edits.reduce((before, one) => {
            const at = Math.floor(one.at * before.length);
            return Buffer.concat([before.subarray(0, at), one.bytes, before.subarray(at + one.length)]);
          }, whole);
          try {
            const read = await readWith(create, damaged, piece);
            for (const { reason } of read.rejected) expect(reason).toMatch(/^(?:line \d+|object )/);
            for (const { interactionId } of read.interactions) expect(interactionId).not.toBe('');
          } catch (error) {
            if (!(error instanceof HistoryFailure)) throw error;
            expect(error.message).toMatch(/^(?:is|breaks off) /);
          }
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });
});
