/** How each word of an item is spelt, and which ones stand without a blank before them. */
import type { TokenType } from 'chevrotain';
import { analysisNamed } from '../analyses.ts';
import { fieldNamed } from '../fields.ts';
import { formatNamed } from '../formats.ts';
import { functionNamed } from '../functions.ts';
import { METRIC_FIELDS, metricNamed } from '../metrics.ts';
import { optionNamed } from '../options.ts';
import * as t from '../tokens.ts';
import type { Analysis, Clause, Name, Operand, Parameter, Predicate, Query, Span } from '../tree.ts';
import { PARAMETER_TYPES } from '../types.ts';
import { childrenOf } from '../walk.ts';
import { type Piece, pieceAt } from './pieces.ts';

const k = t.keywords;
const VALUES = new Set<TokenType>([k.TRUE, k.FALSE, k.NULL]);
const KEYWORDS = new Set<TokenType>(Object.values(k));
const TIGHT_BEFORE = new Set<TokenType>([
  t.Comma,
  t.RightParenthesis,
  t.RightBracket,
  t.Dot,
  t.Colon,
  t.Semicolon,
]);
const TIGHT_AFTER = new Set<TokenType>([t.LeftParenthesis, t.LeftBracket, t.Dot]);

/** Spells the pieces of an item as the tables have them. Names in backticks and strings stay as they are written. */
export function spell(item: Parameter | Query, pieces: readonly Piece[]): void {
  let previous: TokenType | undefined;
  for (const piece of pieces) {
    const type = piece.token.tokenType;
    // Values are no keywords: `errorState = true`.
    if (VALUES.has(type) || type === t.DurationToken) piece.text = piece.text.toLowerCase();
    else if (KEYWORDS.has(type)) piece.text = piece.text.toUpperCase();
    piece.tight = TIGHT_BEFORE.has(type) || (previous !== undefined && TIGHT_AFTER.has(previous));
    previous = type;
  }
  const speller = new Speller(pieces);
  if (item.kind === 'query') for (const clause of item.clauses) speller.clause(clause);
  else {
    const type = PARAMETER_TYPES.find((known) => known === item.type?.text.toUpperCase());
    speller.name(item.type, type);
  }
}

class Speller {
  readonly #pieces: readonly Piece[];

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  /** A name that the language knows; one that it does not stays. */
  name(name: Name | null, canonical: string | undefined): void {
    if (name === null || name.quoted || canonical === undefined) return;
    const piece = this.#pieces[pieceAt(this.#pieces, name.start)];
    if (piece !== undefined) piece.text = canonical;
  }

  clause(clause: Clause): void {
    switch (clause.kind) {
      case 'where':
        this.#predicate(clause.predicate);
        return;
      case 'since':
        this.#operand(clause.since);
        if (clause.until !== null) this.#operand(clause.until);
        return;
      case 'order':
        this.name(clause.field, fieldNamed(clause.field?.text ?? '')?.name);
        return;
      case 'with':
        for (const { name } of clause.options) this.name(name, optionNamed(name.text)?.name);
        return;
      case 'mask':
        this.#asWritten(clause.patterns);
        return;
      case 'analyze':
        for (const analysis of clause.analyses) this.#analysis(analysis);
        return;
      case 'compare': {
        const previous = clause.target?.text.toUpperCase() === 'PREVIOUS';
        this.name(clause.target, previous ? 'PREVIOUS' : undefined);
        return;
      }
      case 'expect':
        for (const { metric } of clause.expectations) {
          this.name(metric.name, metricNamed(metric.name.text)?.name);
          const of = metric.argument?.text.toLowerCase();
          this.name(
            metric.argument,
            METRIC_FIELDS.find((known) => known === of),
          );
          this.#callee(metric.name);
        }
        return;
      case 'export':
        this.name(clause.format, formatNamed(clause.format?.text ?? '')?.name);
        return;
      case 'using':
      case 'last':
      case 'limit':
      case 'offset':
      case 'notify':
        return;
    }
  }

  #analysis(analysis: Analysis): void {
    const spec = analysisNamed(analysis.name.text);
    this.name(analysis.name, spec?.name);
    for (const part of analysis.parts) {
      if (part.kind === 'over' || part.kind === 'on' || part.kind === 'top') {
        const word = this.#pieces[pieceAt(this.#pieces, part.keyword.start)];
        if (word !== undefined) word.text = word.text.toUpperCase();
      }
      if (part.kind === 'on') this.#asWritten(part.items);
      if (part.kind === 'patterns') this.#asWritten(part.patterns);
      if (part.kind === 'by') {
        const upper = part.name?.text.toUpperCase();
        const bucket = spec?.buckets.find((known) => known === upper);
        this.name(part.name, bucket ?? fieldNamed(part.name?.text ?? '')?.name);
      }
    }
  }

  #predicate(predicate: Predicate): void {
    const { predicates, operands } = childrenOf(predicate);
    for (const inner of predicates) this.#predicate(inner);
    for (const operand of operands) this.#operand(operand);
    if (predicate.kind === 'isNull') {
      const word = this.#pieces[pieceAt(this.#pieces, predicate.operatorSpan.end) - 1];
      if (word !== undefined) word.text = word.text.toUpperCase();
    }
  }

  #operand(operand: Operand): void {
    if (operand.kind === 'sum') {
      this.#operand(operand.base);
      return;
    }
    if (operand.kind === 'field') {
      this.name(operand.name, fieldNamed(operand.name.text)?.name);
      const after = { start: operand.name.end, end: operand.end };
      this.#asWritten([after]);
      this.#brackets(after);
      return;
    }
    if (operand.kind !== 'call') return;
    const spec = functionNamed(operand.name.text);
    this.name(operand.name, spec?.name);
    this.#callee(operand.name);
    if (spec?.takes === 'variable') {
      this.#asWritten(operand.args);
      for (const argument of operand.args) this.#brackets(argument);
    } else for (const argument of operand.args) this.#predicate(argument);
  }

  /** The parenthesis after a function's name stands at it. */
  #callee(name: Span): void {
    const open = this.#pieces[pieceAt(this.#pieces, name.end)];
    if (open?.token.tokenType === t.LeftParenthesis) open.tight = true;
  }

  /** `before['customer tier']`. */
  #brackets(path: Span): void {
    for (const piece of this.#within(path)) if (piece.token.tokenType === t.LeftBracket) piece.tight = true;
  }

  /** Names of variables and patterns, reserved words among them. */
  #asWritten(spans: readonly Span[]): void {
    for (const span of spans) for (const piece of this.#within(span)) piece.text = piece.token.image;
  }

  #within({ start, end }: Span): readonly Piece[] {
    return this.#pieces.slice(pieceAt(this.#pieces, start), pieceAt(this.#pieces, end));
  }
}
