/** One section of a text read: its tree and what is wrong with it. A section is a text of its own, with its own offsets. */
import { type IToken, tokenMatcher } from 'chevrotain';
import type { Diagnostic } from './diagnostics.ts';
import {
  badCharacters,
  doubleQuoted,
  malformedDuration,
  unclosedComment,
  unclosedString,
} from './lexical.ts';
import { type Extent, readTokens } from './parser.ts';
import { Trial } from './proven.ts';
import { unticked } from './recovery.ts';
import { misspelt, syntaxDiagnostic } from './repairs.ts';
import type { SyntaxFailure } from './syntax.ts';
import {
  DurationToken,
  endOf,
  Identifier,
  keywords,
  type Lexed,
  ParameterToken,
  StringToken,
  UnclosedComment,
  UnclosedString,
  Word,
} from './tokens.ts';
import type { Comment, Parameter, Query, Span } from './tree.ts';

/** Names after a misspelt PARAM or QUERY: they are not unknown where they are used. */
export interface Presumed {
  readonly parameters: ReadonlySet<string>;
  readonly queries: ReadonlySet<string>;
  /** Where the misspelt QUERYs stand. */
  readonly starts: readonly number[];
}

/** What a section says. Offsets and the `index` of queries count from its start. */
export interface Reading {
  readonly items: readonly (Parameter | Query)[];
  readonly comments: readonly Comment[];
  /** Diagnostics of the 1xxx codes, by place. Those at its end may stand at the first token after it. */
  readonly syntax: readonly Diagnostic[];
  /** Offsets of names that a syntax error follows and probably explains: misspelt keywords read as fields. */
  readonly suspects: ReadonlySet<number>;
  /** Offsets of operands that stand alone only because a syntax error cut short what follows them. */
  readonly unfinished: ReadonlySet<number>;
  readonly presumed: Presumed;
  /** Uses of parameters, also in what could not be read. */
  readonly parameterTokens: readonly IToken[];
  /** Whether a word that can name a query stands in it: after IN or COMPARE. */
  readonly namesQueries: boolean;
  readonly strings: readonly IToken[];
}

/**
 * Reads a section. `ahead` are the two tokens after it, fewer at the end of the text: an error at its end names them,
 * but they are not read.
 */
export function readSection(text: string, lexed: Lexed, ahead: readonly IToken[]): Reading {
  const { tokens, comments, bad } = lexed;
  const read = readTokens([...tokens, ...ahead], text.length, ahead[0]);
  const unclosed = comments.find((comment) => comment.tokenType === UnclosedComment);
  let syntax: Diagnostic[] = [];
  const parameterTokens: IToken[] = [];
  const strings: IToken[] = [];
  let namesQueries = false;
  let previous: IToken | undefined;
  for (const span of bad) syntax.push(badCharacters(text, span));
  for (const token of tokens) {
    if (token.tokenType === ParameterToken) parameterTokens.push(token);
    namesQueries ||= token.tokenType === keywords.COMPARE;
    namesQueries ||= previous?.tokenType === keywords.IN && tokenMatcher(token, Identifier);
    previous = token;
    if (!tokenMatcher(token, StringToken)) continue;
    strings.push(token);
    if (token.tokenType === UnclosedString) syntax.push(unclosedString(token));
    else if (token.image.startsWith('"')) syntax.push(doubleQuoted(token));
  }
  if (unclosed !== undefined) syntax.push(unclosedComment(text, unclosed));
  const causes = new Causes(text, bad, unclosed);
  const trial = new Trial({ text, bad: bad.length, failures: read.failures, ahead });
  let said = -1;
  for (const failure of read.failures) {
    if (causes.explain(failure)) continue;
    const found = syntaxDiagnostic(failure, text);
    // What ends one item and begins another is wrong in both: it is said once.
    if (found.start === said) continue;
    said = found.start;
    syntax.push(trial.proven(found, failure));
  }
  // What was skipped after an error is no duration, but a piece of what could not be read.
  let skipped = 0;
  for (const token of tokens) {
    while ((read.failures[skipped]?.end ?? endOfFailure(read.failures[skipped])) <= token.startOffset)
      skipped++;
    if (token.tokenType !== DurationToken) continue;
    if ((read.failures[skipped]?.offending?.startOffset ?? text.length) <= token.startOffset) continue;
    const error = malformedDuration(token);
    if (error !== undefined) syntax.push(error);
  }
  if (bad.length > 0) {
    const within = coverage(syntax.filter((found) => found.code === 'CXQ1003'));
    syntax = syntax.filter((found) => found.code !== 'CXQ1001' || !within(found));
  }
  syntax.sort((a, b) => a.start - b.start || a.code.localeCompare(b.code));
  return {
    items: markBroken(read.items, read.extents, syntax, read.failures),
    comments: comments.map((token) => ({
      kind: 'comment',
      start: token.startOffset,
      end: endOf(token),
      closed: token !== unclosed,
    })),
    syntax,
    suspects: setOf(bad.length === 0 ? read.suspects : [...read.suspects, ...besideBad(tokens, bad)]),
    unfinished: setOf(read.unfinished),
    presumed: read.failures.length === 0 ? NOTHING_PRESUMED : presumed(read.failures),
    parameterTokens,
    namesQueries,
    strings,
  };
}

/** Where what a failure says nothing of begins again; nothing after the last failure. */
function endOfFailure(failure: SyntaxFailure | undefined): number {
  if (failure === undefined) return Number.POSITIVE_INFINITY;
  return failure.offending === undefined ? -1 : endOf(failure.offending);
}

