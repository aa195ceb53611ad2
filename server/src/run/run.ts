/** Plan → retrieve → analyse → record: one query of a text, or all in order. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type AnalyseOptions,
  analyse,
  createStore,
  headline,
  rankFindings,
  type ThresholdOptions,
} from '../analysis/index.ts';
import type { Plan, Query } from '../language/index.ts';
import { createMask, redactText } from '../output/index.ts';
import type { AuditEvent } from '../protocol/audit.ts';
import { formatInstant, MICROS_PER_MILLI, type Micros, toSeconds } from '../protocol/instant.ts';
import type { RunProgress } from '../protocol/lsp.ts';
import type { Finding } from '../protocol/panel.ts';
import type { RetrievalReport, RunError, RunManifest, RunOutput } from '../protocol/run.ts';
import { accuracy, type RetrievalProgress, type RetrievalResult } from '../tenant/index.ts';
import { evaluateExpectations } from './expectations.ts';
import { type Gathered, gather } from './gather.ts';
import type { Outcome, RunHost } from './host.ts';
import { type MissingParameter, prepare, type RunRequest } from './prepare.ts';
import { notify, RunAudit, writeExports } from './record.ts';
import { connect, planOf, retrievalRequest, type Session, selectionOf } from './session.ts';
import { gatherSets, setUses } from './sets.ts';
import { createRunWriter, newRunId, RUN_FILES, type RunWriter } from './store.ts';

/** A run with what the doors show of it. */
export interface FinishedRun {
  readonly output: RunOutput;
  readonly findings: readonly Finding[];
  readonly headline: string;
  /** The run's folder; undefined where it could not be made. */
  readonly folder: string | undefined;
}

export type RunsOutcome =
  | { readonly ok: true; readonly runs: readonly FinishedRun[] }
  | {
      readonly ok: false;
      readonly error: RunError;
      readonly parameters?: readonly MissingParameter[];
    };

/** Runs the chosen queries in order, all with one `now`. Never rejects for what a tenant, network or disk does. */
export async function runQueries(
  host: RunHost,
  request: RunRequest,
  signal: AbortSignal,
): Promise<RunsOutcome> {
  const prepared = prepare(host, request, host.now());
  if (!prepared.ok) return prepared;
  const session: Session = {
    host,
    prepared: prepared.value,
    request,
    signal,
    sets: new Map(),
    credentials: new Map(),
  };
  const runs: FinishedRun[] = [];
  for (const query of prepared.value.queries) {
    const run = await runOne(session, query);
    if (!run.ok) return runs.length === 0 ? run : { ok: true, runs };
    runs.push(run.value);
    if (run.value.output.outcome === 'cancelled') break;
  }
  return { ok: true, runs };
}

const NOTHING_RETRIEVED: RetrievalResult = {
  outcome: 'complete',
  records: [],
  rejected: [],
  stats: {
    requests: 0,
    retries: 0,
    throttled: 0,
    tokens: 0,
    pages: 0,
    bytes: 0,
    records: 0,
    duplicates: 0,
    conflicts: 0,
    rejected: 0,
    total: null,
    expected: 0,
    latencyMs: 0,
  },
  notes: [],
};

function analyseOptions(plan: Plan, host: RunHost): AnalyseOptions & { thresholds: ThresholdOptions } {
  const find = (name: string) => plan.analyses.find((one) => one.name === name);
  const bottlenecks = find('BOTTLENECKS');
  const thresholds: ThresholdOptions = {
    thresholdMicros: bottlenecks?.over ?? host.thresholdMicros,
    ...(bottlenecks === undefined || bottlenecks.on.length === 0 ? {} : { types: bottlenecks.on }),
  };
  const pathsTop = find('PATHS')?.top ?? null;
  const variables = find('VARIABLES')?.patterns ?? [];
  return {
    ...thresholds,
    ...(pathsTop === null ? {} : { pathsTop }),
    ...(variables.length === 0 ? {} : { variables }),
    thresholds,
  };
}

/** `EXPECT RECORDS = n` tells how many there should be, where nothing is decided here. */
function expectedByQuery(plan: Plan): number | undefined {
  if (plan.asked !== null) return undefined;
  return plan.expectations.find((one) => one.metric === 'RECORDS' && one.operator === '=')?.value;
}

/** What stands for a retrieval that was not begun: an empty set of ids asks the tenant nothing. */
function notRetrieved(stopped: RunError | undefined): RetrievalResult {
  return stopped === undefined
    ? NOTHING_RETRIEVED
    : { ...NOTHING_RETRIEVED, outcome: 'failed', stats: { ...NOTHING_RETRIEVED.stats, expected: null } };
}

/** Why a run ended early: the disk before the tenant, whose error then only says that the run gave up. */
function runErrorOf(retrieval: RetrievalResult, diskError: Error | undefined): RunError | undefined {
  if (diskError !== undefined) {
    return {
      code: 'disk',
      message: `The run's folder could not be written: ${diskError.message}. Free space or choose another folder; what was retrieved until then was analysed.`,
    };
  }
  const { error } = retrieval;
  if (error === undefined) return undefined;
  const said = error.tenantMessage === undefined ? '' : ` The tenant said: ${error.tenantMessage}`;
  return {
    code: error.code,
    message: error.message.includes(error.tenantMessage ?? '\0') ? error.message : `${error.message}${said}`,
  };
}

