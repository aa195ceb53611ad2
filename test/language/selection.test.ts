/** Selections grow from the word to the document: each step as text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../server/src/language/index.ts';
import { selectionRanges } from '../../server/src/language/selection.ts';
import { EXAMPLE } from './example.ts';
import { marked } from './markers.ts';

/** What is selected, step by step, from the cursor of a marked text; without the last step, the document. */
function grown(source: string): string[] {
  const { text, cursor } = marked(source);
  return selectionRanges(parse(text), cursor ?? 0)
    .slice(0, -1)
    .map(({ start, end }) => text.slice(start, end));
}

describe('a selection grows', () => {
  it('from the word to the query with the comment above it', () => {
    expect(
      grown(`-- other

-- why
-- at all
QUERY a
WHERE errorState
  AND (open OR nodeType IN ['x', 'DECI<|>SION point'])
LAST 1h;
QUERY b`),
    ).toEqual([
      'DECISION',
      'DECISION point',
      "'DECISION point'",
      "'x', 'DECISION point'",
      "['x', 'DECISION point']",
      "nodeType IN ['x', 'DECISION point']",
      "open OR nodeType IN ['x', 'DECISION point']",
      "(open OR nodeType IN ['x', 'DECISION point'])",
      "errorState\n  AND (open OR nodeType IN ['x', 'DECISION point'])",
      "WHERE errorState\n  AND (open OR nodeType IN ['x', 'DECISION point'])",
      "QUERY a\nWHERE errorState\n  AND (open OR nodeType IN ['x', 'DECISION point'])\nLAST 1h",
      "-- why\n-- at all\nQUERY a\nWHERE errorState\n  AND (open OR nodeType IN ['x', 'DECISION point'])\nLAST 1h;",
    ]);
  });

  it.each([
    // [at the cursor, the steps]
    ['PARAM loo<|>k = 2h;', ['look', 'PARAM look = 2h', 'PARAM look = 2h;']],
    ['LAST $lo<|>ok + QUERY x', ['look', '$look', 'LAST $look', 'LAST $look +']],
    ['QUERY `a <|>b` LAST 1h', ['b', 'a b', '`a b`', 'QUERY `a b` LAST 1h']],
    [
      "before['a <|>b'].c = 1",
      ['b', 'a b', "'a b'", "before['a b']", "before['a b'].c", "before['a b'].c = 1"],
    ],
    ['before.or<|>der.id = 1', ['order', 'before.order', 'before.order.id', 'before.order.id = 1']],
    [
      'NOT ANY(open, <|>wait > 5s)',
      ['wait', 'wait > 5s', 'open, wait > 5s', 'ANY(open, wait > 5s)', 'NOT ANY(open, wait > 5s)'],
    ],
    [
      'dwell > now() - <|>5m AND open',
      ['5m', '- 5m', 'now() - 5m', 'dwell > now() - 5m', 'dwell > now() - 5m AND open'],
    ],
    [
      'ANALYZE PATHS TOP 2<|>0, FLOW',
      ['20', 'TOP 20', 'PATHS TOP 20', 'PATHS TOP 20, FLOW', 'ANALYZE PATHS TOP 20, FLOW'],
    ],
    ['ANALYZE VARIABLES (a, <|>b)', ['b', 'a, b', '(a, b)', 'VARIABLES (a, b)', 'ANALYZE VARIABLES (a, b)']],
    [
      'ANALYZE DECISIONS ON (a.<|>b',
      ['b', 'a.b', '(a.b', 'ON (a.b', 'DECISIONS ON (a.b', 'ANALYZE DECISIONS ON (a.b'],
    ],
    ['MASK (a, <|>card*)', ['card*', 'a, card*', '(a, card*)', 'MASK (a, card*)']],
    ['EXPECT P95(dw<|>ell) < 5s', ['dwell', 'P95(dwell)', 'P95(dwell) < 5s', 'EXPECT P95(dwell) < 5s']],
    [
      "EXPORT TO 'a/b<|>c.json' AS JSON",
      ['bc', 'a/bc.json', "'a/bc.json'", "'a/bc.json' AS JSON", "EXPORT TO 'a/bc.json' AS JSON"],
    ],
    ["nodeId = '<|>", ["'", "nodeId = '"]],
    ['LAST  <|>  1h', ['LAST    1h']],
    ['LAST 1h\n\n<|>\n', []],
    ['<|>', []],
    ['-- one\n-- tw<|>o 😀\n\n-- three\nLAST 1h', ['two', '-- two 😀', '-- one\n-- two 😀']],
    ['LAST 1h -- on<|>e\n-- two\nLIMIT 5', ['one', '-- one', 'LAST 1h -- one\n-- two\nLIMIT 5']],
    ['/* a b<|>c\nd */ LAST 1h', ['bc', '/* a bc\nd */']],
    ['LAST 1h -- tail\n-- head\nQUERY <|>b', ['b', 'QUERY b', '-- head\nQUERY b']],
  ])('%s', (source, expected) => {
    const { text } = marked(source);
    expect(grown(source)).toEqual(expected.at(-1) === text ? expected.slice(0, -1) : expected);
  });

  it('with CRLF, a byte-order mark and comments one below the other', () => {
    expect(grown('\uFEFF// one\r\n// two\r\nQUERY a LAST <|>1h\r\n')).toEqual([
      '1h',
      'LAST 1h',
      'QUERY a LAST 1h',
      '// one\r\n// two\r\nQUERY a LAST 1h',
    ]);
  });
});

describe('at every offset of any text', () => {
  const holds = (text: string): void => {
    const document = parse(text);
    for (let offset = 0; offset <= text.length; offset++) {
      const ranges = selectionRanges(document, offset);
      expect(ranges.at(-1)).toEqual({ start: 0, end: text.length });
      let last = { start: offset, end: offset };
      for (const [index, range] of ranges.entries()) {
        expect(range.start <= last.start && range.end >= last.end).toBe(true);
        if (index > 0) expect(range.end - range.start).toBeGreaterThan(last.end - last.start);
        last = range;
      }
    }
  };

  it('every range holds the one before it, and the first the cursor', () => {
    holds(EXAMPLE);
    holds(`\uFEFF/* 😀 */ ${EXAMPLE.replaceAll('\n', '\r\n').replaceAll("'DEC", "'😀")}`);
    const piece = fc.constantFrom(
      '',
      '(',
      ']',
      "'",
      '`',
      '/*',
      '*/',
      '--',
      ';',
      'WHERE',
      ',',
      '😀',
      '$',
      '\r',
    );
    fc.assert(
      fc.property(fc.nat(EXAMPLE.length), fc.nat(40), piece, (at, length, put) =>
        holds(EXAMPLE.slice(0, at) + put + EXAMPLE.slice(at + length)),
      ),
      { seed: 20_261_122, numRuns: 25 },
    );
  });
});
