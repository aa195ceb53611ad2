/** Where the lines of an item begin, and how far they are indented. */
import * as t from '../tokens.ts';
import type { Clause, Operand, Parameter, Predicate, Query, Span } from '../tree.ts';
import { childrenOf } from '../walk.ts';
import { type Piece, pieceAt } from './pieces.ts';

/** Lists whose own text is wider have one element a line, and parentheses that reach further are opened. */
const WIDTH = 100;
export const INDENT = 2;

/** The indentation of each piece that begins a line, in columns; undefined for those that do not. */
export function layOut(item: Parameter | Query, pieces: readonly Piece[]): readonly (number | undefined)[] {
  return new Layout(pieces).of(item);
}

class Layout {
  readonly #pieces: readonly Piece[];
  readonly #breaks: (number | undefined)[];
  /** Column after each piece, were all on one line. */
  readonly #ends: number[] = [];
  /** How many places there are up to each piece where comments end a line. */
  readonly #forced: number[] = [];
  #line = 0;
  #indent = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
    this.#breaks = new Array<number | undefined>(pieces.length).fill(undefined);
    let column = 0;
    let forced = 0;
    for (const piece of pieces) {
      for (const run of piece.runs) {
        for (const { text } of run.texts) column += text.length + 1;
        if (run.last || run.tall) forced++;
      }
      column += piece.text.length + (piece.tight ? 0 : 1);
      this.#ends.push(column);
      this.#forced.push(forced);
    }
  }

  of(item: Parameter | Query): readonly (number | undefined)[] {
    if (item.kind === 'parameter') {
      if (item.value?.kind === 'list') this.#list(item.value, 0);
    } else {
      for (const clause of item.clauses) {
        const at = this.#first(clause);
        if (at > 0) this.#break(at, 0);
        this.#clause(clause);
      }
    }
    return this.#breaks;
  }

  #clause(clause: Clause): void {
    switch (clause.kind) {
      case 'where':
        this.#connected(clause.predicate, INDENT, 0);
        return;
      case 'since':
        this.#operand(clause.since, 0);
        if (clause.until !== null) this.#operand(clause.until, 0);
        return;
      case 'with':
        this.#elements(clause, clause.options);
        return;
      case 'expect':
        this.#elements(clause, clause.expectations);
        return;
      case 'mask':
        this.#list({ start: clause.keyword.end, end: clause.end }, 0);
        return;
      case 'analyze': {
        const base = this.#elements(clause, clause.analyses) ? INDENT : 0;
        for (const part of clause.analyses.flatMap((analysis) => analysis.parts)) {
          if (part.kind === 'on') this.#list({ start: part.keyword.end, end: part.end }, base);
          if (part.kind === 'patterns') this.#list(part, base);
        }
        return;
      }
      default:
        return;
    }
  }

  /** The elements of a clause, one a line where they are too wide; tells whether they were. */
  #elements(clause: Clause, elements: readonly Span[]): boolean {
    const starts = elements.map((element) => this.#first(element));
    const last = this.#last(clause);
    const isWide = this.#width(starts[0] ?? last, last) > WIDTH || this.#isForced(this.#first(clause), last);
    if (isWide) for (const start of starts) this.#break(start, INDENT);
    return isWide;
  }

  /** A list from bracket to bracket, on a line that is indented by `base`. */
  #list(list: Span, base: number): void {
    if (!this.#isWide(list)) return;
    const open = this.#first(list);
    const close = this.#last(list);
    let begins = true;
    for (let at = open + 1; at < close; at++) {
      if (begins) this.#break(at, base + INDENT);
      begins = this.#pieces[at]?.token.tokenType === t.Comma;
    }
    this.#break(close, base);
  }

  /**
   * A predicate with every AND and OR outside further parentheses at the head of a line. Those of an AND inside an OR
   * are indented further, as they bind.
   */
  #connected(predicate: Predicate, indent: number, base: number): void {
    if (predicate.kind !== 'and' && predicate.kind !== 'or') {
      this.#inner(predicate, base);
      return;
    }
    for (const [index, operand] of predicate.operands.entries()) {
      if (index > 0) this.#break(this.#first(operand) - 1, indent);
      this.#connected(operand, indent + INDENT, index === 0 ? base : indent);
    }
  }

  #inner(predicate: Predicate, base: number): void {
    if (predicate.kind === 'not') {
      this.#inner(predicate.operand, base);
      return;
    }
    if (predicate.kind === 'group') {
      this.#group(predicate, predicate.inner, base);
      return;
    }
    for (const operand of childrenOf(predicate).operands) this.#operand(operand, base);
    if (predicate.kind === 'in' && predicate.set.kind === 'list') {
      this.#list(predicate.set, base);
    }
  }

  #group(group: Span, inner: Predicate, base: number): void {
    const open = this.#first(group);
    const close = this.#last(group);
    if (this.#fits(open, close)) return;
    if (!this.#isBreakable(inner) && !this.#isForced(open, close)) {
      this.#inner(inner, base);
      return;
    }
    this.#break(open + 1, base + INDENT);
    this.#connected(inner, base + INDENT, base + INDENT);
    this.#break(close, base);
  }

  #operand(operand: Operand, base: number): void {
    if (operand.kind === 'sum') {
      this.#operand(operand.base, base);
      return;
    }
    if (operand.kind !== 'call' || operand.args.length === 0) return;
    const open = this.#first(operand) + 1;
    const close = this.#last(operand);
    if (this.#fits(open, close)) return;
    if (!this.#isCallBreakable(operand) && !this.#isForced(open, close)) {
      for (const argument of operand.args) this.#inner(argument, base);
      return;
    }
    const indent = base + INDENT;
    for (const argument of operand.args) {
      this.#break(this.#first(argument), indent);
      if (!this.#fits(this.#first(argument), this.#last(argument))) {
        this.#connected(argument, indent + INDENT, indent);
      }
    }
    this.#break(close, base);
  }

  /** Wider than a list may be, or with comments that end lines. */
  #isWide(node: Span): boolean {
    const first = this.#first(node);
    const last = this.#last(node);
    return this.#width(first, last) > WIDTH || this.#isForced(first, last);
  }

  #first(node: Span): number {
    return pieceAt(this.#pieces, node.start);
  }

  #last(node: Span): number {
    return pieceAt(this.#pieces, node.end) - 1;
  }

  #break(at: number, indent: number): void {
    this.#breaks[at] = indent;
    this.#line = at;
    this.#indent = indent;
  }

  /** Column at which a piece begins, were all on one line. */
  #begin(at: number): number {
    return (this.#ends[at] ?? 0) - (this.#pieces[at]?.text.length ?? 0);
  }

  /** Columns from one piece to another, both included. */
  #width(first: number, last: number): number {
    return (this.#ends[last] ?? 0) - this.#begin(first);
  }

  /** Whether a comment between two pieces ends a line. */
  #isForced(first: number, last: number): boolean {
    return (this.#forced[last] ?? 0) > (this.#forced[first] ?? 0);
  }

  #fits(first: number, last: number): boolean {
    const column = this.#indent + this.#begin(first) - this.#begin(this.#line);
    const comma = this.#pieces[last + 1]?.token.tokenType === t.Comma ? 1 : 0;
    return column + this.#width(first, last) + comma <= WIDTH && !this.#isForced(first, last);
  }

  /** Lines can be broken at an AND or OR, between arguments, or in a list that is. */
  #isBreakable(predicate: Predicate): boolean {
    if (predicate.kind === 'and' || predicate.kind === 'or') return true;
    if (predicate.kind === 'in' && predicate.set.kind === 'list' && this.#isWide(predicate.set)) return true;
    const { predicates, operands } = childrenOf(predicate);
    return (
      predicates.some((one) => this.#isBreakable(one)) || operands.some((one) => this.#isCallBreakable(one))
    );
  }

  #isCallBreakable(operand: Operand): boolean {
    if (operand.kind === 'sum') return this.#isCallBreakable(operand.base);
    if (operand.kind !== 'call') return false;
    return operand.args.length > 1 || operand.args.some((one) => this.#isBreakable(one));
  }
}
