/**
 * Signature help: what a function or clause takes, and which part of it is being written. From tokens alone, so that
 * it works while the rest is missing.
 */
import { type IToken, tokenMatcher } from 'chevrotain';
import { analysisNamed, PART_WORDS } from './analyses.ts';
import { clauseNamed } from './clauses.ts';
import type { ProfileFacts } from './context.ts';
import { functionNamed } from './functions.ts';
import { optionBlocks } from './hover-tables.ts';
import { METRIC_FIELDS, metricNamed } from './metrics.ts';
import { optionNamed } from './options.ts';
import type { ParsedDocument } from './parse.ts';
import { partAt } from './part.ts';
import { type Block, code, text } from './rich.ts';
import { tokenIndex } from './token-at.ts';
import {
  CLAUSE_WORDS,
  Comma,
  Dot,
  endOf,
  Identifier,
  keywords,
  LeftBracket,
  LeftParenthesis,
  RightBracket,
  RightParenthesis,
  Semicolon,
} from './tokens.ts';
import type { Span } from './tree.ts';
import { wordNamed } from './words.ts';

export interface Signature {
  readonly label: string;
  /** Where the parameters stand in the label. */
  readonly parameters: readonly Span[];
  /** Index of the parameter being written; undefined for none of them. */
  readonly active: number | undefined;
  readonly blocks: readonly Block[];
  /** Nothing of it is written yet: the cursor is just behind what opens it. */
  readonly opening: boolean;
}

/** What is being written at an offset; undefined where it has no parts, and in comments. */
export function signature(
  document: ParsedDocument,
  offset: number,
  profile: ProfileFacts,
): Signature | undefined {
  const part = partAt(document, offset);
  const inComment = part.comments.some(
    (one) =>
      one.start < offset && (offset < one.end || (offset === one.end && !isClosedBlock(document.text, one))),
  );
  if (inComment) return undefined;
  const last = tokenIndex(part.tokens, offset - 1);
  const place = { text: document.text, tokens: part.tokens, last, offset, profile };
  return inCall(place);
}

function isClosedBlock(source: string, { start, end }: Span): boolean {
  return (
    source.startsWith('/*', start) && source.endsWith('*/', end) && source.slice(start, end).endsWith('*/')
  );
}

interface Place {
  readonly text: string;
  readonly tokens: readonly IToken[];
  /** Index of the last token that begins before the cursor. */
  readonly last: number;
  readonly offset: number;
  readonly profile: ProfileFacts;
}

const HEADS = new Set([keywords.QUERY, keywords.PARAM, ...CLAUSE_WORDS.map((word) => keywords[word])]);
/** After these a reserved word is a name. */
const BEFORE_NAMES = new Set([Dot, LeftParenthesis, Comma]);

/** The innermost call that is open at the cursor, or BETWEEN, or the clause. */
function inCall(place: Place): Signature | undefined {
  const { tokens, last } = place;
  let depth = 0;
  let commas = 0;
  let ands = 0;
  // BETWEEN is looked for only as long as nothing ends its condition.
  let between = true;
  for (let at = last; at >= 0; at--) {
    const token = tokens[at];
    const before = tokens[at - 1];
    if (token === undefined) return undefined;
    const type = token.tokenType;
    if (type === Semicolon) return undefined;
    if (HEADS.has(type) && !(before !== undefined && BEFORE_NAMES.has(before.tokenType)))
      return clauseSignature(place, at);
    if (type === RightParenthesis || type === RightBracket) depth++;
    else if (type === LeftParenthesis || type === LeftBracket) {
      if (depth > 0) {
        depth--;
        continue;
      }
      const named = type === LeftParenthesis ? callSignature(place, at, commas) : undefined;
      if (named !== undefined) return named;
      commas = 0;
      ands = 0;
    } else if (depth > 0) continue;
    else if (type === Comma) commas++;
    else if (type === keywords.AND) ands++;
    else if (type === keywords.OR) between = false;
    else if (type === keywords.BETWEEN && between && ands < 2 && commas === 0) {
      const found = betweenSignature(place, at, ands);
      if (found !== undefined) return found;
      between = false;
    }
  }
  return undefined;
}

