/**
 * One section checked, and its result kept as long as nothing that it asked of the rest of the document is answered
 * otherwise: typing in one query checks that one.
 */
import type { CheckContext } from '../context.ts';
import { type Declared, movedFacts, type ParameterFacts } from '../declared.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { ParsedDocument } from '../parse.ts';
import type { Section } from '../sections.ts';
import { mapped, shifted } from '../shift.ts';
import type { Span } from '../tree.ts';
import { checkParameter } from './declarations.ts';
import { checkQueries } from './query.ts';
import { type CheckedText, type DocumentScope, startOf } from './scope.ts';
import { checkSecrets } from './secrets.ts';

/** What a section can ask of the document around it. */
export interface Surroundings {
  readonly document: ParsedDocument;
  readonly context: CheckContext;
  readonly queryNames: ReadonlySet<string>;
  /** All the names of queries, to be compared as one. */
  readonly allQueryNames: () => string;
  /** Most ids that a query gives as a set; null where nothing tells. */
  readonly mostOf: (name: string) => number | null;
}

/** A range with an error, as the checks of the whole document found it. */
export interface ErrorSpan extends Span {
  readonly code: Diagnostic['code'];
}

/** Diagnostics of a section with the offsets of the document. */
export interface Placed {
  /** Where the section begins, and how far what it borrowed was moved. */
  readonly start: number;
  readonly moves: readonly number[];
  readonly diagnostics: readonly Diagnostic[];
  /** Whether some stand in other sections, at the parameters that it uses: others may have found the same there. */
  readonly foreign: boolean;
}

/** A declaration of another section, put after a section's text. */
interface Borrowed {
  readonly name: string;
  /** Where it begins there. */
  readonly start: number;
}

/** What was found in a section, with all that it depends on. */
class Checked {
  readonly context: CheckContext;
  /** The errors that were known before. */
  readonly errors: string;
  readonly asked: Asked;
  /** Offsets from the start of the section, or in what it borrowed. Those of parameters first. */
  readonly found: readonly Diagnostic[];
  /** The same at the place where they were last wanted. */
  placed: Placed | undefined;

  constructor(context: CheckContext, errors: string, asked: Asked, found: readonly Diagnostic[]) {
    this.context = context;
    this.errors = errors;
    this.asked = asked;
    this.found = found;
  }
}

/** What is known of a section, where nothing that it depends on has changed; `errors` as in `checkSection`. */
export function knownOf(
  section: Section,
  index: number,
  around: Surroundings,
  errors: readonly ErrorSpan[],
): Placed | undefined {
  const known = section.checked;
  if (!(known instanceof Checked) || known.context !== around.context) return undefined;
  const start = startOf(around.document, index);
  if (known.errors !== keyOfErrors(placedIn(errors, start)) || !known.asked.holds(index, around))
    return undefined;
  return place(known, section, start, around);
}

/**
 * Checks a section; `errors` are those that the whole document's checks found in it. In steps, where it is a long one.
 */
export function* checkSection(
  section: Section,
  index: number,
  around: Surroundings,
  errors: readonly ErrorSpan[],
): Generator<void, Placed> {
  const start = startOf(around.document, index);
  const own = placedIn(errors, start);
  const asked = new Asked();
  const found = yield* diagnosticsOf(section, own, questions(section, index, around, asked));
  const checked = new Checked(around.context, keyOfErrors(own), asked, found);
  section.checked = checked;
  return place(checked, section, start, around);
}

/** Errors with offsets from the start of a section. */
function placedIn(errors: readonly ErrorSpan[], start: number): readonly ErrorSpan[] {
  return errors.map((one) => ({ code: one.code, start: one.start - start, end: one.end - start }));
}

function keyOfErrors(errors: readonly ErrorSpan[]): string {
  return errors.map((one) => `${one.code} ${one.start} ${one.end}`).join();
}

function* diagnosticsOf(
  section: Section,
  errors: readonly ErrorSpan[],
  rest: Omit<DocumentScope, 'report'>,
): Generator<void, readonly Diagnostic[]> {
  const { reading } = section;
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  const scope: DocumentScope = {
    ...rest,
    report: (one) => {
      const key = `${one.code} ${one.start} ${one.end}`;
      if (seen.has(key)) return;
      seen.add(key);
      found.push(one);
    },
  };
  for (const item of reading.items) if (item.kind === 'parameter') checkParameter(item, scope);
  checkSecrets(reading.strings, scope);
  yield* checkQueries(section, scope, errors);
  return found;
}

