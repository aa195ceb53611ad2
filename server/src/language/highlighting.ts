/** Highlighting from the parser: it knows where a reserved word is a name and which name is what. */

import { type IToken, tokenMatcher } from 'chevrotain';
import { analysisNamed } from './analyses.ts';
import { fieldNamed } from './fields.ts';
import { formatNamed } from './formats.ts';
import { functionNamed } from './functions.ts';
import {
  HIGHLIGHT_MODIFIERS,
  HIGHLIGHT_TYPES,
  type HighlightModifier,
  type HighlightType,
} from './legend.ts';
import { metricNamed } from './metrics.ts';
import { optionNamed } from './options.ts';
import { drained, type ParsedDocument } from './parse.ts';
import { type Role, rolesOf } from './roles.ts';
import { type Section, sectionAt } from './sections.ts';
import {
  DurationToken,
  endOf,
  keywords,
  NumberToken,
  ParameterToken,
  PatternToken,
  QuotedName,
  StringToken,
  tokenise,
  Word,
} from './tokens.ts';
import type { Span } from './tree.ts';

/** Four numbers each: start, end, index of the type, bits of the modifiers. In order, none over another. */
export type Highlights = ArrayLike<number>;

interface Paint {
  readonly end: number;
  readonly type: HighlightType;
  readonly modifiers: number;
  /** Strings in its place are this too. */
  readonly strings: boolean;
}

type Emit = (start: number, end: number, type: HighlightType, modifiers: number) => void;

const NONE = 0;
const DECLARED = bitOf('declaration');
const CONSTANT = bitOf('readonly');
const KNOWN = bitOf('defaultLibrary');

function bitOf(modifier: HighlightModifier): number {
  return 1 << HIGHLIGHT_MODIFIERS.indexOf(modifier);
}

/** The highlights that a stretch of the text touches, or all. A comment of several lines is one. */
export function highlights(document: ParsedDocument, span: Span = document): Highlights {
  return drained(highlightSteps(document, span));
}

/** As `highlights`, in steps of a section each. */
export function* highlightSteps(
  document: ParsedDocument,
  span: Span = document,
): Generator<void, Highlights> {
  const { sections, starts } = document;
  const found: number[] = [];
  for (let index = sectionAt(starts, span.start); index < sections.length; index++) {
    const from = starts[index] ?? 0;
    const section = sections[index];
    if (section === undefined || from >= span.end) break;
    const painted = paintedOf(section);
    for (let at = 0; at < painted.length; at += 4) {
      const start = from + (painted[at] ?? 0);
      const end = from + (painted[at + 1] ?? 0);
      if (end > span.start && start < span.end)
        found.push(start, end, painted[at + 2] ?? 0, painted[at + 3] ?? 0);
    }
    yield;
  }
  return found;
}

/** What a section's own text tells stays the same as long as the section does. */
const PAINTED = new WeakMap<Section, Uint32Array>();

function paintedOf(section: Section): Uint32Array {
  const known = PAINTED.get(section);
  if (known !== undefined) return known;
  const found: number[] = [];
  paintSection(section, (start, end, type, modifiers) => {
    found.push(start, end, HIGHLIGHT_TYPES.indexOf(type), modifiers);
  });
  const painted = Uint32Array.from(found);
  PAINTED.set(section, painted);
  return painted;
}

function paintSection({ text, reading }: Section, emit: Emit): void {
  const paints = new Map<number, Paint>();
  for (const item of reading.items) {
    rolesOf(item, (span, role) => {
      const at = role.kind === 'field' ? role.field.name : span;
      const paint = paintOf(role, at);
      if (paint !== undefined) paints.set(at.start, paint);
      if (role.kind === 'field') {
        for (const one of role.field.path)
          paints.set(one.start, { end: one.end, type: 'variable', modifiers: NONE, strings: false });
      }
    });
  }
  let comment = 0;
  const commentsUntil = (offset: number): void => {
    for (let next = reading.comments[comment]; next !== undefined && next.start < offset; ) {
      emit(next.start, next.end, 'comment', NONE);
      next = reading.comments[++comment];
    }
  };
  let active: Paint | undefined;
  for (const token of tokenise(text).tokens) {
    const start = token.startOffset;
    commentsUntil(start);
    active = paints.get(start) ?? (active !== undefined && start < active.end ? active : undefined);
    paintToken(token, active, emit);
  }
  commentsUntil(text.length + 1);
}