/** Places of parts in a label, each looked for after the one before. */
function partsOf(label: string, parts: readonly string[]): Span[] {
  let from = 0;
  return parts.map((part) => {
    const start = label.indexOf(part, from);
    from = start + part.length;
    return { start, end: from };
  });
}

function callSignature(place: Place, open: number, commas: number): Signature | undefined {
  const name = place.tokens[open - 1];
  if (name === undefined || !tokenMatcher(name, Identifier)) return undefined;
  const opening = open === place.last;
  const metric = metricNamed(name.image);
  if (metric?.ofField === true) {
    const fields = METRIC_FIELDS.join(' | ');
    const label = `${metric.name}(${fields}): DURATION`;
    const active = commas === 0 ? 0 : undefined;
    return { label, parameters: partsOf(label, [fields]), active, blocks: [text(metric.text)], opening };
  }
  const spec = functionNamed(name.image);
  if (spec === undefined) return undefined;
  const inner = spec.signature.slice(spec.signature.indexOf('(') + 1, -1);
  const parts = inner === '' ? [] : inner.split(', ');
  const most = spec.takes === 'predicates' ? Number.POSITIVE_INFINITY : parts.length;
  return {
    label: `${spec.signature}: ${spec.result}`,
    parameters: partsOf(spec.signature, parts).map((span, index) =>
      // The name of the function may hold that of its parameter.
      index === 0
        ? { start: spec.name.length + 1, end: spec.name.length + 1 + (parts[0]?.length ?? 0) }
        : span,
    ),
    active: commas < most ? Math.min(commas, parts.length - 1) : undefined,
    blocks: [text(spec.text), text('Example: ', code(spec.example))],
    opening,
  };
}

/** The end of what is written so far, without what is being written. */
function isTouched({ tokens, last, offset }: Place): boolean {
  const token = tokens[last];
  return token !== undefined && endOf(token) >= offset;
}

function betweenSignature(place: Place, at: number, ands: number): Signature | undefined {
  const { tokens, last } = place;
  const end = tokens[last]?.tokenType;
  const open = end === keywords.BETWEEN || end === keywords.AND || /^[+-]$/.test(tokens[last]?.image ?? '');
  // Behind a whole value the condition is over, or something else begins.
  if (!open && !isTouched(place)) return undefined;
  const spec = wordNamed('BETWEEN');
  if (spec === undefined) return undefined;
  const label = spec.signature;
  const parameters = partsOf(label, ['low', 'high']);
  return { label, parameters, active: ands, blocks: [text(spec.text)], opening: at === last };
}

/** Parts of a clause's signature, and which of them the tokens after its word have come to. */
interface ClauseParts {
  readonly parts: readonly string[];
  readonly active: (written: Written) => number;
}

interface Written {
  /** After the clause word, or after the last comma; what is being written is not among them. */
  readonly done: readonly IToken[];
  /** What the cursor is in or just behind. */
  readonly current: IToken | undefined;
}

const one = (part: string): ClauseParts => ({ parts: [part], active: () => 0 });
const has = ({ done, current }: Written, image: RegExp): boolean =>
  [...done, ...(current === undefined ? [] : [current])].some((token) => image.test(token.image));

const CLAUSE_PARTS: Readonly<Record<string, ClauseParts>> = {
  QUERY: { parts: ['name', "['title']", '[predicate]'], active: ({ done }) => Math.min(done.length, 2) },
  PARAM: {
    parts: ['name', '[: type]', '[= value]'],
    active: (written) =>
      has(written, /^=$/) ? 2 : has(written, /^:$/) ? 1 : Math.min(written.done.length, 1),
  },
  USING: one('name'),
  LAST: one('duration'),
  SINCE: { parts: ['instant', '[UNTIL instant]'], active: (written) => (has(written, /^UNTIL$/i) ? 1 : 0) },
  ORDER: orderParts(),
  SORT: orderParts(),
  LIMIT: { parts: ['count', 'ALL'], active: (written) => (has(written, /^A/i) ? 1 : 0) },
  OFFSET: one('count'),
  WITH: { parts: ['option', 'value'], active: (written) => (has(written, /^=$/) ? 1 : 0) },
  MASK: one('pattern'),
  ANALYZE: one('analysis'),
  COMPARE: { parts: ['query', 'PREVIOUS'], active: (written) => (has(written, /^P/i) ? 1 : 0) },
  EXPECT: {
    parts: ['metric', 'comparison', 'value'],
    active: (written) => (has(written, /^[<>=!]/) ? 2 : written.done.length > 0 ? 1 : 0),
  },
  EXPORT: { parts: ["'path'", '[AS format]'], active: ({ done }) => (done.length > 1 ? 1 : 0) },
  NOTIFY: one("'address'"),
};

