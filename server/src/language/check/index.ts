/** Everything that the language has to say about a document. */
import type { CheckContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { environmentOf, profileOf } from '../environment.ts';
import { parametersOf } from '../parameters.ts';
import type { ParsedDocument } from '../parse.ts';
import { clauseOf, type Query } from '../tree.ts';
import { windowOf } from '../window.ts';
import { checkClause } from './clauses.ts';
import { checkLogic } from './logic.ts';
import { checkNames, checkRepetition } from './names.ts';
import { checkPredicate } from './predicates.ts';
import { type DocumentScope, overlaps, type QueryScope } from './scope.ts';
import { checkSecrets } from './secrets.ts';
import { checkSince, checkWindow, topBounds } from './window.ts';

/** All diagnostics of a document, by place. A query with syntax errors keeps its other errors, where they are sure. */
export function check(document: ParsedDocument, context: CheckContext): Diagnostic[] {
  const found: Diagnostic[] = [...document.syntax];
  const seen = new Set<string>();
  const report = (one: Diagnostic) => {
    const key = `${one.code} ${one.start} ${one.end}`;
    if (seen.has(key)) return;
    seen.add(key);
    found.push(one);
  };
  const names = document.queries.flatMap((query) => (query.name === null ? [] : [query.name.text]));
  const scope: DocumentScope = {
    document,
    context,
    parameters: parametersOf(document),
    queryNames: new Set([...names, ...document.presumed.queries]),
    report,
  };
  checkNames(scope);
  checkSecrets(scope);
  const errors = found.filter((one) => one.severity === 'error').sort((a, b) => a.start - b.start);
  let first = 0;
  for (const [index, query] of document.queries.entries()) {
    // Queries follow each other, and so do errors: what lies before this query concerns no later one.
    while (first < errors.length && (errors[first]?.end ?? 0) <= query.start) first++;
    const end = document.queries[index + 1]?.start ?? document.end;
    const own: Diagnostic[] = [];
    const cuts: number[] = [];
    for (let at = first; at < errors.length; at++) {
      const error = errors[at];
      if (error === undefined || error.start > end) break;
      if (overlaps(error, query)) own.push(error);
      if (error.code.startsWith('CXQ1')) cuts.push(error.start);
    }
    checkQuery(query, scope, own, cuts);
  }
  const { severities } = context;
  const result = severities === undefined ? found : found.flatMap((one) => withSeverity(one, severities));
  return result.sort((a, b) => a.start - b.start || a.end - b.end || a.code.localeCompare(b.code));
}

/** `errors` are those that the checks of the whole file found in the query, `cuts` the places of syntax errors up to the next. */
function checkQuery(query: Query, scope: DocumentScope, errors: Diagnostic[], cuts: readonly number[]): void {
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
  checkLogic(local);
}

function withSeverity(
  found: Diagnostic,
  severities: Readonly<Record<string, Diagnostic['severity'] | 'off'>>,
): Diagnostic[] {
  const wanted = severities[found.code];
  if (wanted === undefined || found.severity === 'error') return [found];
  return wanted === 'off' ? [] : [{ ...found, severity: wanted }];
}
