/** What the language is fuzzed with: texts of every kind, edits of them, and places in them. */
import fc from 'fast-check';
import { EXAMPLE } from '../language/example.ts';
import { validTexts } from '../language/valid-texts.ts';
import { anyCharacters, anyEdits, anyFile, anyPieces, type Edit, share } from './texts.ts';
import { documentWords, textOf } from './words.ts';

export interface Case {
  readonly text: string;
  /** A place in it, of its length, from 0 to 1. */
  readonly at: number;
  /** Decides where a property tries one of many. */
  readonly pick: number;
  readonly edits: readonly Edit[];
}

/** The offset that a share of a text's length means. */
export function offsetAt(text: string, share: number): number {
  return Math.round(share * text.length);
}

/** Characters that are more, less or other than they seem. */
const NASTY = [
  '\u0000',
  '\u001B',
  '\u0085',
  '\u00A0',
  '\u00AD',
  '\u200B',
  '\u200D',
  '\u200E',
  '\u2028',
  '\u2029',
  '\u202E',
  '\u2066',
  '\u2069',
  '\uFEFF',
  '\uFFFD',
  '\uFFFF',
  '\uD83D',
  '\uDE00',
  '😀',
  '👩‍👩‍👧‍👦',
  '\u{1D4EA}',
  '\u{10FFFF}',
  'e\u0301',
  'é',
  'ß',
  'ſ',
  'K',
  'İ',
  'ı',
  'א',
  '漢',
  '“',
  '”',
  '’',
  '‹',
  '›',
  '−',
  '；',
  '\r',
  '\n',
  '\r\n',
  '\n\r',
  '\t',
  '\v',
  '\f',
  '\\',
  "'",
  '"',
  '`',
  '$',
  '{',
  '}',
  '%',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
] as const;

/** What opens something that ends elsewhere, or never. */
const OPENERS = [
  "'",
  '"',
  '`',
  '$`',
  '/*',
  '--',
  '//',
  '(',
  '[',
  "before['",
  'before.',
  'ANY(',
  'COUNT(ANY(',
  'NOT ',
  'NOT (',
  'changed(',
  'MASK (',
  'ON (',
  'P95(',
  "IN ['a', ",
  'now() - ',
  "nodeId = 'a' AND ",
  "(dwell > 1s OR nodeId = 'a') AND ",
  'QUERY a ',
  'QUERY ',
  'PARAM p = ',
  'EXPECT ',
  'ANALYZE PATHS, ',
] as const;

const nasty = fc.oneof(fc.constantFrom(...NASTY), fc.constantFrom(...NASTY), anyCharacters(3));

/** Texts without syntax errors: made once, since making one costs more than reading it. */
const generated = fc.sample(
  documentWords.chain((words) => textOf(words)),
  { seed: 20_261_122, numRuns: 200 },
);
const valid: readonly string[] = [EXAMPLE, ...validTexts(), ...generated].filter(
  (text) => text.length < 2_000,
);
const anyValid = fc.oneof(fc.constantFrom(...validTexts()), fc.constantFrom(...valid));

/** Words, strings, blanks, and signs by themselves. */
function wordsOf(text: string): string[] {
  return text.match(/[$\w]+|'[^'\r\n]*'|\s+|[^\w\s]/g) ?? [];
}

interface Mutation {
  readonly how: 'delete' | 'insert' | 'replace' | 'duplicate' | 'swap' | 'case' | 'truncate';
  readonly from: number;
  readonly to: number;
  readonly put: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  how: fc.constantFrom('delete', 'insert', 'replace', 'duplicate', 'swap', 'case', 'truncate'),
  from: share,
  to: share,
  put: fc.oneof(fc.constantFrom(...OPENERS), fc.constantFrom(...NASTY), anyPieces),
});

