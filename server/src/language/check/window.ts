/** The window against now and the retention of the tenant. */
import { formatInstant, MICROS_PER_DAY } from '../../protocol/instant.ts';
import { diagnostic, type QuickFix, replace } from '../diagnostics.ts';
import { formatDuration } from '../literals.ts';
import { clauseOf, type Predicate, type SinceClause } from '../tree.ts';
import type { Bound, QueryWindow } from '../window.ts';
import { aOrAn, checkInstant, conversion, fits, isCutOff, retentionMessage, typeOf } from './operands.ts';
import { BOUNDING, checkPlan } from './plan.ts';
import { checkPredicate } from './predicates.ts';
import { overlaps, type QueryScope, textOf } from './scope.ts';

/** SINCE and UNTIL are timestamps. */
export function checkSince(scope: QueryScope): void {
  for (const clause of scope.query.clauses) if (clause.kind === 'since') checkSinceClause(clause, scope);
}

function checkSinceClause(clause: SinceClause, scope: QueryScope): void {
  for (const [operand, edge] of [
    [clause.since, 'start'],
    [clause.until, 'end'],
  ] as const) {
    if (operand === null) continue;
    const type = typeOf(operand, scope, checkPredicate);
    if (operand.kind === 'field' && type !== 'UNKNOWN') {
      const message =
        "The window begins and ends at an instant, such as '2026-11-20' or now() - 2h, not at a field.";
      scope.report(diagnostic('CXQ2003', operand, message));
    } else if (!fits('TIMESTAMP', type)) {
      const written = textOf(scope, operand);
      const fixes =
        type === 'DURATION' && (operand.kind === 'duration' || operand.kind === 'parameterReference')
          ? [replace(`Change to ago(${written})`, operand, `ago(${written})`, true)]
          : conversion(operand, 'TIMESTAMP', scope);
      if (isCutOff(operand, scope)) continue;
      const message = `${edge === 'start' ? 'SINCE' : 'UNTIL'} takes a timestamp, not ${aOrAn(type)}.`;
      scope.report(diagnostic('CXQ2003', operand, message, { fixes }));
    } else checkInstant(operand, edge, scope);
  }
}

const NONE: ReadonlySet<Predicate> = new Set();

/** Conditions whose instants are bounds of the window: `checkWindow` looks at them. */
export function topBounds(window: QueryWindow): ReadonlySet<Predicate> {
  const conditions = window.bounds.filter((bound) => bound.origin === 'condition');
  return conditions.length === 0 ? NONE : new Set(conditions.map((bound) => bound.condition));
}

/** 3003 to 3007, and what depends on the plan: 3006, 4004, 4005, 6001. */
export function checkWindow(window: QueryWindow, scope: QueryScope): void {
  const since = clauseOf(scope.query, 'since');
  const missing = since?.since.kind === 'missing' || since?.until?.kind === 'missing';
  const invalid =
    missing ||
    window.bounds.some((bound) =>
      scope.hasErrorIn(bound.origin === 'condition' ? bound.condition : bound.span),
    );
  const outside = !invalid && checkOldBounds(window, scope);
  // A loose bound that is too old says nothing of the tighter ones.
  if (!invalid && (!outside || isLoose(window, scope))) checkOrder(window, scope);
  checkPlan(window, invalid || outside, scope);
}

/** Whether the window itself is there to be read, though one of the bounds that it is tighter than is not. */
function isLoose(window: QueryWindow, scope: QueryScope): boolean {
  const from = window.lower?.micros;
  const anyOld = window.bounds.some((bound) => bound.side === 'lower' && isOld(bound, scope));
  return from !== undefined && from >= oldestOf(scope) && anyOld;
}

function oldestOf(scope: QueryScope): number {
  return scope.context.now - scope.profile.retention;
}

function isOld(bound: Bound, scope: QueryScope): boolean {
  return bound.micros !== undefined && bound.micros < oldestOf(scope);
}

