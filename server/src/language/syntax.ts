/** What each place of the grammar expects, in words, and what a syntax error is made of. */
import type { IToken } from 'chevrotain';
import { CLAUSE_WORDS, type Reserved } from './tokens.ts';
import type { ClauseKind } from './tree.ts';

export interface Expected {
  /** Completes the sentence "Expected …". */
  readonly words: string;
  /** Keywords that fit here: a near one is proposed for a misspelt word. */
  readonly keywords?: readonly string[];
  /** Text that, put before the offending token, goes a long way to repair it. */
  readonly insert?: string;
  /** A name was wanted, so that a reserved word needs backticks. */
  readonly name?: boolean;
  /** What was skipped says nothing and can go. */
  readonly removable?: boolean;
  /** A value was wanted: a bare word is one without its quotes. */
  readonly text?: boolean;
  /** Conditions are listed: a value after a field is compared with it, and is no element of its own. */
  readonly conditions?: boolean;
  /** A comma would let the clause go on. */
  readonly comma?: boolean;
}

export interface SyntaxFailure {
  readonly expected: Expected;
  /** undefined at the end of the file. */
  readonly offending: IToken | undefined;
  readonly previous: IToken | undefined;
  /** The token after the offending one. */
  readonly following: IToken | undefined;
  /** Where what was skipped ends; undefined where nothing was. */
  readonly end: number | undefined;
  /** The offending token is a reserved word that was plainly meant as a name. */
  readonly reserved: boolean;
}

export const CONNECTIVES: readonly Reserved[] = ['AND', 'OR'];
const OPERATORS: readonly Reserved[] = ['IN', 'NOT', 'BETWEEN', 'LIKE', 'MATCHES', 'IS'];
const VALUES: readonly Reserved[] = ['TRUE', 'FALSE', 'NULL'];

/** Words that can go on with a clause after its obligatory part. */
const CLAUSE_FOLLOWERS: Readonly<Partial<Record<ClauseKind, readonly string[]>>> = {
  where: [...CONNECTIVES, ...OPERATORS],
  since: ['UNTIL'],
  order: ['ASC', 'DESC'],
  analyze: ['OVER', 'ON', 'TOP', 'BY'],
  export: ['AS'],
};

function named(words: string): Expected {
  return { words, name: true };
}

/** What each place of the grammar expects. */
export const wanted = {
  item: {
    words: 'a condition, a clause such as LAST, QUERY or PARAM',
    keywords: ['QUERY', 'PARAM', ...CLAUSE_WORDS],
    removable: true,
  },
  parameterName: named('a name for the parameter'),
  queryName: named('a name for the query'),
  name: named('a name'),
  type: { words: 'a type: STRING, NUMBER, DURATION, TIMESTAMP, BOOLEAN or LIST' },
  value: { words: 'a value', keywords: VALUES, text: true },
  condition: { words: 'a condition', keywords: ['NOT', ...VALUES] },
  argument: { words: 'an argument', keywords: ['NOT', ...VALUES] },
  variable: { words: 'the name of a variable' },
  equals: { words: '=', insert: '= ' },
  profile: named('the name of a connection profile'),
  duration: { words: 'a duration such as 24h' },
  instant: { words: "a timestamp such as '2026-11-20T08:00:00Z'" },
  by: { words: 'BY', keywords: ['BY'], insert: 'BY ' },
  to: { words: 'TO', keywords: ['TO'], insert: 'TO ' },
  and: { words: 'AND', keywords: ['AND'], insert: 'AND ' },
  nullWord: { words: 'NULL', keywords: ['NULL', 'NOT'], insert: 'NULL ' },
  orderField: named('a field to order by'),
  limit: { words: 'a whole number or ALL', keywords: ['ALL'] },
  integer: { words: 'a whole number' },
  option: { words: 'an option such as pageSize = 200' },
  openParenthesis: { words: '(', insert: '(' },
  closeParenthesis: { words: ')', insert: ')' },
  closeBracket: { words: ']', insert: ']' },
  groupGoesOn: { words: 'AND, OR or )', keywords: [...CONNECTIVES, ...OPERATORS], insert: ')' },
  pattern: { words: 'a name, a pattern such as card* or a string' },
  analysis: { words: 'an analysis such as BOTTLENECKS' },
  grouping: named('HOUR, DAY, WEEKDAY or a field'),
  compareTarget: named('PREVIOUS or the name of a query'),
  metric: { words: 'a metric such as BOTTLENECKS' },
  metricField: named('dwell, wait or duration'),
  comparison: { words: 'a comparison such as <=' },
  path: { words: "a file name in quotes, such as 'report.json'" },
  format: named('a format such as JSON'),
  address: { words: "an address in quotes, such as 'https://…'" },
  set: { words: "a list such as ['a', 'b'], a parameter or the name of a query" },
  text: { words: 'a string in quotes', text: true },
  afterNot: { words: 'IN, BETWEEN, LIKE or MATCHES', keywords: ['IN', 'BETWEEN', 'LIKE', 'MATCHES'] },
  argumentsGoOn: { words: 'a comma or )', insert: ')', conditions: true },
  /** An element is over: the list goes on or ends. */
  listGoesOn: (close: string): Expected => ({ words: `a comma or ${close}`, insert: close }),
  lessDepth: (limit: number): Expected => ({
    words: `at most ${limit} levels of parentheses, NOT and functions`,
  }),
  /** A clause (or the header) is over. */
  afterQuery: (kind: ClauseKind | undefined): Expected => {
    const goesOn = kind === undefined ? [] : (CLAUSE_FOLLOWERS[kind] ?? []);
    const words =
      kind === 'where'
        ? 'AND, OR, a clause such as LAST, or ;'
        : goesOn.length > 0
          ? `${goesOn.join(', ')}, a clause such as LIMIT, or ;`
          : 'a clause such as LIMIT, or ;';
    const comma = kind === 'with' || kind === 'analyze' || kind === 'expect';
    return { words, keywords: [...goesOn, ...CLAUSE_WORDS, 'QUERY', 'PARAM'], removable: true, comma };
  },
} as const satisfies Record<string, Expected | ((...args: never[]) => Expected)>;
