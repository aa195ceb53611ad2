/** The start of a run: whom it asks, where it is kept, and the record that it started. */
import { createHash, hash } from 'node:crypto';
import type { Plan, Query } from '../language/index.ts';
import { createMask, type Mask, redactText } from '../output/index.ts';
import type { AuditEvent } from '../protocol/audit.ts';
import { formatInstant, MICROS_PER_MILLI, type Micros } from '../protocol/instant.ts';
import type { StoredRequest } from '../protocol/journal.ts';
import type { Profile } from '../protocol/profile.ts';
import type { RunError, RunManifest } from '../protocol/run.ts';
import type { Tenant, Traffic } from '../tenant/index.ts';
import { settingsOf } from './analysis-settings.ts';
import { type Analysis, startAnalysis } from './analysis-thread.ts';
import { RUN_FILES } from './files.ts';
import { fail, type Outcome, type RunHost } from './host.ts';
import type { Taken } from './journal.ts';
import { KEEP } from './kept.ts';
import { type RunKeys, runKeys } from './keys.ts';
import { ownProcess } from './process.ts';
import { createProgress, type ProgressTeller } from './progress.ts';
import { RunAudit } from './record.ts';
import { connect, planOf, profileOf, type Session } from './session.ts';
import { queriesDigest, queryText, textAsItRan } from './source-text.ts';
import { newRunId } from './store.ts';
import { NO_TRAFFIC, type Resumable, takeUp } from './take-up.ts';
import { createRunWriter, type RunWriter, type WriterOptions } from './writer.ts';

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
  /** Of what the run keeps; whoever began the run ends it. */
  readonly analysis: Analysis;
  /** Undefined where the folder could not be made: then the run goes on, and says so. */
  readonly writer: RunWriter | undefined;
  readonly diskError: Error | undefined;
  /** What the run had come to before, and has cost; nothing where it is new. */
  readonly taken: Taken | undefined;
  readonly before: Traffic;
  /** Why a run that was taken up begins anew. */
  readonly startedOver: string | undefined;
  /** The manifest of a run that was taken up, as it was. */
  readonly earlier: RunManifest | undefined;
  /** When this process began with it. */
  readonly began: Micros;
  readonly mask: Mask;
  readonly digest: RunKeys['digest'];
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
}

export function windowOf(plan: Plan): RunManifest['window'] {
  const { from, to } = plan.window;
  return {
    from: from === null ? null : formatInstant(from),
    to: to === null ? null : formatInstant(to),
  };
}

/** SHA-256 over what decides how records are asked for, read and masked. */
function connectionDigest({ query, filter, response, redaction }: Profile): string {
  return hash('sha256', JSON.stringify({ query, filter, response, redaction }));
}

/** Why nothing may be built on what a run had come to; undefined where all fits. */
function misfit(request: StoredRequest, earlier: StoredRequest): string | undefined {
  if (request.connection !== earlier.connection) {
    return 'The connection asks, reads or masks otherwise than before.';
  }
  if (request.key !== earlier.key) {
    return 'Values that were masked cannot be compared with new ones: the connection has no secret, or another one than before.';
  }
  return undefined;
}

/** Whom a run asks; of a file on the disk only that it is one. */
function originOf({ query, baseUrl }: Profile): string {
  return query.adapter === 'file' ? 'file://' : new URL(baseUrl).origin;
}

/** Where it goes is where it went. */
function otherTenant(profile: Profile, { runId, connection, tenant }: RunManifest): RunError | undefined {
  const origin = originOf(profile);
  if (profile.id === connection && origin === tenant) return undefined;
  return {
    code: 'usage',
    message: `The run ${runId} asked ${tenant} by the connection ${connection}; now ${origin} would be asked by ${profile.id}. Connect as before to resume it.`,
  };
}

/**
 * Connects, makes the run's folder and records the start; with `resumable`, takes that run's folder. Nothing is left
 * behind where there is no connection.
 */
