/** What is kept from one version of a text to the next changes no answer. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { documentSymbols, foldingRanges } from '../../server/src/language/editing.ts';
import { parse } from '../../server/src/language/index.ts';
import { links } from '../../server/src/language/links.ts';
import { reparse } from '../../server/src/language/parse.ts';
import { occurrencesOf, subjectAt } from '../../server/src/language/references.ts';
import { selectionRanges } from '../../server/src/language/selection.ts';
import { EXAMPLE } from './example.ts';

const TEXT = `-- region all\n${EXAMPLE}\n-- a\n-- b\n${EXAMPLE.replaceAll('failing', 'other')};\nnodeId IN ['x',\n'y'] -- endregion`;
const pieces = fc.constantFrom(
  '',
  '\n',
  '(',
  ']',
  "'",
  '`',
  '/*',
  '*/',
  '-- ',
  ';',
  'QUERY a ',
  'PARAM p\n',
  '$lookback',
  'IN failing',
  '😀\r\n',
);
const edits = fc.array(fc.tuple(fc.nat(TEXT.length), fc.nat(12), pieces), { minLength: 1, maxLength: 6 });

it('after edits, everything is as in a text that is read anew', () => {
  fc.assert(
    fc.property(edits, fc.nat(TEXT.length), (all, offset) => {
      let text = TEXT;
      let document = parse(text);
      const answers = (of: typeof document) => {
        const subject = subjectAt(of, offset);
        return {
          symbols: documentSymbols(of),
          folds: foldingRanges(of),
          links: links(of),
          subject,
          occurrences: subject === undefined ? [] : occurrencesOf(of, subject),
          selection: offset <= of.end ? selectionRanges(of, offset) : [],
        };
      };
      for (const [at, length, put] of all) {
        text = text.slice(0, at) + put + text.slice(at + length);
        document = reparse(document, text);
        expect(answers(document)).toEqual(answers(parse(text)));
      }
    }),
    { seed: 20_261_122, numRuns: 60 },
  );
});

it('from every place, what is found holds the place itself, in broken texts too', () => {
  fc.assert(
    fc.property(edits, (all) => {
      let text = TEXT;
      for (const [at, length, put] of all) text = text.slice(0, at) + put + text.slice(at + length);
      const document = parse(text);
      for (let offset = 0; offset <= text.length; offset += 7) {
        const subject = subjectAt(document, offset);
        if (subject === undefined) continue;
        const { start, end } = subject;
        expect(occurrencesOf(document, subject)).toContainEqual(expect.objectContaining({ start, end }));
      }
    }),
    { seed: 20_261_122, numRuns: 40 },
  );
});
