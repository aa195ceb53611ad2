/** What the queries of one run share: one instant, one set of ids for each name, credentials asked for once. */
import { clauseOf, type Plan, planQuery, type Query } from '../language/index.ts';
import type { Credentials, Profile } from '../protocol/profile.ts';
import { createTenant, type RetrievalRequest, type Tenant } from '../tenant/index.ts';
import { compilePredicate } from './evaluate.ts';
import type { Selection } from './gather.ts';
import { fail, type Outcome, type RunHost } from './host.ts';
import { orderBy } from './order.ts';
import type { Prepared, RunRequest } from './prepare.ts';

/** The ids that a query gave to `IN name`. */
export interface IdSet {
  readonly ids: readonly string[];
  /** Its own LIMIT or a fault cut it short. */
  readonly cutShort: boolean;
}

export interface Session {
  readonly host: RunHost;
  readonly prepared: Prepared;
  readonly request: RunRequest;
  readonly signal: AbortSignal;
  /** Ids by query name, of the queries that have run for them. */
  readonly sets: Map<string, IdSet>;
  readonly credentials: Map<string, Credentials>;
}

/** The profile that a plan is for. */
export function profileOf({ host }: Pick<Session, 'host'>, plan: Plan): Profile | undefined {
  return host.profiles.get(plan.profile.id) ?? host.inForce ?? undefined;
}

export async function connect(
  session: Session,
  plan: Plan,
): Promise<Outcome<{ tenant: Tenant; profile: Profile; secrets: string[] }>> {
  const { host } = session;
  const profile = profileOf(session, plan);
  if (profile === undefined) {
    return fail('connection', `There is no connection ${plan.profile.id}.`);
  }
  let credentials = session.credentials.get(profile.id);
  if (credentials === undefined) {
    const given = await host.credentials(profile);
    if (!given.ok) return given;
    credentials = given.value;
    session.credentials.set(profile.id, credentials);
  }
  const secrets = [credentials.clientSecret, credentials.password, credentials.token].flatMap((secret) =>
    secret === undefined || secret === '' ? [] : [secret],
  );
  return { ok: true, value: { tenant: createTenant(profile, credentials, host.tenant), profile, secrets } };
}

export function planOf(session: Session, query: Query, asSet: boolean): Outcome<Plan> {
  const { document, context } = session.prepared;
  const sets = new Map([...session.sets].map(([name, set]) => [name, set.ids]));
  const planned = planQuery(document, query, context, { sets, asSet });
  return planned.ok ? { ok: true, value: planned.plan } : fail('diagnostics', planned.problems.join(' '));
}

export function selectionOf(session: Pick<Session, 'sets'>, plan: Plan): Selection {
  const idSets = new Map([...session.sets].map(([name, set]) => [name, new Set(set.ids)]));
  const compile = (predicate: Plan['whole']) =>
    predicate === null
      ? undefined
      : compilePredicate(predicate, { environment: plan.environment, ids: (name) => idSets.get(name) });
  const selects = plan.asked !== null;
  const several = plan.batches.length > 1;
  const order =
    plan.sort.local || several ? orderBy(plan.sort.field, plan.sort.direction === 'DESC') : undefined;
  // What the tenant can cut itself, it cuts: one batch, in its own order, with nothing decided here.
  const tenantCuts = !selects && !several && !plan.sort.local;
  return {
    // With time bounds alone every step would be marked, and a mark that everything bears says nothing.
    matching: clauseOf(plan.query, 'where') === undefined ? undefined : compile(plan.whole),
    keeps: selects ? compile(plan.asked) : undefined,
    offset: tenantCuts ? 0 : plan.offset,
    limit: plan.limit,
    order,
    readsAll: plan.sort.local,
  };
}

export function retrievalRequest(plan: Plan, selection: Selection): RetrievalRequest {
  const tenantCuts = selection.keeps === undefined && plan.batches.length <= 1 && !plan.sort.local;
  const readsAll = selection.keeps !== undefined || plan.sort.local;
  const wanted = plan.limit === null ? null : tenantCuts ? plan.limit : plan.limit + plan.offset;
  return {
    batches: plan.batches.map(({ ids, filter }) => (ids === null ? { filter } : { filter, ids })),
    sort: plan.tenantSort,
    offset: tenantCuts ? plan.offset : 0,
    limit: readsAll ? null : wanted,
    pageSize: plan.pageSize,
    concurrency: plan.concurrency,
    retries: plan.retries,
    timeoutMs: plan.timeoutMs,
    mode: plan.mode,
  };
}
