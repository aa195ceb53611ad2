/** Diagnostics of single words: 1001, 1002, 1004 and 1005. */
import type { IToken } from 'chevrotain';
import { type Diagnostic, diagnostic, type QuickFix, replace, sure } from './diagnostics.ts';
import { parseDuration, quote, repairDuration } from './literals.ts';
import { endOf } from './tokens.ts';
import type { Span } from './tree.ts';

/** What other languages write. */
const SPELLINGS: Readonly<Record<string, string>> = { '&&': 'AND', '||': 'OR', '!': 'NOT' };

export function badCharacters(text: string, span: Span): Diagnostic {
  const characters = text.slice(span.start, span.end);
  const report = (message: string, fixes: readonly QuickFix[]) =>
    diagnostic('CXQ1001', span, message, { fixes });
  if (characters.trim() === '') {
    const message = `This space (U+${codePoint(characters)}) is not an ordinary one, and is not read as a space.`;
    return report(message, [sure('Replace by a space', span, ' ')]);
  }
  const remove = (isPreferred: boolean) => replace(`Remove \`${characters}\``, span, '', isPreferred);
  const unequal = characters === '!' && /^\s*=/.test(text.slice(span.end, span.end + 8));
  const word = unequal ? undefined : SPELLINGS[characters];
  if (word !== undefined) {
    const spaced = `${/\s/.test(text.charAt(span.start - 1)) ? '' : ' '}${word}${/\s/.test(text.charAt(span.end)) ? '' : ' '}`;
    const message = `\`${characters}\` is written ${word} here.`;
    return report(message, [sure(`Change to ${word}`, span, spaced), remove(false)]);
  }
  if (CURLY.test(characters))
    return report("Strings stand in plain quotes: '.", [...straight(text, span), remove(false)]);
  const message =
    characters === '`'
      ? 'The name that begins with this backtick is not closed on its line.'
      : `\`${characters}\` has no meaning in CXQ.`;
  return report(message, [remove(true)]);
}

/** Quotes of word processors, and the accents that stand in for them. */
const CURLY = /^[\u2018-\u201F\u00B4]$/;
const CURLY_PAIRS = [/[\u2018-\u201B\u00B4]/g, /[\u201C-\u201F]/g];

/** How far a string's other quote is looked for, in characters. */
const LINE = 120;

/** Puts both quotes of a string right at once; one alone where its other one is not on the line. */
function straight(text: string, span: Span): QuickFix[] {
  // On a line without end each quote would be looked for among all the others.
  const begun = /[^\r\n]*$/.exec(text.slice(Math.max(0, span.start - LINE), span.start))?.[0] ?? '';
  const line = span.start - begun.length;
  const rest = /^[^\r\n]*/.exec(text.slice(line, span.end + LINE))?.[0] ?? '';
  const own = CURLY_PAIRS.find((pair) => text.charAt(span.start).search(pair) === 0) ?? /$^/g;
  const places = [...rest.matchAll(own)].map((one) => line + one.index);
  const index = places.indexOf(span.start);
  const other = places[index % 2 === 0 ? index + 1 : index - 1];
  if (index < 0 || other === undefined) return [replace("Change to '", span, "'", true)];
  const edits = [span.start, other]
    .sort((a, b) => a - b)
    .map((start) => ({ start, end: start + 1, newText: "'" }));
  // With another quote between them it is not plain where the string ends.
  const isSure = !/['"]/.test(text.slice(edits[0]?.end, edits[1]?.start));
  return [{ title: 'Change to plain quotes', edits, isPreferred: true, isSure }];
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
  return diagnostic(
    'CXQ1004',
    span,
    'Strings stand in single quotes; double quotes are read as well, but are not the form of the language.',
    {
      fixes: [sure('Change to single quotes', span, quote(value))],
    },
  );
}

export function malformedDuration(token: IToken): Diagnostic | undefined {
  const text = token.image;
  if (parseDuration(text) !== undefined) return undefined;
  const span = { start: token.startOffset, end: endOf(token) };
  const repaired = repairDuration(text);
  const fixes =
    repaired === undefined || repaired === text ? [] : [sure(`Change to ${repaired}`, span, repaired)];
  const digits = /^\d[\d_]*$/.test(text) ? text.replaceAll('_', '') : undefined;
  if (digits !== undefined) fixes.push(sure(`Change to ${digits}`, span, digits));
  const message = `\`${text}\` is not a duration. One is written like 1h30m: whole numbers, each with its unit (w, d, h, m, s, ms) once, from large to small.`;
  return diagnostic('CXQ1005', span, message, { fixes });
}
