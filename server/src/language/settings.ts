/** What a query says about how it is read: options, limits, order. */
import { MICROS_PER_MILLI } from '../protocol/instant.ts';
import { type CheckContext, DEFAULT_LIMIT, type ProfileFacts } from './context.ts';
import { fieldNamed } from './fields.ts';
import { optionNamed } from './options.ts';
import { durationOf, type Environment, literalOf } from './resolve.ts';
import { clauseOf, type Query, type Scalar } from './tree.ts';

export interface Sort {
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
  /** Sorted here: the tenant sorts by time alone. */
  readonly local: boolean;
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

/** The options of WITH, or their defaults. */
export function readOptions(query: Query, profile: ProfileFacts, environment: Environment) {
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
  const streams = profile.canStream && !(asked?.kind === 'string' && asked.value === 'page');
  return {
    pageSize: pageSizeOf(query, profile, environment),
    concurrency: number('concurrency') ?? profile.maxConcurrentRequests,
    retries: number('retries') ?? profile.maxRetries,
    timeoutMs: timeoutMicros === undefined ? profile.timeoutMs : timeoutMicros / MICROS_PER_MILLI,
    mode: streams ? ('stream' as const) : ('page' as const),
  };
}

/** LIMIT and OFFSET. As a set for another query it runs without the default limit. */
export function readLimits(query: Query, environment: Environment, context: CheckContext, asSet: boolean) {
  const clause = clauseOf(query, 'limit');
  const count = clause?.count ?? null;
  const own = count === null || count.kind === 'all' ? undefined : numberOf(count, environment);
  const usual = asSet ? null : (context.defaultLimit ?? DEFAULT_LIMIT);
  const limit = count?.kind === 'all' ? null : (own ?? usual);
  const offset = numberOf(clauseOf(query, 'offset')?.count ?? null, environment) ?? 0;
  return { limit, limitIsDefault: clause === undefined && limit !== null, offset };
}

/** The order of a query. Without a direction the tenant's own field is sorted the tenant's way, the rest as in SQL. */
export function readSort(query: Query): Sort {
  const clause = clauseOf(query, 'order');
  const written = clause?.field?.text;
  const field = written === undefined ? 'nodeTimestamp' : (fieldNamed(written)?.name ?? 'nodeTimestamp');
  const local = field !== 'nodeTimestamp';
  return { field, direction: clause?.direction ?? (local ? 'ASC' : 'DESC'), local };
}
