/** From a checked query to what a run does: filters, window, batches, limits, and what runs here. */
import { MICROS_PER_MILLI, MICROS_PER_SECOND, type Micros } from '../protocol/instant.ts';
import type { CheckContext, ProfileFacts } from './context.ts';
import { environmentOf, profileOf } from './environment.ts';
import { type Estimate, estimate } from './estimate.ts';
import type { Format } from './formats.ts';
import { formatDuration } from './literals.ts';
import type { IdTerm, QuerySets } from './normal.ts';
import { grouped } from './numbers.ts';
import { type PlannedAnalysis, type PlannedExpectation, readOutputs } from './outputs.ts';
import { parametersOf } from './parameters.ts';
import type { ParsedDocument } from './parse.ts';
import { queriesByName } from './query-named.ts';
import { whyLocal } from './reasons.ts';
import type { Environment } from './resolve.ts';
import { readLimits, readOptions, readSort, type Sort } from './settings.ts';
import { conjunction, filterText, type Split, split } from './split.ts';
import { clauseOf, type Predicate, type Query, type Span } from './tree.ts';
import { parameterReferences, setReferences } from './walk.ts';
import type { Bound } from './window.ts';

/** A lower bound this near the retention edge is moved so far inside, to be inside still when it arrives. */
const EDGE_MARGIN: Micros = 60 * MICROS_PER_SECOND;

/** Sets behind sets are followed this far for an estimate. */
const SETS_DEEP = 8;

export interface PlanInputs {
  /** Interaction ids of the queries that `IN` names; those that are not there are not known yet. */
  readonly sets?: QuerySets;
  /** The query runs for its ids alone: without the default limit. */
  readonly asSet?: boolean;
}

export interface Batch {
  readonly ids: readonly string[] | null;
  readonly filter: string;
}

export interface PlannedBound {
  /** As sent. */
  readonly micros: Micros;
  /** `retention`: there was none, and the whole window is read; `run`: there was none, and the run's start is taken. */
  readonly origin: Bound['origin'] | 'retention' | 'run';
  /** The condition that it comes from, or one that says the same as its clause. */
  readonly condition: Predicate | null;
  /** Moved inside what the tenant keeps. */
  readonly clamped: boolean;
  /** Older than what the tenant keeps (CXQ3003): the query does not run. */
  readonly outside: boolean;
}

export interface LocalCondition extends Span {
  readonly condition: Predicate;
  /** A clause that goes on after "because". */
  readonly reason: string;
}

export interface Plan {
  readonly query: Query;
  readonly name: string | null;
  readonly title: string | null;
  readonly profile: ProfileFacts;
  /** The run's one instant, the zone, and the values of parameters: what the predicate's constants depend on. */
  readonly environment: Environment;
  /** Bounds as sent, rounded; null where none is. */
  readonly window: { readonly from: Micros | null; readonly to: Micros | null };
  /** The same with where they come from. */
  readonly bounds: { readonly from: PlannedBound | null; readonly to: PlannedBound | null };
  /** The ids asked for; null where the query asks for none. */
  readonly ids: readonly string[] | null;
  /** In order; none where the ids asked for are an empty set: then the tenant is not asked at all. */
  readonly batches: readonly Batch[];
  /** Filter of the first batch. */
  readonly sent: string;
  /** The conditions that run here, for showing; null for none. */
  readonly local: Predicate | null;
  /** The same one by one, each with its place in the text and why it runs here. */
  readonly localConditions: readonly LocalCondition[];
  /**
   * What an interaction that came must satisfy to be kept: the whole predicate where a local condition looks at
   * steps, else the local conditions; null where the tenant alone decides.
   */
  readonly asked: Predicate | null;
  /** The whole predicate, time bounds of clauses included: the steps that satisfy it are the matching ones. */
  readonly whole: Predicate | null;
  /** Names of the queries whose ids must be known before it can run. */
  readonly needs: readonly string[];
  readonly sort: Sort;
  /** What the tenant is asked to sort by. */
  readonly tenantSort: string;
  /** Interactions kept; null for all. */
  readonly limit: number | null;
  /** The limit is the default one, not the query's. */
  readonly limitIsDefault: boolean;
  readonly offset: number;
  readonly pageSize: number;
  readonly concurrency: number;
  readonly retries: number;
  readonly timeoutMs: number;
  readonly mode: 'stream' | 'page';
  readonly mask: readonly string[];
  /** Without ANALYZE all with their defaults. */
  readonly analyses: readonly PlannedAnalysis[];
  readonly expectations: readonly PlannedExpectation[];
  readonly exports: readonly { readonly path: string; readonly format: Format }[];
  readonly notify: readonly string[];
  /** `PREVIOUS`, a query's name, or null. */
  readonly compare: string | null;
  readonly estimatedRequests: Estimate;
  /** What the tenant is asked of `errorState`; null for nothing. */
  readonly errorState: boolean | null;
  /** Conditions on ids of queries that have not run yet. */
  readonly pending: readonly IdTerm[];
  /** Those of the notes that nothing else in the plan tells. */
  readonly remarks: readonly string[];
  /** Sentences that a person should know before running. */
  readonly notes: readonly string[];
}

