/** Diagnostics of single words: 1001, 1002, 1004 and 1005. */
import type { IToken } from 'chevrotain';
import { type Diagnostic, diagnostic, replace } from './diagnostics.ts';
import { parseDuration, quote, repairDuration } from './literals.ts';
import { endOf } from './tokens.ts';
import type { Span } from './tree.ts';

/** What other languages write. */
const SPELLINGS: Readonly<Record<string, string>> = { '&&': 'AND', '||': 'OR', '!': 'NOT' };

export function badCharacters(text: string, span: Span): Diagnostic {
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

export function unclosedString(token: IToken): Diagnostic {
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

export function unclosedComment(text: string, token: IToken): Diagnostic {
  const end = text.length;
  return diagnostic(
    'CXQ1002',
    { start: token.startOffset, end: token.startOffset + 2 },
    'The comment that begins here is never closed: */ is missing.',
    { fixes: [replace('Close the comment', { start: end, end }, ' */', true)] },
  );
}

export function doubleQuoted(token: IToken): Diagnostic {
  const span = { start: token.startOffset, end: endOf(token) };
  const value = token.image.slice(1, -1).replaceAll('""', '"');
  return diagnostic('CXQ1004', span, 'Strings are written in single quotes.', {
    fixes: [replace('Change to single quotes', span, quote(value), true)],
  });
}

export function malformedDuration(token: IToken): Diagnostic | undefined {
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