function paintToken(token: IToken, active: Paint | undefined, emit: Emit): void {
  const start = token.startOffset;
  const end = endOf(token);
  const type = token.tokenType;
  const put = (painted: HighlightType, modifiers = NONE): void => emit(start, end, painted, modifiers);
  if (tokenMatcher(token, StringToken)) {
    if (active?.type === 'regexp' && active.strings) put('regexp');
    else if (active?.strings === true) pattern(token, emit);
    else put('string');
    return;
  }
  if (type === DurationToken || type === NumberToken) put('number');
  else if (type === ParameterToken) put('parameter', CONSTANT);
  else if (tokenMatcher(token, Word) || type === PatternToken) {
    if (active !== undefined) put(active.type, active.modifiers);
    else if (VALUES.has(type)) put('keyword', CONSTANT);
    else if (KEYWORDS.has(type)) put('keyword');
    // A name of which the tree knows nothing, in what could not be read: no claim is made.
    else if (type !== QuotedName && functionNamed(token.image)?.quantifier === true) put('function', KNOWN);
  } else if (/^[=<>!+-]/.test(token.image)) put('operator');
}

const KEYWORDS = new Set(Object.values(keywords));
const VALUES = new Set([keywords.TRUE, keywords.FALSE, keywords.NULL, keywords.ALL]);

/** The text of a LIKE pattern, its wildcards apart. */
function pattern(token: IToken, emit: Emit): void {
  let at = token.startOffset;
  const put = (length: number, type: HighlightType): void => {
    if (length > 0) emit(at, at + length, type, NONE);
    at += length;
  };
  let last = 0;
  for (const { 0: found, index } of token.image.matchAll(/\\[%_\\]|[%_]+/g)) {
    if (found.startsWith('\\')) continue;
    put(index - last, 'string');
    put(found.length, 'regexp');
    last = index + found.length;
  }
  put(token.image.length - last, 'string');
}

function paintOf(role: Role, { end }: Span): Paint | undefined {
  const paint = (type: HighlightType, modifiers = NONE, strings = false): Paint => ({
    end,
    type,
    modifiers,
    strings,
  });
  const known = (type: HighlightType, spec: unknown): Paint => paint(type, spec === undefined ? NONE : KNOWN);
  switch (role.kind) {
    case 'queryName':
      return paint('class', DECLARED);
    case 'queryReference':
      return paint('class');
    case 'previous':
    case 'part':
      return paint('keyword');
    case 'parameterName':
      return paint('parameter', DECLARED);
    case 'type':
      return paint('type', KNOWN);
    case 'profile':
      return paint('namespace');
    case 'field':
      return known('property', fieldNamed(role.field.name.text));
    case 'fieldName':
      return known('property', fieldNamed(role.name.text));
    case 'variable':
    case 'pattern':
      return paint('variable');
    case 'function':
      return known('function', functionNamed(role.call.name.text));
    case 'like':
      return paint('string', NONE, true);
    case 'regexp':
      return paint('regexp', NONE, true);
    case 'option':
      return known('property', optionNamed(role.option.name.text));
    case 'analysis':
      return known('enumMember', analysisNamed(role.analysis.name.text));
    case 'bucket':
    case 'nodeType':
      return paint('enumMember');
    case 'metric':
      return known('enumMember', metricNamed(role.expectation.metric.name.text));
    case 'format':
      return known('enumMember', formatNamed(role.name.text));
    default:
      return undefined;
  }
}
