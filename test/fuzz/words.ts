/** Random queries without syntax errors: words in their canonical spelling, and texts that mean them. */
import fc from 'fast-check';
import { FIELDS } from '../../server/src/language/fields.ts';
import { FORMATS } from '../../server/src/language/formats.ts';
import { PARAMETER_TYPES } from '../../server/src/language/types.ts';

/** A word; a loose one may be written in any case. */
export interface Word {
  readonly text: string;
  readonly loose: boolean;
}
type Words = readonly Word[];

const loose = (...texts: readonly string[]): Words => texts.map((text) => ({ text, loose: true }));
const exact = (...texts: readonly string[]): Words => texts.map((text) => ({ text, loose: false }));
const join = (...parts: readonly Words[]): Words => parts.flat();

const listOf = (element: fc.Arbitrary<Words>, maxLength = 4): fc.Arbitrary<Words> =>
  fc
    .array(element, { minLength: 1, maxLength })
    .map((elements) => elements.flatMap((words, index) => (index === 0 ? words : [...exact(','), ...words])));

/** Names that keep their case, words that are reserved elsewhere among them. */
const variable = fc
  .constantFrom('queue', 'Tier', 'LIMIT', 'order', '`customer tier`', 'Mask')
  .map((text) => exact(text));
const name = fc.constantFrom('a', 'slowRouting', 'Duration2', '`my query`', 'top').map((text) => exact(text));
const long = 'x'.repeat(40);
const text = fc
  .constantFrom("'a'", "'it''s -- no comment'", '"double"', "''", `'${long}'`, "'/* 😀 */'")
  .map((one) => exact(one));
const duration = fc.constantFrom('10s', '1h30m', '250ms', '7d').map((one) => loose(one));
const parameter = fc.constantFrom('$back', '$Limit', '$`any name`').map((one) => exact(one));
const scalar: fc.Arbitrary<Words> = fc.oneof(
  text,
  duration,
  parameter,
  fc.constantFrom('12', '-3', '0.5').map((one) => exact(one)),
  fc.constantFrom('true', 'false', 'null').map((one) => loose(one)),
);
const list = fc
  .tuple(fc.constantFrom(['[', ']'] as const, ['(', ')'] as const), listOf(scalar, 6))
  .map(([[open, close], items]) => join(exact(open), items, exact(close)));

const plain = FIELDS.filter((field) => !field.variables).map((field) => field.name);
const path = fc.array(
  fc.oneof(
    variable.map((one) => join(exact('.'), one)),
    fc.constant(exact('[', "'customer tier'", ']')),
  ),
  { minLength: 1, maxLength: 2 },
);
const field: fc.Arbitrary<Words> = fc.oneof(
  fc.constantFrom(...plain).map((one) => loose(one)),
  fc.tuple(fc.constantFrom('before', 'after'), path).map(([one, parts]) => join(loose(one), ...parts)),
);

const { operand, predicate } = fc.letrec<
  Record<'base' | 'operand' | 'condition' | 'negation' | 'conjunction' | 'predicate', Words>
