/** What can be folded away: queries, blocks of parameters, clauses, lists, comments and marked regions. */
import type { IToken, TokenType } from 'chevrotain';
import { beginsLine, runFrom } from './comments.ts';
import { drained, type ParsedDocument } from './parse.ts';
import type { Section } from './sections.ts';
import { shifted } from './shift.ts';
import { sortSteps } from './sort.ts';
import {
  endOf,
  keywords,
  LeftBracket,
  LeftParenthesis,
  RightBracket,
  RightParenthesis,
  Semicolon,
  tokenise,
} from './tokens.ts';
import type { Comment, Span } from './tree.ts';

export interface FoldingRange extends Span {
  /** `brackets` run from just after the opening one to just before the closing one. */
  readonly kind: 'comment' | 'region' | 'brackets' | 'code';
  /** What is left to read of a region. */
  readonly label?: string;
}

const CLOSING = new Map<TokenType, TokenType>([
  [RightBracket, LeftBracket],
  [RightParenthesis, LeftParenthesis],
]);
const OPENING = new Set<TokenType>(CLOSING.values());
/** No bracket reaches over these. */
const BORDERS = new Set<TokenType>([Semicolon, keywords.QUERY, keywords.PARAM]);
const MARKER = /^(?:--|\/\/)\s*#?(end)?region\b[ \t]*(.*)$/i;

/** So many sections are looked at, and ranges put in order, in a step. */
const A_STEP = 200;
const FOLDS_A_STEP = 2_000;

/** Ranges that go over more than one line, in the order of their beginnings, outer ones first. */
export function foldingRanges(document: ParsedDocument): readonly FoldingRange[] {
  return drained(foldingSteps(document));
}

/** As `foldingRanges`, in steps. */
export function* foldingSteps(document: ParsedDocument): Generator<void, readonly FoldingRange[]> {
  const { text, sections, starts } = document;
  const found = [...blocksOf(document)].filter((one) => hasLineBreak(text, one));
  const comments: Comment[] = [];
  for (const [index, { reading }] of sections.entries()) {
    for (const one of shifted(reading.comments, starts[index] ?? 0)) comments.push(one);
    if (index % A_STEP === 0) yield;
  }
  for (const one of commentsOf(text, comments)) {
    if (hasLineBreak(text, one)) found.push(one);
    yield;
  }
  for (const [index, section] of sections.entries()) {
    let known = foldsBySection.get(section);
    if (known === undefined) {
      known = foldsOf(section);
      foldsBySection.set(section, known);
      yield;
    }
    const by = starts[index] ?? 0;
    for (const { kind, start, end } of known) found.push({ kind, start: start + by, end: end + by });
  }
  return yield* sortSteps(found, (a, b) => a.start - b.start || b.end - a.end, FOLDS_A_STEP);
}

const foldsBySection = new WeakMap<Section, readonly FoldingRange[]>();

function foldsOf({ text, reading }: Section): readonly FoldingRange[] {
  const found = [...bracketsOf(tokenise(text).tokens)];
  for (const item of reading.items) {
    if (item.kind === 'parameter') continue;
    for (const { start, end } of [item, ...item.clauses]) found.push({ kind: 'code', start, end });
  }
  return found.filter((one) => hasLineBreak(text, one));
}

function hasLineBreak(text: string, { start, end }: Span): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return true;
  }
  return false;
}

/** Parameters one after another. */
function* blocksOf({ sections, starts }: ParsedDocument): Generator<FoldingRange> {
  let block: Span | undefined;
  for (const [index, section] of sections.entries()) {
    const by = starts[index] ?? 0;
    for (const { kind, start, end } of section.reading.items) {
      if (kind === 'parameter') block = { start: block?.start ?? start + by, end: end + by };
      else if (block !== undefined) {
        yield { kind: 'code', ...block };
        block = undefined;
      }
    }
  }
  if (block !== undefined) yield { kind: 'code', ...block };
}

/** Lists, groups and whatever else stands in brackets. One that is left open takes no other's end. */
function* bracketsOf(tokens: readonly IToken[]): Generator<FoldingRange> {
  let open: IToken[] = [];
  for (const token of tokens) {
    const { tokenType } = token;
    if (OPENING.has(tokenType)) open.push(token);
    else if (BORDERS.has(tokenType)) open = [];
    else {
      const opening = CLOSING.get(tokenType);
      if (opening === undefined) continue;
      const at = open.findLastIndex((one) => one.tokenType === opening);
      const first = open[at];
      if (first === undefined) continue;
      open.length = at;
      yield { kind: 'brackets', start: endOf(first), end: token.startOffset };
    }
  }
}

/** Comments over several lines, line comments one below the other, and what stands between `-- region` and its end. */
function* commentsOf(text: string, comments: readonly Comment[]): Generator<FoldingRange> {
  const regions: { readonly start: number; readonly label: string }[] = [];
  for (let index = 0; index < comments.length; ) {
    const comment = comments[index];
    if (comment === undefined) return;
    const marker = markerOf(text, comment);
    if (marker?.end === false) regions.push({ start: comment.start, label: marker.label });
    if (marker?.end === true) {
      const region = regions.pop();
      if (region !== undefined) yield { kind: 'region', ...region, end: comment.end };
    }
    const run =
      marker === undefined
        ? runFrom(text, comments, index, (one) => markerOf(text, one) === undefined)
        : index;
    const last = comments[run];
    if (last !== undefined) yield { kind: 'comment', start: comment.start, end: last.end };
    index = run + 1;
  }
}

function markerOf(
  text: string,
  comment: Comment,
): { readonly end: boolean; readonly label: string } | undefined {
  if (text.startsWith('/*', comment.start)) return undefined;
  const match = MARKER.exec(text.slice(comment.start, comment.end));
  if (match === null || !beginsLine(text, comment.start)) return undefined;
  return { end: match[1] !== undefined, label: match[2]?.trim() ?? '' };
}
