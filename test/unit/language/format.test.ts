/** What holds of the layout of every text. Seeded, so that a failure can be repeated. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { TextChange } from '../../../server/src/language/diagnostics.ts';
import { gatherSteps } from '../../../server/src/language/format/edits.ts';
import { applied, format, formatOnType, formatRanges } from '../../../server/src/language/format/index.ts';
import { drained, type ParsedDocument, parse } from '../../../server/src/language/parse.ts';
import { documentWords, textOf, type Word } from '../../fuzz/words.ts';
import { EXAMPLE } from '../../language/example.ts';
import { FIXTURES } from '../../language/fixtures.ts';
import { marked } from '../../language/markers.ts';

const RUNS = { seed: 20_261_122, numRuns: Number(process.env['CXQ_RUNS'] ?? 300) };

function formatted(text: string): string {
  return applied(text, format(parse(text)));
}

/** A document without places. */
function shape(document: ParsedDocument): unknown {
  return JSON.parse(
    JSON.stringify(document.items, (key, value: unknown) =>
      ['start', 'end', 'keyword', 'operatorSpan'].includes(key) ? undefined : value,
    ),
  );
}

/** Comments as they are said: without the blanks at the end of a line. */
function comments(text: string): string[] {
  return parse(text).comments.map(({ start, end }) => {
    const written = text.slice(start, end);
    return written.startsWith('/*') ? written : written.trimEnd();
  });
}

/** Words without semicolons, in lower case. */
function words(text: string): string[] {
  return parse(text)
    .tokens.map((token) => token.image)
    .filter((word) => word !== ';')
    .map((word) => word.toLowerCase());
}

function inOrder(text: string, changes: readonly TextChange[]): void {
  let at = -1;
  for (const { start, end, newText } of changes) {
    expect(start).toBeGreaterThan(at);
    expect(end).toBeGreaterThanOrEqual(start);
    expect(end).toBeLessThanOrEqual(text.length);
    expect(text.slice(start, end)).not.toBe(newText);
    at = end;
  }
}

/** The lines of a range, with those of all items on them, and of all items on those. */
function linesOfItems(document: ParsedDocument, start: number, end: number): { first: number; last: number } {
  const { text, items } = document;
  let [first, last] = [start, end];
  for (let before = -1; before !== last - first; ) {
    before = last - first;
    while (first > 0 && !/[\r\n]/.test(text.charAt(first - 1))) first--;
    while (last < text.length && !/[\r\n]/.test(text.charAt(last))) last++;
    for (const item of items) {
      if (item.start > last || item.end < first) continue;
      first = Math.min(first, item.start);
      last = Math.max(last, item.end);
    }
  }
  return { first, last };
}

const valid = documentWords.chain((of) => fc.tuple(fc.constant(of), textOf(of)));
const fixtures = Object.values(FIXTURES).flatMap((fixture) => [
  ...fixture.reported.map((source) => marked(source).text),
  ...fixture.silent,
  ...(fixture.fixes ?? []).flat(),
]);
/** Fixtures one after another, or with a piece cut out. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc
    .array(fc.constantFrom(...fixtures, ';', '\n', '-- c', '/* b */', 'QUERY x', '#'), { maxLength: 4 })
    .map((all) => all.join('\n')),
  fc
    .tuple(
      fc.constantFrom(EXAMPLE, ...fixtures),
      fc.nat(1_000),
      fc.nat(30),
      fc.constantFrom('', '\r\n', ' ', ';', '/*', "'", '('),
    )
    .map(
      ([text, at, length, piece]) =>
        text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + length),
    ),
  valid
    .chain(([, text]) => fc.tuple(fc.constant(text), fc.nat(10_000), fc.nat(10)))
    .map(([text, at, length]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + text.slice(from + length);
    }),
);

