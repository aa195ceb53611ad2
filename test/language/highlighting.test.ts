/** Highlighting from the parser, and how the protocol writes it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { highlights } from '../../server/src/language/highlighting.ts';
import {
  HIGHLIGHT_MODIFIERS,
  HIGHLIGHT_TYPES,
  type Highlights,
  parse,
} from '../../server/src/language/index.ts';
import { drained, reparse } from '../../server/src/language/parse.ts';
import { changeOf, encode } from '../../server/src/services/semantic-tokens.ts';
import { EXAMPLE } from './example.ts';

interface Highlight {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

function unpacked(found: Highlights): Highlight[] {
  return Array.from({ length: found.length / 4 }, (_, index) => {
    const [start = 0, end = 0, type = 0, bits = 0] = Array.from(found).slice(index * 4, index * 4 + 4);
    const modifiers = HIGHLIGHT_MODIFIERS.filter((_modifier, bit) => (bits & (1 << bit)) !== 0);
    return { start, end, name: [HIGHLIGHT_TYPES[type] ?? '', ...modifiers].join('.') };
  });
}

/** `type text`, with modifiers. */
function painted(text: string): string[] {
  return unpacked(highlights(parse(text))).map(({ name, start, end }) => `${name} ${text.slice(start, end)}`);
}

describe('highlighting', () => {
  it('knows the words of the example', () => {
    const found = painted(EXAMPLE);
    for (const one of [
      'keyword PARAM',
      'parameter.declaration lookback',
      'number 2h',
      'class.declaration failing',
      "string 'Interactions that failed at a decision'",
      'property.defaultLibrary errorState',
      'keyword.readonly true',
      'operator =',
      'class failing',
      'function.defaultLibrary now',
      'parameter.readonly $lookback',
      'variable priority',
      'property.defaultLibrary pageSize',
      'variable card*',
      'enumMember.defaultLibrary BOTTLENECKS',
      'keyword OVER',
      'keyword TOP',
      'keyword PREVIOUS',
      'enumMember.defaultLibrary P95',
      'enumMember.defaultLibrary XES',
    ])
      expect(found).toContain(one);
    expect(found.filter((one) => one.endsWith(' PATHS'))).toEqual(['enumMember.defaultLibrary PATHS']);
  });

  it.each([
    [
      'reserved words that are names',
      'WHERE changed(limit) AND before.where.last = 1 MASK (order, by*)',
      [
        'keyword WHERE',
        'function.defaultLibrary changed',
        'variable limit',
        'keyword AND',
        'property.defaultLibrary before',
        'variable where',
        'variable last',
        'operator =',
        'number 1',
        'keyword MASK',
        'variable order',
        'variable by*',
      ],
    ],
    [
      'names that look like words',
      'QUERY top LAST 1h ANALYZE NODES BY duration; COMPARE TO top',
      [
        'keyword QUERY',
        'class.declaration top',
        'keyword LAST',
        'number 1h',
        'keyword ANALYZE',
        'enumMember.defaultLibrary NODES',
        'keyword BY',
        'property.defaultLibrary duration',
        'keyword COMPARE',
        'keyword TO',
        'class top',
      ],
    ],
    [
      'names in backticks',
      'QUERY `last week` WHERE after.`a b`.c IN `last week` USING `my one`',
      [
        'keyword QUERY',
        'class.declaration `last week`',
        'keyword WHERE',
        'property.defaultLibrary after',
        'variable `a b`',
        'variable c',
        'keyword IN',
        'class `last week`',
        'keyword USING',
        'namespace `my one`',
      ],
    ],
    [
      'patterns',
      String.raw`nodeId LIKE 'a\%_b%' OR nodeId MATCHES '^a.*$'`,
      [
        'property.defaultLibrary nodeId',
        'keyword LIKE',
        String.raw`string 'a\%`,
        'regexp _',
        'string b',
        'regexp %',
        "string '",
        'keyword OR',
        'property.defaultLibrary nodeId',
        'keyword MATCHES',
        "regexp '^a.*$'",
      ],
    ],
    [
      'comments',
      '/* a\n b */ LAST /* c */ 1h -- d\nLIMIT ALL // e',
      [
        'comment /* a\n b */',
        'keyword LAST',
        'comment /* c */',
        'number 1h',
        'comment -- d',
        'keyword LIMIT',
        'keyword.readonly ALL',
        'comment // e',
      ],
    ],
    [
      'types and buckets',
      'PARAM x: timestamp ANALYZE NODES BY HOUR, BOTTLENECKS ON (ROUTING), DECISIONS ON (a.b)',
      [
        'keyword PARAM',
        'parameter.declaration x',
        'type.defaultLibrary timestamp',
        'keyword ANALYZE',
        'enumMember.defaultLibrary NODES',
        'keyword BY',
        'enumMember HOUR',
        'enumMember.defaultLibrary BOTTLENECKS',
        'keyword ON',
        'enumMember ROUTING',
        'enumMember.defaultLibrary DECISIONS',
        'keyword ON',
        'variable a',
        'variable b',
      ],
    ],
    [
      'ruins',
      'QUERY a WHERE = ) ANY( dwell LIMIT ,',
      [
        'keyword QUERY',
        'class.declaration a',
        'keyword WHERE',
        'operator =',
        'function.defaultLibrary ANY',
        'keyword LIMIT',
      ],
    ],
  ])('knows %s', (_, text, expected) => {
    expect(painted(text)).toEqual(expected);
  });

  it('writes comments of several lines line by line, where the editor wants that', () => {
    const text = '/* a\r\n\r\n  😀 b\r*/ LAST 1h';
    const document = TextDocument.create('a', 'cxq', 1, text);
    const found = highlights(parse(text));
    expect(lengths(drained(encode(document, found, false)))).toEqual([
      [0, 0, 4],
      [2, 0, 6],
      [3, 0, 2],
      [3, 3, 4],
      [3, 8, 2],
    ]);
    expect(lengths(drained(encode(document, found, true)))).toEqual([
      [0, 0, 17],
      [3, 3, 4],
      [3, 8, 2],
    ]);
  });
});

