/** Text to tree: the one way in. Never fails; what is wrong is in `syntax`. */
import type { IToken } from 'chevrotain';
import { type Declared, declaredSteps } from './declared.ts';
import { type Diagnostic, movedDiagnostics } from './diagnostics.ts';
import { buildParser } from './parser.ts';
import type { Presumed } from './reading.ts';
import { recutSteps, type Section, sectionSteps } from './sections.ts';
import { shifted } from './shift.ts';
import { tokenise } from './tokens.ts';
import type { Comment, CxqDocument, Parameter, Query } from './tree.ts';

/** Arrays over the whole document are made when they are first asked for. */
export interface ParsedDocument extends CxqDocument {
  /** Diagnostics of the 1xxx codes, by place. */
  readonly syntax: readonly Diagnostic[];
  /** What the grammar read: everything but white space, comments and characters that start no token. */
  readonly tokens: readonly IToken[];
  /** Offsets of names that a syntax error follows and probably explains: misspelt keywords read as fields. */
  readonly suspects: ReadonlySet<number>;
  /** Offsets of operands that stand alone only because a syntax error cut short what follows them. */
  readonly unfinished: ReadonlySet<number>;
  readonly presumed: Presumed;
  /** The pieces that the text was read in, and where each begins. */
  readonly sections: readonly Section[];
  readonly starts: readonly number[];
  /** How many queries stand before each section. */
  readonly queriesBefore: readonly number[];
  /** Its parameters by name, with the offsets of their sections. */
  readonly declared: ReadonlyMap<string, Declared>;
  /** The same, looked for in steps where it is not known yet. */
  readonly declaredSteps: () => Generator<void, ReadonlyMap<string, Declared>>;
  /** What the last check found, kept for the next one: an object of the check's own. */
  checked: object | undefined;
}

/** Parses a whole file. */
export function parse(text: string): ParsedDocument {
  return drained(parseSteps(text));
}

/** Parses what a document has become: only what differs is read, and the result is that of `parse`. */
export function reparse(previous: ParsedDocument, text: string): ParsedDocument {
  return drained(parseSteps(text, previous));
}

/**
 * As `parse`, or as `reparse` of what was there before, in steps of some milliseconds. The sections of the result are
 * read when they are asked for, or by `readSteps`.
 */
export function* parseSteps(text: string, previous?: ParsedDocument): Generator<void, ParsedDocument> {
  if (previous === undefined) return new SectionedDocument(text, yield* sectionSteps(text));
  const { text: before, sections, starts } = previous;
  if (text === before) return previous;
  const start = commonStart(before, text);
  const same = commonEnd(before, text, Math.min(before.length, text.length) - start);
  const change = { start, end: before.length - same, by: text.length - before.length };
  return new SectionedDocument(text, yield* recutSteps(sections, starts, text, change));
}

/** Reads every section of a document that was not read yet, one a step. */
export function* readSteps({ sections }: ParsedDocument): Generator<void, void> {
  if (buildParser()) yield;
  for (const section of sections) {
    if (section.isRead) continue;
    section.read();
    yield;
  }
}

/** Steps taken one after another to the end. */
export function drained<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

class SectionedDocument implements ParsedDocument {
  readonly kind = 'document';
  readonly start = 0;
  readonly end: number;
  readonly text: string;
  readonly sections: readonly Section[];
  readonly starts: readonly number[];
  checked: object | undefined;
  #queriesBefore: readonly number[] | undefined;
  #declared: ReadonlyMap<string, Declared> | undefined;
  #items: readonly (Parameter | Query)[] | undefined;
  #parameters: readonly Parameter[] | undefined;
  #queries: readonly Query[] | undefined;
  #comments: readonly Comment[] | undefined;
  #syntax: readonly Diagnostic[] | undefined;
  /** Few need all of them, they take more room than the tree, and are made anew quickly. */
  #tokens: WeakRef<readonly IToken[]> | undefined;
  #suspects: ReadonlySet<number> | undefined;
  #unfinished: ReadonlySet<number> | undefined;
  #presumed: Presumed | undefined;