describe('a text without syntax errors', () => {
  it('has its words in their spelling and its tree as before', () => {
    fc.assert(
      fc.property(valid, ([of, text]) => {
        const plain = parse(of.map((word: Word) => word.text).join(' '));
        fc.pre(plain.items.every((item) => !item.broken));
        const result = formatted(text);
        const document = parse(result);
        const spelt = (all: readonly string[]) => all.filter((word) => word !== ';');
        expect(spelt(document.tokens.map((token) => token.image))).toEqual(
          spelt(of.map((word) => word.text)),
        );
        expect(shape(document)).toEqual(shape(plain));
      }),
      RUNS,
    );
  });

  it('is generated', () => {
    const samples = fc.sample(documentWords, { seed: RUNS.seed, numRuns: 200 });
    const broken = samples.filter((of) => {
      const { items } = parse(of.map((word) => word.text).join(' '));
      return items.some((item) => item.broken);
    });
    expect(broken.length).toBeLessThan(20);
  });

  it('keeps no two blank lines, no blanks at line ends, and ends with a line', () => {
    fc.assert(
      fc.property(valid, ([, text]) => {
        const document = parse(text);
        fc.pre(document.items.every((item) => !item.broken));
        const result = formatted(text);
        const outside = parse(result).comments.reduceRight(
          (rest, { start, end }) => `${rest.slice(0, start)}c${rest.slice(end)}`,
          result,
        );
        expect(outside).not.toMatch(/[ \t]\n|\n\n\n|^\n|\n\n$|\t/);
        expect(result === '' || result.endsWith('\n')).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('any text', () => {
  const either = fc.oneof(
    anyText,
    valid.map(([, text]) => text),
  );

  it('is formatted once', () => {
    fc.assert(
      fc.property(either, fc.boolean(), (source, isCrlf) => {
        const text = isCrlf ? source.replaceAll(/\r?\n/g, '\r\n') : source;
        const once = formatted(text);
        expect(formatted(once)).toBe(once);
      }),
      RUNS,
    );
  });

  it('keeps its words, its comments, its items and what is wrong with it', () => {
    fc.assert(
      fc.property(either, (text) => {
        const result = formatted(text);
        expect(words(result)).toEqual(words(text));
        expect(comments(result)).toEqual(comments(text));
        const [before, after] = [parse(text), parse(result)];
        expect(after.items.map((item) => [item.kind, item.broken])).toEqual(
          before.items.map((item) => [item.kind, item.broken]),
        );
        expect(after.syntax.map((found) => found.code)).toEqual(before.syntax.map((found) => found.code));
      }),
      RUNS,
    );
  });

  it('keeps queries with syntax errors byte for byte', () => {
    fc.assert(
      fc.property(either, (text) => {
        const document = parse(text);
        const result = formatted(text);
        let from = 0;
        for (const item of document.items.filter((one) => one.broken)) {
          const at = result.indexOf(text.slice(item.start, item.end), from);
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + item.end - item.start;
        }
      }),
      RUNS,
    );
  });

  it('is changed in its order, and no change touches another', () => {
    fc.assert(
      fc.property(either, (text) => {
        inOrder(text, format(parse(text)));
      }),
      RUNS,
    );
  });

  it('is changed only in the clauses of a range', () => {
    fc.assert(
      fc.property(either, fc.nat(10_000), fc.nat(200), (text, at, length) => {
        const start = at % (text.length + 1);
        const end = Math.min(text.length, start + length);
        const document = parse(text);
        const changes = formatRanges(document, [{ start, end }]);
        inOrder(text, changes);
        expect(words(applied(text, changes))).toEqual(words(text));
        const { first, last } = linesOfItems(document, start, end);
        for (const change of changes) {
          expect(change.start).toBeGreaterThanOrEqual(first);
          expect(change.end).toBeLessThanOrEqual(last);
        }
      }),
      RUNS,
    );
  });

  it('is formatted in all of it by a range that is all of it', () => {
    fc.assert(
      fc.property(either, (text) => {
        const document = parse(text);
        expect(formatRanges(document, [{ start: 0, end: text.length }])).toEqual(format(document));
      }),
      RUNS,
    );
  });

  it('keeps what stands after the cursor as it is typed, and is formatted once', () => {
    fc.assert(
      fc.property(either, fc.nat(10_000), fc.constantFrom(';', '\n'), (source, at, typed) => {
        const from = at % (source.length + 1);
        const text = source.slice(0, from) + typed + source.slice(from);
        const offset = from + 1;
        const changes = formatOnType(parse(text), offset, typed);
        inOrder(text, changes);
        const result = applied(text, changes);
        expect(words(result)).toEqual(words(text));
        const after = text.slice(offset).trimStart();
        expect(result.endsWith(after)).toBe(true);
        const cursor = result.length - text.slice(offset).length;
        const blanks = /^[ \t]*/.exec(text.slice(offset))?.[0].length ?? 0;
        const again = typed === ';' ? cursor : result.length - text.slice(offset + blanks).length;
        expect(formatOnType(parse(result), again, typed)).toEqual([]);
      }),
      RUNS,
    );
  });
});

test('changes that are gathered into fewer give the same text', () => {
  const changes = fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.string({ maxLength: 3 }))).map((all) => {
    let at = 0;
    return all.map(([gap, length, newText]) => {
      const start = at + gap;
      at = start + length;
      return { start, end: at, newText };
    });
  });
  fc.assert(
    fc.property(changes, fc.integer({ min: 1, max: 9 }), (all, most) => {
      const text = 'abcdefghij'.repeat(10 + all.length);
      const few = drained(gatherSteps(text, all, most));
      expect(few.length).toBeLessThanOrEqual(most);
      expect(applied(text, few)).toBe(applied(text, all));
    }),
  );
});
