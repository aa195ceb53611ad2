/** A text parsed as it is edited is the text parsed afresh. Seeded, so that a failure can be repeated. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParsedDocument, parse, reparse } from '../../../server/src/language/parse.ts';
import { partAt } from '../../../server/src/language/part.ts';
import { Section } from '../../../server/src/language/sections.ts';
import { endOf, tokenise } from '../../../server/src/language/tokens.ts';
import { anyEdits, anyFile, anyPieces, edited, share } from '../../fuzz/texts.ts';
import { FIXTURES } from '../../language/fixtures.ts';
import { marked } from '../../language/markers.ts';

const RUNS = { seed: 20_261_122, numRuns: 200 };
const anyText = fc.oneof(anyPieces, anyFile);

const SMALL_EDITS: readonly (readonly [removed: number, put: string])[] = [
  [1, ''],
  [5, 'PARAM'],
  [5, 'QUERY'],
  [0, ' '],
  [0, '\n'],
  [0, ';'],
  [0, 'x'],
  [0, '/*'],
  [0, '*/'],
  [0, "'"],
  [0, '('],
  [0, ','],
];

/** All that readers see, made into plain values. */
function contentOf(document: ParsedDocument) {
  const { items, queries, parameters, comments, syntax, suspects, unfinished, presumed, text, end } =
    document;
  const tokens = document.tokens.map((token) => `${token.startOffset} ${token.image}`);
  return { items, queries, parameters, comments, syntax, suspects, unfinished, presumed, text, end, tokens };
}

describe('parsing again', { timeout: 60_000 }, () => {
  it('gives what a fresh parse gives, over any edits', () => {
    fc.assert(
      fc.property(anyText, anyEdits, (text, edits) => {
        let document = parse(text);
        for (const edit of edits) {
          const next = edited(document.text, edit);
          document = reparse(document, next);
          const fresh = parse(next);
          expect(document.sections.map((section) => section.text)).toEqual(
            fresh.sections.map((section) => section.text),
          );
          expect(contentOf(document)).toEqual(contentOf(fresh));
        }
      }),
      RUNS,
    );
  });

  it('gives it for every small edit of a file', () => {
    const text =
      'PARAM p = 5\nQUERY a WHERE\nQUERY b dwell > 1s;\nerrorState\nPARAM q\n/* c */ -- d\nLAST $p;\nLAST 2h\n';
    const before = parse(text);
    expect(before.sections).toHaveLength(6);
    for (let at = 0; at <= text.length; at++) {
      for (const [removed, put] of SMALL_EDITS) {
        const next = text.slice(0, at) + put + text.slice(at + removed);
        const [document, fresh] = [reparse(before, next), parse(next)];
        expect(document.sections.map((one) => one.text)).toEqual(fresh.sections.map((one) => one.text));
        expect(contentOf(document)).toEqual(contentOf(fresh));
      }
    }
  });

  it('leaves an earlier document as it was', () => {
    fc.assert(
      fc.property(anyFile, anyEdits, (text, edits) => {
        const first = parse(text);
        let document = first;
        for (const edit of edits) {
          document = reparse(document, edited(document.text, edit));
          document.items.at(-1);
        }
        expect(contentOf(first)).toEqual(contentOf(parse(text)));
      }),
      { ...RUNS, numRuns: 100 },
    );
  });

  it('reads only what an edit touches', () => {
    const texts = Array.from(
      { length: 50 },
      (_, index) => `QUERY q${index} WHERE dwell > ${index}s\nLAST 2h\n\n`,
    );
    const before = parse(texts.join(''));
    expect(before.sections).toHaveLength(50);
    const at = before.text.indexOf('20s') + 1;
    const after = reparse(before, `${before.text.slice(0, at)}9${before.text.slice(at)}`);
    const fresh = after.sections.filter((section) => !before.sections.includes(section));
    expect(fresh.map((section) => section.text)).toEqual(['QUERY q20 WHERE dwell > 290s\nLAST 2h\n\n']);
    expect(after.queries[49]).toMatchObject({ index: 49, name: { text: 'q49' } });
  });
});

