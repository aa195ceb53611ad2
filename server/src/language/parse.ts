/** Text to tree: the one way in. Never fails; what is wrong is in `syntax`. */
import { type IToken, tokenMatcher } from 'chevrotain';
import { type Diagnostic, diagnostic, replace } from './diagnostics.ts';
import { parseDuration, quote, repairDuration } from './literals.ts';
import { type Extent, readTokens } from './parser.ts';
import { unticked } from './recovery.ts';
import { misspelt, type SyntaxFailure, syntaxDiagnostic } from './syntax.ts';
import { DurationToken, endOf, tokenise, UnclosedComment, UnclosedString, Word } from './tokens.ts';
import type { Comment, CxqDocument, Parameter, Query, Span } from './tree.ts';

export interface ParsedDocument extends CxqDocument {
  /** Diagnostics of the 1xxx codes, by place. */
  readonly syntax: readonly Diagnostic[];
  /** What the grammar read: everything but white space, comments and characters that start no token. */
  readonly tokens: readonly IToken[];
  /** Offsets of names that a syntax error follows and probably explains: misspelt keywords read as fields. */
  readonly suspects: ReadonlySet<number>;
  /** Offsets of operands that stand alone only because a syntax error cut short what follows them. */
  readonly unfinished: ReadonlySet<number>;
  /** Names after a misspelt PARAM or QUERY: they are not unknown where they are used. */
  readonly presumed: {
    readonly parameters: ReadonlySet<string>;
    readonly queries: ReadonlySet<string>;
    /** Where the misspelt QUERYs stand. */
    readonly starts: readonly number[];
  };
}

/** Parses a whole file. */
export function parse(text: string): ParsedDocument {
  const { tokens, comments, bad } = tokenise(text);
  const read = readTokens([...tokens], text.length);
  const unclosed = comments.find((comment) => comment.tokenType === UnclosedComment);
  const syntax: Diagnostic[] = [];
  for (const span of bad) syntax.push(badCharacters(text, span));
  for (const token of tokens) {
    if (token.tokenType === UnclosedString) syntax.push(unclosedString(token));
    else if (token.image.startsWith('"')) syntax.push(doubleQuoted(token));
  }
  if (unclosed !== undefined) syntax.push(unclosedComment(text, unclosed));
  for (const failure of read.failures) {
    if (!isFollowUp(failure, bad, unclosed, text)) syntax.push(syntaxDiagnostic(failure));
  }
  const failedAt = new Set(read.failures.map((failure) => failure.offending?.startOffset));
  for (const token of tokens) {
    if (token.tokenType !== DurationToken || failedAt.has(token.startOffset)) continue;
    const error = malformedDuration(token);
    if (error !== undefined) syntax.push(error);
  }
  syntax.sort((a, b) => a.start - b.start || a.code.localeCompare(b.code));
  const items = markBroken(read.items, read.extents, syntax, read.failures);
  return {
    kind: 'document',
    start: 0,
    end: text.length,
    text,
    items,
    parameters: items.filter((item) => item.kind === 'parameter'),
    queries: items.filter((item) => item.kind === 'query'),
    comments: comments.map(
      (token): Comment => ({
        kind: 'comment',
        start: token.startOffset,
        end: endOf(token),
        closed: token !== unclosed,
      }),
    ),
    syntax,
    tokens,
    suspects: new Set([...read.suspects, ...besideBad(tokens, bad)]),
    unfinished: new Set(read.unfinished),
    presumed: presumed(read.failures),
  };
}