export type Planned =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Plans a query that has been checked with the same context. Problems are parameters without a value and a profile
 * that does not exist; everything else is found by `check`.
 */
export function planQuery(
  document: ParsedDocument,
  query: Query,
  context: CheckContext,
  inputs: PlanInputs = {},
): Planned {
  const known = parametersOf(document);
  const names = new Set(parameterReferences(query).map((reference) => reference.name));
  const problems = [...names]
    .filter((name) => (context.parameters?.get(name) ?? known.get(name)?.value ?? undefined) === undefined)
    .map((name) => `The parameter $${name} has no value: give it one, or a default in its PARAM.`);
  if (profileOf(query, context) === undefined)
    problems.push('USING names a connection profile that does not exist.');
  if (query.broken) problems.push('The query has syntax errors.');
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, plan: makePlan(document, query, context, inputs) };
}

/** Plans a query as far as its text tells; what a parameter without a value decides is left open. */
export function makePlan(
  document: ParsedDocument,
  query: Query,
  context: CheckContext,
  inputs: PlanInputs = {},
): Plan {
  const profile = profileOf(query, context) ?? context.profile;
  const environment = environmentOf(profile, context, parametersOf(document));
  const sets = inputs.sets ?? new Map();
  const parts = split(query, profile, environment, sets);
  const whole = parts.whole();
  const remarks: string[] = [];
  const asked = askedWindow(parts, profile, environment, context.present ?? context.now);
  const window = { from: asked.from?.micros ?? null, to: asked.to?.micros ?? null };
  const options = readOptions(query, profile, environment);
  const limits = readLimits(query, environment, context, inputs.asSet === true);
  if (parts.window.bounds.some((bound) => bound.micros === undefined)) {
    remarks.push('A time bound depends on a parameter without a value.');
  }
  const written = readSort(query);
  // Nobody sorts a file, nor interactions that are asked for one by one.
  const sort = profile.adapter === 'history-query' ? written : { ...written, local: true };
  const filter = (ids: readonly string[] | null) =>
    filterText({ ids, pending: parts.pending, ...window, errorState: parts.errorState }, profile);
  const batches = parts.excluded
    ? []
    : inBatches(parts.ids, profile.maxIdsPerRequest).map((ids) => ({ ids, filter: filter(ids) }));
  return {
    query,
    name: query.name?.text ?? null,
    title: query.title?.value ?? null,
    profile,
    environment,
    window,
    bounds: asked,
    ids: parts.ids,
    batches,
    sent: batches[0]?.filter ?? filter(parts.ids),
    local: conjunction(parts.local),
    localConditions: parts.local.map((condition) => ({
      condition,
      start: condition.start,
      end: condition.end,
      reason: whyLocal(condition, { profile, environment, sets }),
    })),
    asked: parts.looksAtSteps() ? whole : conjunction(parts.local),
    whole,
    needs: [...new Set(setReferences(query).map((reference) => reference.name))],
    sort,
    tenantSort: sort.local ? 'nodeTimestamp DESC' : `nodeTimestamp ${sort.direction}`,
    ...limits,
    ...options,
    mask: clauseOf(query, 'mask')?.patterns.map((pattern) => pattern.text) ?? [],
    ...readOutputs(query, environment),
    estimatedRequests: parts.excluded
      ? { min: 0, max: 0 }
      : estimate({
          adapter: profile.adapter,
          ids: parts.ids,
          awaited: mostAwaited(parts.pending, (name) =>
            mostOfSet(name, (one) => queriesByName(document).get(one), parametersOf(document), context),
          ),
          maxIds: profile.maxIdsPerRequest,
          readsAll: parts.local.length > 0 || sort.local,
          limit: limits.limit,
          offset: limits.offset,
          pageSize: options.pageSize,
        }),
    errorState: parts.errorState,
    pending: parts.pending,
    remarks,
    notes: [...notesOf(parts, asked, batches.length, profile, written), ...remarks],
  };
}

