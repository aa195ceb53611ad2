/** Whatever a text is, its layout is found at once, and nothing of it changes but blanks and the spelling of words. */
import fc from 'fast-check';
import type { TextChange } from '../../../server/src/language/diagnostics.ts';
import { applied, format, formatOnType, formatRanges } from '../../../server/src/language/format/index.ts';
import { type ParsedDocument, parse } from '../../../server/src/language/parse.ts';
import { caseOf, offsetAt, smallText, validText } from '../corpus.ts';
import { all, bounded, ensure, same, separate } from '../ensure.ts';
import { type Case, languageTarget, withEdits } from '../language-target.ts';

/** Words without semicolons, in lower case. */
function wordsOf(document: ParsedDocument): string[] {
  return document.tokens.flatMap(({ image }) => (image === ';' ? [] : [image.toLowerCase()]));
}

/** Comments as they are said: without the blanks at the end of a line. */
function commentsOf({ text, comments }: ParsedDocument): string[] {
  return comments.map(({ start, end }) => {
    const written = text.slice(start, end);
    return written.startsWith('/*') ? written : written.trimEnd();
  });
}

/** What it means: the trees of the items that have no syntax errors, without places; the case of words is spelling. */
function meaningOf(document: ParsedDocument): unknown {
  return JSON.parse(
    JSON.stringify(
      document.items.map((item) => (item.broken ? { kind: item.kind } : item)),
      (key, value: unknown) =>
        ['start', 'end', 'keyword', 'operatorSpan'].includes(key) ? undefined : value,
    ).toLowerCase(),
  );
}

function sameText(before: ParsedDocument, after: ParsedDocument, what: string): void {
  same(wordsOf(after), wordsOf(before), `${what} changes words`);
  same(commentsOf(after), commentsOf(before), `${what} changes comments`);
  const codes = (document: ParsedDocument) => document.syntax.map((found) => found.code);
  same(meaningOf(after), meaningOf(before), `${what} changes the meaning`);
  same(codes(after), codes(before), `${what} changes what is wrong`);
}

/** A range of a text, and the same text with a character more. */
function atPlace(
  document: ParsedDocument,
  changes: readonly TextChange[],
  start: number,
  pick: number,
): void {
  const { text } = document;
  const some = formatRanges(document, [{ start, end: Math.min(text.length, start + (pick % 200)) }]);
  separate(text, some, 'format a range');
  for (const change of some) {
    const known = changes.some((one) => one.start <= change.start && change.end <= one.end);
    ensure(known, () => `a range changes at ${change.start} what the whole does not`);
  }

  const typed = pick % 2 === 0 ? ';' : '\n';
  const typedText = text.slice(0, start) + typed + text.slice(start);
  const typedDocument = parse(typedText);
  const onType = formatOnType(typedDocument, start + 1, typed);
  separate(typedText, onType, 'format on type');
  if (onType.length === 0) return;
  const result = applied(typedText, onType);
  same(wordsOf(parse(result)), wordsOf(typedDocument), 'format on type changes words');
  ensure(result.endsWith(typedText.slice(start + 1).trimStart()), 'format on type changes what follows');
}

function holds({ text, at, pick, edits }: Case): void {
  const changes = bounded('format', () => format(parse(text)));
  separate(text, changes, 'format');
  const document = parse(text);
  const once = applied(text, changes);
  const formatted = parse(once);
  sameText(document, formatted, 'format');
  const again = applied(once, format(formatted));
  ensure(again === once, () => `formatted twice: ${JSON.stringify(again)}`);
  let from = 0;
  for (const item of document.items) {
    if (!item.broken) continue;
    const found = once.indexOf(text.slice(item.start, item.end), from);
    ensure(found >= from, () => `the broken item at ${item.start} was changed`);
    from = found + item.end - item.start;
  }
  same(formatRanges(document, [all(text)]), changes, 'all of it, as a range');
  for (const [index, place] of [at, ...edits.map((edit) => edit.at)].entries()) {
    atPlace(document, changes, offsetAt(text, place), pick + index);
  }
}

export const formatter = languageTarget('formatter', holds, {
  slowness: 8,
  count: withEdits,
  small: caseOf(fc.oneof(smallText, validText)),
});
