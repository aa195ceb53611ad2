/** Everything that the language has to say about a document. */
import type { CheckContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { ParsedDocument } from '../parse.ts';
import { mostOfSet } from '../plan.ts';
import { shifted } from '../shift.ts';
import type { Query } from '../tree.ts';
import { checkNames } from './names.ts';
import { checkSection, type Placed, type Surroundings } from './section.ts';

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
  const steps = checkSteps(document, context);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * As `check`, in steps that take well below a millisecond each where queries are of common size: whoever has other
 * things to do does them in between. What is known of sections from before is taken where `context` is the same object.
 */
export function* checkSteps(document: ParsedDocument, context: CheckContext): Generator<void, Diagnostic[]> {
  const known = document.checked;
  if (known instanceof Result && known.context === context) return [...known.found];
  const { sections, starts } = document;
  for (const section of sections) {
    if (section.isRead) continue;
    // Read here, where one can pause: the names need all sections.
    section.read();
    yield;
  }
  const names: Diagnostic[] = [];
  const errors = new Map<number, Diagnostic[]>();
  checkNames(document, (found, section) => {
    names.push(found);
    if (found.severity !== 'error') return;
    const own = errors.get(section);
    if (own === undefined) errors.set(section, [found]);
    else own.push(found);
  });
  yield;
  const around = surroundings(document, context);
  const placed: Placed[] = [];
  for (const [index, section] of sections.entries()) {
    const before = section.checked;
    placed.push(checkSection(section, index, around, errors.get(index) ?? []));
    if (section.checked !== before) yield;
  }
  const syntax = sections.flatMap(({ reading }, index) => shifted(reading.syntax, starts[index] ?? 0));
  const found = [...syntax, ...names];
  for (const one of placed) for (const diagnostic of one.diagnostics) found.push(diagnostic);
  const all = inOrder(placed.some((one) => one.foreign) ? once(found) : found, context);
  document.checked = new Result(context, all);
  return [...all];
}

function surroundings(document: ParsedDocument, context: CheckContext): Surroundings {
  const queries = new Map<string, Query>();
  for (const { reading } of document.sections) {
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
function once(found: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return found.filter((one) => {
    if (one.code.startsWith('CXQ1')) return true;
    const key = `${one.code} ${one.start} ${one.end}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function inOrder(found: readonly Diagnostic[], { severities }: CheckContext): Diagnostic[] {
  const result =
    severities === undefined ? [...found] : found.flatMap((one) => withSeverity(one, severities));
  return result.sort(
    (a, b) => a.start - b.start || a.end - b.end || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  );
}

function withSeverity(found: Diagnostic, severities: NonNullable<CheckContext['severities']>): Diagnostic[] {
  const wanted = severities[found.code];
  if (wanted === undefined || found.severity === 'error') return [found];
  return wanted === 'off' ? [] : [{ ...found, severity: wanted }];
}
