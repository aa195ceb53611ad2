/** Outline, lenses, and the names that a file declares, as ranges of offsets. */
import { unquote } from './literals.ts';
import type { ParsedDocument } from './parse.ts';
import { unticked } from './recovery.ts';
import type { Section } from './sections.ts';
import { RESERVED } from './tokens.ts';
import type { Parameter, Query, Span } from './tree.ts';

/** Longer ones are cut off. */
const DETAIL_LENGTH = 60;

export interface DocumentSymbol extends Span {
  readonly kind: 'query' | 'parameter' | 'clause';
  readonly name: string;
  /** A query's title, a parameter's default, a clause's text; may be empty. */
  readonly detail: string;
  /** The part to reveal: inside the range. */
  readonly selection: Span;
  readonly children: readonly DocumentSymbol[];
}

const symbolsBySection = new WeakMap<Section, readonly DocumentSymbol[]>();

/** Parameters and queries with their clauses. */
export function documentSymbols(document: ParsedDocument): DocumentSymbol[] {
  return [...symbolsIn(document)];
}

/** As `documentSymbols`, one after another. */
export function* symbolsIn({ sections, starts }: ParsedDocument): Generator<DocumentSymbol> {
  for (const [index, section] of sections.entries()) {
    const known =
      symbolsBySection.get(section) ?? section.reading.items.map((item) => symbolOf(item, section.text));
    symbolsBySection.set(section, known);
    for (const symbol of known) yield moved(symbol, starts[index] ?? 0);
  }
}

function moved(symbol: DocumentSymbol, by: number): DocumentSymbol {
  const { start, end, selection, children } = symbol;
  return {
    ...symbol,
    start: start + by,
    end: end + by,
    selection: { start: selection.start + by, end: selection.end + by },
    children: children.map((child) => moved(child, by)),
  };
}

function symbolOf(item: Parameter | Query, text: string): DocumentSymbol {
  if (item.kind === 'parameter') {
    const detail = item.value === null ? (item.type?.text ?? '') : oneLine(text, item.value);
    return {
      ...rangeOf(item),
      kind: 'parameter',
      name: `$${item.name?.text ?? ''}`,
      detail,
      selection: rangeOf(item.name ?? item.keyword),
      children: [],
    };
  }
  const first = item.clauses[0];
  const children = item.clauses.map((clause): DocumentSymbol => {
    const leading = clause.keyword.start === clause.keyword.end;
    const rest = { start: clause.keyword.end, end: clause.end };
    return {
      ...rangeOf(clause),
      kind: 'clause',
      name: leading ? 'WHERE' : oneLine(text, clause.keyword).toUpperCase(),
      detail: oneLine(text, rest),
      selection: leading ? rangeOf(clause) : rangeOf(clause.keyword),
      children: [],
    };
  });
  return {
    ...rangeOf(item),
    kind: 'query',
    name:
      item.name?.text ?? (item.keyword === null && first !== undefined ? oneLine(text, first) : '(query)'),
    detail: item.title?.value ?? '',
    selection: rangeOf(item.name ?? item.keyword ?? first ?? item),
    children,
  };
}

function rangeOf({ start, end }: Span): Span {
  return { start, end };
}

/** The beginning of a stretch on one line. Of a list with thousands of ids only that is looked at. */
function oneLine(text: string, { start, end }: Span): string {
  const near = text.slice(start, Math.min(end, start + 4 * DETAIL_LENGTH));
  const line = near.replace(/\s+/g, ' ').trim();
  if (line.length <= DETAIL_LENGTH && start + near.length === end) return line;
  return `${line.slice(0, DETAIL_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A query or parameter that a text declares. */
export interface Declaration extends Span {
  readonly kind: 'query' | 'parameter';
  readonly name: string;
  /** A query's title; else empty. */
  readonly title: string;
}

const COMMENT = String.raw`--[^\r\n]*(?![^\r\n])|\/\/[^\r\n]*(?![^\r\n])|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)`;
const STRING = String.raw`'(?:''|[^'\r\n])*'?|"(?:""|[^"\r\n])*"?`;
const TICKED = '`[^`\\r\\n]+`';
/** The headers of queries and parameters, and whatever could only look like one: comments, strings, names in backticks. */
const HEADER = new RegExp(
  String.raw`${COMMENT}|${STRING}|(?<![\w.$])(?:(QUERY)|PARAM)((?:\s|${COMMENT})+|(?=${'`'}))([A-Za-z_]\w*(?![\w*])|${TICKED})(?:\s*('(?:''|[^'\r\n])*'))?|[$.]?${TICKED}`,
  'gi',
);

/**
 * The queries and parameters of a text by a look at its headers alone: for thousands of files, where a tree of each
 * would take too long. Gives undefined now and then, so that who asks can let others go first.
 */
export function* declarationsIn(text: string): Generator<Declaration | undefined> {
  let looked = 0;
  for (const match of text.matchAll(HEADER)) {
    looked++;
    if (looked % 500 === 0) yield undefined;
    const [, query, gap, written, title] = match;
    if (written === undefined || gap === undefined) continue;
    if (RESERVED.some((word) => word === written.toUpperCase())) continue;
    const start = match.index + 'QUERY'.length + gap.length;
    yield {
      kind: query === undefined ? 'parameter' : 'query',
      name: unticked(written),
      title: query === undefined || title === undefined ? '' : unquote(title).value,
      start,
      end: start + written.length,
    };
  }
}

/** Where the lenses of a query stand: its header, or the first word of one without. */
export interface QueryLens extends Span {
  readonly index: number;
  readonly name: string | null;
  /** It has syntax errors, so that it cannot run. */
  readonly broken: boolean;
}

export function queryLenses({ sections, starts }: ParsedDocument): QueryLens[] {
  const found: QueryLens[] = [];
  for (const [section, { reading }] of sections.entries()) {
    const by = starts[section] ?? 0;
    for (const item of reading.items) {
      if (item.kind !== 'query') continue;
      const { start, end, title, name, keyword, clauses, broken } = item;
      found.push({
        start: start + by,
        end: (title?.end ?? name?.end ?? keyword?.end ?? clauses[0]?.end ?? end) + by,
        index: found.length,
        name: name?.text ?? null,
        broken,
      });
    }
  }
  return found;
}
