/** What a cursor is on, and where else in the file the same is meant. */
import { type IToken, tokenMatcher } from 'chevrotain';
import { analysisNamed } from './analyses.ts';
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import { firstEndingAt, type Node, pathTo, tokenIndex, touched } from './nodes.ts';
import { drained, type ParsedDocument } from './parse.ts';
import { type Part, partAt } from './part.ts';
import { unticked } from './recovery.ts';
import { type Section, sectionAt } from './sections.ts';
import { endOf, Identifier, keywords, ParameterToken, tokenise } from './tokens.ts';
import type { FieldReference, Operand, Span } from './tree.ts';

/** One place where something is named. */
export interface Occurrence extends Span {
  /** `write` where a query or parameter is declared, `read` where it is used, `text` for anything else. */
  readonly role: 'write' | 'read' | 'text';
  /** What a rename replaces: without the `$` of a parameter, with the backticks of a name. */
  readonly name: Span;
  /** The whole declaration, where this is one; else what is named. */
  readonly whole: Span;
}

type Words = Pick<Part, 'items' | 'tokens'>;

/** What a cursor is on. */
export interface Subject extends Occurrence {
  /** Queries and parameters are names of the file; anything else is only shown where it stands again. */
  readonly kind: 'query' | 'parameter' | 'other';
  /** The name, or value, as it is meant. */
  readonly text: string;
  /** Equal for places that mean the same. */
  readonly key: string;
  /** What stands in the text wherever the same is meant, and whether in any case. */
  readonly needle: string;
  readonly anyCase: boolean;
}

/** The query, parameter, field, variable, word or value that a cursor is on; undefined for signs and clause words. */
export function subjectAt(document: ParsedDocument, offset: number): Subject | undefined {
  return subjectIn(partAt(document, offset), document.text, offset);
}

function subjectIn(part: Words, text: string, offset: number): Subject | undefined {
  const index = touched(part.tokens, offset);
  const token = index === undefined ? undefined : part.tokens[index];
  if (index === undefined || token === undefined) return undefined;
  const span = { start: token.startOffset, end: endOf(token) };
  if (token.tokenType === ParameterToken) return parameterIn(token);
  const path = pathTo(part, span);
  const leaf = path.at(-1);
  if (leaf === undefined || !(sameSpan(leaf, span) || leaf.kind === 'item')) {
    // What could not be read still names a query after these words.
    return tokenMatcher(token, Identifier) && namesQuery(part, index)
      ? symbol('query', unticked(token.image), 'read', span, span, span)
      : undefined;
  }
  return subjectOf(leaf, path.slice(0, -1), text);
}

/** Where the same is meant, in the order of the text. Looks only where its text stands. */
export function occurrencesOf(document: ParsedDocument, subject: Subject): Occurrence[] {
  return drained(occurrenceSteps(document, subject));
}

/** As `occurrencesOf`, in steps. */
export function* occurrenceSteps(document: ParsedDocument, subject: Subject): Generator<void, Occurrence[]> {
  const { text, sections, starts } = document;
  const found = new Map<number, Occurrence>();
  for (const { index } of text.matchAll(searchOf(subject))) {
    const at = sectionAt(starts, index);
    const [section, start] = [sections[at], starts[at] ?? 0];
    const other =
      section === undefined ? undefined : subjectOfHit(section, index - start, subject.needle.length);
    if (other?.key === subject.key) found.set(other.start + start, moved(other, start));
    yield;
  }
  return [...found.values()];
}

/** Of names and values longer than this the beginning is looked for: expressions have a largest size. */
const LONGEST_NEEDLE = 1_000;

/** Parts of a path deeper down are nobody's: each would be known by all the parts above it. */
const DEEPEST = 100;

/** What finds a needle, as a whole word where it begins or ends with one. */
function searchOf({ needle: whole, anyCase }: Subject): RegExp {
  const needle = whole.slice(0, LONGEST_NEEDLE);
  const edge = (character: string, boundary: string): string => (/\w/.test(character) ? boundary : '');
  const escaped = needle.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const [before, after] = [
    edge(needle.charAt(0), '(?<!\\w)'),
    needle === whole ? edge(needle.charAt(needle.length - 1), '(?!\\w)') : '',
  ];
  return new RegExp(before + escaped + after, anyCase ? 'gi' : 'g');
}