/** Sentences that a person should know before running. */
function notesOf(
  parts: Split,
  asked: Plan['bounds'],
  batches: number,
  profile: ProfileFacts,
  sort: Sort,
): string[] {
  const notes: string[] = [];
  const size = profile.maxIdsPerRequest;
  if (!parts.sendsTime && parts.window.bounds.length > 0) {
    notes.push('The profile cannot filter by time: time bounds are checked here.');
  }
  if (asked.from?.outside === true) {
    notes.push(
      `The lower bound is outside the ${formatDuration(profile.retention)} that the tenant keeps (CXQ3003): the query does not run.`,
    );
  } else if (asked.from?.clamped === true) {
    notes.push(
      `The lower bound is moved to 60 s inside the ${formatDuration(profile.retention)} that the tenant keeps, so that it is still inside when the request arrives.`,
    );
  }
  if (asked.from?.origin === 'retention') {
    notes.push('Neither a time bound nor ids: the whole retention window is read.');
  }
  if (asked.to?.origin === 'run') {
    notes.push('Ends at the start of the run, so that records which arrive meanwhile cannot shift pages.');
  }
  if (sort.local && profile.adapter === 'history-query')
    notes.push(`Sorted here by ${sort.field}: everything in the window is read before LIMIT applies.`);
  if (parts.looksAtSteps()) {
    notes.push('The whole condition is asked of each step again, on what the tenant sends.');
  }
  for (const name of new Set(parts.pending.flatMap((term) => term.names))) {
    notes.push(
      profile.adapter === 'history-query'
        ? `The ids of ${name} are known only once it has run; they become batches of ${size}.`
        : `The ids of ${name} are known only once it has run.`,
    );
  }
  if (batches > 1 && profile.adapter === 'history-query') {
    const count = grouped(parts.ids?.length ?? 0);
    notes.push(`${count} ids are asked for in ${grouped(batches)} batches of at most ${size}.`);
  }
  if (parts.excluded) notes.push('The conditions exclude each other: the tenant is not asked.');
  else if (batches === 0) notes.push('No id is left to ask for: the tenant is not asked.');
  return notes;
}