  constructor(text: string, sections: readonly Section[]) {
    this.text = text;
    this.end = text.length;
    this.sections = sections;
    const starts: number[] = [];
    let start = 0;
    for (const section of sections) {
      starts.push(start);
      start += section.text.length;
    }
    this.starts = starts;
  }

  get queriesBefore(): readonly number[] {
    if (this.#queriesBefore === undefined) {
      let count = 0;
      this.#queriesBefore = this.sections.map(({ reading }) => {
        const before = count;
        for (const item of reading.items) if (item.kind === 'query') count++;
        return before;
      });
    }
    return this.#queriesBefore;
  }

  get declared(): ReadonlyMap<string, Declared> {
    return this.#declared ?? drained(this.declaredSteps());
  }

  *declaredSteps(): Generator<void, ReadonlyMap<string, Declared>> {
    this.#declared ??= yield* declaredSteps(this.sections);
    return this.#declared;
  }

  get items(): readonly (Parameter | Query)[] {
    this.#items ??= this.#gather((section, start, index) =>
      section.itemsAt(start, this.queriesBefore[index] ?? 0),
    );
    return this.#items;
  }

  get parameters(): readonly Parameter[] {
    // Those who ask for parameters seldom need the queries too: sections without one stay as they are.
    this.#parameters ??= this.#gather((section, start, index) =>
      section.reading.items.some((item) => item.kind === 'parameter')
        ? section.itemsAt(start, this.queriesBefore[index] ?? 0).filter((item) => item.kind === 'parameter')
        : [],
    );
    return this.#parameters;
  }

  get queries(): readonly Query[] {
    this.#queries ??= this.items.filter((item) => item.kind === 'query');
    return this.#queries;
  }

  get comments(): readonly Comment[] {
    this.#comments ??= this.#gather(({ reading }, start) => shifted(reading.comments, start));
    return this.#comments;
  }

  get syntax(): readonly Diagnostic[] {
    this.#syntax ??= this.#gather(({ reading }, start) => movedDiagnostics(reading.syntax, start));
    return this.#syntax;
  }

  get tokens(): readonly IToken[] {
    const known = this.#tokens?.deref();
    if (known !== undefined) return known;
    const { tokens } = tokenise(this.text);
    this.#tokens = new WeakRef(tokens);
    return tokens;
  }

  get suspects(): ReadonlySet<number> {
    this.#suspects ??= this.#offsets(({ reading }) => reading.suspects);
    return this.#suspects;
  }

  get unfinished(): ReadonlySet<number> {
    this.#unfinished ??= this.#offsets(({ reading }) => reading.unfinished);
    return this.#unfinished;
  }

  get presumed(): Presumed {
    this.#presumed ??= {
      parameters: new Set(this.#gather(({ reading }) => [...reading.presumed.parameters])),
      queries: new Set(this.#gather(({ reading }) => [...reading.presumed.queries])),
      starts: this.#gather(({ reading }, start) => reading.presumed.starts.map((at) => at + start)),
    };
    return this.#presumed;
  }

  #gather<T>(part: (section: Section, start: number, index: number) => readonly T[]): T[] {
    const all: T[] = [];
    for (const [index, section] of this.sections.entries()) {
      for (const one of part(section, this.starts[index] ?? 0, index)) all.push(one);
    }
    return all;
  }

  #offsets(part: (section: Section) => ReadonlySet<number>): ReadonlySet<number> {
    return new Set(this.#gather((section, start) => [...part(section)].map((offset) => offset + start)));
  }
}

/** Compared by blocks of this length first: the engine compares those at once. */
const BLOCK = 4096;

function commonStart(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at + BLOCK <= length && a.startsWith(b.slice(at, at + BLOCK), at)) at += BLOCK;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** How many characters both end with, at most `most`. */
function commonEnd(a: string, b: string, most: number): number {
  const from = (text: string, length: number) => text.length - length;
  let length = 0;
  while (
    length + BLOCK <= most &&
    a.startsWith(b.slice(from(b, length + BLOCK), from(b, length)), from(a, length + BLOCK))
  )
    length += BLOCK;
  while (length < most && a.charCodeAt(from(a, length) - 1) === b.charCodeAt(from(b, length) - 1)) length++;
  return length;
}
