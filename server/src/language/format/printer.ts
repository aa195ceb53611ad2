/** One canonical layout for a document: its items, and what stands between them. */
import type { ParsedDocument } from '../parse.ts';
import { QUOTES } from '../reading.ts';
import type { Comment, Parameter, Query, Span } from '../tree.ts';
import { Edits } from './edits.ts';
import { printItem, printRun } from './item.ts';
import { hasBlankLine, hasBreak, isBlank, piecesOf, type Run, runsOf } from './pieces.ts';
import { lineStart } from './range.ts';

type Item = Parameter | Query;

const BOM = '\uFEFF';

/** CRLF where every line ends so, else LF. */
export function eolOf(text: string): string {
  return text.includes('\r\n') && !/(?<!\r)\n/.test(text) ? '\r\n' : '\n';
}

export class Printer {
  readonly #text: string;
  readonly #document: ParsedDocument;
  readonly #edits: Edits;
  #token = 0;
  #comment = 0;
  /** Where the last quote stands that may be a stray one, of what stays as it is; -1 without one. */
  #quote = -1;

  constructor(document: ParsedDocument) {
    this.#text = document.text;
    this.#document = document;
    this.#edits = new Edits(document.text, eolOf(document.text));
  }

  /** The changes that give the whole text its layout, item by item: between two, others can have their turn. */
  *print(): Generator<undefined, Edits> {
    const { items } = this.#document;
    let from = this.#text.startsWith(BOM) ? BOM.length : 0;
    this.#edits.keep(from);
    let before: Item | undefined;
    for (const [index, item] of items.entries()) {
      const to = item.broken ? this.#keptFrom(item.start, from) : item.start;
      this.#between(before, item, { start: from, end: to });
      const next = items[index + 1]?.start ?? this.#text.length;
      const isKept = item.broken || this.#isAfterQuote(item.start);
      from = isKept ? this.#keep(item.start, next) : this.#item(item);
      before = item;
      yield;
    }
    this.#between(before, undefined, { start: from, end: this.#text.length });
    return this.#edits;
  }