>((tie) => ({
  base: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'predicate' },
    field,
    scalar,
    fc.constantFrom(loose('now'), loose('today')).map((one) => join(one, exact('(', ')'))),
    fc
      .tuple(fc.constantFrom('changed', 'added', 'removed'), variable)
      .map(([one, of]) => join(loose(one), exact('('), of, exact(')'))),
    fc
      .tuple(fc.constantFrom('ANY', 'NONE', 'EVERY', 'COUNT', 'SEQUENCE'), listOf(tie('predicate'), 3))
      .map(([one, of]) => join(loose(one), exact('('), of, exact(')'))),
  ),
  operand: fc
    .tuple(
      tie('base'),
      fc.array(
        fc
          .tuple(fc.constantFrom('+', '-'), fc.oneof(duration, parameter))
          .map(([sign, of]) => join(exact(sign), of)),
        { maxLength: 1 },
      ),
    )
    .map(([base, terms]) => join(base, ...terms)),
  condition: fc.oneof(
    fc
      .tuple(tie('operand'), fc.constantFrom('=', '!=', '<>', '<', '<=', '>', '>='), tie('operand'))
      .map(([left, sign, right]) => join(left, exact(sign), right)),
    fc
      .tuple(
        tie('operand'),
        fc.constantFrom(loose('IN'), loose('NOT', 'IN')),
        fc.oneof(list, parameter, name),
      )
      .map(([left, word, right]) => join(left, word, right)),
    fc
      .tuple(tie('operand'), tie('operand'), tie('operand'))
      .map(([of, low, high]) => join(of, loose('BETWEEN'), low, loose('AND'), high)),
    fc
      .tuple(
        tie('operand'),
        fc.constantFrom(loose('LIKE'), loose('NOT', 'MATCHES')),
        fc.oneof(text, parameter),
      )
      .map(([left, word, right]) => join(left, word, right)),
    fc
      .tuple(tie('operand'), fc.constantFrom(loose('IS', 'NULL'), loose('IS', 'NOT', 'NULL')))
      .map(([of, words]) => join(of, words)),
    tie('operand'),
  ),
  negation: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'predicate' },
    tie('condition'),
    tie('condition'),
    tie('negation').map((one) => join(loose('NOT'), one)),
    tie('predicate').map((one) => join(exact('('), one, exact(')'))),
  ),
  conjunction: fc
    .array(tie('negation'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.flatMap((part, index) => (index === 0 ? part : join(loose('AND'), part)))),
  predicate: fc
    .array(tie('conjunction'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.flatMap((part, index) => (index === 0 ? part : join(loose('OR'), part)))),
}));

const pattern = fc.oneof(
  fc.constantFrom('card*', '*Id', '*').map((one) => exact(one)),
  variable,
  text,
);
const inParentheses = (words: Words): Words => join(exact('('), words, exact(')'));
const analysis = fc.oneof(
  fc.constantFrom('FLOW', 'ERRORS', 'LOOPS', 'PATHS').map((one) => loose(one)),
  fc
    .tuple(duration, listOf(variable), fc.constantFrom('HOUR', 'DAY', 'nodeId'))
    .map(([over, on, by]) =>
      join(loose('BOTTLENECKS', 'OVER'), over, loose('ON'), inParentheses(on), loose('BY', by)),
    ),
  fc.constant(join(loose('PATHS', 'TOP'), exact('20'))),
  listOf(variable, 12).map((on) => join(loose('DECISIONS', 'ON'), inParentheses(on))),
  listOf(pattern, 12).map((of) => join(loose('VARIABLES'), inParentheses(of))),
);
const metric = fc.oneof(
  fc.constantFrom('RECORDS', 'ACCURACY', 'PATHS').map((one) => loose(one)),
  fc
    .tuple(fc.constantFrom('P95', 'AVG'), fc.constantFrom('dwell', 'wait', 'duration'))
    .map(([one, of]) => join(loose(one), exact('('), loose(of), exact(')'))),
);

