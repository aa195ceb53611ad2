/** The queries of a section, one by one. */
import { environmentOf, profileOf } from '../environment.ts';
import type { Section } from '../sections.ts';
import { clauseOf, type Query, type Span } from '../tree.ts';
import { windowOf } from '../window.ts';
import { checkClause } from './clauses.ts';
import { checkLogic } from './logic.ts';
import { checkPredicate } from './predicates.ts';
import { checkRepetition } from './repetition.ts';
import { type DocumentScope, overlaps, type QueryScope } from './scope.ts';
import { checkSince, checkWindow, topBounds } from './window.ts';

/** `elsewhere` are the errors that the checks of the whole document found here. */
export function checkQueries(section: Section, scope: DocumentScope, elsewhere: readonly Span[]): void {
  const { items, syntax } = section.reading;
  const broken = new InOrder(syntax.filter((one) => one.severity === 'error'));
  const others = new InOrder([...elsewhere].sort((a, b) => a.start - b.start));
  const queries = items.filter((item) => item.kind === 'query');
  for (const [index, query] of queries.entries()) {
    const end = queries[index + 1]?.start ?? section.text.length;
    const near = broken.between(query.start, end);
    const errors = [...near, ...others.between(query.start, end)].filter((one) => overlaps(one, query));
    checkQuery(
      query,
      scope,
      errors,
      near.map((one) => one.start),
    );
  }
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
    for (let at = this.#first; at < this.#spans.length; at++) {
      const one = this.#spans[at];
      if (one === undefined || one.start > end) break;
      if (one.end > start) found.push(one);
    }
    return found;
  }
}

/** `errors` are those known before in the query, `cuts` the places of syntax errors up to the next. */
function checkQuery(query: Query, scope: DocumentScope, errors: Span[], cuts: readonly number[]): void {
  const profile = profileOf(query, scope.context) ?? scope.context.profile;
  const local: QueryScope = {
    ...scope,
    query,
    profile,
    environment: environmentOf(profile, scope.context, scope.parameters),
    report: (one) => {
      if (one.severity === 'error') errors.push(one);
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
  for (const clause of query.clauses) checkClause(clause, local);
  checkSince(local);
  const window = windowOf(query, local.environment);
  const bounds = topBounds(window);
  const where = clauseOf(query, 'where');
  for (const clause of query.clauses) {
    if (clause.kind !== 'where') continue;
    checkPredicate(clause.predicate, local, clause === where ? bounds : undefined);
  }
  checkWindow(window, local);
  checkLogic(window, local);
}