/** What is meant where a needle stands in a section, in its own offsets. */
function subjectOfHit(section: Section, offset: number, length: number): Subject | undefined {
  const { text, reading } = section;
  const { items, syntax, parameterTokens } = reading;
  // The tree has all of a text without errors; else the words are asked as well.
  if (syntax.length > 0) return subjectIn({ items, tokens: tokensOf(section) }, text, offset);
  const token = parameterTokens[tokenIndex(parameterTokens, offset + length)];
  if (token !== undefined && token.startOffset < offset) return parameterIn(token);
  const path = pathTo({ items }, { start: offset, end: offset + length });
  const leaf = path.at(-1);
  return leaf === undefined ? undefined : subjectOf(leaf, path.slice(0, -1), text);
}

const tokensBySection = new WeakMap<Section, readonly IToken[]>();

/** The words of a section with errors: kept, since there are few. */
function tokensOf(section: Section): readonly IToken[] {
  const tokens = tokensBySection.get(section) ?? tokenise(section.text).tokens;
  tokensBySection.set(section, tokens);
  return tokens;
}

function moved({ start, end, role, name, whole }: Occurrence, by: number): Occurrence {
  const span = (one: Span): Span => ({ start: one.start + by, end: one.end + by });
  return { ...span({ start, end }), role, name: span(name), whole: span(whole) };
}

/** Declarations of what a cursor is on: all of them, where there are two of one name. */
export function declarationsOf(document: ParsedDocument, subject: Subject): Occurrence[] {
  const { kind, text } = subject;
  if (kind === 'other') return [];
  return document.sections.flatMap(({ reading }, index) => {
    const declaring = reading.items.filter((item) => item.kind === kind && item.name?.text === text);
    const by = document.starts[index] ?? 0;
    return declaring.flatMap((item) =>
      item.name === null ? [] : moved(symbol(kind, text, 'write', item.name, item.name, item), by),
    );
  });
}

function parameterIn(token: IToken): Subject {
  const span = { start: token.startOffset, end: endOf(token) };
  const name = { start: span.start + 1, end: span.end };
  return symbol('parameter', unticked(token.image.slice(1)), 'read', span, name, span);
}

function sameSpan(a: Span, b: Span): boolean {
  return a.start === b.start && a.end === b.end;
}

function namesQuery(part: Words, index: number): boolean {
  const before = (back: number): IToken['tokenType'] | undefined => part.tokens[index - back]?.tokenType;
  return before(1) === keywords.IN || (before(1) === keywords.TO && before(2) === keywords.COMPARE);
}

function symbol(
  kind: 'query' | 'parameter',
  text: string,
  role: Occurrence['role'],
  span: Span,
  name: Span,
  whole: Span,
): Subject {
  const key = `${kind} ${text}`;
  return {
    start: span.start,
    end: span.end,
    role,
    name,
    whole,
    kind,
    text,
    key,
    needle: text,
    anyCase: false,
  };
}

