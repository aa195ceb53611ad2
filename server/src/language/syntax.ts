/** Syntax errors in words: what was expected, what stands there, and what would repair it. */
import type { IToken } from 'chevrotain';
import { type Diagnostic, diagnostic, type QuickFix, replace } from './diagnostics.ts';
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import { parseDuration } from './literals.ts';
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
  /** What was skipped says nothing and can go. */
  readonly removable?: boolean;
  /** A value was wanted: a bare word is one without its quotes. */
  readonly text?: boolean;
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

function isPlainWord(token: IToken): boolean {
  return /^[A-Za-z_]/.test(token.image);
}

function reservedWord(token: IToken): Reserved | undefined {
  const upper = token.image.toUpperCase();
  return RESERVED.find((word) => word === upper);
}

/** A word that means something as it is. */
function isKnownWord(token: IToken): boolean {
  const { image } = token;
  return (
    reservedWord(token) !== undefined || fieldNamed(image) !== undefined || functionNamed(image) !== undefined
  );
}

function spanOf(token: IToken): Span {
  return { start: token.startOffset, end: endOf(token) };
}

/** A misspelt keyword at the offending token, or just before it where that one was read as a lone field. */
export function misspelt(failure: SyntaxFailure): { token: IToken; keyword: string } | undefined {
  const { expected, offending, previous } = failure;
  const keywords = expected.keywords;
  if (keywords === undefined) return undefined;
  const candidates = expected.removable === true ? [offending, previous] : [offending];
  for (const token of candidates) {
    if (token === undefined || !isPlainWord(token) || isKnownWord(token)) continue;
    const keyword = nearest(token.image, keywords);
    if (keyword !== undefined && keyword !== token.image.toUpperCase()) return { token, keyword };
  }
  return undefined;
}

/** The diagnostic of a syntax failure; at the end of the file it stands at the last token. */
export function syntaxDiagnostic(failure: SyntaxFailure): Diagnostic {
  const { expected, offending, previous } = failure;
  const at = offending ?? previous;
  const span = at === undefined ? { start: 0, end: 0 } : spanOf(at);
  const near = failure.reserved ? undefined : misspelt(failure);
  if (near !== undefined) {
    const message = `Expected ${expected.words}, found \`${near.token.image}\`. Did you mean ${near.keyword}?`;
    const fix = replace(`Change to ${near.keyword}`, spanOf(near.token), near.keyword, true);
    return diagnostic('CXQ1003', spanOf(near.token), message, { fixes: [fix] });
  }
  const fixes = repairs(failure);
  if (offending === undefined)
    return diagnostic('CXQ1003', span, `Expected ${expected.words}, but the file ends here.`, { fixes });
  const reserved = expected.name === true ? reservedWord(offending) : undefined;
  const hint = reserved === undefined ? '' : ` ${reserved} is a reserved word; in backticks it is a name.`;
  const message = `Expected ${expected.words}, found \`${shorten(offending.image)}\`.${hint}`;
  return diagnostic('CXQ1003', span, message, { fixes });
}

const COMPARISON = /^(?:[=<>]|!=|<>|<=|>=)$/;
const CLOSER = /^[)\]]$/;

/** Quick fixes, the likeliest first. */
function repairs(failure: SyntaxFailure): QuickFix[] {
  const { expected, offending, previous, reserved } = failure;
  if (offending === undefined) return atEnd(expected, previous);
  const span = spanOf(offending);
  if (reserved) return [replace('Put it in backticks', span, `\`${offending.image}\``, true)];
  const { image } = offending;
  const before = previous?.image ?? '';
  const connective = expected.words === wanted.condition.words && /^(?:AND|OR)$/i.test(before);
  if (previous !== undefined && before === ',' && /^[)\];]$/.test(image)) {
    return [replace('Remove the comma', spanOf(previous), '', true)];
  }
  const lists: readonly string[] = [wanted.option.words, wanted.metric.words, wanted.analysis.words];
  if (
    previous !== undefined &&
    before === ',' &&
    reservedWord(offending) !== undefined &&
    lists.includes(expected.words)
  ) {
    return [replace('Remove the comma', spanOf(previous), '', true)];
  }
  if (before === ',' && image === ',') return [replace('Remove the comma', span, '', true)];
  if (COMPARISON.test(before) && COMPARISON.test(image)) return [without(previous, offending)];
  if (connective && /^(?:AND|OR)$/i.test(image)) return [without(previous, offending)];
  if (connective && previous !== undefined && reservedWord(offending) !== undefined && !isValueWord(image)) {
    return [
      replace(`Remove ${before}`, { start: previous.startOffset, end: offending.startOffset }, '', true),
    ];
  }
  const fixes = [...converted(failure, offending), ...insertion(failure, offending)];
  if (expected.removable === true) {
    const end = Math.max(failure.end ?? span.end, span.end);
    const title = end > span.end ? `Remove \`${shorten(image)}\` and what follows it` : `Remove \`${image}\``;
    fixes.push(replace(title, { start: span.start, end }, ''));
  }
  return fixes;
}

