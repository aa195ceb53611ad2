/** One canonical layout for a document: its items, and what stands between them. */
import type { IToken } from 'chevrotain';
import type { ParsedDocument } from '../parse.ts';
import { type Part, partSteps } from '../part.ts';
import { QUOTES } from '../reading.ts';
import { sectionAt } from '../sections.ts';
import type { Comment, Parameter, Query, Span } from '../tree.ts';
import { Edits } from './edits.ts';
import { printRun, printSteps } from './item.ts';
import { hasBlankLine, hasBreak, isBlank, piecesOf, type Run, runsOf } from './pieces.ts';
import { lineEnd } from './range.ts';

type Item = Parameter | Query;

/** An item with the words that it is among. */
interface Held {
  readonly item: Item;
  readonly tokens: Tokens;
  readonly part: Part;
}

/** Tokens in their order, taken item by item. */
class Tokens {
  readonly #all: readonly IToken[];
  #next = 0;

  constructor(all: readonly IToken[]) {
    this.#all = all;
  }

  of({ start, end }: Span): readonly IToken[] {
    while ((this.#all[this.#next]?.startOffset ?? start) < start) this.#next++;
    const first = this.#next;
    while ((this.#all[this.#next]?.startOffset ?? end) < end) this.#next++;
    return this.#all.slice(first, this.#next);
  }
}

const BOM = '\uFEFF';

/** CRLF where every line ends so, else LF. */
export function eolOf(text: string): string {
  return text.includes('\r\n') && !/(?<!\r)\n/.test(text) ? '\r\n' : '\n';
}

export class Printer {
  readonly #text: string;
  readonly #document: ParsedDocument;
  readonly #edits: Edits;
  /** The comments that were not taken yet, as far as the text was looked at. */
  #comments: readonly Comment[] = [];
  #comment = 0;
  /** Where the line of the last quote ends that may be a stray one, of what stays as it is; -1 without one. */
  #quoted = -1;

  constructor(document: ParsedDocument) {
    this.#text = document.text;
    this.#document = document;
    this.#edits = new Edits(document.text, eolOf(document.text));
  }

  /**
   * The changes that give the text its layout, item by item: between two, others can have their turn. At least all
   * changes that lie within a stretch; with the whole text for a stretch, all there are.
   */
  *print(stretch: Span = this.#document): Generator<undefined, Edits> {
    const { sections, starts } = this.#document;
    const first = this.#firstSection(stretch);
    let from = first === 0 && this.#text.startsWith(BOM) ? BOM.length : (starts[first] ?? 0);
    this.#edits.keep(from);
    let before: Item | undefined;
    // Of each item it has to be known where the next one begins.
    let held: Held | undefined;
    for (let index = first; index < sections.length; index++) {
      const part = yield* partSteps(this.#document, index, index);
      this.#comments = [...this.#comments.slice(this.#comment), ...part.comments];
      this.#comment = 0;
      for (const item of part.items) {
        if (held !== undefined) {
          from = yield* this.#print(before, held, { start: from, end: item.start });
          before = held.item;
          // The next one is outside, and so is everything from its gap on.
          if (before.start > stretch.end) return this.#edits;
        }
        held = { item, tokens: held?.part === part ? held.tokens : new Tokens(part.tokens), part };
        yield;
      }
    }
    const { length } = this.#text;
    if (held !== undefined) from = yield* this.#print(before, held, { start: from, end: length });
    this.#between(held?.item, undefined, { start: from, end: length });
    return this.#edits;
  }

  /** The section from which on all is known about what stands in a stretch: one item before it has to be seen. */
  #firstSection(stretch: Span): number {
    const { sections, starts } = this.#document;
    let index = sectionAt(starts, stretch.start) - 1;
    while (index > 0 && sections[index]?.reading.items.length === 0) index--;
    return Math.max(0, index);
  }

  /** Prints an item and what stands before it; gives where the rest begins. */
  *#print(
    before: Item | undefined,
    { item, tokens }: Held,
    { start, end }: Span,
  ): Generator<undefined, number> {
    const to = item.broken ? this.#keptFrom(item.start, start) : item.start;
    this.#between(before, item, { start, end: to });
    if (item.broken || this.#isAfterQuote(item.start)) return this.#keep(item.start, end);
    const pieces = piecesOf(this.#text, tokens.of(item), this.#takeComments(item.end));
    yield* printSteps(this.#edits, item, pieces);
    return item.end;
  }

  /** The comments before an offset that were not taken yet. */
  #takeComments(before: number): readonly Comment[] {
    const first = this.#comment;
    while ((this.#comments[this.#comment]?.start ?? before) < before) this.#comment++;
    return this.#comments.slice(first, this.#comment);
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
    const comments = this.#takeComments(next);
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
      // Of many on a long line the end is looked for once.
      if (at > this.#quoted) this.#quoted = lineEnd(this.#text, at);
      break;
    }
    this.#edits.keep(end);
  }

  /**
   * Whether a stray quote stands before an item on its line: what is wrong there is not told, since nobody knows where
   * the quote's text ends. On a line of its own it would be; and two open backticks on one line would make a name.
   */
  #isAfterQuote(start: number): boolean {
    return start <= this.#quoted;
  }

  /** What stands between two items: a semicolon, comments, blank lines. Where more does, it stays. */
  #between(before: Item | undefined, item: Item | undefined, gap: Span): void {
    const comments = this.#takeComments(gap.end);
    const words = outside(this.#text, gap, comments);
    const isOpen = item === undefined && this.#comments.at(-1)?.closed === false;
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