// Most sections have none of these: one empty set is enough for all.
const NO_OFFSETS: ReadonlySet<number> = new Set();
const NOTHING_PRESUMED: Presumed = { parameters: new Set(), queries: new Set(), starts: [] };

function setOf(offsets: readonly number[]): ReadonlySet<number> {
  return offsets.length === 0 ? NO_OFFSETS : new Set(offsets);
}

/** What `PRAM x = 5` and `QURY a` were meant to declare. */
function presumed(failures: readonly SyntaxFailure[]): Presumed {
  const parameters = new Set<string>();
  const queries = new Set<string>();
  const starts: number[] = [];
  for (const failure of failures) {
    const near = misspelt(failure);
    if (near?.keyword !== 'PARAM' && near?.keyword !== 'QUERY') continue;
    if (near.keyword === 'QUERY') starts.push(near.token.startOffset);
    const { offending, following } = failure;
    const name = near.token === offending ? following : offending;
    if (name === undefined || !tokenMatcher(name, Word)) continue;
    (near.keyword === 'PARAM' ? parameters : queries).add(unticked(name.image));
  }
  return { parameters, queries, starts };
}

/** One cause is reported once: a bad character or an open string has already said why something is missing here. */
class Causes {
  readonly #text: string;
  readonly #bad: readonly Span[];
  /** Those of `bad` that are quotes. */
  readonly #quotes: readonly Span[];
  readonly #unclosed: IToken | undefined;
  /** Where lines begin; made where there are quotes. */
  readonly #lines: readonly number[];

  constructor(text: string, bad: readonly Span[], unclosed: IToken | undefined) {
    this.#text = text;
    this.#bad = bad;
    this.#unclosed = unclosed;
    this.#quotes = bad.filter((span) => QUOTES.test(text.slice(span.start, span.end)));
    this.#lines =
      this.#quotes.length === 0 ? [] : [...text.matchAll(/[\r\n]/g)].map((found) => found.index + 1);
  }

  explain({ offending, previous }: SyntaxFailure): boolean {
    if (previous?.tokenType === UnclosedString || offending?.tokenType === UnclosedString) return true;
    const from = previous === undefined ? 0 : endOf(previous);
    const to = offending?.startOffset ?? this.#text.length;
    const open = this.#unclosed?.startOffset;
    if (open !== undefined && open >= from && open <= to) return true;
    if (isBetween(this.#bad, from, to)) return true;
    if (this.#quotes.length === 0) return false;
    // What an open backtick or a typographic quote leaves of its line are no words of ours.
    const at = offending?.startOffset ?? from;
    const line = this.#lines[firstFrom(this.#lines, at + 1, (start) => start) - 1] ?? 0;
    return isBetween(this.#quotes, line, to);
  }
}

/** Whether one of the spans, which stand in order, lies in `[from, to)`. */
function isBetween(spans: readonly Span[], from: number, to: number): boolean {
  const first = spans[firstFrom(spans, from, (span) => span.start)];
  return first !== undefined && first.end <= to;
}

/** The index of the first of ordered places that is not before an offset. */
function firstFrom<T>(places: readonly T[], offset: number, place: (one: T) => number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = places[middle];
    if (one !== undefined && place(one) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Tells of a span whether one of others holds it. */
function coverage(others: readonly Span[]): (span: Span) => boolean {
  const ordered = [...others].sort((a, b) => a.start - b.start);
  let most = 0;
  // How far the ones up to each reach.
  const reach = ordered.map(({ end }) => {
    most = Math.max(most, end);
    return most;
  });
  return ({ start, end }) => (reach[firstFrom(ordered, start + 1, (one) => one.start) - 1] ?? -1) >= end;
}

function markBroken(
  items: readonly (Parameter | Query)[],
  extents: readonly Extent[],
  syntax: readonly Diagnostic[],
  failures: readonly SyntaxFailure[],
): readonly (Parameter | Query)[] {
  if (syntax.length === 0 && failures.length === 0) return items;
  const errors = syntax.filter((found) => found.severity === 'error').map((found) => found.start);
  for (const failure of failures)
    errors.push(failure.offending?.startOffset ?? failure.previous?.startOffset ?? 0);
  if (errors.length === 0) return items;
  errors.sort((a, b) => a - b);
  const ofWords = new Set(syntax.filter((found) => found.code !== 'CXQ1003').map((found) => found.start));
  let next = 0;
  return items.map((item, index) => {
    const extent = extents[index] ?? item;
    // What is missing where the item before ends is missing there, not in the one that begins.
    const follows = extents[index - 1]?.end === extent.start && !ofWords.has(extent.start);
    const first = extent.start + (follows ? 1 : 0);
    while (next < errors.length && (errors[next] ?? 0) < first) next++;
    const at = errors[next];
    // A failure at what ends the item (`WHERE ;`) belongs to the item.
    const broken = at !== undefined && at <= extent.end;
    return broken ? { ...item, broken } : item;
  });
}

/** Backticks, and quotes that word processors write. */
export const QUOTES = /[`\u2018-\u201F\u00B4]/;
/** Names that touch characters which start no token: they are pieces of something else. */
function besideBad(tokens: readonly IToken[], bad: readonly Span[]): number[] {
  const starts = new Set(bad.map((span) => span.start));
  const ends = new Set(bad.map((span) => span.end));
  return tokens
    .filter((token) => tokenMatcher(token, Word) && (ends.has(token.startOffset) || starts.has(endOf(token))))
    .map((token) => token.startOffset);
}
