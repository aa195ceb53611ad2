/** The start of a run: whom it asks, where it is kept, and the record that it started. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { ThresholdOptions } from '../analysis/index.ts';
import type { Plan, Query } from '../language/index.ts';
import { redactText } from '../output/index.ts';
import type { AuditEvent } from '../protocol/audit.ts';
import { formatInstant, MICROS_PER_MILLI, toSeconds } from '../protocol/instant.ts';
import type { Profile } from '../protocol/profile.ts';
import type { RunManifest } from '../protocol/run.ts';
import type { Tenant } from '../tenant/index.ts';
import type { Outcome, RunHost } from './host.ts';
import { createProgress, type ProgressTeller } from './progress.ts';
import { RunAudit } from './record.ts';
import { connect, planOf, type Session } from './session.ts';
import { queryText, textAsItRan } from './source-text.ts';
import { createRunWriter, newRunId, RUN_FILES, type RunWriter } from './store.ts';

/** Who asked what of whom: in every audit record of a run. */
export type RunIdentity = Pick<
  Extract<AuditEvent, { event: 'run.ended' }>,
  'run_id' | 'query_name' | 'query_text_sha256' | 'connection' | 'tenant_origin' | 'user'
>;

/** A manifest without its end. */
export type ManifestStart = Omit<RunManifest, 'endedAt' | 'outcome' | 'result' | 'error'>;

export interface Begun {
  readonly query: Query;
  /** Without the ids of the queries that it needs, which are not known yet. */
  readonly plan: Plan;
  readonly profile: Profile;
  readonly tenant: Tenant;
  readonly identity: RunIdentity;
  readonly manifest: ManifestStart;
  readonly audit: RunAudit;
  readonly progress: ProgressTeller;
  /** Undefined where the folder could not be made: then the run goes on, and says so. */
  readonly writer: RunWriter | undefined;
  readonly diskError: Error | undefined;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
}

/** The threshold rule that a query asks for, else that of the settings. */
export function thresholdsOf(plan: Plan, host: RunHost): ThresholdOptions & { thresholdMicros: number } {
  const asked = plan.analyses.find((one) => one.name === 'BOTTLENECKS');
  return {
    thresholdMicros: asked?.over ?? host.thresholdMicros,
    ...(asked === undefined || asked.on.length === 0 ? {} : { types: asked.on }),
  };
}

export function windowOf(plan: Plan): RunManifest['window'] {
  const { from, to } = plan.window;
  return {
    from: from === null ? null : formatInstant(from),
    to: to === null ? null : formatInstant(to),
  };
}

/** Connects, makes the run's folder and records the start. Nothing is left behind where there is no connection. */
export async function begin(session: Session, query: Query): Promise<Outcome<Begun>> {
  const { host, request, prepared } = session;
  const planned = planOf(session, query, false);
  if (!planned.ok) return planned;
  const plan = planned.value;
  const connected = await connect(session, plan);
  if (!connected.ok) return connected;
  const { tenant, profile, secrets } = connected.value;
  const redact = (text: string): string => redactText(text, secrets);

  const startedAt = new Date(host.now() / MICROS_PER_MILLI);
  const runId = newRunId(startedAt);
  const name = query.name?.text ?? null;
  const tenantOrigin = new URL(profile.baseUrl).origin;
  const progress = createProgress(host, runId, name);
  const identity: RunIdentity = {
    run_id: runId,
    query_name: name,
    query_text_sha256: createHash('sha256').update(queryText(request.text, query)).digest('hex'),
    connection: profile.id,
    tenant_origin: tenantOrigin,
    user: host.user,
  };
  const thresholds = thresholdsOf(plan, host);
  const manifest: ManifestStart = {
    schemaVersion: 1,
    runId,
    query: name,
    title: query.title?.value ?? null,
    text: redact(textAsItRan(request.text, prepared.document, query, request.parameters)),
    source: request.source,
    connection: profile.id,
    tenant: tenantOrigin,
    timeZone: profile.timeZone,
    startedAt: startedAt.toISOString(),
    window: windowOf(plan),
    filter: redact(plan.sent),
    response: profile.response,
    threshold: {
      over: toSeconds(thresholds.thresholdMicros),
      types: thresholds.types === undefined ? null : [...thresholds.types],
    },
    process: { pid: process.pid, host: hostname() },
    files: RUN_FILES,
  };

  // Before the record of the start: by the manifest other processes see that this run is alive.
  let writer: RunWriter | undefined;
  let diskError: Error | undefined;
  try {
    writer = await createRunWriter(host.runsFolder, manifest);
  } catch (error) {
    diskError = error instanceof Error ? error : new Error(String(error));
  }
  const audit = new RunAudit(host, () => secrets);
  await audit.closeAbandoned();
  await audit.append({ event: 'run.started', ...identity, query_filter: plan.sent });
  const begun = {
    query,
    plan,
    profile,
    tenant,
    identity,
    manifest,
    audit,
    progress,
    writer,
    diskError,
    redact,
  };
  return { ok: true, value: begun };
}