function orderParts(): ClauseParts {
  return { parts: ['field', '[ASC | DESC]'], active: ({ done }) => (done.length > 1 ? 1 : 0) };
}

function clauseSignature(place: Place, at: number): Signature | undefined {
  const { tokens, last, offset } = place;
  const head = tokens[at];
  const end = tokens[last];
  const spec = head === undefined ? undefined : clauseNamed(head.image);
  if (head === undefined || end === undefined || spec === undefined) return undefined;
  // While the word itself is written there is nothing to help with yet.
  if (at === last && isTouched(place)) return undefined;
  const inside =
    at === last || end.tokenType === Comma || /^(?:BY|TO|AS|UNTIL|[=:<>!(+-].*)$/i.test(end.image);
  // What is whole is over at the end of its line.
  if (!inside && !isTouched(place) && /[\r\n]/.test(place.text.slice(endOf(end), offset))) return undefined;
  const written = writtenAfter(place, at);
  if (spec.word === 'ANALYZE') {
    const analysis = analysisSignature(written);
    if (analysis !== undefined) return analysis;
  }
  const known = CLAUSE_PARTS[spec.word];
  if (known === undefined) return undefined;
  const active = known.active(written);
  if (spec.word === 'QUERY' && written.done.length > 1) return undefined;
  const opening = at === last || (at === last - 1 && /^(?:BY|TO)$/i.test(end.image));
  const option = spec.word === 'WITH' ? optionNamed(written.done[0]?.image ?? '') : undefined;
  const details = option === undefined ? undefined : optionBlocks(option.name, place.profile);
  return {
    label: spec.signature,
    parameters: partsOf(spec.signature, known.parts),
    active,
    blocks: details ?? [text(spec.text)],
    opening,
  };
}

/** The tokens after a clause's word, or after the last comma that is not in brackets. */
function writtenAfter(place: Place, at: number): Written {
  const { tokens, last } = place;
  let from = at + 1;
  let depth = 0;
  for (let index = at + 1; index <= last; index++) {
    const type = tokens[index]?.tokenType;
    if (type === LeftParenthesis || type === LeftBracket) depth++;
    if (type === RightParenthesis || type === RightBracket) depth--;
    if (type === Comma && depth === 0) from = index + 1;
  }
  const touched = isTouched(place) && last >= from;
  return { done: tokens.slice(from, touched ? last : last + 1), current: touched ? tokens[last] : undefined };
}

/** `PATHS TOP |`: the parts of an analysis. */
function analysisSignature({ done, current }: Written): Signature | undefined {
  const [name] = done;
  const spec = name === undefined ? undefined : analysisNamed(name.image);
  if (spec === undefined || spec.parts.length === 0) return undefined;
  const words = spec.parts.map((part) => (part === 'patterns' ? '(' : PART_WORDS[part]));
  const tokens = [...done.slice(1), ...(current === undefined ? [] : [current])];
  let active: number | undefined;
  for (const token of tokens) {
    const index = words.indexOf(token.image.toUpperCase());
    if (index !== -1) active = index;
  }
  const taken = new Set(tokens.map((token) => token.image.toUpperCase()));
  const next = words.findIndex((word) => !taken.has(word));
  return {
    label: spec.signature,
    parameters: partsOf(
      spec.signature,
      [...spec.signature.slice(spec.name.length + 1).matchAll(/\[[^\]]*\]|\S[^[]*(?<=\S)/g)].map(
        ([part]) => part,
      ),
    ),
    active: active ?? (next === -1 ? undefined : next),
    blocks: [text(spec.text)],
    opening: done.length === 1 && current === undefined,
  };
}
