/** Everything that the language has to say about a document. */
import type { CheckContext } from '../context.ts';
import { type Diagnostic, movedDiagnostics } from '../diagnostics.ts';
import { drained, type ParsedDocument, readSteps } from '../parse.ts';
import { mostOfSet } from '../plan.ts';
import { sortSteps } from '../sort.ts';
import type { Query } from '../tree.ts';
import { nameSteps } from './names.ts';
import { startOf } from './scope.ts';
import { checkSection, knownOf, type Surroundings } from './section.ts';

/** What was found in a document, with what it was checked against. */
class Result {
  readonly context: CheckContext;
  readonly found: readonly Diagnostic[];

  constructor(context: CheckContext, found: readonly Diagnostic[]) {
    this.context = context;
    this.found = found;
  }
}

/** All diagnostics of a document, by place. A query with syntax errors keeps its other errors, where they are sure. */
export function check(document: ParsedDocument, context: CheckContext): Diagnostic[] {
  return drained(checkSteps(document, context));
}

/** So many sections of which all is known are looked at in a step. */
const A_STEP = 50;

/**
 * As `check`, in steps that take well below a millisecond each where queries are of common size: whoever has other
 * things to do does them in between. What is known of sections from before is taken where `context` is the same object.
 */
export function* checkSteps(document: ParsedDocument, context: CheckContext): Generator<void, Diagnostic[]> {
  const known = document.checked;
  if (known instanceof Result && known.context === context) return [...known.found];
  const { sections } = document;
  // Read here, where one can pause: the names need all sections.
  yield* readSteps(document);
  const names: Diagnostic[] = [];
  const errors = new Map<number, Diagnostic[]>();
  yield* nameSteps(document, (found, section) => {
    names.push(found);
    if (found.severity !== 'error') return;
    const own = errors.get(section);
    if (own === undefined) errors.set(section, [found]);
    else own.push(found);
  });
  const around = yield* surroundings(document, context);
  const found: Diagnostic[] = [];
  for (const [index, { reading }] of sections.entries()) {
    if (index % A_STEP === 0) yield;
    for (const one of movedDiagnostics(reading.syntax, startOf(document, index))) found.push(one);
  }
  for (const one of names) found.push(one);
  let isForeign = false;
  for (const [index, section] of sections.entries()) {
    const own = errors.get(index) ?? [];
    const known = knownOf(section, index, around, own);
    const placed = known ?? (yield* checkSection(section, index, around, own));
    for (const one of placed.diagnostics) found.push(one);
    isForeign ||= placed.foreign;
    if (known === undefined || index % A_STEP === 0) yield;
  }
  const all = yield* inOrder(isForeign ? yield* once(found) : found, context);
  document.checked = new Result(context, all);
  return [...all];
}

function* surroundings(document: ParsedDocument, context: CheckContext): Generator<void, Surroundings> {
  const queries = new Map<string, Query>();
  for (const [index, { reading }] of document.sections.entries()) {
    if (index % A_STEP === 0) yield;
    for (const item of reading.items) {
      if (item.kind !== 'query' || item.name === null) continue;
      if (!queries.has(item.name.text)) queries.set(item.name.text, item);
    }
  }
  const queryNames = new Set([...queries.keys(), ...document.presumed.queries]);
  let all: string | undefined;
  const allQueryNames = () => {
    all ??= JSON.stringify([...queryNames]);
    return all;
  };
  const { declared } = document;
  const parameters = { get: (name: string) => declared.get(name)?.facts };
  const known = new Map<string, number | null>();
  const mostOf = (name: string) => {
    let most = known.get(name);
    if (most === undefined) {
      most = mostOfSet(name, (one) => queries.get(one), parameters, context);
      known.set(name, most);
    }
    return most;
  };
  return { document, context, queryNames, allQueryNames, mostOf };
}

/** What several sections found at one parameter is said once. */
function* once(found: readonly Diagnostic[]): Generator<void, Diagnostic[]> {
  const seen = new Set<string>();
  const kept: Diagnostic[] = [];
  for (const [index, one] of found.entries()) {
    if (index % DIAGNOSTICS_A_STEP === 0) yield;
    const key = `${one.code} ${one.start} ${one.end}`;
    if (!one.code.startsWith('CXQ1')) {
      if (seen.has(key)) continue;
      seen.add(key);
    }
    kept.push(one);
  }
  return kept;
}

/** So many diagnostics are put in order in a step. */
const DIAGNOSTICS_A_STEP = 2_000;

function* inOrder(
  found: readonly Diagnostic[],
  { severities }: CheckContext,
): Generator<void, readonly Diagnostic[]> {
  const result = severities === undefined ? found : found.flatMap((one) => withSeverity(one, severities));
  yield;
  return yield* sortSteps(result, byPlace, DIAGNOSTICS_A_STEP);
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return a.start - b.start || a.end - b.end || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
}

function withSeverity(found: Diagnostic, severities: NonNullable<CheckContext['severities']>): Diagnostic[] {
  const wanted = severities[found.code];
  if (wanted === undefined || found.severity === 'error') return [found];
  return wanted === 'off' ? [] : [{ ...found, severity: wanted }];
}
