/** Renaming queries and parameters: the resulting text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../server/src/language/diagnostics.ts';
import { parse } from '../../server/src/language/index.ts';
import { occurrencesOf, subjectAt } from '../../server/src/language/references.ts';
import { prepareRename, rename } from '../../server/src/language/rename.ts';
import { RESERVED } from '../../server/src/language/tokens.ts';
import { EXAMPLE } from './example.ts';
import { context, diagnose, marked } from './markers.ts';

/** The text after a rename at the cursor of a marked text, or why there is none. */
function renamed(source: string, newName: string): string {
  const { text, cursor } = marked(source);
  const result = rename(parse(text), cursor ?? 0, newName);
  return result.ok ? applyEdits(text, result.value) : result.message;
}

function prepared(source: string): string {
  const { text, cursor } = marked(source);
  const result = prepareRename(parse(text), cursor ?? 0);
  if (!result.ok) return result.message;
  const { start, end, placeholder } = result.value;
  return `${text.slice(0, start)}<|${text.slice(start, end)}|>${text.slice(end)} ${placeholder}`;
}

describe('a rename begins', () => {
  it.each([
    // [at the cursor, the name's range and the placeholder]
    ['PARAM <|>p LAST $p', 'PARAM <|p|> LAST $p p'],
    ['PARAM p LAST <|>$p', 'PARAM p LAST $<|p|> p'],
    ['PARAM `a b` LAST $`a <|>b`', 'PARAM `a b` LAST $`<|a b|>` a b'],
    ['QUERY a<|> LAST 1h', 'QUERY <|a|> LAST 1h a'],
    ['QUERY `q` interactionId IN <|>`q`', 'QUERY `q` interactionId IN `<|q|>` q'],
    ['QUERY a<|>', 'QUERY <|a|> a'],
  ])('%s', (source, expected) => expect(prepared(source)).toBe(expected));

  it.each([
    'QUERY<|> a LAST 1h',
    'QUERY a dwe<|>ll > 5s',
    "QUERY a 'tit<|>le'",
    'USING p<|>rod',
    '<|>',
    'COMPARE TO PREV<|>IOUS',
  ])('nowhere else: %s', (source) => {
    expect(prepared(source)).toBe('Only queries and parameters of this file can be renamed.');
    expect(renamed(source, 'x')).toBe(prepared(source));
  });

  it('only at what is declared', () => {
    expect(prepared('LAST $p<|>')).toMatch(/nothing in it declares \$p\.$/);
    expect(prepared('interactionId IN a<|>')).toMatch(/nothing in it declares `a`\.$/);
  });
});

