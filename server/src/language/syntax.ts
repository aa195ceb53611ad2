/** Syntax errors in words: what was expected, what stands there, and what would repair it. */
import type { IToken } from 'chevrotain';
import { type Diagnostic, diagnostic, type QuickFix, replace } from './diagnostics.ts';
import { nearest } from './nearest.ts';
import { CLAUSE_WORDS, endOf, RESERVED, type Reserved } from './tokens.ts';
import type { ClauseKind, Span } from './tree.ts';

export interface Expected {
  /** Completes the sentence "Expected …". */
  readonly words: string;
  /** Keywords that fit here: a near one is proposed for a misspelt word. */
  readonly keywords?: readonly string[];
  /** Text that, put before the offending token, goes a long way to repair it. */
  readonly insert?: string;
  /** A name was wanted, so that a reserved word needs backticks. */
  readonly name?: boolean;
  /** The offending text says nothing and can go. */
  readonly removable?: boolean;
}

export interface SyntaxFailure {
  readonly expected: Expected;
  /** undefined at the end of the file. */
  readonly offending: IToken | undefined;
  readonly previous: IToken | undefined;
}

const CONNECTIVES: readonly Reserved[] = ['AND', 'OR'];
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
  value: { words: 'a value', keywords: VALUES },
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
  text: { words: 'a string in quotes' },
  afterNot: { words: 'IN, BETWEEN, LIKE or MATCHES', keywords: ['IN', 'BETWEEN', 'LIKE', 'MATCHES'] },
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
    return { words, keywords: [...goesOn, ...CLAUSE_WORDS, 'QUERY', 'PARAM'], removable: true };
  },
} as const satisfies Record<string, Expected | ((...args: never[]) => Expected)>;

function isPlainWord(token: IToken): boolean {
  return /^[A-Za-z_]/.test(token.image);
}

function reservedWord(token: IToken): Reserved | undefined {
  const upper = token.image.toUpperCase();
  return RESERVED.find((word) => word === upper);
}

function spanOf(token: IToken): Span {
  return { start: token.startOffset, end: endOf(token) };
}

/** A misspelt keyword at the offending token, or just before it where that one was read as a lone field. */
function misspelt(failure: SyntaxFailure): { token: IToken; keyword: string } | undefined {
  const { expected, offending, previous } = failure;
  const keywords = expected.keywords;
  if (keywords === undefined) return undefined;
  const candidates = expected.removable === true ? [offending, previous] : [offending];
  for (const token of candidates) {
    if (token === undefined || !isPlainWord(token) || reservedWord(token) !== undefined) continue;
    const keyword = nearest(token.image, keywords);
    if (keyword !== undefined && keyword !== token.image.toUpperCase()) return { token, keyword };
  }
  return undefined;
}

/** The diagnostic of a syntax failure; `text` ends where the file does. */
export function syntaxDiagnostic(failure: SyntaxFailure): Diagnostic {
  const { expected, offending, previous } = failure;
  const at = offending ?? previous;
  const span = at === undefined ? { start: 0, end: 0 } : spanOf(at);
  const near = misspelt(failure);
  if (near !== undefined) {
    const message = `Expected ${expected.words}, found \`${near.token.image}\`. Did you mean ${near.keyword}?`;
    const fix = replace(`Change to ${near.keyword}`, spanOf(near.token), near.keyword, true);
    return diagnostic('CXQ1003', spanOf(near.token), message, { fixes: [fix] });
  }
  const fixes: QuickFix[] = [];
  if (offending === undefined) {
    if (expected.insert !== undefined && at !== undefined) {
      const insert = expected.insert.trim();
      const gap = /^\w|=/.test(insert) ? ' ' : '';
      fixes.push(replace(`Insert ${insert}`, { start: span.end, end: span.end }, gap + insert, true));
    }
    return diagnostic('CXQ1003', span, `Expected ${expected.words}, but the file ends here.`, { fixes });
  }
  const reserved = reservedWord(offending);
  let message = `Expected ${expected.words}, found \`${shorten(offending.image)}\`.`;
  if (expected.name === true && reserved !== undefined) {
    message += ` ${reserved} is a reserved word; in backticks it is a name.`;
    fixes.push(replace('Put it in backticks', span, `\`${offending.image}\``));
  }
  if (previous?.image === ',' && /^[)\];]$/.test(offending.image)) {
    fixes.push(replace('Remove the comma', spanOf(previous), '', true));
  } else if (previous?.image === ',' && offending.image === ',') {
    fixes.push(replace('Remove the comma', span, '', true));
  } else if (expected.insert !== undefined) {
    fixes.push(insertion(expected, offending, previous));
  }
  if (expected.removable === true) fixes.push(replace(`Remove \`${shorten(offending.image)}\``, span, ''));
  return diagnostic('CXQ1003', span, message, { fixes });
}

/** What is missing, put where it belongs: a closing bracket or comma just after the last token, a word before the next. */
function insertion(expected: Expected, offending: IToken, previous: IToken | undefined): QuickFix {
  const insert = expected.insert ?? '';
  const closes = /^[)\]]$/.test(insert);
  // `['a' 'b'`: two elements want a comma between them.
  const element = closes && expected.words.startsWith('a comma') && /^['"$\d\w]/.test(offending.image);
  const fitsElement = element && reservedWord(offending) === undefined;
  const after = previous === undefined ? offending.startOffset : endOf(previous);
  if (fitsElement) return replace('Insert a comma', { start: after, end: after }, ',', true);
  if (closes) return replace(`Insert ${insert}`, { start: after, end: after }, insert, true);
  const start = offending.startOffset;
  return replace(`Insert ${insert.trim()}`, { start, end: start }, insert, true);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
