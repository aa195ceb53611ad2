/** What the plan of a query tells beforehand: 3006, 4004, 4005, 6001. */
import { diagnostic, type QuickFix, replace } from '../diagnostics.ts';
import { estimate } from '../estimate.ts';
import { formatDuration } from '../literals.ts';
import { normalForm, type QuerySets } from '../normal.ts';
import { grouped } from '../numbers.ts';
import { optionNamed } from '../options.ts';
import { mostAwaited } from '../plan.ts';
import { whyLocal } from '../reasons.ts';
import { pageSizeOf, readLimits, readSort } from '../settings.ts';
import { type Split, split } from '../split.ts';
import { clauseOf, type Predicate, type Span } from '../tree.ts';
import { conjuncts, visit } from '../walk.ts';
import { isField, type QueryWindow } from '../window.ts';
import { firstToken, type QueryScope } from './scope.ts';

/** Clauses that bound what is read. */
export const BOUNDING: ReadonlySet<string> = new Set(['where', 'last', 'since', 'using']);

const NO_SETS: QuerySets = new Map();

/** `invalid`: the window has an error, so that nothing is said of what it costs. */
export function checkPlan(window: QueryWindow, invalid: boolean, scope: QueryScope): void {
  const { query, profile, environment } = scope;
  // What was not read may be a part of the predicate; what is wrong elsewhere changes nothing in what runs where.
  const where = clauseOf(query, 'where');
  if (query.broken && (where === undefined || scope.isCut(where))) return;
  const parts = split(query, profile, environment, undefined, window);
  const anyError = query.clauses.some((clause) => BOUNDING.has(clause.kind) && scope.hasErrorIn(clause));
  const context = { profile, environment, sets: NO_SETS };
  for (const condition of parts.local) {
    // That the end of a clause's day is looked at again here is no news to anybody: it is no condition.
    const isClause = where === undefined || condition.start >= where.end || condition.end <= where.start;
    if (isClause || scope.hasErrorIn(condition)) continue;
    const why = whyLocal(condition, context);
    const message = `This condition runs here, on what the tenant sends: ${why}.`;
    scope.report(diagnostic('CXQ6001', condition, message));
  }
  const anyIds = parts.ids !== null || parts.pending.length > 0;
  const whole = !query.broken && !invalid && !anyError && !parts.excluded;
  if (whole && !parts.bounded && !anyIds) reportUnbounded(scope);
  const batches = parts.ids === null ? 1 : Math.ceil(parts.ids.length / profile.maxIdsPerRequest);
  const isPaged = profile.adapter === 'history-query';
  if (batches > 1 && isPaged && !parts.excluded) reportBatches(parts.ids?.length ?? 0, batches, scope);
  if (whole && !scope.hasErrorIn(query)) checkBudget(parts, scope);
}

function reportUnbounded(scope: QueryScope): void {
  const { query, profile } = scope;
  const where = clauseOf(query, 'where');
  const at = where?.end ?? query.title?.end ?? query.name?.end ?? query.start;
  const lead = at === query.start ? 'LAST 24h\n' : '\nLAST 24h';
  const message = `Neither a time bound nor ids: the whole retention window of ${formatDuration(profile.retention)} is read.`;
  const fixes = [replace('Add LAST 24h', { start: at, end: at }, lead, true)];
  scope.report(diagnostic('CXQ3006', firstToken(scope), message, { fixes }));
}

function reportBatches(ids: number, batches: number, scope: QueryScope): void {
  const where = clauseOf(scope.query, 'where')?.predicate;
  const place = where === undefined ? undefined : placeOfIds(where, scope);
  const size = scope.profile.maxIdsPerRequest;
  const message = `${grouped(ids)} ids are asked for in ${grouped(batches)} batches of at most ${grouped(size)}.`;
  scope.report(diagnostic('CXQ4004', place ?? firstToken(scope), message));
}

/** The longest list of ids, else the condition that asks for them. */
function placeOfIds(predicate: Predicate, scope: QueryScope): Span | undefined {
  let found: { span: Span; length: number } | undefined;
  visit(predicate, (inner) => {
    if (inner.kind !== 'in' || !isField(inner.operand, 'interactionId')) return;
    const { set } = inner;
    const list = set.kind === 'parameterReference' ? scope.environment.parameter(set.name) : set;
    const length = list?.kind === 'list' ? list.items.length : 0;
    if (length > (found?.length ?? 1)) found = { span: set, length };
  });
  if (found !== undefined) return found.span;
  const { profile, environment } = scope;
  const context = { profile, environment, sets: NO_SETS };
  return conjuncts(predicate).find((one) => normalForm(one, true, context).ids.length > 0);
}

/** 4005: only where the number of requests is known beforehand. */
function checkBudget(parts: Split, scope: QueryScope): void {
  const { query, profile, environment, context } = scope;
  const pageSize = pageSizeOf(query, profile, environment);
  const { limit, offset } = readLimits(query, environment, context, false);
  const cost = {
    adapter: profile.adapter,
    ids: parts.ids,
    awaited: mostAwaited(parts.pending, scope.mostOf),
    maxIds: profile.maxIdsPerRequest,
    readsAll: parts.local.length > 0 || readSort(query).local,
    limit,
    offset,
  };
  const { max } = estimate({ ...cost, pageSize });
  const budget = profile.maxRequestsPerRun;
  if (max === null || max <= budget) return;
  // Where ids decide on the number of requests, larger pages change nothing.
  const least = estimate({ ...cost, pageSize: profile.maxPageSize }).max ?? max;
  const fixes = least < max ? [largerPages(least <= budget, scope)] : [];
  const message = `Up to ${grouped(max)} requests, and the profile's budget is ${grouped(budget)}.`;
  const place = clauseOf(query, 'limit')?.keyword ?? firstToken(scope);
  scope.report(diagnostic('CXQ4005', place, message, { fixes }));
}

function largerPages(isPreferred: boolean, scope: QueryScope): QuickFix {
  const { query, profile } = scope;
  const title = `Ask for ${profile.maxPageSize} with each request`;
  const clause = clauseOf(query, 'with');
  const option = clause?.options.find((one) => optionNamed(one.name.text)?.name === 'pageSize');
  if (option?.value != null) return replace(title, option.value, String(profile.maxPageSize), isPreferred);
  const setting = `pageSize = ${profile.maxPageSize}`;
  if (clause !== undefined) {
    return replace(title, { start: clause.end, end: clause.end }, `, ${setting}`, isPreferred);
  }
  return replace(title, { start: query.end, end: query.end }, `\nWITH ${setting}`, isPreferred);
}