function mutated(units: string[], { how, from, to, put }: Mutation): string[] {
  const at = Math.floor(from * units.length);
  const other = Math.floor(to * units.length);
  const [one = '', two = ''] = [units[at], units[other]];
  const replaced = (start: number, count: number, ...by: string[]) => units.toSpliced(start, count, ...by);
  switch (how) {
    case 'delete':
      return replaced(at, 1 + (other % 3));
    case 'insert':
      return replaced(at, 0, put);
    case 'replace':
      return replaced(at, 1, put);
    case 'duplicate':
      return replaced(other, 0, ...units.slice(at, at + 5));
    case 'swap':
      return replaced(at, 1, two).with(Math.min(other, units.length - 1), one);
    case 'case':
      return replaced(at, 1, one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase());
    case 'truncate':
      return units.slice(0, at);
  }
}

/** Valid texts with some words or characters deleted, put in, replaced, doubled or changed for each other. */
const anyMutated = fc
  .tuple(anyValid, fc.boolean(), fc.array(mutation, { minLength: 1, maxLength: 5 }))
  .map(([text, byWord, all]) => {
    let units = byWord ? wordsOf(text) : text.split('');
    for (const one of all) if (units.length > 0) units = mutated(units, one);
    return units.join('');
  });

/** Characters of every plane, words between them. */
const anyUnicode = fc
  .array(fc.oneof(nasty, nasty, anyPieces), { maxLength: 12 })
  .map((parts) => parts.join(''));

/** A valid text with hostile characters in it, mostly inside of words and strings. */
const anyHostile = fc
  .tuple(anyValid, fc.array(fc.tuple(share, nasty), { minLength: 1, maxLength: 4 }))
  .map(([text, all]) =>
    all.reduce((result, [at, put]) => {
      const offset = offsetAt(result, at);
      return result.slice(0, offset) + put + result.slice(offset);
    }, text),
  );

const nested = (most: number) =>
  fc
    .tuple(
      fc.array(fc.constantFrom(...OPENERS), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: most }),
      fc.constantFrom('', "nodeId = 'a'", 'errorState', "'x'", '5', ', '),
      fc.constantFrom('', ')', ']', '*/', "'", '`', ') AND errorState', '\nLAST 2h;\n'),
      fc.integer({ min: 0, max: most }),
      fc.constantFrom('', 'WHERE ', 'QUERY a\nWHERE ', 'PARAM p = '),
    )
    .map(
      ([openers, depth, middle, closer, closers, before]) =>
        before + openers.join('').repeat(depth) + middle + closer.repeat(closers),
    );

const lineEnd = fc.constantFrom(undefined, undefined, undefined, undefined, '\r\n', '\r', '\u2028', '\n\n');
const withLineEnds = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(texts, lineEnd).map(([text, end]) => (end === undefined ? text : text.replaceAll('\n', end)));

/** Texts of up to some two thousand characters, whole or broken. */
export const smallText: fc.Arbitrary<string> = withLineEnds(
  fc.oneof(
    { weight: 3, arbitrary: anyPieces },
    { weight: 2, arbitrary: anyFile },
    { weight: 1, arbitrary: anyValid },
    { weight: 5, arbitrary: anyMutated },
    { weight: 2, arbitrary: anyHostile },
    { weight: 2, arbitrary: anyUnicode },
    { weight: 1, arbitrary: nested(30) },
    { weight: 1, arbitrary: anyCharacters(60) },
  ),
);

/** Texts without syntax errors. */
export const validText: fc.Arbitrary<string> = withLineEnds(anyValid);

/** As much as a text may have for everything to end within a second. */
export const LARGEST = 65_536;

const repeated = (piece: string, length: number): string =>
  piece === '' ? '' : piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