/** What `PRAM x = 5` and `QURY a` were meant to declare. */
function presumed(failures: readonly SyntaxFailure[]): ParsedDocument['presumed'] {
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
function isFollowUp(
  failure: SyntaxFailure,
  bad: readonly Span[],
  unclosed: IToken | undefined,
  text: string,
): boolean {
  const { offending, previous } = failure;
  if (previous?.tokenType === UnclosedString || offending?.tokenType === UnclosedString) return true;
  const from = previous === undefined ? 0 : endOf(previous);
  const to = offending?.startOffset ?? text.length;
  if (unclosed !== undefined && unclosed.startOffset >= from && unclosed.startOffset <= to) return true;
  if (bad.some((span) => span.start >= from && span.end <= to)) return true;
  // What an open backtick or a typographic quote leaves of its line are no words of ours.
  const line = Math.max(text.lastIndexOf('\n', to - 1), text.lastIndexOf('\r', to - 1)) + 1;
  return bad.some(
    (span) => span.start >= line && span.end <= to && QUOTES.test(text.slice(span.start, span.end)),
  );
}

function markBroken(
  items: readonly (Parameter | Query)[],
  extents: readonly Extent[],
  syntax: readonly Diagnostic[],
  failures: readonly SyntaxFailure[],
): (Parameter | Query)[] {
  const errors = syntax.filter((found) => found.severity === 'error').map((found) => found.start);
  for (const failure of failures)
    errors.push(failure.offending?.startOffset ?? failure.previous?.startOffset ?? 0);
  if (errors.length === 0) return [...items];
  errors.sort((a, b) => a - b);
  let next = 0;
  return items.map((item, index) => {
    const extent = extents[index] ?? item;
    while (next < errors.length && (errors[next] ?? 0) < extent.start) next++;
    const at = errors[next];
    // A failure at what ends the item (`WHERE ;`) belongs to the item.
    const broken = at !== undefined && at <= extent.end;
    return broken ? { ...item, broken } : item;
  });
}

/** Backticks, and quotes that word processors write. */
const QUOTES = /[`\u2018-\u201F\u00B4]/;
/** What other languages write. */
const SPELLINGS: Readonly<Record<string, string>> = { '&&': 'AND', '||': 'OR', '!': 'NOT' };

/** Names that touch characters which start no token: they are pieces of something else. */
function besideBad(tokens: readonly IToken[], bad: readonly Span[]): number[] {
  if (bad.length === 0) return [];
  const starts = new Set(bad.map((span) => span.start));
  const ends = new Set(bad.map((span) => span.end));
  return tokens
    .filter((token) => tokenMatcher(token, Word) && (ends.has(token.startOffset) || starts.has(endOf(token))))
    .map((token) => token.startOffset);
}

function badCharacters(text: string, span: Span): Diagnostic {
  const characters = text.slice(span.start, span.end);
  const blank = characters.trim() === '';
  const message = blank
    ? `A space that is no ordinary one (U+${codePoint(characters)}).`
    : `\`${characters}\` starts nothing that the language knows.`;
  if (blank)
    return diagnostic('CXQ1001', span, message, { fixes: [replace('Replace by a space', span, ' ', true)] });
  const fixes = [replace(`Remove \`${characters}\``, span, '', true)];
  const unequal = characters === '!' && /^\s*=/.test(text.slice(span.end, span.end + 8));
  const word = unequal ? undefined : SPELLINGS[characters];
  if (word !== undefined) {
    const spaced = `${/\s/.test(text.charAt(span.start - 1)) ? '' : ' '}${word}${/\s/.test(text.charAt(span.end)) ? '' : ' '}`;
    fixes.unshift(replace(`Change to ${word}`, span, spaced, true));
  } else if (/^[\u2018-\u201F\u00B4]$/.test(characters)) {
    fixes.unshift(replace("Change to '", span, "'", true));
  }
  return diagnostic('CXQ1001', span, message, {
    fixes: fixes.map((fix, index) => ({ ...fix, isPreferred: index === 0 })),
  });
}

function codePoint(text: string): string {
  return (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

function unclosedString(token: IToken): Diagnostic {
  const mark = token.image.charAt(0);
  // What most likely follows the string on its line (a bracket, a comma, a semicolon) stays outside.
  const body = token.image.replace(/[\s,;)\]]+$/, '');
  const at = token.startOffset + Math.max(body.length, 1);
  return diagnostic(
    'CXQ1002',
    { start: token.startOffset, end: endOf(token) },
    `The string that begins here is not closed on its line: ${mark} is missing.`,
    { fixes: [replace('Close the string', { start: at, end: at }, mark, true)] },
  );
}

function unclosedComment(text: string, token: IToken): Diagnostic {
  const end = text.length;
  return diagnostic(
    'CXQ1002',
    { start: token.startOffset, end: token.startOffset + 2 },
    'The comment that begins here is never closed: */ is missing.',
    { fixes: [replace('Close the comment', { start: end, end }, ' */', true)] },
  );
}

function doubleQuoted(token: IToken): Diagnostic {
  const span = { start: token.startOffset, end: endOf(token) };
  const value = token.image.slice(1, -1).replaceAll('""', '"');
  return diagnostic('CXQ1004', span, 'Strings are written in single quotes.', {
    fixes: [replace('Change to single quotes', span, quote(value), true)],
  });
}

function malformedDuration(token: IToken): Diagnostic | undefined {
  const text = token.image;
  if (parseDuration(text) !== undefined) return undefined;
  const span = { start: token.startOffset, end: endOf(token) };
  const repaired = repairDuration(text);
  const fixes =
    repaired === undefined || repaired === text
      ? []
      : [replace(`Change to ${repaired}`, span, repaired, true)];
  const message = `\`${text}\` is no duration: units are w, d, h, m, s and ms, each at most once, from large to small, with whole numbers (1h30m).`;
  return diagnostic('CXQ1005', span, message, { fixes });
}
