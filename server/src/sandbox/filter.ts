/**
 * The tenant's filter dialect, read and evaluated on its own: it shares nothing with the product's parser, so
 * that a mistake in one is found by the other.
 *
 *     filter     = conjunction { OR conjunction }
 *     conjunction= negation { AND negation }
 *     negation   = NOT negation | "(" filter ")" | condition
 *     condition  = interactionId ( "=" | "!=" ) string | interactionId [ NOT ] IN "[" string { "," string } "]"
 *                | nodeTimestamp ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) string
 *                | errorState [ ( "=" | "!=" ) boolean ]
 *
 * A string is in single quotes, `''` for a quote inside. Keywords and booleans in any case, field names exactly.
 * Comparisons with what a step does not have are unknown, as in SQL, and unknown is no match.
 */
import { type Micros, parseInstant } from '../protocol/instant.ts';

/** What a filter can see of one step. */
export interface FilterStep {
  readonly interactionId: string;
  readonly nodeTimestamp: Micros | null;
  readonly errorState: boolean | null;
}

export interface Filter {
  /** True, false, or null for unknown. */
  evaluate(step: FilterStep): boolean | null;
  /** Every instant that `nodeTimestamp` is compared with, and where in the text (0-based). */
  readonly instants: readonly { readonly micros: Micros; readonly position: number; readonly text: string }[];
  /** The most ids in one list. */
  readonly longestList: number;
}

/** Why a filter cannot be read; `position` is 0-based. */
export interface FilterProblem {
  readonly message: string;
  readonly position: number;
}

export interface FilterOptions {
  /** Spelling of booleans that is understood: `true`, `True`, or both. */
  readonly booleans: 'lower' | 'title' | 'any';
}

type Ternary = boolean | null;
type Predicate = (step: FilterStep) => Ternary;
type TokenKind = 'word' | 'string' | 'operator' | 'punctuation' | 'end';
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly position: number;
}

const MAX_DEPTH = 100;

class Unreadable extends Error {
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_.]*)|'((?:[^']|'')*)'|(<>|[<>!]=|[<>=])|([[\](),]))/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (;;) {
    const match = TOKEN.exec(text);
    if (match === null) break;
    const [whole, word, string, operator, punctuation] = match;
    const position = end + whole.length - whole.trimStart().length;
    end = TOKEN.lastIndex;
    if (word !== undefined) tokens.push({ kind: 'word', text: word, position });
    else if (string !== undefined)
      tokens.push({ kind: 'string', text: string.replaceAll("''", "'"), position });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, position });
    else tokens.push({ kind: 'punctuation', text: punctuation ?? '', position });
  }
  const rest = text.slice(end);
  const position = end + rest.length - rest.trimStart().length;
  if (position < text.length) {
    const what =
      text[position] === "'" ? 'a string that is not closed' : 'a character that has no meaning here';
    throw new Unreadable(position, what);
  }
  tokens.push({ kind: 'end', text: 'the end', position: text.length });
  return tokens;
}

function both(left: Ternary, right: Ternary): Ternary {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
}

function either(left: Ternary, right: Ternary): Ternary {
  if (left === true || right === true) return true;
  return left === null || right === null ? null : false;
}

function not(value: Ternary): Ternary {
  return value === null ? null : !value;
}

function comparison(operator: string, bound: Micros): (value: Micros) => boolean {
  switch (operator) {
    case '=':
      return (value) => value === bound;
    case '<':
      return (value) => value < bound;
    case '<=':
      return (value) => value <= bound;
    case '>':
      return (value) => value > bound;
    case '>=':
      return (value) => value >= bound;
    default:
      return (value) => value !== bound;
  }
}

class Reader {
  readonly instants: { micros: Micros; position: number; text: string }[] = [];
  longestList = 0;
  private readonly tokens: readonly Token[];
  private readonly options: FilterOptions;
  private index = 0;
  private depth = 0;

  constructor(text: string, options: FilterOptions) {
    this.tokens = tokenize(text);
    this.options = options;
  }

  read(): Predicate {
    if (this.peek().kind === 'end') return () => true;
    const predicate = this.disjunction();
    if (this.peek().kind !== 'end') this.fail('AND, OR or the end');
    return predicate;
  }

  private peek(): Token {
    return this.tokens[this.index] ?? { kind: 'end', text: 'the end', position: 0 };
  }