/** Line, character and length of each token. */
function lengths(data: readonly number[]): [number, number, number][] {
  const found: [number, number, number][] = [];
  let line = 0;
  let character = 0;
  for (let at = 0; at < data.length; at += 5) {
    const [lines = 0, characters = 0, length = 0] = data.slice(at, at + 3);
    character = lines === 0 ? character + characters : characters;
    line += lines;
    found.push([line, character, length]);
  }
  return found;
}

const RUNS = { seed: 20_261_122, numRuns: 300 };
const piece = fc.oneof(
  fc.constantFrom(...[...EXAMPLE.matchAll(/\s+|\w+|./gu)].map(([one]) => one)),
  fc.constantFrom(
    '/*',
    '*/',
    '--',
    '\r\n',
    '\r',
    '\uFEFF',
    '😀',
    "'",
    '`',
    "'%_\\",
    'LIKE ',
    '$',
    'before.',
    '(',
    ']',
    ';\n',
  ),
);
const texts = fc.array(piece, { maxLength: 60 }).map((parts) => parts.join(''));

function encoded(text: string): number[] {
  return drained(encode(TextDocument.create('a', 'cxq', 1, text), highlights(parse(text)), false));
}

describe('semantic tokens of any text', () => {
  it('are in order, apart, and inside the text and their lines', () => {
    fc.assert(
      fc.property(texts, (text) => {
        let last = 0;
        for (const { start, end } of unpacked(highlights(parse(text)))) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
        const lines = text.split(/\r\n?|\n/);
        let before: [number, number] = [0, 0];
        for (const [line, character, length] of lengths(encoded(text))) {
          if (line === before[0]) expect(character).toBeGreaterThanOrEqual(before[1]);
          expect(character + length).toBeLessThanOrEqual(lines[line]?.length ?? -1);
          before = [line, character + length];
        }
      }),
      RUNS,
    );
  });

  it('of a range are those of the whole that touch it', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(), (text, one, other) => {
        const [a, b] = [one % (text.length + 1), other % (text.length + 1)];
        const span = { start: Math.min(a, b), end: Math.max(a, b) };
        const document = parse(text);
        expect(unpacked(highlights(document, span))).toEqual(
          unpacked(highlights(document)).filter(({ start, end }) => start < span.end && end > span.start),
        );
      }),
      RUNS,
    );
  });

  it('become the new ones by the edits of a delta', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat({ max: 20 }), texts, (text, at, length, added) => {
        const start = at % (text.length + 1);
        const changed = text.slice(0, start) + added + text.slice(start + length);
        const before = encoded(text);
        const after = encoded(changed);
        const document = parse(text);
        highlights(document);
        expect(highlights(reparse(document, changed))).toEqual(highlights(parse(changed)));
        const result = [...before];
        const edits = changeOf(Uint32Array.from(before), after);
        for (const edit of edits) result.splice(edit.start, edit.deleteCount, ...(edit.data ?? []));
        expect(result).toEqual(after);
        expect(edits.length).toBe(before.join() === after.join() ? 0 : 1);
      }),
      RUNS,
    );
  });
});
