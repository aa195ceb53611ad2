/** Renaming queries and parameters of a file. */
import type { TextChange } from './diagnostics.ts';
import { pathTo } from './nodes.ts';
import { drained, type ParsedDocument } from './parse.ts';
import { partAt } from './part.ts';
import { nameText, operandText } from './print.ts';
import { type Occurrence, occurrenceSteps, type Subject, subjectAt } from './references.ts';
import { sectionAt } from './sections.ts';
import type { Span } from './tree.ts';

/** `message` is a sentence. */
export type Renamed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

/** What a rename begins with: the name itself, without its `$` and backticks. */
export interface RenamePlace extends Span {
  readonly placeholder: string;
}

/** Whether what a cursor is on can be renamed, and where its name stands. */
export function prepareRename(document: ParsedDocument, offset: number): Renamed<RenamePlace> {
  return drained(prepareSteps(document, offset));
}

/** As `prepareRename`, in steps. */
export function* prepareSteps(
  document: ParsedDocument,
  offset: number,
): Generator<void, Renamed<RenamePlace>> {
  const found = yield* renamed(document, offset);
  if (!found.ok) return found;
  const { name, text } = found.value.subject;
  const ticks = document.text.charAt(name.start) === '`' ? 1 : 0;
  return {
    ok: true,
    value: { start: name.start + ticks, end: name.end - ticks, placeholder: text },
  };
}

/** The edits that give what a cursor is on another name everywhere, in the order of the text. */
export function rename(
  document: ParsedDocument,
  offset: number,
  newName: string,
): Renamed<readonly TextChange[]> {
  return drained(renameSteps(document, offset, newName));
}

/** As `rename`, in steps. */
export function* renameSteps(
  document: ParsedDocument,
  offset: number,
  newName: string,
): Generator<void, Renamed<readonly TextChange[]>> {
  const found = yield* renamed(document, offset);
  if (!found.ok) return found;
  const { subject, occurrences } = found.value;
  const name = bare(newName, subject);
  const why = yield* refusal(document, subject, occurrences, name);
  if (why !== undefined) return { ok: false, message: why };
  if (name === subject.text) return { ok: true, value: [] };
  // Backticks that were not needed are how their author writes names.
  const value: TextChange[] = [];
  for (const one of occurrences) {
    const ticked =
      document.text.charAt(one.name.start) === '`' && written(subject.text, one, subject) === subject.text;
    const text = ticked || touchesWord(document.text, one) ? `\`${name}\`` : written(name, one, subject);
    value.push({ start: one.name.start, end: one.name.end, newText: text });
    yield;
  }
  return { ok: true, value };
}

function* renamed(
  document: ParsedDocument,
  offset: number,
): Generator<void, Renamed<{ readonly subject: Subject; readonly occurrences: readonly Occurrence[] }>> {
  const subject = subjectAt(document, offset);
  if (subject === undefined || subject.kind === 'other') {
    return { ok: false, message: 'Only queries and parameters of this file can be renamed.' };
  }
  const occurrences = yield* occurrenceSteps(document, subject);
  if (!occurrences.some((one) => one.role === 'write')) {
    const message = `Only queries and parameters of this file can be renamed: nothing in it declares ${shown(subject, subject.text)}.`;
    return { ok: false, message };
  }
  return { ok: true, value: { subject, occurrences } };
}

/** A new name as it was typed: with the `$` of a parameter or in backticks it means the same. */
function bare(typed: string, subject: Subject): string {
  const name = typed.trim();
  const rest = subject.kind === 'parameter' && name.startsWith('$') ? name.slice(1) : name;
  return /^`[^`]+`$/.test(rest) ? rest.slice(1, -1) : rest;
}

/** Why a name cannot be taken; undefined where it can. */
function* refusal(
  document: ParsedDocument,
  subject: Subject,
  occurrences: readonly Occurrence[],
  name: string,
): Generator<void, string | undefined> {
  const what = subject.kind;
  if (name === '') return `The name is empty. Give the ${what} a name.`;
  if (/[`\p{Cc}\u2028\u2029]/u.test(name)) {
    return 'A name cannot hold a backtick, a line break or another control character. Choose a name without one.';
  }
  if (name === subject.text) return undefined;
  const presumed = what === 'query' ? document.presumed.queries : document.presumed.parameters;
  const other = { ...subject, text: name, key: `${what} ${name}`, needle: name };
  const others = yield* occurrenceSteps(document, other);
  if (others.some((one) => one.role === 'write') || presumed.has(name)) {
    return `There is a ${what} ${shown(subject, name)} already. Choose another name.`;
  }
  const [use] = others;
  if (use !== undefined) {
    return `${shown(subject, name)} is used on line ${lineOf(document, use)}, although nothing declares it: that use would then mean this ${what}. Choose another name.`;
  }
  const isPrevious = what === 'query' && name.toUpperCase() === 'PREVIOUS';
  for (const one of isPrevious ? occurrences : []) {
    yield;
    if (!isCompared(document, one)) continue;
    return 'COMPARE TO PREVIOUS means the period before, so a query that is compared with cannot have that name. Choose another one.';
  }
  for (const one of occurrences) {
    yield;
    if (written(name, one, subject) === name || !afterStrayTick(document, one)) continue;
    return `There is a backtick on line ${lineOf(document, one)} that nothing closes. Remove it first: this name needs backticks.`;
  }
  return undefined;
}

function isCompared(document: ParsedDocument, place: Span): boolean {
  return pathTo(partAt(document, place.start), place).at(-2)?.kind === 'compare';
}

/** Line of a place, from 1. */
function lineOf(document: ParsedDocument, place: Span): number {
  return document.text.slice(0, place.start).split(/\r\n|\r|\n/).length;
}

/** Whether a backtick that starts no name stands before a place on its line: it would pair with the first of ours. */
function afterStrayTick({ sections, starts }: ParsedDocument, { name }: Occurrence): boolean {
  // Sections begin lines: what stands before it on its line is in its own.
  const index = sectionAt(starts, name.start);
  const { text = '', reading } = sections[index] ?? {};
  const at = name.start - (starts[index] ?? 0);
  const before = reading?.syntax.filter(({ code, end }) => code === 'CXQ1001' && end <= at) ?? [];
  return before.some(
    ({ start, end }) => text.slice(start, end).includes('`') && !/[\r\n]/.test(text.slice(end, at)),
  );
}

function shown(subject: Subject, name: string): string {
  return subject.kind === 'parameter' ? `$${name}` : `\`${name}\``;
}

/** A name as it has to be written at a place; after a `$` reserved words are names. */
function written(name: string, place: Occurrence, subject: Subject): string {
  const reference = subject.kind === 'parameter' && place.role === 'read';
  return reference
    ? operandText({ kind: 'parameterReference', name, ...place.name }).slice(1)
    : nameText({ text: name });
}

/** Whether a name without backticks would grow together with what stands beside it. */
function touchesWord(text: string, { name }: Occurrence): boolean {
  const [before, after] = [text.charAt(name.start - 1), text.charAt(name.end)];
  // After a `$` no pattern is read.
  return before === '$' ? /\w/.test(after) : /[\w*]/.test(before) || /[\w*]/.test(after);
}
