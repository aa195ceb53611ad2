/** From a checked query to what a run does: filters, window, batches, limits, and what runs here. */
import { MICROS_PER_MILLI, MICROS_PER_SECOND, type Micros } from '../protocol/instant.ts';
import { ANALYSES, analysisNamed } from './analyses.ts';
import { type CheckContext, DEFAULT_LIMIT, type ProfileFacts } from './context.ts';
import { environmentOf, profileOf } from './environment.ts';
import { fieldNamed } from './fields.ts';
import { formatNamed, formatOfPath } from './formats.ts';
import { formatDuration } from './literals.ts';
import { metricNamed } from './metrics.ts';
import { optionNamed } from './options.ts';
import { parametersOf } from './parameters.ts';
import type { ParsedDocument } from './parse.ts';
import { operandText } from './print.ts';
import { durationOf, type Environment, literalOf } from './resolve.ts';
import { conjunction, filterText, type QuerySets, type Split, split } from './split.ts';
import { type CompareOperator, clauseOf, type Predicate, type Query, type Scalar } from './tree.ts';
import { parameterReferences, setReferences } from './walk.ts';

/** A lower bound this near the retention edge is moved so far inside, to be inside still when it arrives. */
const EDGE_MARGIN: Micros = 60 * MICROS_PER_SECOND;

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

export interface PlannedAnalysis {
  readonly name: string;
  readonly over: Micros | null;
  /** Node types, or variables as dotted paths. */
  readonly on: readonly string[];
  readonly top: number | null;
  readonly by: string | null;
  readonly patterns: readonly string[];
}

export interface PlannedExpectation {
  /** As CXQ, `BOTTLENECKS <= 5`. */
  readonly text: string;
  readonly metric: string;
  readonly argument: string | null;
  readonly operator: CompareOperator;
  /** Microseconds where the metric is a duration. */
  readonly value: number;
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
  /** The ids asked for; null where the query asks for none. */
  readonly ids: readonly string[] | null;
  /** In order; none where the ids asked for are an empty set: then the tenant is not asked at all. */
  readonly batches: readonly Batch[];
  /** Filter of the first batch. */
  readonly sent: string;
  /** The conditions that run here, for showing; null for none. */
  readonly local: Predicate | null;
  /**
   * What an interaction that came must satisfy to be kept: the whole predicate where a local condition looks at
   * steps, else the local conditions; null where the tenant alone decides.
   */
  readonly asked: Predicate | null;
  /** The whole predicate, time bounds of clauses included: the steps that satisfy it are the matching ones. */
  readonly whole: Predicate | null;
  /** Names of the queries whose ids must be known before it can run. */
  readonly needs: readonly string[];
  readonly sort: { readonly field: string; readonly direction: 'ASC' | 'DESC'; readonly local: boolean };
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
  /** Without ANALYZE the served ones with their defaults. */
  readonly analyses: readonly PlannedAnalysis[];
  readonly expectations: readonly PlannedExpectation[];
  readonly exports: readonly { readonly path: string; readonly format: string }[];
  readonly notify: readonly string[];
  /** `PREVIOUS`, a query's name, or null. */
  readonly compare: string | null;
  readonly estimatedRequests: { readonly min: number; readonly max: number | null };
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
  const parts = split(query, profile, environment, inputs.sets);
  const notes: string[] = [];
  const window = sentWindow(parts, profile, environment, notes);
  const options = readOptions(query, profile, environment, notes);
  const limits = readLimits(query, environment, context, inputs);
  const sort = readSort(query);
  const filter = (ids: readonly string[] | null) =>
    filterText({ ids, pendingSets: parts.pendingSets, ...window, errorState: parts.errorState }, profile);
  const batches = inBatches(parts.ids, profile.maxIdsPerRequest).map((ids) => ({ ids, filter: filter(ids) }));
  const selectsHere = parts.local.length > 0;
  if (sort.local)
    notes.push(`Sorted here by ${sort.field}: everything in the window is read before LIMIT applies.`);
  if (parts.looksAtSteps) {
    notes.push('The whole condition is asked of each step again, on what the tenant sends.');
  }
  for (const name of parts.pendingSets) {
    notes.push(
      `The ids of ${name} are known only once it has run; they become batches of ${profile.maxIdsPerRequest}.`,
    );
  }
  if (batches.length > 1) {
    notes.push(
      `${parts.ids?.length ?? 0} ids are asked for in ${batches.length} batches of at most ${profile.maxIdsPerRequest}.`,
    );
  }
  if (batches.length === 0) notes.push('No id is left to ask for: the tenant is not asked.');
  for (const bound of parts.window.bounds) {
    if (bound.micros === undefined) notes.push('A time bound depends on a parameter without a value.');
  }
  return {
    query,
    name: query.name?.text ?? null,
    title: query.title?.value ?? null,
    profile,
    environment,
    window,
    ids: parts.ids,
    batches,
    sent: batches[0]?.filter ?? filter(parts.ids),
    local: conjunction(parts.local),
    asked: parts.looksAtSteps ? parts.whole : conjunction(parts.local),
    whole: parts.whole,
    needs: [...new Set(setReferences(query).map((reference) => reference.name))],
    sort,
    tenantSort: sort.local ? 'nodeTimestamp DESC' : `nodeTimestamp ${sort.direction}`,
    ...limits,
    ...options,
    mask: clauseOf(query, 'mask')?.patterns.map((pattern) => pattern.text) ?? [],
    ...readOutputs(query, environment),
    estimatedRequests: estimate({
      ids: parts.ids,
      pending: parts.pendingSets.length > 0,
      batches: batches.length,
      maxIds: profile.maxIdsPerRequest,
      readsAll: selectsHere || sort.local,
      limit: limits.limit,
      pageSize: options.pageSize,
    }),
    notes: [...new Set(notes)],
  };
}