/** 3003: every lower bound, else an upper one that leaves nothing. True where something was reported. */
function checkOldBounds(window: QueryWindow, scope: QueryScope): boolean {
  const lower = window.bounds.filter((bound) => bound.side === 'lower' && isOld(bound, scope));
  const upper = window.bounds.filter((bound) => bound.side === 'upper' && isOld(bound, scope));
  const found = lower.length > 0 ? lower : window.lower === undefined ? upper : [];
  for (const bound of found) {
    const fixes = clamps(bound, upper.length > 0, scope);
    scope.report(diagnostic('CXQ3003', bound.span, retentionMessage(scope), { fixes }));
  }
  if (found.length > 0) return true;
  return checkPrevious(window, scope);
}

/** `wholly`: the window ends too early as well, so that another beginning would come after its end. */
function clamps(bound: Bound, wholly: boolean, scope: QueryScope): QuickFix[] {
  const kept = formatDuration(scope.profile.retention);
  if (bound.origin === 'last') return [replace(`Change to LAST ${kept}`, bound.span, kept, true)];
  const since = clauseOf(scope.query, 'since');
  const instead =
    bound.origin === 'since' && since !== undefined && (wholly || since.until === null)
      ? [replace(`Change to LAST ${kept}`, since, `LAST ${kept}`, wholly)]
      : [];
  if (wholly || bound.side === 'upper') return instead;
  return [replace(`Clamp to ago(${kept})`, bound.span, `ago(${kept})`, true), ...instead];
}

/** The period before the window has to be there too. */
function checkPrevious(window: QueryWindow, scope: QueryScope): boolean {
  const target = clauseOf(scope.query, 'compare')?.target ?? null;
  if (target === null || target.text.toUpperCase() !== 'PREVIOUS' || !window.known) return false;
  const from = window.lower?.micros;
  if (scope.query.broken && (from === undefined || isBoundCut(scope))) return false;
  const until = window.upper?.micros ?? scope.context.now;
  if (from !== undefined && from > until) return false;
  if (from !== undefined && from - (until - from) >= oldestOf(scope)) return false;
  const message =
    from === undefined
      ? 'PREVIOUS needs a window with a beginning, to know how long the period before it is: add LAST or SINCE.'
      : `The period before this one begins ${formatInstant(floorMilli(from - (until - from)))}. ${retentionMessage(scope)}`;
  scope.report(diagnostic('CXQ3003', target, message));
  return true;
}

/** Whether a syntax error may hide a bound of the window. */
function isBoundCut(scope: QueryScope): boolean {
  return scope.query.clauses.some((clause) => BOUNDING.has(clause.kind) && scope.isCut(clause));
}

function floorMilli(micros: number): number {
  return Math.floor(micros / 1000) * 1000;
}

/** 3004, 3005, 3007. */
function checkOrder(window: QueryWindow, scope: QueryScope): void {
  const { lower, upper } = window;
  const { now } = scope.context;
  if (lower?.micros === undefined) return;
  if (upper?.micros !== undefined && lower.micros > upper.micros) {
    scope.report(
      diagnostic(
        'CXQ3004',
        upper.span,
        'The window ends here, before it begins: nothing can be found in it.',
        {
          related: [{ ...lower.span, message: 'It begins here.' }],
          fixes: swap(lower, upper, scope),
        },
      ),
    );
    return;
  }
  if (lower.micros > now) {
    scope.report(
      diagnostic('CXQ3005', lower.span, 'The window begins in the future: nothing can be found in it yet.'),
    );
    return;
  }
  const left = lower.micros - (now - scope.profile.retention);
  if (!lower.relative && left <= MICROS_PER_DAY) {
    const message = `In ${formatDuration(Math.max(left, 60_000_000))} this instant leaves the retention window; the query fails from then on. LAST and ago(…) move with the clock.`;
    scope.report(diagnostic('CXQ3007', lower.span, message));
  }
}

function swap(lower: Bound, upper: Bound, scope: QueryScope): QuickFix[] {
  if (lower.origin === 'last' || overlaps(lower.span, upper.span)) return [];
  const edits = [
    { ...lower.span, newText: textOf(scope, upper.span) },
    { ...upper.span, newText: textOf(scope, lower.span) },
  ];
  return [{ title: 'Swap them', edits, isPreferred: true }];
}