/** The bounds as the tenant gets them, rounded, kept inside the retention window and pinned to the run's start. */
function askedWindow(
  parts: Split,
  profile: ProfileFacts,
  environment: Environment,
  present: Micros,
): Plan['bounds'] {
  if (!parts.sendsTime) return { from: null, to: null };
  const { lower, upper, bounded, window } = parts;
  const anyIds = parts.ids !== null || parts.pending.length > 0;
  const wholeWindow = !bounded && !anyIds;
  const edge = environment.now - profile.retention;
  const earliest = Math.max(environment.now, present) - profile.retention + EDGE_MARGIN;
  const begins = lower?.micros ?? (wholeWindow ? edge : null);
  const pinned = !window.bounds.some((bound) => bound.side === 'upper') && (bounded || !anyIds);
  const ends = upper?.micros ?? (pinned ? environment.now : null);
  // As sent: the tenant sees whole milliseconds.
  const down = (micros: Micros) => Math.floor(micros / MICROS_PER_MILLI) * MICROS_PER_MILLI;
  const up = (micros: Micros) => Math.ceil(micros / MICROS_PER_MILLI) * MICROS_PER_MILLI;
  const clamped = begins !== null && begins < earliest;
  return {
    from:
      begins === null
        ? null
        : {
            micros: down(clamped ? earliest : begins),
            origin: lower?.origin ?? 'retention',
            condition: lower?.condition ?? null,
            clamped,
            outside: begins < edge,
          },
    to:
      ends === null
        ? null
        : {
            micros: up(ends),
            origin: upper?.origin ?? 'run',
            condition: upper?.condition ?? null,
            clamped: false,
            outside: false,
          },
  };
}

/**
 * Most ids that the sets which are not known yet leave; undefined where none is awaited, null where nothing tells.
 * `mostOf` says it of a query by its name.
 */
export function mostAwaited(
  pending: readonly IdTerm[],
  mostOf: (name: string) => number | null,
): number | null | undefined {
  let most: number | null | undefined;
  for (const { ids, names } of pending) {
    let sum: number | null = ids.size;
    for (const name of names) {
      const set = mostOf(name);
      sum = sum === null || set === null ? null : sum + set;
    }
    most = most == null ? sum : sum === null ? most : Math.min(most, sum);
  }
  return most;
}

/** Most ids that a query gives as a set: what its LIMIT and the ids that it asks for leave. */
export function mostOfSet(
  name: string,
  queryNamed: (name: string) => Query | undefined,
  parameters: Parameters<typeof environmentOf>[2],
  context: CheckContext,
  above: readonly string[] = [],
  seen: Map<string, number | null> = new Map(),
): number | null {
  const known = seen.get(name);
  if (known !== undefined) return known;
  const query = queryNamed(name);
  if (query === undefined || above.includes(name) || above.length >= SETS_DEEP) return null;
  const profile = profileOf(query, context) ?? context.profile;
  const environment = environmentOf(profile, context, parameters);
  const parts = split(query, profile, environment);
  const { limit } = readLimits(query, environment, context, true);
  const awaited = mostAwaited(parts.pending, (inner) =>
    mostOfSet(inner, queryNamed, parameters, context, [...above, name], seen),
  );
  const counts = [limit, parts.ids?.length ?? null, awaited].filter((count) => count != null);
  const most = counts.length === 0 ? null : Math.min(...counts);
  seen.set(name, most);
  return most;
}

/** Ids in batches; one batch without ids where none are asked for, none for an empty set. */
function inBatches(ids: readonly string[] | null, size: number): (readonly string[] | null)[] {
  if (ids === null) return [null];
  const batches: (readonly string[])[] = [];
  for (let at = 0; at < ids.length; at += size) batches.push(ids.slice(at, at + size));
  return batches;
}

/**
 * The queries that one needs, in the order in which they have to run, itself last; undefined where they refer to
 * each other in a circle or to a query that is not there.
 */
export function executionOrder(document: ParsedDocument, query: Query): readonly Query[] | undefined {
  const byName = queriesByName(document);
  const placed = new Set<Query>();
  // Each needs the one after it. A row of thousands would be too deep for calls within calls.
  const open = new Set([query]);
  const row = [query];
  for (let one = row.at(-1); one !== undefined; one = row.at(-1)) {
    const needed = setReferences(one).map(({ name }) => byName.get(name));
    const next = needed.findIndex((other) => other === undefined || !placed.has(other));
    const other = needed[next];
    if (next === -1) {
      placed.add(one);
      row.pop();
    } else if (other === undefined || open.has(other)) return undefined;
    else {
      open.add(other);
      row.push(other);
    }
  }
  return [...placed];
}