export async function begin(session: Session, query: Query, resumable?: Resumable): Promise<Outcome<Begun>> {
  const { host, request, prepared } = session;
  const planned = planOf(session, query, false);
  if (!planned.ok) return planned;
  const plan = planned.value;
  const chosen = profileOf(session, plan);
  const other =
    resumable === undefined || chosen === undefined ? undefined : otherTenant(chosen, resumable.manifest);
  if (other !== undefined) return { ok: false, error: other };
  const { from, to } = plan.window;
  if (resumable !== undefined && from !== null && to !== null && to <= from) {
    const why = 'its whole window is older than what the tenant keeps by now';
    return fail(
      'usage',
      `The run ${resumable.manifest.runId} cannot be resumed: ${why}. What it retrieved stays.`,
    );
  }
  const connected = await connect(session, plan);
  if (!connected.ok) return connected;
  const { tenant, profile, secrets } = connected.value;
  const redact = (text: string): string => redactText(text, secrets);

  const began = host.now();
  const startedAt = new Date(began / MICROS_PER_MILLI);
  const runId = resumable?.manifest.runId ?? newRunId(startedAt);
  const name = query.name?.text ?? null;
  const tenantOrigin = originOf(profile);
  const progress = createProgress(host, runId, name);
  const identity: RunIdentity = {
    run_id: runId,
    query_name: name,
    query_text_sha256: createHash('sha256').update(queryText(request.text, query)).digest('hex'),
    connection: profile.id,
    tenant_origin: tenantOrigin,
    user: host.user,
  };
  const manifest: ManifestStart = {
    schemaVersion: 1,
    runId,
    query: name,
    title: query.title?.value ?? request.title ?? null,
    text: redact(textAsItRan(request.text, prepared.document, query, request.parameters)),
    source: request.source,
    connection: profile.id,
    tenant: tenantOrigin,
    timeZone: profile.timeZone,
    startedAt: resumable?.manifest.startedAt ?? startedAt.toISOString(),
    window: windowOf(plan),
    filter: redact(plan.sent),
    response: profile.response,
    ...settingsOf(plan, host),
    process: ownProcess(),
    files: RUN_FILES,
  };

  const patterns = [...plan.mask, ...profile.redaction];
  const keys = await runKeys(runId, secrets, patterns.length > 0);
  const mask = createMask(
    patterns,
    { steps: profile.response.steps, fields: profile.response.map },
    keys.mask,
  );
  const audit = new RunAudit(host, () => secrets);
  const written = {
    maxBytes: (host.keep ?? KEEP).maxBytes,
    request: {
      schemaVersion: 1,
      text: redact(request.text),
      index: query.index,
      parameters: Object.fromEntries(
        Object.entries(request.parameters).map(([key, value]) => [key, redact(value)]),
      ),
      now: prepared.context.now,
      defaultLimit: prepared.context.defaultLimit ?? host.defaultLimit,
      queries: queriesDigest(request.text, prepared.document, query, request.parameters),
      connection: connectionDigest(profile),
      key: keys.proof,
    },
  } as const;
  let folder: Pick<Begun, 'writer' | 'diskError' | 'taken' | 'startedOver' | 'before'>;
  if (resumable === undefined) {
    // Before the record of the start: by the manifest other processes see that this run is alive.
    folder = await newFolder(host, manifest, written);
    await audit.closeAbandoned();
  } else {
    const anew = misfit(written.request, resumable.request);
    const taken = await takeUp(resumable, manifest, audit, anew, written);
    if (!taken.ok) return taken;
    folder = { ...taken.value, diskError: undefined };
  }
  await audit.append({
    event: 'run.started',
    ...identity,
    query_filter: plan.sent,
    ...(resumable === undefined ? {} : { resumed: true }),
  });
  return {
    ok: true,
    value: {
      ...{ query, plan, profile, tenant, identity, manifest, audit, progress, redact, began, mask },
      digest: keys.digest,
      analysis: startAnalysis({ ...host.analysis, response: profile.response }),
      earlier: resumable?.manifest,
      ...folder,
    },
  };
}

async function newFolder(
  host: RunHost,
  manifest: ManifestStart,
  options: WriterOptions,
): Promise<Pick<Begun, 'writer' | 'diskError' | 'taken' | 'startedOver' | 'before'>> {
  const none = { taken: undefined, startedOver: undefined, before: NO_TRAFFIC };
  try {
    const writer = await createRunWriter(host.runsFolder, manifest, options);
    return { ...none, writer, diskError: undefined };
  } catch (error) {
    const diskError = error instanceof Error ? error : new Error(String(error));
    return { ...none, writer: undefined, diskError };
  }
}