describe('sections', { timeout: 60_000 }, () => {
  /** As if there were no borders. */
  const whole = (text: string) => new Section(text, tokenise(text), []).reading;
  const codes = (found: ParsedDocument['syntax']) =>
    found.map(({ start, end, code }) => `${code} ${start} ${end}`);

  it('say together what one reading of the whole text says', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const document = parse(text);
        const one = whole(text);
        expect(document.syntax).toEqual(one.syntax);
        expect(document.comments).toEqual(one.comments);
        expect(document.suspects).toEqual(one.suspects);
        expect(document.unfinished).toEqual(one.unfinished);
        expect(document.presumed).toEqual(one.presumed);
        // An error at the first word of an item is of the one before: only a whole reading takes it for both's.
        const plain = (items: typeof one.items) => items.map((item) => ({ ...item, broken: false }));
        expect(plain(document.items)).toEqual(plain(one.items));
        for (const [index, item] of document.items.entries()) {
          if (item.broken) expect(one.items[index]?.broken).toBe(true);
        }
      }),
      { ...RUNS, numRuns: 500 },
    );
  });

  it.each(Object.entries(FIXTURES))('have the same errors in the fixtures of %s', (_, fixture) => {
    const texts = [...fixture.reported, ...fixture.silent, ...(fixture.fixes ?? []).flat()];
    for (const source of texts) {
      const { text } = marked(source);
      expect(codes(parse(text).syntax)).toEqual(codes(whole(text).syntax));
    }
  });

  it.each([
    ['QUERY a LAST 2h\nQUERY b LAST 2h', 2],
    ['PARAM a\nPARAM b\n  QUERY c', 3],
    ['LAST 2h;\nLAST 3h', 2],
    ['LAST 2h; LAST 3h', 1],
    ['LAST 2h; -- one\r\nWHERE errorState', 2],
    // A reserved word can be a name.
    ['MASK (\nQUERY a)', 1],
    ['MASK (a,\nQUERY a)', 1],
    ['before.\nQUERY a', 1],
    ['LAST 2h\nQUERY', 1],
    ['LAST 2h\nQUERY LAST 2h', 1],
    ['/*\nQUERY a */\nQUERY b LAST 2h', 1],
    ['LAST 2h /*\n*/ QUERY a', 1],
    ['LAST 2h;\n, a', 1],
  ])('of %j are %i', (text, count) => {
    expect(parse(text).sections).toHaveLength(count);
  });
});

describe('the part about an offset', () => {
  it('is what the document has there', () => {
    fc.assert(
      fc.property(anyFile, share, (text, at) => {
        const document = parse(text);
        const offset = Math.round(at * text.length);
        const part = partAt(document, offset);
        const inside = (span: { start: number; end: number }) =>
          span.start >= part.start && span.end <= part.end;
        expect(part.items).toEqual(document.items.filter(inside));
        expect(part.comments).toEqual(document.comments.filter(inside));
        const tokens = document.tokens.filter((token) =>
          inside({ start: token.startOffset, end: endOf(token) }),
        );
        expect(part.tokens.map(({ startOffset }) => startOffset)).toEqual(
          tokens.map(({ startOffset }) => startOffset),
        );
        for (const item of document.items) {
          if (item.start <= offset && offset <= item.end) expect(part.items).toContainEqual(item);
        }
      }),
      RUNS,
    );
  });

  it('takes in the query before, where the next one begins', () => {
    const text = 'QUERY a LAST 2h\n\nQUERY b LAST 2h\n';
    const names = (offset: number) => partAt(parse(text), offset).items.map((item) => item.name?.text);
    expect(names(16)).toEqual(['a']);
    expect(names(17)).toEqual(['a', 'b']);
    expect(names(22)).toEqual(['a', 'b']);
    expect(names(24)).toEqual(['b']);
    expect(names(text.length)).toEqual(['b']);
  });
});
