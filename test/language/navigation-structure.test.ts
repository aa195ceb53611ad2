/** Outline, names and folds of texts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declarationsIn, documentSymbols, foldingRanges } from '../../server/src/language/editing.ts';
import { type DocumentSymbol, parse } from '../../server/src/language/index.ts';
import { EXAMPLE } from './example.ts';
import { marked } from './markers.ts';

describe('the outline', () => {
  const shown = (text: string): string[] => {
    const lines: string[] = [];
    const add = (symbol: DocumentSymbol, depth: number): void => {
      lines.push(
        `${'  '.repeat(depth)}${symbol.kind} ${symbol.name} | ${symbol.detail} | ${text.slice(symbol.selection.start, symbol.selection.end)}`,
      );
      for (const child of symbol.children) add(child, depth + 1);
    };
    for (const symbol of documentSymbols(parse(text))) add(symbol, 0);
    return lines;
  };

  it('has parameters, and queries with their clauses', () => {
    expect(
      shown(
        "PARAM p = 2h PARAM `a b` : LIST PARAM\nQUERY q 'What' errorState Order  by duration;; nodeId = 'x' LAST 1h",
      ),
    ).toEqual([
      'parameter $p | 2h | p',
      'parameter $a b | LIST | `a b`',
      'parameter $ |  | PARAM',
      'query q | What | q',
      '  clause WHERE | errorState | errorState',
      '  clause ORDER BY | duration | Order  by',
      "query nodeId = 'x' |  | nodeId = 'x'",
      "  clause WHERE | nodeId = 'x' | nodeId = 'x'",
      '  clause LAST | 1h | LAST',
    ]);
  });

  it('cuts long details, never in the middle of a character', () => {
    const [query] = documentSymbols(parse(`QUERY q nodeId IN ['${'😀'.repeat(10_000)}']`));
    const detail = query?.children[0]?.detail ?? '';
    expect(detail).toMatch(/^nodeId IN \['😀+…$/u);
    expect(detail.length).toBeLessThanOrEqual(60);
    expect(detail).not.toMatch(/\p{Cs}/u);
  });

  it('has every range inside that of its parent, and what is selected inside it, in any text', () => {
    const piece = fc.constantFrom('', '(', ']', "'", '`', '/*', '--', ';', 'WHERE', 'PARAM ', 'QUERY ', '😀');
    fc.assert(
      fc.property(fc.nat(EXAMPLE.length), fc.nat(60), piece, (at, length, put) => {
        const text = EXAMPLE.slice(0, at) + put + EXAMPLE.slice(at + length);
        const within = (symbol: DocumentSymbol, outer: { start: number; end: number }): void => {
          expect(outer.start <= symbol.start && symbol.end <= outer.end).toBe(true);
          expect(symbol.start <= symbol.selection.start && symbol.selection.end <= symbol.end).toBe(true);
          for (const child of symbol.children) within(child, symbol);
        };
        for (const symbol of documentSymbols(parse(text))) within(symbol, { start: 0, end: text.length });
      }),
      { seed: 20_261_122, numRuns: 200 },
    );
  });
});

describe('the names that a file declares', () => {
  const names = (text: string): string[] =>
    [...declarationsIn(text)].flatMap((one) =>
      one === undefined ? [] : [`${one.kind} ${one.name} ${one.title} ${text.slice(one.start, one.end)}`],
    );

  it('are found by its headers', () => {
    expect(
      names(
        "PARAM p = 'QUERY a' -- QUERY b\nquery c 'It''s'/* QUERY d */ QUERY /* e */ f -- x\n 'g' PARAM`h i`",
      ),
    ).toEqual(['parameter p  p', "query c It's c", 'query f  f', 'parameter h i  `h i`']);
  });

  it.each([
    'MASK (query, param) before.query x',
    'QUERY',
    'QUERY WHERE',
    'QUERY card*',
    'QUERY 5',
    'xQUERY a',
    '$QUERY a',
    '`QUERY a`',
    '/* QUERY a',
    "'QUERY a",
    '',
  ])('are none in %j', (text) => expect(names(text)).toEqual([]));

  it('are those of the tree wherever a text has no syntax errors', () => {
    const gap = fc.constantFrom(' ', '\n', '\r\n', '\t', ' -- QUERY x\n', '/* PARAM y */', ' // z\r\n ');
    const name = fc.constantFrom('a', 'over', '`b c`', '`QUERY`', 'Query1', 'PREVIOUS');
    const item = fc.tuple(
      fc.constantFrom('QUERY', 'param', 'Query'),
      gap,
      name,
      gap,
      fc.constantFrom('', 'LAST 1h', "nodeId = 'QUERY z'", "MASK (query, 'PARAM x')", "before.param = 'a'"),
      gap,
    );
    let seen = 0;
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), (items) => {
        const text = items.flat().join('');
        const document = parse(text);
        if (document.syntax.length > 0) return;
        seen += document.items.length;
        const found = [...declarationsIn(text)].flatMap((one) => (one === undefined ? [] : [one]));
        expect(found.map(({ kind, name: own, start, end }) => [kind, own, start, end])).toEqual(
          document.items.flatMap((one) =>
            one.name === null ? [] : [[one.kind, one.name.text, one.name.start, one.name.end]],
          ),
        );
      }),
      { seed: 20_261_122, numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('let others go first now and then, and end on any text', () => {
    expect([...declarationsIn("'a' ".repeat(2_000))]).toEqual([undefined, undefined, undefined, undefined]);
    for (const hostile of ['QUERY -- ', 'QUERY /* ', '/* * ', "QUERY a ''", 'QUERY `', '`']) {
      expect([...declarationsIn(hostile.repeat(5_000))].length).toBeLessThan(6_000);
    }
  });
});

