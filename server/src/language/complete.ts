/**
 * Completion. What can follow is asked of the grammar itself: each word and sign is put after what stands before the
 * cursor, and the parser says whether it takes it. Names are offered by the place at which the parser reads one.
 */
import { createTokenInstance, type IToken, type TokenType, tokenMatcher } from 'chevrotain';
import { ANALYSES, analysisNamed } from './analyses.ts';
import { clauseNamed, snippetOf } from './clauses.ts';
import { FIELDS, fieldNamed, ORDER_FIELDS } from './fields.ts';
import { FORMATS } from './formats.ts';
import { FUNCTIONS, functionNamed } from './functions.ts';
import { quote } from './literals.ts';
import { METRIC_FIELDS, METRICS } from './metrics.ts';
import { OPTIONS, optionNamed } from './options.ts';
import { parametersOf } from './parameters.ts';
import { type ParsedDocument, parse } from './parse.ts';
import { probe } from './parser.ts';
import { partAt } from './part.ts';
import { type Place, placeAt } from './place.ts';
import { nameText } from './print.ts';
import { shortened } from './shortened.ts';
import * as t from './tokens.ts';
import { endOf } from './tokens.ts';
import type { ClauseKind, Operand, Span } from './tree.ts';
import { operatorsOf, PARAMETER_TYPES, type ValueType } from './types.ts';

export interface CompletionContext {
  /** Ids that USING may name. */
  readonly profiles?: Iterable<string>;
  /** Names of variables seen in earlier runs. */
  readonly variables?: Iterable<string>;
  /** Values of a field seen in earlier runs, by the field's name. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
}

export type CompletionKind =
  | 'keyword'
  | 'clause'
  | 'operator'
  | 'field'
  | 'function'
  | 'variable'
  | 'value'
  | 'parameter'
  | 'query'
  | 'profile'
  | 'analysis'
  | 'metric'
  | 'option'
  | 'format'
  | 'type';

export interface Completion extends Span {
  readonly label: string;
  readonly kind: CompletionKind;
  /** A few words beside the label. */
  readonly detail: string;
  /** Replaces `[start, end)`: the word at the cursor, or nothing. */
  readonly newText: string;
  /** The text has snippet places (`$1`, `${1:name}`). */
  readonly snippet: boolean;
  /** Sorts before those with a greater one. */
  readonly rank: number;
}

type Item = Omit<Completion, 'start' | 'end' | 'rank' | 'snippet'> & { readonly snippet?: boolean };

/** What can be written at an offset. Stays right after errors before it. */
export function complete(text: string, offset: number, context: CompletionContext = {}): Completion[] {
  return completeIn(parse(text), offset, context);
}

/** As `complete`, for a document that is parsed already. */
export function completeIn(
  document: ParsedDocument,
  offset: number,
  context: CompletionContext,
): Completion[] {
  const part = partAt(document, offset);
  if (part.comments.some((comment) => isInside(comment, document.text, offset))) return [];
  const current = part.tokens.find((token) => token.startOffset < offset && offset <= endOf(token));
  const word = current !== undefined && isWord(current, offset) ? current : undefined;
  const dollar = word === undefined && document.text.charAt(offset - 1) === '$';
  const start = word?.startOffset ?? (dollar ? offset - 1 : offset);
  const range = { start, end: word === undefined ? offset : endOf(word) };
  const before = part.tokens.filter((token) => endOf(token) <= start);
  const tokens = ownTokens(before);
  const asking = new Asking(document, tokens, start, context);
  const inString = word !== undefined && tokenMatcher(word, t.StringToken);
  const groups = inString
    ? [asking.strings()]
    : dollar || word?.image.startsWith('$') === true
      ? [asking.parameters()]
      : [
          asking.values(),
          asking.strings(),
          asking.parameters(),
          asking.names(),
          asking.signs(),
          asking.words(),
        ];
  const seen = new Set<string>();
  return groups.flatMap((group, rank) =>
    group.flatMap((item) => {
      if (seen.has(item.label)) return [];
      seen.add(item.label);
      return [{ ...item, ...range, snippet: item.snippet ?? false, rank }];
    }),
  );
}

/** Just after a closed block comment is outside; a line comment goes on to the end of its line. */
function isInside(comment: Span & { readonly closed: boolean }, text: string, offset: number): boolean {
  const block = comment.closed && text.startsWith('/*', comment.start);
  return offset > comment.start && (block ? offset < comment.end : offset <= comment.end);
}