/** Closes the run's folder with its report and manifest. The last failure of the disk is only noted. */
async function keep(
  writer: RunWriter | undefined,
  base: Omit<RunManifest, 'endedAt' | 'outcome' | 'result' | 'error'>,
  output: RunOutput,
  endedAt: Micros,
): Promise<void> {
  if (writer === undefined) return;
  const { analysis, ...result } = output;
  try {
    await writer.finish(
      {
        ...base,
        endedAt: formatInstant(endedAt),
        outcome: output.outcome,
        ...(output.error === undefined ? {} : { error: output.error }),
        result,
      },
      analysis,
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    output.notes.push(`The run could not be kept on disk: ${why}.`);
  } finally {
    await writer.close().catch(() => undefined);
  }
}

async function runOne(session: Session, query: Query): Promise<Outcome<FinishedRun>> {
  const { host, request, signal } = session;
  const early = planOf(session, query, false);
  if (!early.ok) return early;
  const connected = await connect(session, early.value);
  if (!connected.ok) return connected;
  const { tenant, profile, secrets } = connected.value;
  const startedMs = host.now() / MICROS_PER_MILLI;
  const runId = newRunId(new Date(startedMs));
  const text = request.text.slice(query.start, query.end);
  const state: {
    phase: RunProgress['phase'];
    counts: Pick<RetrievalProgress, 'records' | 'expected' | 'requests' | 'retries' | 'pausedUntil'>;
  } = {
    phase: 'connecting',
    counts: { records: 0, expected: null, requests: 0, retries: 0, pausedUntil: null },
  };
  const tell = (change: Partial<typeof state>): void => {
    Object.assign(state, change);
    const { pausedUntil, ...counts } = state.counts;
    host.onProgress?.({
      runId,
      query: query.name?.text ?? null,
      phase: state.phase,
      records: counts.records,
      expected: counts.expected,
      requests: counts.requests,
      retries: counts.retries,
      pausedUntil: pausedUntil === null ? null : new Date(pausedUntil).toISOString(),
    });
  };
  tell({});

  const identity = {
    run_id: runId,
    query_name: query.name?.text ?? null,
    query_text_sha256: createHash('sha256').update(text).digest('hex'),
    connection: profile.id,
    tenant_origin: new URL(profile.baseUrl).origin,
    user: host.user,
  };
  const audit = new RunAudit(host, () => secrets);
  await audit.closeAbandoned();
  await audit.append({ event: 'run.started', ...identity, query_filter: early.value.sent });

  const setError = await gatherSets(session, query, (_name, counts) => tell({ phase: 'retrieving', counts }));
  const planned = planOf(session, query, false);
  if (!planned.ok) return planned;
  const plan = planned.value;
  const uses = setUses(query);
  const cut = (names: ReadonlySet<string>): string[] =>
    [...names].filter((name) => session.sets.get(name)?.cutShort === true);
  const excludedCut = cut(uses.excluded);
  const wantedCut = cut(uses.wanted);
  const stopped: RunError | undefined =
    setError ??
    (excludedCut.length === 0
      ? undefined
      : {
          code: 'set-cut-short',
          message: `NOT IN ${excludedCut.join(', ')} cannot be answered: that query was cut short by its own LIMIT or a fault, so an id that is missing there proves nothing. Use LIMIT ALL there.`,
        });

  const options = analyseOptions(plan, host);
  const window = {
    from: plan.window.from === null ? null : formatInstant(plan.window.from),
    to: plan.window.to === null ? null : formatInstant(plan.window.to),
  };
  const base: Omit<RunManifest, 'endedAt' | 'outcome' | 'result' | 'error'> = {
    schemaVersion: 1,
    runId,
    query: query.name?.text ?? null,
    title: query.title?.value ?? null,
    text: redactText(text, secrets),
    source: request.source,
    connection: profile.id,
    tenant: new URL(profile.baseUrl).origin,
    timeZone: profile.timeZone,
    startedAt: new Date(startedMs).toISOString(),
    window,
    filter: plan.sent,
    response: profile.response,
    threshold: {
      over: toSeconds(options.thresholds.thresholdMicros ?? host.thresholdMicros),
      types: options.thresholds.types === undefined ? null : [...options.thresholds.types],
    },
    process: { pid: process.pid, host: hostname() },
    files: RUN_FILES,
  };
  const notes = [...plan.notes];
  let writer: RunWriter | undefined;
  let diskError: Error | undefined;
  try {
    writer = await createRunWriter(host.runsFolder, base);
  } catch (error) {
    diskError = error instanceof Error ? error : new Error(String(error));
  }

  tell({ phase: 'retrieving' });
  const selection = selectionOf(session, plan);
  const mask = createMask([...plan.mask, ...profile.redaction], {
    steps: profile.response.steps,
    fields: profile.response.map,
  });
  const gathered: Gathered =
    stopped !== undefined || plan.batches.length === 0
      ? { kept: [], retrieval: notRetrieved(stopped), limited: false, diskError: undefined }
      : await gather({
          tenant,
          profile,
          request: retrievalRequest(plan, selection),
          selection,
          mask,
          now: plan.environment.now,
          ...(writer === undefined ? {} : { writer }),
          signal,
          onProgress: (counts) => tell({ counts }),
        });
  diskError ??= gathered.diskError;
  const { retrieval, kept } = gathered;
  let { outcome } = retrieval;
  let error: RunError | undefined = stopped ?? runErrorOf(retrieval, diskError);
  if (stopped !== undefined) outcome = stopped.code === 'cancelled' ? 'cancelled' : 'failed';
  notes.push(...retrieval.notes);
  if (outcome === 'complete' && wantedCut.length > 0) {
    outcome = 'partial';
    notes.push(`The ids of ${wantedCut.join(', ')} were cut short, so interactions may be missing here.`);
  }
  if (gathered.limited && plan.limit !== null) {
    notes.push(
      `Stopped at LIMIT ${plan.limit}${plan.limitIsDefault ? ' (the default)' : ''}: there may be more. LIMIT ALL reads on.`,
    );
  }
  if (diskError !== undefined) {
    if (outcome === 'complete') outcome = 'partial';
    notes.push(`The run could not be kept on disk: ${diskError.message}.`);
  }

  tell({ phase: 'analysing' });
  const store = createStore({ reconcile: false });
  for (const one of kept) store.add(one.interaction);
  for (const rejected of retrieval.rejected) {
    store.addRejected({ ...rejected, reason: mask.text(rejected.reason) });
  }
  const report = analyse(store, options);
  const findings = rankFindings(report, store, options.thresholds);

  const measured = accuracy({
    fetched: retrieval.stats.records,
    expected: expectedByQuery(plan) ?? retrieval.stats.expected,
    outcome,
  });
  const counts: RetrievalReport = {
    requests: retrieval.stats.requests,
    retries: retrieval.stats.retries,
    throttled: retrieval.stats.throttled,
    tokens: retrieval.stats.tokens,
    pages: retrieval.stats.pages,
    rangeChunks: 0,
    resumed: false,
    bytes: retrieval.stats.bytes,
    records: retrieval.stats.records,
    duplicates: retrieval.stats.duplicates,
    rejected: retrieval.stats.rejected,
    expected: expectedByQuery(plan) ?? retrieval.stats.expected,
    accuracyRate: measured.rate,
    latencyMs: retrieval.stats.latencyMs,
  };

  let exports: RunOutput['exports'] = [];
  if (outcome === 'complete' || outcome === 'partial') {
    tell({ phase: 'exporting' });
    const written = await writeExports(host, audit, runId, plan.exports, kept, signal);
    exports = written.files;
    if (written.error !== undefined) {
      error ??= written.error;
      outcome = 'partial';
    }
  } else if (plan.exports.length > 0) {
    notes.push('Nothing was exported: an export holds a whole result.');
  }

  tell({ phase: 'recording' });
  const ended: Extract<AuditEvent, { event: 'run.ended' }> = {
    event: 'run.ended',
    ...identity,
    interaction_id: plan.ids === null ? null : [...plan.ids],
    query_filter: plan.sent,
    records_processed: counts.records,
    extraction_latency_ms: counts.latencyMs,
    accuracy_rate: counts.accuracyRate,
    compliance_status: measured.status,
    requests: counts.requests,
    retries: counts.retries,
    throttled: counts.throttled,
    outcome,
    error: error === undefined ? null : mask.text(error.message),
  };
  const audited = await audit.append(ended);
  const urls = [...new Set([...(profile.webhook.url === null ? [] : [profile.webhook.url]), ...plan.notify])];
  const told = await notify(
    host,
    audit,
    profile,

    urls,
    runId,
    audited?.record.event === 'run.ended' ? audited.record : ended,
    report,
  );
  notes.push(...(told?.notes ?? []));
  if (audit.failure !== undefined) notes.push(`Not audited: ${audit.failure.message}`);

  const output: RunOutput = {
    schemaVersion: 1,
    runId,
    query: base.query,
    outcome,
    ...(error === undefined
      ? {}
      : { error: { code: error.code, message: redactText(error.message, secrets) } }),
    window,
    filter: plan.sent,
    retrieval: counts,
    analysis: report,
    compliance: measured.status,
    notes: [...new Set(notes)].map((note) => redactText(note, secrets)),
    expectations: evaluateExpectations(plan.expectations, report, counts.accuracyRate),
    exports,
    audit:
      audited === undefined ? null : { file: audited.file, sequence: audited.sequence, hash: audited.hash },
    ...(told === undefined ? {} : { webhook: told.outcome }),
  };
  await keep(writer, base, output, host.now());
  return {
    ok: true,
    value: { output, findings, headline: headline(report, findings), folder: writer?.folder },
  };
}