describe('a rename', () => {
  it('changes every place, and only those', () => {
    const text = `PARAM a = 1h -- a
QUERY a 'a' interactionId IN a AND nodeId = 'a' AND before.a = $a COMPARE TO a LAST $a
QUERY b WHERE ( interactionId NOT IN a LAST ) $a`;
    expect(renamed(text.replace('QUERY a', 'QUERY <|>a'), 'b2')).toBe(
      text
        .replace('QUERY a', 'QUERY b2')
        .replace('IN a', 'IN b2')
        .replace('TO a', 'TO b2')
        .replace('IN a ', 'IN b2 '),
    );
    expect(renamed(text.replace('PARAM a', 'PARAM <|>a'), 'b')).toBe(
      text.replace('PARAM a', 'PARAM b').replaceAll('$a', '$b'),
    );
  });

  it.each([
    // [before, new name, after]
    ['PARAM p<|> LAST $p', 'limit', 'PARAM `limit` LAST $limit'],
    ['PARAM p<|> LAST $p', 'a b', 'PARAM `a b` LAST $`a b`'],
    ['PARAM p<|> LAST $p', '$q', 'PARAM q LAST $q'],
    ['PARAM `a b`<|> LAST $`a b`', 'p', 'PARAM p LAST $p'],
    ['PARAM `a b`<|> LAST $`a b`', '`c`', 'PARAM c LAST $c'],
    ['PARAM `p`<|> LAST $p', 'q', 'PARAM `q` LAST $q'],
    ['QUERY q<|> interactionId IN q', 'where', 'QUERY `where` interactionId IN `where`'],
    ['QUERY q<|> interactionId IN q', '😀', 'QUERY `😀` interactionId IN `😀`'],
    ['QUERY q<|> interactionId IN q', '$x', 'QUERY `$x` interactionId IN `$x`'],
    ['QUERY q<|> interactionId IN q', ' top ', 'QUERY top interactionId IN top'],
    ['QUERY q<|> interactionId IN q', 'q', 'QUERY q interactionId IN q'],
    [
      'QUERY`a b`<|>5s > dwell; interactionId IN`a b`AND open',
      'q',
      'QUERY`q`5s > dwell; interactionId IN`q`AND open',
    ],
    [
      'QUERY q<|> LAST 1h; QUERY q LAST 2h; interactionId IN q',
      'r',
      'QUERY r LAST 1h; QUERY r LAST 2h; interactionId IN r',
    ],
  ])('writes names as they have to be: %s → %s', (source, name, expected) => {
    expect(renamed(source, name)).toBe(expected);
  });

  it.each([
    // [before, new name, why not]
    ['QUERY q<|> LAST 1h', '', /empty/],
    ['QUERY q<|> LAST 1h', ' \t', /empty/],
    ['QUERY q<|> LAST 1h', '``', /backtick/],
    ['PARAM p<|>', '$', /empty/],
    ['QUERY q<|> LAST 1h', 'a`b', /backtick/],
    ['QUERY q<|> LAST 1h', 'a\nb', /line break/],
    ['QUERY q<|> LAST 1h; QUERY r LAST 1h', 'r', /^There is a query `r` already\. Choose another name\.$/],
    ['PARAM p<|> PARAM r', 'r', /^There is a parameter \$r already/],
    ['QUERY q<|> LAST 1h; QURY r LAST 1h', 'r', /already/],
    ['QUERY q<|> LAST 1h;\nQUERY x interactionId IN r', 'r', /`r` is used on line 2/],
    ['PARAM p<|>\r\n LAST $r', 'r', /\$r is used on line 2/],
    ['QUERY q<|> LAST 1h; QUERY x COMPARE TO q', 'previous', /period before/],
    ['PARAM p<|>\n` LAST $p', 'a b', /backtick on line 2/],
  ])('is refused: %s → %s', (source, name, why) => expect(renamed(source, name)).toMatch(why));

  it('may give a name that another kind has', () => {
    expect(renamed('PARAM p<|> QUERY q LAST $p', 'q')).toBe('PARAM q QUERY q LAST $q');
    expect(renamed('QUERY q<|> LAST 1h', 'PREVIOUS')).toBe('QUERY PREVIOUS LAST 1h');
  });
});

describe('any rename', () => {
  const names = fc.oneof(
    fc.constantFrom(
      'x',
      'limit',
      'a b',
      'QUERY',
      'over',
      'Previous',
      'now',
      "it's",
      '-- x',
      '*',
      '9',
      'failing',
      'lookback',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const pieces = fc.constantFrom(
    '',
    '`',
    '(',
    ' IN failing',
    ' $lookback',
    "'",
    '/*',
    ';',
    'QUERY ',
    ' LIMIT',
    '`failing`',
  );
  const texts = fc
    .tuple(fc.boolean(), fc.nat(EXAMPLE.length), fc.nat(6), pieces)
    .map(([broken, at, length, piece]) =>
      broken
        ? EXAMPLE.slice(0, at) + piece + EXAMPLE.slice(at + length)
        : EXAMPLE.replace('TO PREVIOUS', 'TO failing'),
    );

  it('means the same, brings no error, and back again gives the text before', () => {
    let changed = 0;
    fc.assert(
      fc.property(texts, fc.nat(EXAMPLE.length), names, (text, offset, name) => {
        const document = parse(text);
        const subject = subjectAt(document, offset);
        const result = rename(document, offset, name);
        if (!result.ok || subject === undefined || result.value.length === 0) return;
        changed++;
        const after = applyEdits(text, result.value);
        const next = parse(after);
        const errors = (of: string) =>
          diagnose(of, context())
            .filter((one) => one.severity === 'error')
            .map((one) => one.code);
        // In a broken text a name may be taken for a misspelt word.
        if (document.syntax.length === 0) expect(errors(after)).toEqual(errors(text));
        expect(next.items.length).toBe(document.items.length);
        // Every place now has the new name, in the same order, and nothing else has it.
        const first = result.value[0]?.start ?? 0;
        const found = subjectAt(next, first);
        expect(found?.kind).toBe(subject.kind);
        if (found === undefined) return;
        expect(occurrencesOf(next, found).map((one) => one.role)).toEqual(
          occurrencesOf(document, subject).map((one) => one.role),
        );
        // A bare reserved word was no name before, and gets its backticks; those that were not needed are forgotten
        // by a name that needs them.
        if (RESERVED.some((word) => word === subject.text.toUpperCase())) return;
        if (text.includes(`\`${subject.text}\``)) return;
        const back = rename(next, first, subject.text);
        expect(back.ok && applyEdits(after, back.value)).toBe(text);
      }),
      { seed: 20_261_122, numRuns: 1_000 },
    );
    expect(changed).toBeGreaterThan(40);
  });
});