function isWord(token: IToken, offset: number): boolean {
  if (tokenMatcher(token, t.StringToken))
    return token.tokenType === t.UnclosedString || offset < endOf(token);
  return (
    tokenMatcher(token, t.Word) || tokenMatcher(token, t.ParameterToken) || token.tokenType === t.PatternToken
  );
}

/** The tokens of the query or parameter that the last token belongs to, with the `;` before it. */
function ownTokens(tokens: readonly IToken[]): readonly IToken[] {
  for (let index = tokens.length - 1; index >= 0; index--) {
    const type = tokens[index]?.tokenType;
    if (type === t.keywords.QUERY || type === t.keywords.PARAM || type === t.Semicolon)
      return shortened(tokens.slice(index));
  }
  return shortened(tokens);
}

const SIGNS: readonly (readonly [text: string, type: TokenType])[] = [
  ['=', t.Equal],
  ['!=', t.NotEqual],
  ['<', t.Less],
  ['<=', t.LessEqual],
  ['>', t.Greater],
  ['>=', t.GreaterEqual],
];

/** Clauses that each may stand once; LAST and SINCE exclude each other. */
const CLAUSE_KINDS: Readonly<Partial<Record<t.Reserved, ClauseKind>>> = {
  USING: 'using',
  WHERE: 'where',
  LAST: 'last',
  SINCE: 'since',
  ORDER: 'order',
  SORT: 'order',
  LIMIT: 'limit',
  OFFSET: 'offset',
  WITH: 'with',
  MASK: 'mask',
  ANALYZE: 'analyze',
  COMPARE: 'compare',
  EXPECT: 'expect',
};

class Asking {
  readonly #document: ParsedDocument;
  readonly #tokens: readonly IToken[];
  readonly #offset: number;
  readonly #context: CompletionContext;
  #name: Place | undefined;
  #string: Place | undefined;
  #operand: Operand | undefined;

  constructor(
    document: ParsedDocument,
    tokens: readonly IToken[],
    offset: number,
    context: CompletionContext,
  ) {
    this.#document = document;
    this.#tokens = tokens;
    // A token put at the cursor must not touch the one before.
    this.#offset = offset;
    this.#context = context;
    this.#name = this.#placeOf(t.Identifier, 'x');
    this.#string = this.#placeOf(t.StringToken, "''");
    this.#operand = this.#operandBefore();
  }

  #token(type: TokenType, image: string): IToken {
    const end = this.#offset + image.length;
    return createTokenInstance(type, image, this.#offset, end - 1, -1, -1, -1, -1);
  }

  #takes(type: TokenType, image: string): boolean {
    return probe(this.#tokens, this.#token(type, image)).accepted;
  }