const numbered = fc.constantFrom<readonly [before: string, each: (index: number) => string]>(
  ['WHERE interactionId IN [', (index) => `'id-${index}', `],
  ['WHERE interactionId IN [', () => `'same', `],
  ['WHERE ', (index) => `nodeId = 'n${index}' OR `],
  ['WHERE ', (index) => `nodeId != 'n${index}' AND `],
  ['WHERE ', (index) => `(nodeId = 'n${index}' OR dwell > ${index}s) AND `],
  ['WHERE ', (index) => `NOT (nodeName LIKE '%${index}%' AND errorState) OR `],
  ['', (index) => `PARAM p${index} = $p${index + 1}\n`],
  ['', (index) => `QUERY q${index} WHERE interactionId IN q${index + 1} LAST 2h\n`],
  ['', (index) => `QUERY q${index} WHERE interactionId IN q0 AND dwell > $p${index} LAST 2h\n`],
  ['', (index) => `QUERY q${index} wrongField${index} = 5 LAST 2h;\n`],
  ['WHERE nodeId IN [', () => ','],
  ['QUERY a MASK (', () => ','],
  ['QUERY a MASK (', () => '#,'],
  ['`', () => ','],
  ['QUERY a WITH ', (index) => `option${index} = ${index}, `],
  ['QUERY a MASK (', (index) => `name${index}*, `],
  ['QUERY a EXPECT ', (index) => `P95(dwell) <= ${index}, `],
  ['QUERY a ', (index) => `LIMIT ${index} `],
  ['QUERY a ANALYZE ', (index) => `PATHS TOP ${index}, `],
  ['', (index) => `-- comment ${index}\n/* block */\n`],
  ["WHERE nodeName LIKE '", () => '%a_'],
  ["WHERE nodeName MATCHES '", () => '(a+)+'],
  ["WHERE nodeName MATCHES '", () => '(((('],
  ['WHERE dwell > ', () => '1h'],
  ['WHERE dwell > ', () => '9'],
  ['WHERE dwell > now()', () => ' - 1s'],
  ['WHERE before', () => '.a'],
  ['', () => 'QURY a WERE '],
  ['', () => '; '],
);

const filler = fc.oneof(
  fc.constantFrom(...OPENERS),
  fc.constantFrom(...NASTY),
  fc.constantFrom(...NASTY).map((one) => `${one} `),
  fc.constantFrom(
    'a',
    '_',
    '1',
    ' ',
    '*',
    '-',
    '/',
    '=',
    '.',
    ',',
    ':',
    ')',
    ']',
    '<',
    '\n',
    '$a',
    'eyJ',
    '.a',
    "''",
  ),
  anyPieces,
  smallText,
);
const length = fc.oneof(fc.integer({ min: 8_000, max: LARGEST }), fc.constant(LARGEST));

/** Texts of up to 64 KiB that are as bad as can be thought of: one thing again and again, or much of everything. */
export const largeText: fc.Arbitrary<string> = fc
  .oneof(
    fc.tuple(length, filler).map(([size, piece]) => repeated(piece, size)),
    fc.tuple(length, filler, smallText, smallText).map(([size, piece, before, after]) => {
      const rest = Math.max(0, size - before.length - after.length);
      return before + repeated(piece, rest) + after;
    }),
    fc
      .tuple(length, numbered, fc.constantFrom('', ']', ')', "'", "nodeId = 'x'", '\nLAST 2h'))
      .map(([size, [before, each], after]) => {
        let text = before;
        for (let index = 0; text.length < size; index++) text += each(index);
        return text + after;
      }),
    nested(20_000),
    fc.array(smallText, { minLength: 40, maxLength: 120 }).map((texts) => texts.join('\n')),
    fc
      .tuple(length, fc.array(anyValid, { minLength: 1, maxLength: 5 }))
      .map(([size, texts]) => repeated(`${texts.join('\n;\n')}\n;\n`, size)),
  )
  .map((text) => text.slice(0, LARGEST));

const edits = anyEdits.map((all) => all.slice(0, 3));

/** A text with a place and some edits. */
export function caseOf(text: fc.Arbitrary<string>): fc.Arbitrary<Case> {
  return fc.record({ text, at: fc.oneof(share, fc.constantFrom(0, 1)), pick: fc.nat(0xffff), edits });
}
