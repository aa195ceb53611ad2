/**
 * A text cut where reading starts anew for certain, so that an edit costs what it touches: each section is lexed and
 * read alone. Where a border is in doubt there is none; that costs time only.
 */
import { type IToken, type TokenType, tokenMatcher } from 'chevrotain';
import { PREDICATE_START } from './predicate-parser.ts';
import { type Reading, readSection } from './reading.ts';
import { shifted } from './shift.ts';
import * as t from './tokens.ts';
import type { Parameter, Query, Span } from './tree.ts';
import type { ParameterType } from './types.ts';
import { typesByUse } from './uses.ts';
import { setReferences } from './walk.ts';

const k = t.keywords;

interface Placed {
  readonly start: number;
  readonly firstQuery: number;
  readonly items: readonly (Parameter | Query)[];
}

interface Reference extends Span {
  readonly name: string;
}

/** A query with every query that it names. */
export interface Referring {
  readonly query: Query;
  readonly references: readonly Reference[];
}

/** A piece of a text. All that it says follows from its own text and the two tokens after it. */
export class Section {
  readonly text: string;
  /** Its first tokens, at most two. */
  readonly opening: readonly IToken[];
  /** The tokens after it, at most two; their offsets too count from its start. */
  readonly ahead: readonly IToken[];
  /** The words of it, from when it was cut until it is read: a second lexing costs as much as the first. */
  #lexed: t.Lexed | undefined;
  #reading: Reading | undefined;
  #uses: ReadonlyMap<string, ParameterType> | undefined;
  #referring: readonly Referring[] | undefined;
  #placed: Placed | undefined;
  /** What a check found in it, kept for the next one: an object of the check's own. */
  checked: object | undefined;

  constructor(text: string, lexed: t.Lexed, ahead: readonly IToken[]) {
    this.text = text;
    this.opening = lexed.tokens.slice(0, 2);
    this.ahead = ahead;
    this.#lexed = lexed;
  }

  get isRead(): boolean {
    return this.#reading !== undefined;
  }

  /** Read when first asked for. */
  get reading(): Reading {
    return this.#reading ?? this.read();
  }

  /** Reads it anew. */
  read(): Reading {
    this.#reading = readSection(this.text, this.#lexed ?? t.tokenise(this.text), this.ahead);
    this.#lexed = undefined;
    return this.#reading;
  }

  /** What its queries use parameters as, the first use that tells. */
  get uses(): ReadonlyMap<string, ParameterType> {
    this.#uses ??= typesByUse(this.reading.items.filter((item) => item.kind === 'query'));
    return this.#uses;
  }

  /** Its queries that name queries. */
  get referring(): readonly Referring[] {
    this.#referring ??= this.reading.namesQueries ? referringIn(this.reading.items) : NONE;
    return this.#referring;
  }

  /** Its items as they stand in a document where it begins at `start`, after `firstQuery` queries. */
  itemsAt(start: number, firstQuery: number): readonly (Parameter | Query)[] {
    if (this.#placed?.start !== start || this.#placed.firstQuery !== firstQuery) {
      const items = shifted(this.reading.items, start).map((item) =>
        item.kind === 'query' && firstQuery > 0 ? { ...item, index: item.index + firstQuery } : item,
      );
      this.#placed = { start, firstQuery, items };
    }
    return this.#placed.items;
  }
}

const NONE: readonly Referring[] = [];

function referringIn(items: readonly (Parameter | Query)[]): Referring[] {
  return items.flatMap((item) => {
    const references = item.kind === 'query' ? namesIn(item) : [];
    return item.kind === 'query' && references.length > 0 ? [{ query: item, references }] : [];
  });
}

/** Every query that another names: by IN, or to compare with. */
function namesIn(query: Query): Reference[] {
  const found: Reference[] = setReferences(query);
  for (const clause of query.clauses) {
    if (clause.kind !== 'compare' || clause.target === null) continue;
    const { text, start, end } = clause.target;
    if (text.toUpperCase() !== 'PREVIOUS') found.push({ name: text, start, end });
  }
  return found;
}

/** Tokens after which a reserved word can be a name. */
const BEFORE_NAMES = new Set<TokenType>([t.LeftParenthesis, t.LeftBracket, t.Comma, t.Dot]);
/** With what an item can begin after a `;`. */
const ITEM_START: readonly TokenType[] = [
  k.QUERY,
  k.PARAM,
  ...t.CLAUSE_WORDS.map((word) => k[word]),
  ...PREDICATE_START,
];

/**
 * Whether a section can begin with a token: nothing before it is left open, and no text before it can join it, because
 * a line begins with it.
 */
function isBorder(text: string, previous: IToken | undefined, token: IToken, next?: IToken): boolean {
  const type = token.tokenType;
  if (previous === undefined) return false;
  const heads = type === k.QUERY || type === k.PARAM;
  const header = heads && next !== undefined && tokenMatcher(next, t.Identifier);
  const clean = header
    ? !BEFORE_NAMES.has(previous.tokenType)
    : previous.tokenType === t.Semicolon && ITEM_START.some((start) => tokenMatcher(token, start));
  return clean && /[\r\n][ \t\f\v\uFEFF]*$/.test(text.slice(t.endOf(previous), token.startOffset));
}

/** So many tokens are looked at in a step. */
const TOKENS_A_STEP = 5_000;