  #placeOf(type: TokenType, image: string): Place | undefined {
    const { accepted, items } = probe(this.#tokens, this.#token(type, image));
    return accepted ? placeAt(items, this.#offset) : undefined;
  }

  /** The operand just before the cursor, to which an operator could be put. */
  #operandBefore(): Operand | undefined {
    const { accepted, items } = probe(this.#tokens, this.#token(t.Equal, '='));
    if (!accepted) return undefined;
    const place = placeAt(items, this.#offset);
    return place?.kind === 'operator' ? place.operand : undefined;
  }

  /** Names that the place takes. */
  names(): Item[] {
    const place = this.#name;
    if (place === undefined) return [];
    const plain = (kind: CompletionKind, names: Iterable<string>, detail = ''): Item[] =>
      [...names].map((name) => ({ label: name, kind, detail, newText: nameText({ text: name }) }));
    switch (place.kind) {
      case 'operand':
        return this.#operands(place.beside);
      case 'orderField':
        return plain('field', ORDER_FIELDS);
      case 'option':
        return OPTIONS.filter((option) => !place.taken.includes(option.name)).map((option) => ({
          label: option.name,
          kind: 'option',
          detail: option.text,
          newText: `${option.name} = `,
        }));
      case 'analysis':
        return ANALYSES.map(({ name, text }) => ({
          label: name,
          kind: 'analysis',
          detail: text,
          newText: name,
        }));
      case 'by':
        return [
          ...plain('keyword', analysisNamed(place.analysis)?.buckets ?? []),
          ...plain(
            'field',
            FIELDS.filter((field) => !field.variables).map((field) => field.name),
          ),
        ];
      case 'metric':
        return METRICS.map(({ name, text, ofField }) => ({
          label: name,
          kind: 'metric',
          detail: text,
          newText: ofField ? `${name}(\${1:dwell})` : name,
          snippet: ofField,
        }));
      case 'metricField':
        return plain('field', METRIC_FIELDS);
      case 'format':
        return FORMATS.map(({ name }) => ({ label: name, kind: 'format', detail: '', newText: name }));
      case 'compareTarget':
        return [
          { label: 'PREVIOUS', kind: 'keyword', detail: 'the period before', newText: 'PREVIOUS' },
          ...plain('query', this.#queryNames()),
        ];
      case 'set':
        return plain('query', this.#queryNames(), 'its interaction ids');
      case 'profile':
        return plain('profile', this.#context.profiles ?? []);
      case 'type':
        return PARAMETER_TYPES.map((name) => ({ label: name, kind: 'type', detail: '', newText: name }));
      case 'variable':
        return plain('variable', this.#context.variables ?? []);
      case 'item':
        return place.analysis === 'DECISIONS'
          ? plain('variable', this.#context.variables ?? [])
          : plain('value', this.#context.values?.['nodeType'] ?? NODE_TYPES, 'node type');
      default:
        return [];
    }
  }

  #operands(beside: Operand | undefined): Item[] {
    const wanted = beside === undefined ? undefined : this.#typeOf(beside);
    const fields = FIELDS.filter(
      (field) => wanted === undefined || field.type === wanted || field.type === 'ANY',
    );
    const functions = FUNCTIONS.filter((one) => wanted === undefined || one.result === wanted);
    return [
      ...fields.map((field): Item => {
        const label = field.variables ? `${field.name}.` : field.name;
        return { label, kind: 'field', detail: field.type, newText: label };
      }),
      ...functions.map((one): Item => {
        const newText = one.takes === 'nothing' ? `${one.name}()` : `${one.name}(\${1})`;
        const detail = one.signature;
        return { label: one.name, kind: 'function', detail, newText, snippet: one.takes !== 'nothing' };
      }),
    ];
  }

  #queryNames(): string[] {
    const own = this.#own();
    return this.#document.queries.flatMap((query) =>
      query.name === null || query === own ? [] : [query.name.text],
    );
  }

  /** The query that the cursor is in. */
  #own() {
    const first = this.#tokens.find((token) => token.tokenType !== t.Semicolon)?.startOffset;
    return this.#document.queries.findLast(
      (query) => first !== undefined && query.start <= this.#offset && query.end >= first,
    );
  }

  #typeOf(operand: Operand): ValueType | undefined {
    switch (operand.kind) {
      case 'field':
        return fieldNamed(operand.name.text)?.type;
      case 'call':
        return functionNamed(operand.name.text)?.result;
      case 'sum':
        return this.#typeOf(operand.base);
      case 'number':
        return 'NUMBER';
      case 'duration':
        return 'DURATION';
      case 'boolean':
        return 'BOOLEAN';
      default:
        return undefined;
    }
  }

  /** Values that are no strings: booleans, ALL, durations that people use. */
  values(): Item[] {
    const value = (text: string, detail = ''): Item => ({
      label: text,
      kind: 'value',
      detail,
      newText: text,
    });
    const place = this.#string ?? this.#name;
    const beside = place?.kind === 'operand' ? place.beside : undefined;
    const items: Item[] = [];
    if (beside !== undefined && this.#typeOf(beside) === 'BOOLEAN') items.push(value('true'), value('false'));
    if (beside !== undefined && this.#typeOf(beside) === 'DURATION')
      items.push(...['10s', '1m', '1h'].map((one) => value(one)));
    if (beside === undefined && this.#name === undefined && this.#string === undefined) {
      if (this.#takes(t.DurationToken, '1h'))
        items.push(...['15m', '2h', '24h', '7d', '30d'].map((one) => value(one)));
    }
    return items;
  }

  /** Strings that are known to be meant. */
  strings(): Item[] {
    const place = this.#string;
    const value = (text: string): Item => ({
      label: quote(text),
      kind: 'value',
      detail: '',
      newText: quote(text),
    });
    if (place?.kind === 'optionValue') return (optionNamed(place.option)?.values ?? []).map(value);
    if (place?.kind !== 'operand' || place.beside?.kind !== 'field') return [];
    const name = fieldNamed(place.beside.name.text)?.name ?? '';
    const known = this.#context.values?.[name] ?? (name === 'nodeType' ? NODE_TYPES : []);
    return known.map(value);
  }

  /** `$name`, where a parameter can stand. */
  parameters(): Item[] {
    if (!this.#takes(t.ParameterToken, '$x')) return [];
    return [...parametersOf(this.#document).values()].map((facts) => {
      const label = `$${/^[A-Za-z_]\w*$/.test(facts.name) ? facts.name : `\`${facts.name}\``}`;
      return { label, kind: 'parameter', detail: facts.type ?? '', newText: label };
    });
  }

  /** Comparison signs that fit the operand before. */
  signs(): Item[] {
    const fitting = this.#operators();
    return SIGNS.filter(([text, type]) => fitting?.includes(text) !== false && this.#takes(type, text)).map(
      ([text]): Item => ({ label: text, kind: 'operator', detail: '', newText: text }),
    );
  }

  #operators(): readonly string[] | undefined {
    const type = this.#operand === undefined ? undefined : this.#typeOf(this.#operand);
    return type === undefined ? undefined : operatorsOf(type);
  }

  /** The parts that the analysis before the cursor takes and does not have; undefined after anything else. */
  #parts(): readonly string[] | undefined {
    const place = this.#placeOf(t.Top, 'TOP');
    if (place?.kind !== 'part') return undefined;
    return analysisNamed(place.analysis)?.parts.filter((part) => !place.taken.includes(part)) ?? [];
  }

  /** Reserved words that the grammar takes here, without clauses that are there already. */
  words(): Item[] {
    const fitting = this.#operators();
    const used = new Set<ClauseKind>(
      this.#own()
        ?.clauses.filter((clause) => clause.start !== this.#offset)
        .map((clause) => clause.kind),
    );
    if (used.has('last')) used.add('since');
    if (used.has('since')) used.add('last');
    const items: Item[] = [];
    // Where reserved words are names, none is offered as a word.
    if (this.#name?.kind === 'variable' || this.#name?.kind === 'item') return items;
    const isValue = [this.#name?.kind, this.#string?.kind].some(
      (kind) => kind === 'operand' || kind === 'optionValue',
    );
    const parts = this.#parts();
    for (const word of t.RESERVED) {
      // Values have their own items, and nothing compares with null.
      if (isValue && (word === 'TRUE' || word === 'FALSE' || word === 'NULL')) continue;
      if (word === 'BY' && parts?.includes('by') === false) continue;
      const clause = CLAUSE_KINDS[word];
      if (clause !== undefined && used.has(clause)) continue;
      if (!this.#takes(t.keywords[word], word)) continue;
      const isOperator = ['IN', 'BETWEEN', 'LIKE', 'MATCHES'].includes(word);
      if (isOperator && fitting !== undefined && !fitting.includes(word)) continue;
      if (word === 'IS') {
        for (const phrase of ['IS NULL', 'IS NOT NULL']) {
          items.push({ label: phrase, kind: 'operator', detail: '', newText: phrase });
        }
        continue;
      }
      const spec = clauseNamed(word);
      const label = spec?.phrase ?? word;
      const kind = t.CLAUSE_WORDS.some((one) => one === word)
        ? 'clause'
        : isOperator
          ? 'operator'
          : 'keyword';
      const snippet = spec === undefined ? undefined : snippetOf(spec.snippet);
      items.push({ label, kind, detail: '', newText: snippet ?? label, snippet: snippet !== undefined });
    }
    for (const [word, type] of PART_TOKENS) {
      // They are names too: only where an analysis goes on are they anything else.
      if (
        this.#name === undefined &&
        parts?.includes(word.toLowerCase()) === true &&
        this.#takes(type, word)
      ) {
        items.push({ label: word, kind: 'keyword', detail: '', newText: word });
      }
    }
    return items;
  }
}

const PART_TOKENS: readonly (readonly [string, TokenType])[] = [
  ['OVER', t.Over],
  ['ON', t.On],
  ['TOP', t.Top],
];

/** Node types that the analyses know by name. */
const NODE_TYPES: readonly string[] = ['DECISION', 'ROUTING', 'CONDITION'];