  private take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.index += 1;
    return token;
  }

  private fail(expected: string): never {
    const token = this.peek();
    throw new Unreadable(
      token.position,
      `expected ${expected}, found ${token.kind === 'end' ? 'the end' : `"${token.text}"`}`,
    );
  }

  private takes(kind: TokenKind, text: string): boolean {
    const token = this.peek();
    const same = kind === 'word' ? token.text.toUpperCase() === text : token.text === text;
    if (token.kind !== kind || !same) return false;
    this.index += 1;
    return true;
  }

  private disjunction(): Predicate {
    let left = this.conjunction();
    while (this.takes('word', 'OR')) {
      const [first, second] = [left, this.conjunction()];
      left = (step) => either(first(step), second(step));
    }
    return left;
  }

  private conjunction(): Predicate {
    let left = this.negation();
    while (this.takes('word', 'AND')) {
      const [first, second] = [left, this.negation()];
      left = (step) => both(first(step), second(step));
    }
    return left;
  }

  private negation(): Predicate {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new Unreadable(this.peek().position, 'nested too deeply');
    const predicate = this.primary();
    this.depth -= 1;
    return predicate;
  }

  private primary(): Predicate {
    if (this.takes('word', 'NOT')) {
      const inner = this.negation();
      return (step) => not(inner(step));
    }
    if (this.takes('punctuation', '(')) {
      const inner = this.disjunction();
      if (!this.takes('punctuation', ')')) this.fail('")"');
      return inner;
    }
    return this.condition();
  }

  private condition(): Predicate {
    const field = this.peek();
    if (field.kind !== 'word') this.fail('a field');
    switch (field.text) {
      case 'interactionId':
        this.take();
        return this.idCondition();
      case 'nodeTimestamp':
        this.take();
        return this.timeCondition();
      case 'errorState':
        this.take();
        return this.errorCondition();
      default:
        return this.fail('interactionId, nodeTimestamp or errorState');
    }
  }

  private idCondition(): Predicate {
    const negated = this.takes('word', 'NOT');
    if (this.takes('word', 'IN')) {
      const wanted = new Set(this.list());
      return (step) => wanted.has(step.interactionId) !== negated;
    }
    if (negated) this.fail('IN');
    const equal = this.equality();
    const wanted = this.string();
    return (step) => (step.interactionId === wanted) === equal;
  }

  private list(): string[] {
    if (!this.takes('punctuation', '[')) this.fail('"["');
    const values = [this.string()];
    while (this.takes('punctuation', ',')) values.push(this.string());
    if (!this.takes('punctuation', ']')) this.fail('"," or "]"');
    this.longestList = Math.max(this.longestList, values.length);
    return values;
  }

  private timeCondition(): Predicate {
    const operator = this.peek();
    if (operator.kind !== 'operator') this.fail('a comparison');
    this.take();
    const { position } = this.peek();
    const text = this.string();
    const instant = parseInstant(text);
    if (instant === undefined) throw new Unreadable(position, `"${text}" is no date and time in RFC 3339`);
    if (!instant.zoned) throw new Unreadable(position, `"${text}" has no time zone`);
    this.instants.push({ micros: instant.micros, position, text });
    const compare = comparison(operator.text, instant.micros);
    return ({ nodeTimestamp }) => (nodeTimestamp === null ? null : compare(nodeTimestamp));
  }

  private errorCondition(): Predicate {
    if (this.peek().kind !== 'operator') return (step) => step.errorState;
    const equal = this.equality();
    const wanted = this.boolean() === equal;
    return ({ errorState }) => (errorState === null ? null : errorState === wanted);
  }

  private equality(): boolean {
    if (this.takes('operator', '=')) return true;
    if (this.takes('operator', '!=') || this.takes('operator', '<>')) return false;
    return this.fail('"=" or "!="');
  }

  private boolean(): boolean {
    const { booleans } = this.options;
    const { kind, text } = this.peek();
    const allowed =
      booleans === 'lower' ? ['true', 'false'] : booleans === 'title' ? ['True', 'False'] : [text];
    const value = text.toLowerCase();
    if (kind !== 'word' || !allowed.includes(text) || (value !== 'true' && value !== 'false')) {
      this.fail(booleans === 'title' ? 'True or False' : 'true or false');
    }
    this.take();
    return value === 'true';
  }

  private string(): string {
    if (this.peek().kind !== 'string') this.fail('a string in single quotes');
    return this.take().text;
  }
}

/** Reads a filter; an empty one matches everything. */
export function parseFilter(
  text: string,
  options: FilterOptions = { booleans: 'any' },
): { readonly filter: Filter } | { readonly problem: FilterProblem } {
  try {
    const reader = new Reader(text, options);
    const evaluate = reader.read();
    return { filter: { evaluate, instants: reader.instants, longestList: reader.longestList } };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { problem: { message: error.message, position: error.position } };
  }
}
