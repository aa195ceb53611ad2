/** The types of values, and which operators fit them. */
import type { CompareOperator } from './tree.ts';

export type ValueType = 'STRING' | 'NUMBER' | 'DURATION' | 'TIMESTAMP' | 'BOOLEAN' | 'ANY';

/** Types that a PARAM can declare. */
export const PARAMETER_TYPES = ['STRING', 'NUMBER', 'DURATION', 'TIMESTAMP', 'BOOLEAN', 'LIST'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** What a value of each type is, in one sentence, and one as it is written. */
export const TYPE_TEXTS: Readonly<
  Record<ParameterType, { readonly text: string; readonly example: string }>
> = {
  STRING: { text: 'Text in single quotes; a quote inside is doubled.', example: "'DECISION'" },
  NUMBER: { text: 'A whole number or a decimal.', example: '12' },
  DURATION: { text: 'A length of time in w, d, h, m, s and ms, from large to small.', example: '1h30m' },
  TIMESTAMP: {
    text: 'An instant: date, time and zone in quotes, or a date alone, which is the start of its day in the profile’s time zone.',
    example: "'2026-11-20T08:00:00Z'",
  },
  BOOLEAN: { text: 'TRUE or FALSE.', example: 'TRUE' },
  LIST: { text: 'Values in brackets, for IN.', example: "['a1', 'b2']" },
};

/**
 * What a value turns out to be while checking: `TEXT` is a string literal, a STRING or a TIMESTAMP by what stands
 * beside it; `UNKNOWN` is anything of which an error was reported, or a parameter without a type of its own.
 */
export type Inferred = ValueType | 'TEXT' | 'LIST' | 'NULL' | 'UNKNOWN';

export const EQUALITY: readonly CompareOperator[] = ['=', '!='];
export const ORDERING: readonly CompareOperator[] = ['<', '<=', '>', '>='];

/** The operators of the specification's table, by type, as they are written. */
export function operatorsOf(type: ValueType): readonly string[] {
  switch (type) {
    case 'STRING':
      return [
        ...EQUALITY,
        'IN',
        'NOT IN',
        'LIKE',
        'NOT LIKE',
        'MATCHES',
        'NOT MATCHES',
        'IS NULL',
        'IS NOT NULL',
      ];
    case 'BOOLEAN':
      return [...EQUALITY, 'IS NULL', 'IS NOT NULL'];
    case 'NUMBER':
    case 'DURATION':
    case 'TIMESTAMP':
      return [...EQUALITY, ...ORDERING, 'BETWEEN', 'NOT BETWEEN', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL'];
    case 'ANY':
      return [
        ...EQUALITY,
        ...ORDERING,
        'BETWEEN',
        'NOT BETWEEN',
        'IN',
        'NOT IN',
        'LIKE',
        'NOT LIKE',
        'MATCHES',
        'NOT MATCHES',
        'IS NULL',
        'IS NOT NULL',
      ];
  }
}