/** Takes diagnostics to where the section stands now, and the declarations that it borrowed. */
function place(checked: Checked, section: Section, start: number, around: Surroundings): Placed {
  const { found, asked, placed } = checked;
  // Each is declared still: what was asked for holds.
  const pieces = asked.borrowed.flatMap((one) => {
    const declared = around.document.declared.get(one.name);
    return declared === undefined ? [] : [{ from: one.start, by: placeOf(declared, around) - one.start }];
  });
  const same = placed?.start === start && pieces.every(({ by }, index) => by === placed.moves[index]);
  if (placed !== undefined && same) return placed;
  const { length } = section.text;
  const toPlace = (offset: number): number => {
    const piece = pieces.findLast(({ from }) => offset >= from);
    return offset + (piece === undefined ? start : piece.by);
  };
  // Whatever stands in the section may lead to what it borrowed: by a related place, or by a fix.
  const diagnostics = pieces.length === 0 ? shifted(found, start) : mapped(found, toPlace);
  const foreign = found.some((one) => one.start > length);
  checked.placed = { start, moves: pieces.map(({ by }) => by), diagnostics, foreign };
  return checked.placed;
}

/** What a check asked of the document around its section, with the answers. It outlives the document. */
class Asked {
  readonly borrowed: Borrowed[] = [];
  readonly parameters = new Map<string, string>();
  readonly queries = new Map<string, boolean>();
  readonly most = new Map<string, number | null>();
  allQueries: string | undefined;

  /** Whether the answers are the same in the document as it is now. */
  holds(index: number, around: Surroundings): boolean {
    if (this.allQueries !== undefined && this.allQueries !== around.allQueryNames()) return false;
    for (const [name, known] of this.queries) if (around.queryNames.has(name) !== known) return false;
    for (const [name, most] of this.most) if (around.mostOf(name) !== most) return false;
    for (const [name, key] of this.parameters) {
      if (keyOf(around.document.declared.get(name), index, around) !== key) return false;
    }
    return true;
  }
}

/** The text of a section, and after it what it borrowed. */
class SectionText implements CheckedText {
  text: string;
  readonly syntax: CheckedText['syntax'];
  readonly suspects: CheckedText['suspects'];
  readonly unfinished: CheckedText['unfinished'];
  readonly presumed: CheckedText['presumed'];

  constructor({ text, reading }: Section) {
    this.text = text;
    this.syntax = reading.syntax;
    this.suspects = reading.suspects;
    this.unfinished = reading.unfinished;
    this.presumed = reading.presumed;
  }
}

/** The questions that the checks of a section can put; what they put is written down in `asked`. */
function questions(
  section: Section,
  index: number,
  around: Surroundings,
  asked: Asked,
): Omit<DocumentScope, 'report'> {
  const document = new SectionText(section);
  const answered = new Map<string, ParameterFacts>();
  const get = (name: string): ParameterFacts | undefined => {
    if (asked.parameters.has(name)) return answered.get(name);
    const declared = around.document.declared.get(name);
    asked.parameters.set(name, keyOf(declared, index, around));
    if (declared === undefined) return undefined;
    let { facts } = declared;
    if (declared.section !== index) {
      const start = document.text.length + 1;
      document.text += `\n${declarationText(declared, around)}`;
      asked.borrowed.push({ name, start });
      facts = movedFacts(facts, start - facts.declaration.start);
    }
    answered.set(name, facts);
    return facts;
  };
  return {
    context: around.context,
    document,
    parameters: { get, has: (name) => get(name) !== undefined },
    queryNames: {
      has: (name) => {
        const known = around.queryNames.has(name);
        asked.queries.set(name, known);
        return known;
      },
      [Symbol.iterator]: () => {
        asked.allQueries = around.allQueryNames();
        return around.queryNames.values();
      },
    },
    mostOf: (name) => {
      const most = around.mostOf(name);
      asked.most.set(name, most);
      return most;
    },
  };
}

/** All of a parameter that a check of a section can depend on. */
function keyOf(declared: Declared | undefined, index: number, around: Surroundings): string {
  if (declared === undefined) return '';
  const { type, declaration } = declared.facts;
  // Its own declaration changes with the section alone; what it is used as may change elsewhere.
  if (declared.section === index) return `own ${declaration.start} ${type}`;
  return `${type} ${declaration.broken} ${declarationText(declared, around)}`;
}

/** Where a declaration stands in the document. */
function placeOf({ section, facts }: Declared, { document }: Surroundings): number {
  return startOf(document, section) + facts.declaration.start;
}

function declarationText({ section, facts }: Declared, around: Surroundings): string {
  const { start, end } = facts.declaration;
  return around.document.sections[section]?.text.slice(start, end) ?? '';
}