/** At the end of the file only what closes something can be put; anything else wants more than one word. */
function atEnd(expected: Expected, previous: IToken | undefined): QuickFix[] {
  if (previous === undefined || !CLOSER.test(expected.insert ?? '')) return [];
  const end = endOf(previous);
  return [replace(`Insert ${expected.insert}`, { start: end, end }, expected.insert ?? '', true)];
}

/** Removes a token with the blanks before it. */
function without(previous: IToken | undefined, offending: IToken): QuickFix {
  const start = previous === undefined ? offending.startOffset : endOf(previous);
  return replace(`Remove \`${offending.image}\``, { start, end: endOf(offending) }, '', true);
}

function isValueWord(image: string): boolean {
  return /^(?:NOT|NULL|TRUE|FALSE)$/i.test(image);
}

/** The offending token written as what was wanted. */
function converted(failure: SyntaxFailure, offending: IToken): QuickFix[] {
  const { expected, previous } = failure;
  const { image } = offending;
  const span = spanOf(offending);
  const change = (newText: string) => [replace(`Change to ${newText}`, span, newText, true)];
  if (expected.text === true && isPlainWord(offending) && reservedWord(offending) === undefined) {
    return [replace('Put it in quotes', span, `'${image}'`, true)];
  }
  if (expected.words === wanted.set.words && /^['"\d-]/.test(image)) return change(`[${image}]`);
  if (expected.words === wanted.duration.words) {
    // A bare number after LAST is of hours, as it is read aloud; elsewhere of seconds.
    if (/^\d+$/.test(image)) return change(`${image}${/^LAST$/i.test(previous?.image ?? '') ? 'h' : 's'}`);
    const inside = /^'(.*)'$/.exec(image)?.[1];
    return inside !== undefined && parseDuration(inside) !== undefined ? change(inside) : [];
  }
  // `nodeId IS 'a'`.
  if (expected.insert === wanted.nullWord.insert && previous !== undefined && /^['"$\d]/.test(image)) {
    return /^IS$/i.test(previous.image) ? [replace('Change IS to =', spanOf(previous), '=', true)] : [];
  }
  // `IN ('a', 'b']`.
  const { insert = '' } = expected;
  if (CLOSER.test(image) && CLOSER.test(insert)) return change(insert);
  return image === ',' && insert === wanted.and.insert ? [replace('Change to AND', span, ' AND', true)] : [];
}

/** What is missing, put where it belongs: a closing bracket or comma just after the last token, a word before the next. */
function insertion(failure: SyntaxFailure, offending: IToken): QuickFix[] {
  const { expected, previous } = failure;
  const { image } = offending;
  const reserved = reservedWord(offending) !== undefined;
  const after = previous === undefined ? offending.startOffset : endOf(previous);
  const element = /^['"$\d\w`]/.test(image) && !reserved;
  const comma = replace('Insert a comma', { start: after, end: after }, ',', true);
  if (expected.comma === true) return isPlainWord(offending) && !reserved ? [comma] : [];
  const { insert } = expected;
  if (insert === undefined) return [];
  if (CLOSER.test(insert)) {
    // `['a' 'b'`: two elements want a comma between them.
    if (expected.words.startsWith('a comma') && element) return [comma];
    return CLOSER.test(image)
      ? []
      : [replace(`Insert ${insert}`, { start: after, end: after }, insert, true)];
  }
  const start = offending.startOffset;
  const gap = start === after ? ' ' : '';
  const word = replace(`Insert ${insert.trim()}`, { start, end: start }, gap + insert, true);
  if (insert === wanted.nullWord.insert) return element ? [] : [word];
  // What the word would lead to has to be there.
  return element || image === '(' || isValueWord(image) ? [word] : [];
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