const clauses: readonly fc.Arbitrary<Words>[] = [
  fc.oneof(name, text).map((of) => join(loose('USING'), of)),
  duration.map((of) => join(loose('LAST'), of)),
  fc.tuple(operand, operand).map(([from, to]) => join(loose('SINCE'), from, loose('UNTIL'), to)),
  fc
    .tuple(
      fc.constantFrom('ORDER', 'SORT'),
      fc.constantFrom('nodeTimestamp', 'duration'),
      fc.constantFrom('ASC', 'DESC'),
    )
    .map((words) => join(loose(words[0], 'BY', words[1], words[2]))),
  fc
    .oneof(fc.constant(loose('ALL')), fc.constant(exact('5')), parameter)
    .map((of) => join(loose('LIMIT'), of)),
  parameter.map((of) => join(loose('OFFSET'), of)),
  listOf(
    fc
      .tuple(fc.constantFrom('pageSize', 'concurrency', 'retries', 'timeout', 'mode'), scalar)
      .map(([option, of]) => join(loose(option), exact('='), of)),
    5,
  ).map((of) => join(loose('WITH'), of)),
  listOf(pattern, 8).map((of) => join(loose('MASK'), inParentheses(of))),
  listOf(analysis, 4).map((of) => join(loose('ANALYZE'), of)),
  fc.oneof(name, fc.constant(loose('PREVIOUS'))).map((of) => join(loose('COMPARE', 'TO'), of)),
  listOf(
    fc
      .tuple(metric, fc.constantFrom('<=', '<>'), scalar)
      .map(([of, sign, value]) => join(of, exact(sign), value)),
    6,
  ).map((of) => join(loose('EXPECT'), of)),
  fc
    .tuple(text, fc.constantFrom(...FORMATS.map((format) => format.name)))
    .map(([to, format]) => join(loose('EXPORT', 'TO'), to, loose('AS', format))),
  text.map((to) => join(loose('NOTIFY'), to)),
];
const tail = fc
  .shuffledSubarray(
    clauses.map((_, index) => index),
    { maxLength: 5 },
  )
  .chain((chosen) =>
    fc
      .tuple(...chosen.map((index) => clauses[index] ?? fc.constant<Words>([])))
      .map((parts) => join(...parts)),
  );
const where = fc.oneof(
  fc.constant<Words>([]),
  predicate.map((of) => join(loose('WHERE'), of)),
);
const query: fc.Arbitrary<Words> = fc
  .tuple(name, fc.constantFrom<Words>([], exact("'A title'")), where, tail)
  .map(([of, title, condition, rest]) => join(loose('QUERY'), of, title, condition, rest));
/** Without a header: a condition that begins with a field, so that no title, value or call is what it goes on. */
const headerless = fc
  .tuple(fc.constantFrom('nodeId', 'dwell'), tail)
  .map(([of, rest]) => join(loose(of), exact('=', "'x'"), rest));
const parameterItem: fc.Arbitrary<Words> = fc
  .tuple(
    name,
    fc.oneof(
      fc.constant<Words>([]),
      fc.constantFrom(...PARAMETER_TYPES).map((type) => join(exact(':'), loose(type))),
    ),
    fc.oneof(scalar, list),
  )
  .map(([of, type, value]) => join(loose('PARAM'), of, type, exact('='), value));

/** The words of a whole document without syntax errors, semicolons among them. */
export const documentWords: fc.Arbitrary<Words> = fc
  .array(
    fc.tuple(
      fc.oneof(
        parameterItem,
        query,
        query,
        headerless.map((of) => join(exact(';'), of)),
      ),
      fc.constantFrom<Words>([], [], exact(';'), exact(';', ';')),
    ),
    { maxLength: 4 },
  )
  .map((items) => items.flatMap(([item, end]) => join(item, end)));

const blank = fc.constantFrom(' ', ' ', ' ', '  ', '\n', '\n', '\n  ', '\n\n', '\t', ' \n\n\n ', '\n');
const comment = fc.constantFrom(
  '-- own\n',
  ' // line; (\n',
  '/* block */',
  '\n/* two\n   lines */\n',
  '\n-- a\n-- b\n',
  '/**/',
  ' /* x */ -- y\n',
  '\n\n-- apart  \n\n',
);
const gap = fc.oneof(
  { weight: 12, arbitrary: blank },
  { weight: 1, arbitrary: comment.map((one) => ` ${one} `) },
);

/** A text with those words: other cases, blanks and comments between all of them. */
export function textOf(words: Words): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.array(fc.constantFrom('as', 'lower', 'upper'), { minLength: words.length, maxLength: words.length }),
      fc.array(gap, { minLength: words.length + 1, maxLength: words.length + 1 }),
    )
    .map(([cases, gaps]) => {
      let result = gaps[0] ?? '';
      for (const [index, word] of words.entries()) {
        const style = word.loose ? cases[index] : 'as';
        const written =
          style === 'lower'
            ? word.text.toLowerCase()
            : style === 'upper'
              ? word.text.toUpperCase()
              : word.text;
        result += written + (gaps[index + 1] ?? ' ');
      }
      return result;
    });
}
