/** The types of values, and which operators fit them. */
import type { CompareOperator } from './tree.ts';

export type ValueType = 'STRING' | 'NUMBER' | 'DURATION' | 'TIMESTAMP' | 'BOOLEAN' | 'ANY';

/** Types that a PARAM can declare. */
export const PARAMETER_TYPES = ['STRING', 'NUMBER', 'DURATION', 'TIMESTAMP', 'BOOLEAN', 'LIST'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

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