function sentWindow(
  parts: Split,
  profile: ProfileFacts,
  environment: Environment,
  notes: string[],
): { from: Micros | null; to: Micros | null } {
  if (!parts.sendsTime) {
    if (parts.window.bounds.length > 0)
      notes.push('The profile cannot filter by time: time bounds are checked here.');
    return { from: null, to: null };
  }
  const { lower, upper, bounds } = parts.window;
  const anyIds = parts.ids !== null || parts.pendingSets.length > 0;
  const wholeWindow = bounds.length === 0 && !anyIds;
  const edge = environment.now - profile.retention;
  let from: Micros | null = lower?.micros ?? (wholeWindow ? edge : null);
  if (from !== null && from < edge + EDGE_MARGIN) {
    from = edge + EDGE_MARGIN;
    notes.push(
      `The lower bound is moved to 60 s inside the ${formatDuration(profile.retention)} that the tenant keeps, so that it is still inside when the request arrives.`,
    );
  }
  if (wholeWindow) notes.push('Neither a time bound nor ids: the whole retention window is read.');
  let to: Micros | null = upper?.micros ?? null;
  if (to === null && !bounds.some((bound) => bound.side === 'upper') && (bounds.length > 0 || !anyIds)) {
    to = environment.now;
    notes.push('Ends at the start of the run, so that records which arrive meanwhile cannot shift pages.');
  }
  // As sent: the tenant sees whole milliseconds.
  return {
    from: from === null ? null : Math.floor(from / MICROS_PER_MILLI) * MICROS_PER_MILLI,
    to: to === null ? null : Math.ceil(to / MICROS_PER_MILLI) * MICROS_PER_MILLI,
  };
}

/** Ids in batches; one batch without ids where none are asked for, none for an empty set. */
function inBatches(ids: readonly string[] | null, size: number): (readonly string[] | null)[] {
  if (ids === null) return [null];
  const batches: (readonly string[])[] = [];
  for (let at = 0; at < ids.length; at += size) batches.push(ids.slice(at, at + size));
  return batches;
}

export interface Cost {
  readonly ids: readonly string[] | null;
  readonly pending: boolean;
  readonly batches: number;
  readonly maxIds: number;
  /** The limit counts what is kept here, or everything is sorted first: the tenant is read to the end. */
  readonly readsAll: boolean;
  readonly limit: number | null;
  readonly pageSize: number;
}

/** Requests that a run takes: at least one a batch, at most what limit or ids allow; null where nothing tells. */
export function estimate(cost: Cost): { min: number; max: number | null } {
  const limit = cost.readsAll ? null : cost.limit;
  if (cost.ids !== null && !cost.pending) {
    let max = 0;
    for (let left = cost.ids.length; left > 0; left -= cost.maxIds) {
      const most = Math.min(left, cost.maxIds, limit ?? Number.POSITIVE_INFINITY);
      max += Math.max(1, Math.ceil(most / cost.pageSize));
    }
    return { min: cost.batches, max };
  }
  if (cost.pending) return { min: 0, max: null };
  return { min: 1, max: limit === null ? null : Math.max(1, Math.ceil(limit / cost.pageSize)) };
}

/** A whole number that a scalar is or stands for. */
export function numberOf(value: Scalar | null, environment: Environment): number | undefined {
  if (value === null) return undefined;
  const literal = literalOf(value, environment);
  return literal?.kind === 'number' ? literal.value : undefined;
}

/** The page size of a query. */
export function pageSizeOf(query: Query, profile: ProfileFacts, environment: Environment): number {
  const option = clauseOf(query, 'with')?.options.find(
    (one) => optionNamed(one.name.text)?.name === 'pageSize',
  );
  return numberOf(option?.value ?? null, environment) ?? Math.min(100, profile.maxPageSize);
}

function readOptions(query: Query, profile: ProfileFacts, environment: Environment, notes: string[]) {
  const values = new Map<string, Scalar>();
  for (const option of clauseOf(query, 'with')?.options ?? []) {
    const name = optionNamed(option.name.text)?.name;
    if (name !== undefined && option.value !== null && !values.has(name)) values.set(name, option.value);
  }
  const number = (name: string) => numberOf(values.get(name) ?? null, environment);
  const timeout = values.get('timeout');
  const timeoutMicros = timeout === undefined ? undefined : durationOf(timeout, environment);
  const mode = values.get('mode');
  const asked = mode === undefined ? undefined : literalOf(mode, environment);
  if (asked?.kind === 'string' && asked.value === 'stream') {
    notes.push("This version reads pages whole: mode = 'stream' runs as 'page'.");
  }
  return {
    pageSize: pageSizeOf(query, profile, environment),
    concurrency: number('concurrency') ?? profile.maxConcurrentRequests,
    retries: number('retries') ?? profile.maxRetries,
    timeoutMs: timeoutMicros === undefined ? profile.timeoutMs : timeoutMicros / MICROS_PER_MILLI,
    mode: 'page' as const,
  };
}

