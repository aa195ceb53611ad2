/** Broken and whole texts, and edits of them, for the properties of the incremental parse. */
import fc from 'fast-check';

const PIECES = [
  'QUERY',
  'PARAM',
  'QUERY a',
  "QUERY b 'Title'",
  'QUERY `q x`',
  '\nQUERY c',
  '\nQUERY limit',
  '\nPARAM p = 5',
  '\nPARAM q: LIST = [1, 1]',
  "\nPARAM r = '2026-13-01'",
  '\nPARAM limit',
  '\n  PARAM s',
  'PARAM t = (1, 2',
  'WHERE',
  'WHERE nodeId IN a',
  'interactionId IN b',
  'interactionId IN $q',
  'nodeTimestamp > $r',
  "nodeType = 'x'",
  'dwell > 10s',
  'LAST 2h',
  '\nLAST $p',
  'SINCE',
  'UNTIL',
  'ORDER BY',
  'LIMIT',
  'WITH pageSize = $p',
  'MASK (',
  'MASK (limit, query',
  'ANALYZE',
  'ON (',
  'COMPARE TO',
  'COMPARE TO c',
  'EXPECT',
  "EXPORT TO 'x.json'",
  'AND',
  'OR NOT',
  'IN',
  'before.',
  'changed(',
  'COUNT(',
  '$p',
  '$unknown',
  "'x'",
  "'it''s'",
  '"y"',
  "'open",
  '`open',
  '30m1h',
  'LIMT 5',
  'QURY d',
  '\nPRAM x = 1',
  'eyJhbGciOi.eyJzdWIi.c2ln',
  "'eyJhbGciOi.eyJzdWIi.c2ln'",
  '=',
  '(',
  ')',
  '[',
  ']',
  ',',
  ';',
  ';\n',
  '\n;\n',
  '.',
  '#',
  '“',
  '😀',
  '\u00A0',
  '\uFEFF',
  'card*',
  '/*',
  '*/',
  '/* closed */',
  '-- to the end',
  '// too',
  '-',
  '/',
  '\n',
  '\r\n',
  '\r',
  '\n\n',
] as const;

const piece = fc.constantFrom(...PIECES);
const joined = (pieces: readonly string[]) => pieces.join(' ');

/** Characters of every plane, lone halves of pairs among them. */
export function anyCharacters(maxLength: number): fc.Arbitrary<string> {
  const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff));
  return fc.array(character, { maxLength }).map((codes) => String.fromCodePoint(...codes));
}

/** Texts from pieces of the language, in any order. */
export const anyPieces: fc.Arbitrary<string> = fc.array(piece, { maxLength: 40 }).map(joined);

const query = fc
  .tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.array(piece, { maxLength: 6 }), fc.constantFrom('', ';'))
  .map(([name, pieces, end]) => `QUERY ${name} WHERE errorState ${joined(pieces)}\nLAST 2h${end}\n`);
const headless = fc
  .array(piece, { maxLength: 4 })
  .map((pieces) => `;\nWHERE errorState ${joined(pieces)}\nLAST 2h;\n`);
const parameter = fc
  .tuple(
    fc.constantFrom('p', 'q', 'r'),
    fc.constantFrom('', ' = 5', " = 'x'", ' = [1, 1, 2]', ': TIMESTAMP', ' = $p'),
  )
  .map(([name, value]) => `PARAM ${name}${value}\n`);

/** Files of queries and parameters, some of them broken. */
export const anyFile: fc.Arbitrary<string> = fc
  .array(fc.oneof(query, query, headless, parameter, anyPieces), { maxLength: 10 })
  .map((parts) => parts.join(''));

export interface Edit {
  /** Of the text's length, from 0 to 1. */
  readonly at: number;
  readonly removed: number;
  readonly put: string;
}

/** From 0 to 1. Not fc.double, which is nearly always nearly 0. */
export const share: fc.Arbitrary<number> = fc
  .noBias(fc.integer({ min: 0, max: 9_999 }))
  .map((one) => one / 9_999);

/** Edits one after another, as typed, pasted or cut. */
export const anyEdits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    at: share,
    removed: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(12), fc.nat(200)),
    put: fc.oneof(
      fc.constant(''),
      piece,
      fc.constantFrom(..."QUERY a;/*'`-\n x1(,.)"),
      anyCharacters(4),
      anyPieces,
    ),
  }),
  { minLength: 1, maxLength: 20 },
);

export function edited(text: string, edit: Edit): string {
  const start = Math.round(edit.at * text.length);
  return text.slice(0, start) + edit.put + text.slice(start + edit.removed);
}