/**
 * Cuts a text; `after` are the tokens that follow it, with offsets as if it went on. The text's own tokens become those
 * of its sections.
 */
function* cut(text: string, lexed: t.Lexed, after: readonly IToken[]): Generator<void, Section[]> {
  const { tokens } = lexed;
  const comments = new Following(lexed.comments, (comment) => comment.startOffset);
  const bad = new Following(lexed.bad, (span) => span.start);
  const sections: Section[] = [];
  const add = (first: number, next: number | undefined): void => {
    const start = first === 0 ? 0 : (tokens[first]?.startOffset ?? 0);
    const end = (next === undefined ? undefined : tokens[next]?.startOffset) ?? text.length;
    const following = next === undefined ? after : [...tokens.slice(next, next + 2), ...after];
    const ahead = moved(following.slice(0, 2), -start);
    const own = {
      tokens: tokens.slice(first, next),
      comments: comments.before(end),
      bad: shifted(bad.before(end), -start),
    };
    for (const token of own.tokens) token.startOffset -= start;
    for (const comment of own.comments) comment.startOffset -= start;
    sections.push(new Section(text.slice(start, end), own, ahead));
  };
  let first = 0;
  for (let index = 1; index < tokens.length; index++) {
    if (index % TOKENS_A_STEP === 0) yield;
    const token = tokens[index];
    if (token === undefined || !isBorder(text, tokens[index - 1], token, tokens[index + 1])) continue;
    add(first, index);
    first = index;
  }
  add(first, undefined);
  return sections;
}

/** A list in the order of its places, taken piece by piece. */
class Following<T> {
  readonly #all: readonly T[];
  readonly #place: (one: T) => number;
  #next = 0;

  constructor(all: readonly T[], place: (one: T) => number) {
    this.#all = all;
    this.#place = place;
  }

  /** The next ones that begin before an offset. */
  before(offset: number): readonly T[] {
    const first = this.#next;
    for (;;) {
      const one = this.#all[this.#next];
      if (one === undefined || this.#place(one) >= offset) break;
      this.#next++;
    }
    return this.#all.slice(first, this.#next);
  }
}

function moved(tokens: readonly IToken[], by: number): readonly IToken[] {
  return tokens.map((token) => ({ ...token, startOffset: token.startOffset + by }));
}

/** Cuts a whole text, in steps. There is at least one section. */
export function* sectionSteps(text: string): Generator<void, Section[]> {
  return yield* cut(text, yield* t.tokeniseSteps(text), []);
}

/** What an edit did: the text in `[start, end)` became text of another length, longer by `by`. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly by: number;
}

/** The sections of an edited text, in steps, with those of before where they are the same still. */
export function* recutSteps(
  sections: readonly Section[],
  starts: readonly number[],
  text: string,
  change: Change,
): Generator<void, readonly Section[]> {
  // One that an edit only touches counts as well. The token that an error names may be in the next but one.
  const from = Math.max(0, sectionAt(starts, change.start - 1) - 2);
  let to = sectionAt(starts, change.end);
  const begin = starts[from] ?? 0;
  for (;;) {
    const next = starts[to + 1];
    const end = next === undefined ? text.length : next + change.by;
    const piece = detached(text.slice(begin, end));
    const lexed = yield* t.tokeniseSteps(piece);
    const after = openings(sections, to + 1, piece.length);
    const [head, second] = after;
    const open = lexed.comments.at(-1)?.tokenType === t.UnclosedComment;
    if (head === undefined || (!open && isBorder(piece, lexed.tokens.at(-1), head, second))) {
      const old = sections.slice(from, to + 1);
      const fresh = yield* cut(piece, lexed, after);
      return [...sections.slice(0, from), ...kept(old, fresh), ...sections.slice(to + 1)];
    }
    to = Math.min(sections.length - 1, to + (to - from) + 1);
  }
}

/** The last section that begins at an offset or before it. */
export function sectionAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

/** The first two tokens from a section on, with offsets as if it began at `start`. */
function openings(sections: readonly Section[], index: number, start: number): readonly IToken[] {
  const [one, other] = [sections[index], sections[index + 1]];
  if (one === undefined) return [];
  const second = other === undefined ? [] : moved(other.opening, one.text.length);
  return moved([...one.opening, ...second].slice(0, 2), start);
}

/** Takes the old section for a new one wherever both say the same. */
function kept(old: readonly Section[], fresh: Section[]): Section[] {
  const keep = (index: number, candidate: Section | undefined): boolean => {
    const section = fresh[index];
    if (section === undefined || candidate === undefined || !isSame(candidate, section)) return false;
    fresh[index] = candidate;
    return true;
  };
  let first = 0;
  while (keep(first, old[first])) first++;
  for (let last = 1; fresh.length - last >= first; last++) {
    if (!keep(fresh.length - last, old[old.length - last])) break;
  }
  return fresh;
}

function isSame(a: Section, b: Section): boolean {
  return (
    a.text === b.text &&
    a.ahead.length === b.ahead.length &&
    a.ahead.every((token, index) => {
      const other = b.ahead[index];
      return token.image === other?.image && token.startOffset === other.startOffset;
    })
  );
}

/** The same characters in memory of their own: a slice keeps all of the text alive that it is from. */
function detached(text: string): string {
  return ` ${text}`.slice(1);
}
