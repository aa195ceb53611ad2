/** Texts that are JSON, or nearly, as bytes in a string of one character each. */
import fc from 'fast-check';

const blank = fc.constantFrom('', '', '', '', ' ', '\n', '\r\n', '\t', '  ');

const NUMBERS = [
  '0',
  '-0',
  '1',
  '42',
  '-1.5',
  '1E+3',
  '2e-7',
  '1e400',
  '9007199254740991',
  '9007199254740993',
  '-12345678901234567890',
  '1234567890123456.5',
  '12345678901234567e1',
  '0.1234567890123456789',
  '9007199254740992',
  '-9007199254740991',
  '1234567890123456.1234567890123456',
  '1e1234567890123456789',
];
const WRONG = [
  '01',
  '-',
  '1.',
  '.5',
  '+1',
  '1e',
  'nul',
  'True',
  'NaN',
  "'a'",
  '',
  '\u00a0',
  '1 2',
  '//',
  ',',
];
const PIECES = [
  'a',
  'data',
  ' ',
  '1234567890123456789',
  '[',
  '{',
  '}',
  ']',
  ',',
  ':',
  '\\"',
  '\\\\',
  '\\n',
  '\\u00e9',
  '\\ud83d\\ude00',
  '\\ud83d',
  'é',
  '漢',
  '😀',
  '\u2028',
  '<html>',
  '=HYPERLINK(',
];
const WRONG_PIECES = ['\\x', '\\u12', '\n', '\u0001', '"', '\\'];
const NAMES = [
  'data',
  'total',
  'nextPageToken',
  'interactionId',
  'result',
  'items',
  'result.items',
  '__proto__',
  'constructor',
  '',
  'steps',
  '\\u0064ata',
];

const rarely = <T>(usual: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 60, arbitrary: usual }, { weight: 1, arbitrary: seldom });

const text = fc
  .array(rarely(fc.constantFrom(...PIECES), fc.constantFrom(...WRONG_PIECES)), { maxLength: 4 })
  .map((pieces) => `"${pieces.join('')}"`);
const name = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom(...NAMES).map((word) => `"${word}"`) },
  { weight: 13, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom('1234567890123456789', '-12345678901234567890 ') },
);
const scalar = rarely(
  fc.oneof(fc.constantFrom('null', 'true', 'false', ...NUMBERS), text),
  fc.constantFrom(...WRONG),
);

const { value } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 5, depthSize: 'small' }, scalar, tie('list'), tie('object')),
  list: fc
    .array(fc.tuple(blank, tie('value'), blank), { maxLength: 4 })
    .map((items) => `[${items.map((parts) => parts.join('')).join(',')}]`),
  object: fc
    .array(fc.tuple(blank, name, blank, tie('value'), blank), { maxLength: 4 })
    .map((members) => `{${members.map(([a, key, b, held, c]) => `${a}${key}${b}:${held}${c}`).join(',')}}`),
}));

/** A value as text. */
export const jsonText = value;

const record = fc.oneof(
  value,
  fc.tuple(fc.nat(3), value).map(([id, steps]) => `{"interactionId":"i${id}","steps":${steps}}`),
);
const records = fc.array(record, { maxLength: 4 });
const list = fc.tuple(records, blank).map(([items, gap]) => `[${gap}${items.join(`,${gap}`)}${gap}]`);
const member = fc.tuple(name, value).map(([key, held]) => `${key}:${held}`);
const total = fc
  .constantFrom('0', '2', '"3"', 'null', '-1', '1.5', '{}', '"x"')
  .map((held) => `"total":${held}`);
const token = fc
  .constantFrom('"next"', '""', '7', 'null', '12345678901234567890', '[]')
  .map((held) => `"nextPageToken":${held}`);
const envelope = fc
  .tuple(
    fc.oneof(
      list.map((held) => `"data":${held}`),
      list.map((held) => `"result":{"total":5,"items":${held}}`),
    ),
    fc.uniqueArray(fc.oneof(total, token, member), { maxLength: 3 }),
    fc.nat(),
    blank,
  )
  .map(([main, others, at, gap]) => {
    const place = at % (others.length + 1);
    return `{${gap}${[...others.slice(0, place), main, ...others.slice(place)].join(`${gap},`)}${gap}}`;
  });
const document = fc.oneof(value, list, envelope, fc.constantFrom('', 'null'));
const lines = fc
  .array(fc.oneof(record, envelope, fc.constantFrom('', ' ')), { maxLength: 5 })
  .map((all) => all.map((line) => line.replaceAll('\n', ' ')).join('\n'));

const change = fc.tuple(
  fc.nat(),
  fc.nat(2),
  fc.oneof(
    fc.constantFrom(...'[]{}",:\\0e-\n nt'),
    fc.nat(255).map((byte) => String.fromCharCode(byte)),
  ),
);

/** Bytes, one a character, some of them changed. */
const asBytes = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('', '', '', '', '\uFEFF'),
      texts,
      blank,
      fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(change, { maxLength: 3 }) },
      ),
    )
    .map(([mark, body, end, changes]) => {
      let bytes = Buffer.from(mark + body + end).toString('latin1');
      for (const [place, taken, put] of changes) {
        const at = place % (bytes.length + 1);
        bytes = bytes.slice(0, at) + put + bytes.slice(at + taken);
      }
      return bytes;
    });

/** The body of a page. */
export const pageBytes = asBytes(document);
/** What a file may have in it. */
export const fileBytes = asBytes(fc.oneof(document, lines, lines));
