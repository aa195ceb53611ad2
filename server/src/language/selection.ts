/** What a selection grows to: from the word under the cursor to the whole document. */
import { beginsLine, isNextLine, runAbout } from './comments.ts';
import { firstEndingAt, type Node, pathTo, touched } from './nodes.ts';
import type { ParsedDocument } from './parse.ts';
import { type Part, partAt } from './part.ts';
import { holds } from './token-at.ts';
import { endOf } from './tokens.ts';
import type { Clause, Span } from './tree.ts';

/** How much of a long comment is looked at for a word. */
const WORD_REACH = 200;

/** Ranges about an offset, the smallest first: each holds the one before it, the last is the document. */
export function selectionRanges(document: ParsedDocument, offset: number): Span[] {
  const part = partAt(document, offset);
  const { text } = document;
  const candidates: Span[] = [];
  const index = touched(part.tokens, offset);
  const token = index === undefined ? undefined : part.tokens[index];
  const about = commentAt(text, part, offset, token !== undefined);
  let base: Span = { start: offset, end: offset };
  if (about !== undefined) {
    const { comment, run } = about;
    base = comment;
    candidates.push(...wordsIn(text, comment, offset), comment, run);
  } else if (token !== undefined) {
    base = { start: token.startOffset, end: endOf(token) };
    candidates.push(...insideToken(text, base, offset), base);
  }
  const path = pathTo(part, base);
  for (const node of path) candidates.push(node, ...partsOf(node, base, text));
  const [item] = path;
  if (item !== undefined) candidates.push(withSurroundings(document, item));
  return nested(candidates, offset, { start: 0, end: text.length });
}

/** Ranges that hold an offset and each other, by their length, each once; then all of the text. */
function nested(candidates: readonly Span[], offset: number, all: Span): Span[] {
  const length = ({ start, end }: Span): number => end - start;
  const found: Span[] = [];
  for (const { start, end } of candidates.toSorted((a, b) => length(a) - length(b))) {
    if (start > offset || end < offset || end === start) continue;
    const last = found.at(-1);
    if (last !== undefined && !(holds({ start, end }, last) && end - start > length(last))) continue;
    found.push({ start, end });
  }
  const largest = found.at(-1);
  if (largest === undefined || length(largest) < length(all)) found.push(all);
  return found;
}

function commentAt(
  text: string,
  part: Part,
  offset: number,
  besideToken: boolean,
): { readonly comment: Span; readonly run: Span } | undefined {
  const { comments } = part;
  const index = firstEndingAt(comments.length, (at) => comments[at]?.end, offset);
  const comment = comments[index];
  if (comment === undefined || comment.start > offset || (comment.end === offset && besideToken))
    return undefined;
  return { comment, run: runAbout(text, comments, index) ?? comment };
}

/** The word of a text that touches an offset. */
function wordsIn(text: string, within: Span, offset: number): Span[] {
  const from = Math.max(within.start, offset - WORD_REACH);
  const near = text.slice(from, Math.min(within.end, offset + WORD_REACH));
  for (const match of near.matchAll(/[\p{L}\p{N}_]+/gu)) {
    const start = from + match.index;
    const end = start + match[0].length;
    if (start <= offset && offset <= end) return [{ start, end }];
  }
  return [];
}

/** The word, then the content of what has marks around it: strings, names in backticks, `$name`. */
function insideToken(text: string, token: Span, offset: number): Span[] {
  let { start, end } = token;
  if (text.charAt(start) === '$') start++;
  const mark = text.charAt(start);
  const inner: Span[] = [{ start, end }];
  if (/['"`]/.test(mark)) {
    start++;
    if (end - 1 >= start && text.charAt(end - 1) === mark) end--;
    inner.push({ start, end }, ...wordsIn(text, { start, end }, offset));
  }
  return inner;
}

/** What a node has inside it that is no node: the content of a list, a clause without its word, a path up to here. */
function partsOf(node: Node, base: Span, text: string): Span[] {
  switch (node.kind) {
    case 'list':
    case 'group':
    case 'patterns':
      return [inside(node, text)];
    case 'mask':
    case 'on':
      return [body(node, text), inside(body(node, text), text)];
    case 'call':
      return [inside({ start: node.name.end, end: node.end }, text)];
    case 'field':
      return node.path
        .filter((one) => one.start >= base.start)
        .slice(0, 1)
        .map((one) => ({ start: node.start, end: afterBracket(one, node, text) }));
    case 'query':
      return [];
    default:
      return 'keyword' in node && node.kind !== 'parameter' ? [body(node, text)] : [];
  }
}

/** Between two brackets, without the blanks beside them. */
function inside(span: Span, text: string): Span {
  const opening = text.slice(span.start, span.end).search(/[([]/);
  const closed = /[)\]]/.test(text.charAt(span.end - 1));
  return trimmed({ start: span.start + opening + 1, end: closed ? span.end - 1 : span.end }, text);
}

function afterBracket(part: Span, field: Span, text: string): number {
  const closing = /^\s*\]/.exec(text.slice(part.end, field.end));
  return part.end + (/['"]/.test(text.charAt(part.start)) ? (closing?.[0].length ?? 0) : 0);
}

/** A clause, or a part of an analysis, without its word. */
function body(node: Span & { readonly keyword: Clause['keyword'] }, text: string): Span {
  return trimmed({ start: node.keyword.end, end: node.end }, text);
}

function trimmed({ start, end }: Span, text: string): Span {
  const content = text.slice(start, end);
  const blank = content.length - content.trimStart().length;
  return { start: start + blank, end: Math.max(start + blank, start + content.trimEnd().length) };
}

/** An item with the comments directly above it and the semicolon after it. */
function withSurroundings(document: ParsedDocument, item: Span): Span {
  const { text } = document;
  let { start } = item;
  while (start > 0) {
    const before = text.slice(Math.max(0, start - WORD_REACH), start);
    const at = start - (before.length - before.trimEnd().length);
    const { comments } = partAt(document, Math.max(0, at - 1));
    const comment = comments[firstEndingAt(comments.length, (index) => comments[index]?.end, at)];
    if (comment?.end !== at || !isNextLine(text.slice(at, start))) break;
    // One that follows something on its line is about that.
    if (!beginsLine(text, comment.start)) break;
    start = comment.start;
  }
  const semicolon = /^\s*;/.exec(text.slice(item.end, item.end + WORD_REACH));
  return { start, end: item.end + (semicolon?.[0].length ?? 0) };
}
