/** The queries of a section, one by one. */

import type { Diagnostic } from '../diagnostics.ts';
import { environmentOf, profileOf } from '../environment.ts';
import type { Section } from '../sections.ts';
import { clauseOf, type InCondition, type Operand, type Query, type Span } from '../tree.ts';
import { conjuncts } from '../walk.ts';
import { windowOf } from '../window.ts';
import { checkClause } from './clauses.ts';
import { checkLogic } from './logic.ts';
import { checkPredicate } from './predicates.ts';
import { checkRepetition } from './repetition.ts';
import { type DocumentScope, overlaps, type QueryScope } from './scope.ts';
import { checkSince, checkWindow, topBounds } from './window.ts';

/** Queries that are longer are checked in several steps. */
const LONG = 10_000;
/** So many conditions are checked in a step. */
const CONDITIONS_A_STEP = 200;

/** `elsewhere` are the errors that the checks of the whole document found here. In steps. */
export function* checkQueries(
  section: Section,
  scope: DocumentScope,
  elsewhere: readonly Span[],
): Generator<void, void> {
  const { items, syntax } = section.reading;
  const broken = new InOrder(syntax.filter((one) => one.severity === 'error').map(reachOf));
  const others = new InOrder([...elsewhere].sort((a, b) => a.start - b.start));
  const queries = items.filter((item) => item.kind === 'query');
  for (const [index, query] of queries.entries()) {
    if (index > 0) yield;
    const end = queries[index + 1]?.start ?? section.text.length;
    const near = broken.between(query.start, end);
    const errors = [...near, ...others.between(query.start, end)].filter((one) => overlaps(one, query));
    yield* checkQuery(
      query,
      scope,
      errors,
      near.map((one) => one.start),
    );
  }
}

/** What an error spoils: a character that starts no token also the word that it touches (`$1`). */
function reachOf({ code, start, end }: Diagnostic): Span {
  return { start, end: code === 'CXQ1001' ? end + 1 : end };
}

/** Ranges by place, asked for from the front to the back: what lies before one query concerns no later one. */
class InOrder {
  readonly #spans: readonly Span[];
  #first = 0;

  constructor(spans: readonly Span[]) {
    this.#spans = spans;
  }

  /** Those that end after a place and begin at another or before it. */
  between(start: number, end: number): Span[] {
    while ((this.#spans[this.#first]?.end ?? Number.POSITIVE_INFINITY) <= start) this.#first++;
    const found: Span[] = [];
    let at = this.#first;
    for (let one = this.#spans[at]; one !== undefined && one.start <= end; one = this.#spans[++at])
      found.push(one);
    return found;
  }
}

/** `errors` are those known before in the query, `cuts` the places of syntax errors up to the next. */
function* checkQuery(
  query: Query,
  scope: DocumentScope,
  errors: Span[],
  cuts: readonly number[],
): Generator<void, void> {
  const isLong = query.end - query.start > LONG;
  const profile = profileOf(query, scope.context) ?? scope.context.profile;
  const impossible: Span[] = [];
  const local: QueryScope = {
    ...scope,
    query,
    profile,
    environment: environmentOf(profile, scope.context, scope.parameters),
    report: (one) => {
      if (one.severity === 'error') errors.push(one);
      if (one.code === 'CXQ2012') impossible.push(one);
      // An id was meant: that it is none is said.
      if (one.code === 'CXQ3006' && impossible.some((id) => isAskedFor(id, local))) return;
      scope.report(one);
    },
    hasErrorIn: (span) => errors.some((one) => overlaps(one, span)),
    isCut: (clause) => {
      if (cuts.length === 0) return false;
      const next = query.clauses[query.clauses.indexOf(clause) + 1]?.start ?? Number.POSITIVE_INFINITY;
      return cuts.some((at) => at >= clause.start && at <= next);
    },
  };
  checkRepetition(query, local);
  if (isLong) yield;
  for (const clause of query.clauses) checkClause(clause, local);
  checkSince(local);
  if (isLong) yield;
  const window = windowOf(query, local.environment);
  const bounds = topBounds(window);
  const where = clauseOf(query, 'where');
  for (const clause of query.clauses) {
    if (clause.kind !== 'where') continue;
    const conditions = clause.predicate.kind === 'and' ? clause.predicate.operands : [clause.predicate];
    for (const [index, condition] of conditions.entries()) {
      if (isLong && index % CONDITIONS_A_STEP === 0) yield;
      checkPredicate(condition, local, clause === where ? bounds : undefined);
    }
  }
  if (isLong) yield;
  checkWindow(window, local);
  if (isLong) yield;
  checkLogic(window, local);
}

/** Whether an id stands, itself or by a parameter, in a condition that every interaction has to fulfil, and not in one that excludes it. */
function isAskedFor(id: Span, { query, parameters }: QueryScope): boolean {
  const isIn = (operand: Operand | InCondition['set']): boolean => {
    const value = operand.kind === 'parameterReference' ? parameters.get(operand.name)?.value : operand;
    if (value === null || value === undefined) return false;
    if (overlaps(value, id)) return true;
    return value.kind === 'list' && value.items.some((one) => one.kind === 'parameterReference' && isIn(one));
  };
  const conditions = query.clauses.flatMap((clause) =>
    clause.kind === 'where' ? conjuncts(clause.predicate) : [],
  );
  return conditions.some((one) => {
    if (one.kind === 'in') return !one.negated && isIn(one.set);
    return one.kind === 'comparison' && one.operator === '=' && (isIn(one.left) || isIn(one.right));
  });
}