describe('folds', () => {
  /** The folds of one kind in a marked text. */
  const folds = (text: string, kind: string): string => {
    let shown = text;
    const found = foldingRanges(parse(text)).filter((one) => one.kind === kind);
    const marks = found.flatMap(({ start, end }) => [[start, '<|'] as const, [end, '|>'] as const]);
    for (const [at, mark] of marks.sort((a, b) => b[0] - a[0]))
      shown = shown.slice(0, at) + mark + shown.slice(at);
    return shown;
  };

  it.each([
    // [kind, text]
    ['code', '<|PARAM a = 1\nPARAM b = 2|>\n<|QUERY q\nLAST 1h|>;\nQUERY r LAST 1h\nPARAM c = 3'],
    ['code', '<|QUERY q\r\n<|WHERE open\r\n  AND open|>\r\nLAST 1h|>'],
    ['brackets', "nodeId IN [<|\n'a'\n|>] AND (open) AND (<|open OR\nANY(<|\nopen|>)|>) MASK (a)"],
    ['brackets', 'WHERE ( nodeId IN [ \nLAST 1h;\nQUERY x WHERE (<|open\n|>)'],
    ['brackets', 'WHERE (<|open AND nodeId IN [ \n|>) LAST 1h'],
    ['comment', '<|-- a\n  -- b\n// c|>\n\n-- d\n<|/* e\n*/|> LAST 1h -- f\n-- g'],
    ['comment', '\uFEFF<|-- a\r\n-- b|>\r\nLAST 1h'],
    [
      'region',
      '<|-- region One\n-- a\nLAST 1h\n<|// #region\nx\n--endregion|>\n-- ENDREGION|>\n-- endregion\n-- region\n-- regional',
    ],
  ])('%s', (kind, source) => expect(folds(marked(source).text, kind)).toBe(source));

  it('keep the marks of regions out of comments, and give them their names', () => {
    const text = '-- region  One \n-- a\n-- b\n-- endregion';
    expect(foldingRanges(parse(text))).toEqual([
      { kind: 'region', label: 'One', start: 0, end: text.length },
      { kind: 'comment', start: 16, end: 25 },
    ]);
  });

  it('hold each other or lie apart, in any text', () => {
    const piece = fc.constantFrom('', '(\n', ']', '\n-- a\n-- b', '/*\n', '*/', ';', 'QUERY ', '\r\n[');
    fc.assert(
      fc.property(fc.nat(EXAMPLE.length), fc.nat(30), piece, piece, (at, length, one, two) => {
        const text = one + EXAMPLE.slice(0, at) + two + EXAMPLE.slice(at + length);
        const found = foldingRanges(parse(text));
        for (const [index, a] of found.entries()) {
          expect(a.start >= 0 && a.end <= text.length && /[\r\n]/.test(text.slice(a.start, a.end))).toBe(
            true,
          );
          for (const b of found.slice(index + 1)) {
            expect(b.start >= a.end || b.end <= a.end).toBe(true);
          }
        }
      }),
      { seed: 20_261_122, numRuns: 300 },
    );
  });
});