function other(span: Span, key: string, text: string, anyCase: boolean): Subject | undefined {
  // A quote inside a string is written twice: the longest piece without one stands in the text as it is.
  const needle = text
    .split(/['"]/)
    .reduce((longest, one) => (one.length > longest.length ? one : longest), '');
  if (needle === '') return undefined;
  const { start, end } = span;
  return { start, end, role: 'text', name: span, whole: span, kind: 'other', text, key, needle, anyCase };
}

function subjectOf(leaf: Node, above: readonly Node[], text: string): Subject | undefined {
  const parent = above.at(-1);
  if (parent === undefined) return undefined;
  switch (leaf.kind) {
    case 'name':
      return subjectOfName(leaf.text, leaf, parent, above);
    case 'part': {
      if (parent.kind !== 'field') return undefined;
      const at = firstEndingAt(parent.path.length, (index) => parent.path[index]?.end, leaf.end);
      if (at >= DEEPEST) return undefined;
      const upTo = { ...parent, path: parent.path.slice(0, at + 1) };
      return variable(leaf, variablePath(upTo, namesVariable(above)));
    }
    case 'item': {
      const analysis = above.findLast((node) => node.kind === 'analysis');
      if (analysis?.kind !== 'analysis') return undefined;
      const [first] = leaf.path;
      if (analysisNamed(analysis.name.text)?.name === 'DECISIONS') return variable(leaf, leaf.path);
      return leaf.path.length === 1 && first !== undefined ? value(leaf, 'nodetype', first) : undefined;
    }
    case 'pattern': {
      const quoted = /^['"]/.test(text.charAt(leaf.start));
      return leaf.text.includes('*') ? undefined : variable(leaf, [quoted ? leaf.text : unticked(leaf.text)]);
    }
    case 'string':
      return subjectOfString(leaf.value, leaf, above);
    default:
      return undefined;
  }
}

function subjectOfName(text: string, leaf: Span, parent: Node, above: readonly Node[]): Subject | undefined {
  switch (parent.kind) {
    case 'query':
      return symbol('query', text, 'write', leaf, leaf, parent);
    case 'parameter':
      if (parent.name?.start === leaf.start) return symbol('parameter', text, 'write', leaf, leaf, parent);
      return other(leaf, `type ${text.toLowerCase()}`, text, true);
    case 'in':
      return symbol('query', text, 'read', leaf, leaf, leaf);
    case 'compare':
      // In backticks too it stands for the period before.
      return text.toUpperCase() === 'PREVIOUS' ? undefined : symbol('query', text, 'read', leaf, leaf, leaf);
    case 'using':
      return other(leaf, `profile ${text}`, text, false);
    case 'field':
      return namesVariable(above) ? variable(leaf, [text]) : field(leaf, text);
    case 'order':
      return field(leaf, text);
    case 'metric':
      return parent.argument?.start === leaf.start ? field(leaf, text) : word(parent.kind, leaf, text);
    case 'by':
      return fieldNamed(text) === undefined ? word(parent.kind, leaf, text) : field(leaf, text);
    default:
      return word(parent.kind, leaf, text);
  }
}

function subjectOfString(text: string, leaf: Span, above: readonly Node[]): Subject | undefined {
  if (above.at(-1)?.kind === 'using') return other(leaf, `profile ${text}`, text, false);
  if (namesVariable(above)) return variable(leaf, [text]);
  const condition = above.findLast((node) =>
    ['comparison', 'in', 'between', 'like', 'matches'].includes(node.kind),
  );
  switch (condition?.kind) {
    case 'comparison': {
      const { left, right } = condition;
      return besides(leaf, left.end <= leaf.start ? left : right, text);
    }
    case 'in':
    case 'between':
      return besides(leaf, condition.operand, text);
    case 'like':
    case 'matches':
      return other(leaf, `${condition.kind} ${text}`, text, false);
    default:
      return undefined;
  }
}

/** A value of the field that it is compared with. */
function besides(leaf: Span, operand: Operand, text: string): Subject | undefined {
  const base = operand.kind === 'sum' ? operand.base : operand;
  if (base.kind !== 'field') return undefined;
  const of =
    base.path.length === 0 ? base.name.text.toLowerCase() : JSON.stringify(variablePath(base, false));
  return value(leaf, of, text);
}

function value(leaf: Span, of: string, text: string): Subject | undefined {
  return other(leaf, `value ${of} ${text}`, text, false);
}

function field(leaf: Span, text: string): Subject | undefined {
  return other(leaf, `field ${text.toLowerCase()}`, text, true);
}

function word(kind: string, leaf: Span, text: string): Subject | undefined {
  return other(leaf, `${kind} ${text.toLowerCase()}`, text, true);
}

function variable(leaf: Span, path: readonly string[]): Subject | undefined {
  const last = path.at(-1);
  return last === undefined ? undefined : other(leaf, `variable ${JSON.stringify(path)}`, last, false);
}

/** Whether what some nodes hold is the argument of `changed`, `added` or `removed`, which names a variable. */
function namesVariable(above: readonly Node[]): boolean {
  const outer = above.at(-1)?.kind === 'field' ? above.slice(0, -1) : above;
  const call = outer.at(-2);
  if (outer.at(-1)?.kind !== 'test' || call?.kind !== 'call') return false;
  return functionNamed(call.name.text)?.takes === 'variable';
}

/** The path of a variable: what follows `before.` or `after.`, or all of it where it is `named` itself. */
function variablePath(reference: FieldReference, named: boolean): readonly string[] {
  const path = reference.path.map((part) => part.text);
  return named ? [reference.name.text, ...path] : path;
}
