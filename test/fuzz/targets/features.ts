/** Whatever a text is and wherever one points: every answer is given, about a place in the text. */
import { explain } from '../../../server/src/language/explain.ts';
import { foldingRanges } from '../../../server/src/language/folding.ts';
import { applied } from '../../../server/src/language/format/index.ts';
import { type Highlights, highlights } from '../../../server/src/language/highlighting.ts';
import { hover } from '../../../server/src/language/hover.ts';
import { HINT_KINDS, inlayHints } from '../../../server/src/language/inlay.ts';
import { HIGHLIGHT_MODIFIERS, HIGHLIGHT_TYPES } from '../../../server/src/language/legend.ts';
import { links } from '../../../server/src/language/links.ts';
import { parametersOf, parseParameterValue } from '../../../server/src/language/parameters.ts';
import { type ParsedDocument, parse } from '../../../server/src/language/parse.ts';
import { declarationsOf, occurrencesOf, subjectAt } from '../../../server/src/language/references.ts';
import { prepareRename, rename } from '../../../server/src/language/rename.ts';
import { type Block, toMarkdown, toPlain } from '../../../server/src/language/rich.ts';
import { selectionRanges } from '../../../server/src/language/selection.ts';
import { signature } from '../../../server/src/language/signature.ts';
import {
  type DocumentSymbol,
  declarationsIn,
  documentSymbols,
  queryLenses,
} from '../../../server/src/language/symbols.ts';
import type { Span } from '../../../server/src/language/tree.ts';
import { contextFor } from '../contexts.ts';
import { offsetAt } from '../corpus.ts';
import { all, bounded, ensure, inside, readable, separate } from '../ensure.ts';
import { type Case, languageTarget, withEdits } from '../language-target.ts';

const NEW_NAMES = [
  'zzFresh',
  'limit',
  'customer tier',
  '`a`',
  '$x',
  '',
  ' ',
  "it's",
  '😀',
  'a`b',
  'x\ny',
  '*',
];

/** Of more queries than this one is explained, not all. */
const FEW = 20;

function about(span: Span, offset: number, text: string, what: string): void {
  inside(span, all(text), what);
  ensure(
    span.start <= offset && offset <= span.end,
    () => `${what}: ${span.start}–${span.end}, not at ${offset}`,
  );
}

function shownWell(blocks: readonly Block[], what: string): void {
  readable(toMarkdown(blocks), what);
  readable(toPlain(blocks), what);
}

function wellNested(symbol: DocumentSymbol, outer: Span): void {
  inside(symbol, outer, 'symbol');
  inside(symbol.selection, symbol, 'selection of a symbol');
  for (const child of symbol.children) wellNested(child, symbol);
}

function inOrder(found: Highlights, text: string): void {
  let last = 0;
  for (let at = 0; at < found.length; at += 4) {
    const [start = -1, end = -1, type = -1, modifiers = -1] = [
      found[at],
      found[at + 1],
      found[at + 2],
      found[at + 3],
    ];
    inside({ start, end }, all(text), 'highlight');
    ensure(start >= last && end > start, () => `the highlight at ${start} overlaps one to ${last}`);
    ensure(
      type >= 0 && type < HIGHLIGHT_TYPES.length,
      () => `the highlight at ${start} has the type ${type}`,
    );
    ensure(modifiers >= 0 && modifiers < 1 << HIGHLIGHT_MODIFIERS.length, () => `modifiers ${modifiers}`);
    last = end;
  }
}

function renamed(document: ParsedDocument, offset: number, newName: string): void {
  const { text } = document;
  const place = prepareRename(document, offset);
  if (place.ok) {
    // The cursor may be on the `$` and the backtick before the name.
    const { start, end } = place.value;
    about({ start: Math.max(0, start - 2), end: Math.min(text.length, end + 1) }, offset, text, 'rename');
  } else readable(place.message, 'refusal to rename');
  const result = rename(document, offset, newName);
  if (!result.ok) {
    readable(result.message, 'refusal to rename');
    return;
  }
  ensure(place.ok, 'what cannot be renamed was renamed');
  separate(text, result.value, 'rename');
  if (result.value.length === 0) return;
  const after = parse(applied(text, result.value));
  ensure(
    after.syntax.length <= document.syntax.length,
    () => `rename broke it: ${JSON.stringify(after.text)}`,
  );
}

function atOnePlace(document: ParsedDocument, offset: number, pick: number): void {
  const { text } = document;
  const context = contextFor(pick);
  const hovered = hover(document, offset, context);
  if (hovered !== undefined) {
    about(hovered, offset, text, 'hover');
    shownWell(hovered.blocks, 'hover');
  }
  const help = signature(document, offset, context.profile);
  if (help !== undefined) {
    readable(help.label, 'signature');
    for (const parameter of help.parameters) inside(parameter, all(help.label), 'parameter of a signature');
    ensure((help.active ?? 0) <= help.parameters.length, () => `parameter ${help.active} is active`);
  }
  const ranges = selectionRanges(document, offset);
  let before: Span = { start: offset, end: offset };
  for (const range of ranges) {
    inside(range, all(text), 'selection');
    inside(before, range, 'selection in the next one');
    before = range;
  }
  const subject = subjectAt(document, offset);
  if (subject !== undefined) {
    about(subject, offset, text, 'subject');
    const occurrences = occurrencesOf(document, subject);
    let last = -1;
    for (const one of [...occurrences]) {
      inside(one, all(text), 'occurrence');
      inside(one.name, one, 'name of an occurrence');
      inside(one.whole, all(text), 'whole of an occurrence');
      ensure(one.start > last, () => `occurrence at ${one.start} after one at ${last}`);
      last = one.start;
    }
    const itself = occurrences.some((one) => one.start === subject.start && one.end === subject.end);
    ensure(itself, () => `what is at ${subject.start} is not among its occurrences`);
    for (const one of declarationsOf(document, subject)) inside(one, all(text), 'declaration');
  }
  renamed(document, offset, NEW_NAMES[pick % NEW_NAMES.length] ?? '');
}

function ofTheWhole(document: ParsedDocument, pick: number): void {
  const { text } = document;
  const context = contextFor(pick);
  for (const link of links(document)) inside(link, all(text), 'link');
  for (const symbol of documentSymbols(document)) wellNested(symbol, all(text));
  for (const range of foldingRanges(document)) inside(range, all(text), 'fold');
  for (const lens of queryLenses(document)) inside(lens, all(text), 'lens');
  inOrder(highlights(document), text);
  const from = pick % (text.length + 1);
  inOrder(highlights(document, { start: from, end: Math.min(text.length, from + 100) }), text);
  for (const hint of inlayHints(document, all(text), context, new Set(HINT_KINDS))) {
    inside({ start: hint.offset, end: hint.offset }, all(text), 'hint');
    readable(hint.label, 'hint');
    shownWell(hint.tooltip, 'hint');
  }
  for (const one of declarationsIn(text)) if (one !== undefined) inside(one, all(text), 'declared name');
  const { length } = document.queries;
  explain(document, context, length <= FEW ? undefined : pick % length);
  const [first] = parametersOf(document);
  if (first !== undefined) parseParameterValue({ name: first[0], type: first[1].type }, text);
}

function holds({ text, at, pick, edits }: Case): void {
  const document = parse(text);
  for (const [index, place] of [at, ...edits.map((edit) => edit.at)].entries()) {
    bounded('hover and the like', () => atOnePlace(document, offsetAt(text, place), pick + index));
  }
  bounded('outline and the like', () => ofTheWhole(document, pick));
}

export const features = languageTarget('features', holds, { slowness: 8, count: withEdits });
