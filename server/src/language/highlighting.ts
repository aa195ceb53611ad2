/** Highlighting from the parser: it knows where a reserved word is a name and which name is what. */
import { type IToken, tokenMatcher } from 'chevrotain';
import { analysisNamed } from './analyses.ts';
import { fieldNamed } from './fields.ts';
import { formatNamed } from './formats.ts';
import { functionNamed } from './functions.ts';
import { metricNamed } from './metrics.ts';
import { optionNamed } from './options.ts';
import type { ParsedDocument } from './parse.ts';
import { type Part, partAt } from './part.ts';
import { type Role, rolesOf } from './roles.ts';
import {
  DurationToken,
  endOf,
  keywords,
  NumberToken,
  ParameterToken,
  PatternToken,
  QuotedName,
  StringToken,
  Word,
} from './tokens.ts';
import type { Span } from './tree.ts';

/** All of the protocol's own names. */
export const HIGHLIGHT_TYPES = [
  'keyword',
  'property',
  'variable',
  'parameter',
  'function',
  'enumMember',
  'class',
  'namespace',
  'type',
  'string',
  'regexp',
  'number',
  'operator',
  'comment',
] as const;
export type HighlightType = (typeof HIGHLIGHT_TYPES)[number];

/** `readonly` is on parameters and on the words that are values, `defaultLibrary` on what the language brings. */
export const HIGHLIGHT_MODIFIERS = ['declaration', 'readonly', 'defaultLibrary'] as const;
export type HighlightModifier = (typeof HIGHLIGHT_MODIFIERS)[number];

export interface Highlight extends Span {
  readonly type: HighlightType;
  readonly modifiers: readonly HighlightModifier[];
}

interface Paint {
  readonly end: number;
  readonly type: HighlightType;
  readonly modifiers: readonly HighlightModifier[];
  /** Strings in its place are this too. */
  readonly strings: boolean;
}

const NONE: readonly HighlightModifier[] = [];
const KNOWN: readonly HighlightModifier[] = ['defaultLibrary'];
const DECLARED: readonly HighlightModifier[] = ['declaration'];
const CONSTANT: readonly HighlightModifier[] = ['readonly'];

/** Highlights in the order of the text, none over another. A comment of several lines is one. */
export function highlights(document: ParsedDocument): Highlight[] {
  const found: Highlight[] = [];
  paintPart(document.text, document, (one) => found.push(one));
  return found;
}

/** Those that a stretch of the text touches. */
export function highlightsIn(document: ParsedDocument, span: Span): Highlight[] {
  // Where most of the text is wanted, its parts one by one would be dearer than the whole.
  if ((span.end - span.start) * 2 > document.text.length) {
    return highlights(document).filter((one) => one.start < span.end && one.end > span.start);
  }
  const found: Highlight[] = [];
  let from = span.start;
  for (;;) {
    const part = partAt(document, from);
    paintPart(document.text, part, (one) => {
      if (one.end > from && one.start < span.end && one.start >= (found.at(-1)?.end ?? 0)) found.push(one);
    });
    if (part.end <= from || part.end >= span.end) return found;
    from = part.end;
  }
}

function paintPart(
  text: string,
  part: Pick<Part, 'items' | 'tokens' | 'comments'>,
  emit: (highlight: Highlight) => void,
): void {
  const paints = new Map<number, Paint>();
  for (const item of part.items) {
    rolesOf(item, (span, role) => {
      const start = role.kind === 'field' ? role.field.name : span;
      const paint = paintOf(role, start);
      if (paint !== undefined) paints.set(start.start, paint);
      if (role.kind === 'field') {
        for (const one of role.field.path)
          paints.set(one.start, { end: one.end, type: 'variable', modifiers: NONE, strings: false });
      }
    });
  }
  let comment = 0;
  const commentsUntil = (offset: number): void => {
    for (let next = part.comments[comment]; next !== undefined && next.start < offset; ) {
      emit({ start: next.start, end: next.end, type: 'comment', modifiers: NONE });
      next = part.comments[++comment];
    }
  };
  let active: Paint | undefined;
  for (const token of part.tokens) {
    const start = token.startOffset;
    commentsUntil(start);
    active = paints.get(start) ?? (active !== undefined && start < active.end ? active : undefined);
    paintToken(token, active, emit);
  }
  commentsUntil(text.length + 1);
}

function paintToken(token: IToken, active: Paint | undefined, emit: (one: Highlight) => void): void {
  const start = token.startOffset;
  const end = endOf(token);
  const type = token.tokenType;
  const put = (painted: HighlightType, modifiers: readonly HighlightModifier[] = NONE): void =>
    emit({ start, end, type: painted, modifiers });
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
function pattern(token: IToken, emit: (one: Highlight) => void): void {
  let at = token.startOffset;
  const put = (length: number, type: HighlightType): void => {
    if (length > 0) emit({ start: at, end: at + length, type, modifiers: NONE });
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