function readLimits(query: Query, environment: Environment, context: CheckContext, inputs: PlanInputs) {
  const clause = clauseOf(query, 'limit');
  const count = clause?.count ?? null;
  const own = count === null || count.kind === 'all' ? undefined : numberOf(count, environment);
  const usual = inputs.asSet === true ? null : (context.defaultLimit ?? DEFAULT_LIMIT);
  const limit = count?.kind === 'all' ? null : (own ?? usual);
  const offset = numberOf(clauseOf(query, 'offset')?.count ?? null, environment) ?? 0;
  return { limit, limitIsDefault: clause === undefined && limit !== null, offset };
}

/** The order of a query. Without a direction the tenant's own field is sorted the tenant's way, the rest as in SQL. */
function readSort(query: Query): Plan['sort'] {
  const clause = clauseOf(query, 'order');
  const written = clause?.field?.text;
  const field = written === undefined ? 'nodeTimestamp' : (fieldNamed(written)?.name ?? 'nodeTimestamp');
  const local = field !== 'nodeTimestamp';
  return { field, direction: clause?.direction ?? (local ? 'ASC' : 'DESC'), local };
}

function readOutputs(query: Query, environment: Environment) {
  const analyses: PlannedAnalysis[] = [];
  const expectations: PlannedExpectation[] = [];
  const exports: { path: string; format: string }[] = [];
  const notify: string[] = [];
  let compare: string | null = null;
  for (const clause of query.clauses) {
    if (clause.kind === 'analyze') {
      for (const analysis of clause.analyses) {
        const name = analysisNamed(analysis.name.text)?.name ?? analysis.name.text;
        let planned: PlannedAnalysis = { name, over: null, on: [], top: null, by: null, patterns: [] };
        for (const part of analysis.parts) {
          if (part.kind === 'over' && part.amount !== null) {
            planned = { ...planned, over: durationOf(part.amount, environment) ?? null };
          }
          if (part.kind === 'on') planned = { ...planned, on: part.items.map((item) => item.path.join('.')) };
          if (part.kind === 'top') planned = { ...planned, top: part.count?.value ?? null };
          if (part.kind === 'by') planned = { ...planned, by: part.name?.text ?? null };
          if (part.kind === 'patterns')
            planned = { ...planned, patterns: part.patterns.map((one) => one.text) };
        }
        analyses.push(planned);
      }
    }
    if (clause.kind === 'expect') {
      for (const { metric, operator, value } of clause.expectations) {
        const name = metricNamed(metric.name.text)?.name ?? metric.name.text;
        const literal = value === null ? undefined : literalOf(value, environment);
        const number =
          literal?.kind === 'number' ? literal.value : literal?.kind === 'duration' ? literal.micros : null;
        if (operator === null || value === null || number == null) continue;
        const argument = metric.argument === null ? null : (fieldNamed(metric.argument.text)?.name ?? null);
        const text = `${name}${argument === null ? '' : `(${argument})`} ${operator} ${operandText(value)}`;
        expectations.push({ text, metric: name, argument, operator, value: number });
      }
    }
    if (clause.kind === 'export' && clause.path !== null) {
      const format =
        clause.format === null ? formatOfPath(clause.path.value) : formatNamed(clause.format.text);
      exports.push({ path: clause.path.value, format: format?.name ?? '' });
    }
    if (clause.kind === 'notify' && clause.url !== null) notify.push(clause.url.value);
    if (clause.kind === 'compare' && clause.target !== null) {
      compare = clause.target.text.toUpperCase() === 'PREVIOUS' ? 'PREVIOUS' : clause.target.text;
    }
  }
  const defaults = ANALYSES.filter((known) => known.served).map(
    ({ name }): PlannedAnalysis => ({ name, over: null, on: [], top: null, by: null, patterns: [] }),
  );
  return { analyses: analyses.length > 0 ? analyses : defaults, expectations, exports, notify, compare };
}

/**
 * The queries that one needs, in the order in which they have to run, itself last; undefined where they refer to
 * each other in a circle or to a query that is not there.
 */
export function executionOrder(document: ParsedDocument, query: Query): readonly Query[] | undefined {
  const order: Query[] = [];
  const open = new Set<Query>();
  const place = (one: Query): boolean => {
    if (order.includes(one)) return true;
    if (open.has(one)) return false;
    open.add(one);
    for (const { name } of setReferences(one)) {
      const needed = document.queries.find((candidate) => candidate.name?.text === name);
      if (needed === undefined || !place(needed)) return false;
    }
    open.delete(one);
    order.push(one);
    return true;
  };
  return place(query) ? order : undefined;
}
