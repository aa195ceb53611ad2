/**
 * One section checked, and its result kept as long as nothing that it asked of the rest of the document is answered
 * otherwise: typing in one query checks that one.
 */
import type { CheckContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { type Declared, movedFacts, type ParameterFacts } from '../parameters.ts';
import type { ParsedDocument } from '../parse.ts';
import type { Section } from '../sections.ts';
import { mapped, shifted } from '../shift.ts';
import type { Span } from '../tree.ts';
import { checkParameter } from './declarations.ts';
import { checkQueries } from './query.ts';
import type { CheckedText, DocumentScope, Parameters, QueryNames } from './scope.ts';
import { checkSecrets } from './secrets.ts';

/** What a section can ask of the document around it. */
export interface Surroundings {
  readonly document: ParsedDocument;
  readonly context: CheckContext;
  readonly declared: ReadonlyMap<string, Declared>;
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

/** Diagnostics of a section with the offsets of the document, by place. */
export interface Placed {
  readonly diagnostics: readonly Diagnostic[];
  /** Whether some stand in other sections, at the parameters that it uses: others may have found the same there. */
  readonly foreign: boolean;
}

/** A declaration of another section, put after a section's text. */
interface Borrowed {
  readonly name: string;
  /** Where it begins and ends there. */
  readonly start: number;
  readonly end: number;
}

interface Checked {
  readonly context: CheckContext;
  readonly errors: string;
  readonly asked: Asked;
  /** Offsets from the start of the section, or in what it borrowed. Those of parameters first. */
  readonly found: readonly Diagnostic[];
}

const CHECKED = new WeakMap<Section, Checked>();
/** Results at the place where they were last wanted. */
const PLACED = new WeakMap<Checked, { readonly at: string; readonly placed: Placed }>();

/** Checks a section, or takes what is known. `errors` are those that the whole document's checks found in it. */
export function checkSection(index: number, around: Surroundings, errors: readonly ErrorSpan[]): Placed {
  const section = around.document.sections[index];
  if (section === undefined) return { diagnostics: [], foreign: false };
  const start = around.document.starts[index] ?? 0;
  const own = errors.map((one) => ({ code: one.code, start: one.start - start, end: one.end - start }));
  const key = own.map((one) => `${one.code} ${one.start} ${one.end}`).join();
  let checked = CHECKED.get(section);
  if (
    checked === undefined ||
    checked.context !== around.context ||
    checked.errors !== key ||
    !checked.asked.holds(index, around)
  ) {
    const asked = new Asked(section, index, around);
    const found = diagnosticsOf(section, asked, around.context, own);
    asked.forget();
    checked = { context: around.context, errors: key, asked, found };
    CHECKED.set(section, checked);
  }
  return place(checked, section, start, around);
}

function diagnosticsOf(
  section: Section,
  asked: Asked,
  context: CheckContext,
  errors: readonly ErrorSpan[],
): readonly Diagnostic[] {
  const { reading } = section;
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  const scope: DocumentScope = {
    document: asked.text,
    context,
    parameters: asked.parameters,
    queryNames: asked.queryNames,
    mostOf: asked.mostOf,
    report: (one) => {
      const key = `${one.code} ${one.start} ${one.end}`;
      if (seen.has(key)) return;
      seen.add(key);
      found.push(one);
    },
  };
  for (const item of reading.items) if (item.kind === 'parameter') checkParameter(item, scope);
  checkSecrets(reading.strings, scope);
  checkQueries(section, scope, errors);
  return found;
}

/** Takes diagnostics to where the section stands now, and the declarations that it borrowed. */
function place(checked: Checked, section: Section, start: number, around: Surroundings): Placed {
  const { found, asked } = checked;
  const { length } = section.text;
  const borrowed = asked.borrowed.map((one) => {
    const declared = around.declared.get(one.name);
    const begin = around.document.starts[declared?.section ?? 0] ?? 0;
    return { ...one, by: begin + (declared?.facts.declaration.start ?? 0) - one.start };
  });
  const at = [start, ...borrowed.map((one) => one.by)].join();
  const known = PLACED.get(checked);
  if (known?.at === at) return known.placed;
  const foreign = found.some((one) => one.start > length);
  const diagnostics = foreign
    ? found.map((one) =>
        mapped(one, (offset) => {
          if (offset <= length) return offset + start;
          return offset + (borrowed.find((declaration) => offset <= declaration.end)?.by ?? 0);
        }),
      )
    : shifted(found, start);
  const placed = { diagnostics, foreign };
  PLACED.set(checked, { at, placed });
  return placed;
}

/** What a check asked of the document around its section, with the answers. */
class Asked {
  readonly borrowed: Borrowed[] = [];
  readonly text: CheckedText;
  readonly parameters: Parameters;
  readonly queryNames: QueryNames;
  readonly mostOf: (name: string) => number | null;
  readonly #parameterKeys = new Map<string, string>();
  readonly #queries = new Map<string, boolean>();
  readonly #most = new Map<string, number | null>();
  #allQueries: string | undefined;
  #facts = new Map<string, ParameterFacts | undefined>();

  constructor(section: Section, index: number, around: Surroundings) {
    const { syntax, suspects, unfinished, presumed } = section.reading;
    let { text } = section;
    this.text = {
      syntax,
      suspects,
      unfinished,
      presumed,
      get text() {
        return text;
      },
    };
    const get = (name: string): ParameterFacts | undefined => {
      if (this.#facts.has(name)) return this.#facts.get(name);
      const declared = around.declared.get(name);
      this.#parameterKeys.set(name, keyOf(declared, index, around));
      let facts = declared?.facts;
      if (declared !== undefined && declared.section !== index) {
        const { declaration } = declared.facts;
        const start = text.length + 1;
        text = `${text}\n${declarationText(declared, around)}`;
        this.borrowed.push({ name, start, end: text.length });
        facts = movedFacts(declared.facts, start - declaration.start);
      }
      this.#facts.set(name, facts);
      return facts;
    };
    this.parameters = { get, has: (name) => get(name) !== undefined };
    const queries = this.#queries;
    const askForAll = (): Iterator<string> => {
      this.#allQueries = around.allQueryNames();
      return around.queryNames.values();
    };
    this.queryNames = {
      has: (name) => {
        const known = around.queryNames.has(name);
        queries.set(name, known);
        return known;
      },
      [Symbol.iterator]: askForAll,
    };
    this.mostOf = (name) => {
      const most = around.mostOf(name);
      this.#most.set(name, most);
      return most;
    };
  }

  /** Whether the answers are the same in the document as it is now. */
  holds(index: number, around: Surroundings): boolean {
    if (this.#allQueries !== undefined && this.#allQueries !== around.allQueryNames()) return false;
    for (const [name, known] of this.#queries) if (around.queryNames.has(name) !== known) return false;
    for (const [name, most] of this.#most) if (around.mostOf(name) !== most) return false;
    for (const [name, key] of this.#parameterKeys) {
      if (keyOf(around.declared.get(name), index, around) !== key) return false;
    }
    return true;
  }

  /** Lets go of what only the check itself needed. */
  forget(): void {
    this.#facts = new Map();
  }
}

/** All of a parameter that a check of a section can depend on. */
function keyOf(declared: Declared | undefined, index: number, around: Surroundings): string {
  if (declared === undefined) return '';
  const { type, declaration } = declared.facts;
  // Its own declaration changes with the section alone; what it is used as may change elsewhere.
  if (declared.section === index) return `own ${declaration.start} ${type}`;
  return `${type} ${declaration.broken} ${declarationText(declared, around)}`;
}

function declarationText({ section, facts }: Declared, around: Surroundings): string {
  const { start, end } = facts.declaration;
  return around.document.sections[section]?.text.slice(start, end) ?? '';
}