  #item(item: Item): number {
    const { tokens } = this.#document;
    while ((tokens[this.#token]?.startOffset ?? item.start) < item.start) this.#token++;
    const first = this.#token;
    while ((tokens[this.#token]?.startOffset ?? item.end) < item.end) this.#token++;
    const pieces = piecesOf(this.#text, tokens.slice(first, this.#token), this.#comments(item.end));
    printItem(this.#edits, item, pieces);
    return item.end;
  }

  /** The comments before an offset that were not taken yet. */
  #comments(before: number): readonly Comment[] {
    const { comments } = this.#document;
    const first = this.#comment;
    while ((comments[this.#comment]?.start ?? before) < before) this.#comment++;
    return comments.slice(first, this.#comment);
  }

  /** A query with syntax errors stays byte for byte, the blanks before it on its line included. */
  #keptFrom(start: number, from: number): number {
    let at = start;
    while (at > from && isBlank(this.#text.charAt(at - 1)) && !hasBreak(this.#text.charAt(at - 1))) at--;
    return at === from || hasBreak(this.#text.charAt(at - 1)) ? at : start;
  }

  /** Passes over a query with syntax errors and what was skipped after it; gives where the rest begins. */
  #keep(start: number, next: number): number {
    const first = this.#comment;
    const comments = this.#comments(next);
    let end = lastWord(this.#text, { start, end: next }, comments);
    for (const comment of comments) {
      // Comments inside it, and those on its last line.
      if (comment.start >= end && hasBreak(this.#text.slice(end, comment.start))) break;
      end = Math.max(end, comment.end);
    }
    this.#comment = first + comments.filter((comment) => comment.start < end).length;
    const rest = this.#text.slice(end, next);
    const blanks = /^[ \t\f\v\uFEFF]*/.exec(rest)?.[0].length ?? 0;
    if (blanks === rest.length ? next === this.#text.length : hasBreak(rest.charAt(blanks))) end += blanks;
    this.#stays({ start, end });
    return end;
  }

  /** Leaves what could not be read as it is. */
  #stays({ start, end }: Span): void {
    for (let at = end - 1; at >= start; at--) {
      if (!QUOTES.test(this.#text.charAt(at))) continue;
      this.#quote = at;
      break;
    }
    this.#edits.keep(end);
  }

  /**
   * Whether a stray quote stands before an item on its line: what is wrong there is not told, since nobody knows where
   * the quote's text ends. On a line of its own it would be; and two open backticks on one line would make a name.
   */
  #isAfterQuote(start: number): boolean {
    return this.#quote >= lineStart(this.#text, start);
  }

  /** What stands between two items: a semicolon, comments, blank lines. Where more does, it stays. */
  #between(before: Item | undefined, item: Item | undefined, gap: Span): void {
    const comments = this.#comments(gap.end);
    const words = outside(this.#text, gap, comments);
    const isOpen = item === undefined && this.#document.comments.at(-1)?.closed === false;
    // Two queries with syntax errors on one line: where the one ends and the other begins is a guess.
    const isGuess = before?.broken === true && item?.broken === true && !words.some(hasBreak);
    const isDoubtful = isGuess || (item !== undefined && this.#isAfterQuote(item.start));
    if (isOpen || isDoubtful || !words.every((word) => isBlank(word.replaceAll(';', '')))) {
      // What could not be read belongs to no query: it stays, with the lines about it.
      this.#stays(gap);
      return;
    }
    const runs = runsOf(this.#text, comments, gap, { start: before === undefined, end: item === undefined });
    const semicolon = before === undefined ? -1 : lastSemicolon(gap, words, comments);
    if (semicolon >= 0) this.#edits.gap(';');
    const [trailing] = runs;
    if (trailing !== undefined && !trailing.first) {
      this.#edits.gap(' ');
      printRun(this.#edits, trailing);
      runs.shift();
    }
    // Lines that follow: those of comments, and that of the item where no comment stands at its head.
    const last = runs.at(-1);
    const isGlued = last !== undefined && !last.last;
    const blanks = runs.map((run) => run.blank);
    if (item !== undefined && !isGlued) {
      const tail = this.#text.slice(comments.at(-1)?.end ?? gap.start, gap.end);
      blanks.push(hasBlankLine(tail) && (comments.length > 0 || !isTogether(before, item)));
    }
    if (before !== undefined && item !== undefined && !isTogether(before, item) && !blanks.includes(true)) {
      const own = runs.filter((run) => run.start < semicolon).length;
      blanks[Math.min(own, blanks.length - 1)] = true;
    }
    this.#lines(runs, blanks, before === undefined);
    if (isGlued) this.#edits.gap(' ');
    if (item === undefined && (before !== undefined || comments.length > 0)) this.#edits.gap('\n');
    this.#edits.upTo(gap.end);
  }

  #lines(runs: readonly Run[], blanks: readonly boolean[], isFirst: boolean): void {
    for (const [index, blank] of blanks.entries()) {
      if (!isFirst || index > 0) this.#edits.gap(blank ? '\n\n' : '\n');
      const run = runs[index];
      if (run !== undefined) printRun(this.#edits, run);
    }
  }
}

/** PARAMs stand together. */
function isTogether(before: Item | undefined, item: Item): boolean {
  return before?.kind === 'parameter' && item.kind === 'parameter';
}

/** The stretches of a gap before, between and after its comments. */
function outside(text: string, gap: Span, comments: readonly Comment[]): string[] {
  const words: string[] = [];
  let at = gap.start;
  for (const comment of comments) {
    words.push(text.slice(at, comment.start));
    at = comment.end;
  }
  words.push(text.slice(at, gap.end));
  return words;
}

/** Offset of the last semicolon of a gap; -1 where it has none. */
function lastSemicolon(gap: Span, words: readonly string[], comments: readonly Comment[]): number {
  const index = words.findLastIndex((word) => word.includes(';'));
  if (index < 0) return -1;
  const start = index === 0 ? gap.start : (comments[index - 1]?.end ?? gap.start);
  return start + (words[index] ?? '').lastIndexOf(';');
}

/** Where the last thing that is neither blank nor comment ends; an unclosed comment swallows everything. */
function lastWord(text: string, gap: Span, comments: readonly Comment[]): number {
  const last = comments.at(-1);
  if (last?.closed === false) return last.end;
  const words = outside(text, gap, comments);
  const index = words.findLastIndex((word) => !isBlank(word));
  if (index < 0) return gap.start;
  const start = index === 0 ? gap.start : (comments[index - 1]?.end ?? gap.start);
  return start + (words[index] ?? '').replace(/[ \t\r\n\f\v\uFEFF]+$/, '').length;
}
