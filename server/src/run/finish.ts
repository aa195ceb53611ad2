/** The end of a run: analysed, exported, recorded, told, kept. */
import type { AnalyseOptions } from '../analysis/index.ts';
import type { ReportDocument } from '../output/index.ts';
import type { AuditEvent } from '../protocol/audit.ts';
import type { JsonObject } from '../protocol/history.ts';
import { formatInstant, MICROS_PER_MILLI, type Micros } from '../protocol/instant.ts';
import type { Finding } from '../protocol/panel-overview.ts';
import type { RetrievalReport, RunError, RunManifest, RunOutput } from '../protocol/run.ts';
import { accuracy, createReader } from '../tenant/index.ts';
import { type Analysed, Analyser } from './analyser.ts';
import { optionsOf } from './analysis-settings.ts';
import { type Begun, windowOf } from './begin.ts';
import type { Collected } from './collect.ts';
import { compareWith } from './comparison.ts';
import { evaluateExpectations } from './expectations.ts';
import { sumOf } from './gather.ts';
import { withoutQuotation } from './hide.ts';
import type { Outcome } from './host.ts';
import { type Delivered, notify } from './notify.ts';
import { exportItem, writeExports } from './record.ts';
import { runDocument } from './report-document.ts';
import type { Session } from './session.ts';
import { CANCELLED, diskProblem } from './verdict.ts';
import { widened } from './widen.ts';

/** A run with what the doors show of it. */
export interface FinishedRun {
  readonly output: RunOutput;
  readonly findings: readonly Finding[];
  readonly headline: string;
  /** When it began, ISO 8601, however often it was taken up since. */
  readonly startedAt: string;
  /** Whether ANALYZE asks for groups (BY), and by name for OUTLIERS. */
  readonly asked: { readonly groups: boolean; readonly outliers: boolean };
  /** The records kept, in order, masked: read from the run's folder as often as they are asked for. */
  readonly records: AsyncIterable<JsonObject>;
  /** From its start, or from when it was taken up, to its end, whatever it waited for. */
  readonly durationMs: number;
  /** The run's folder; undefined where it could not be made. */
  readonly folder: string | undefined;
  /** It ended early and can be taken up from where it had come to. */
  readonly resumable: boolean;
}

const WITHOUT_DRIVERS =
  'What decides where a workflow goes was not looked for, because the run was cancelled: resume it, or open its results.';

/** Gives the analysis what was kept, where that is not what it was given while it came. */
async function analysed(
  { analysis, mask }: Begun,
  { gathered }: Collected,
  options: AnalyseOptions,
): Promise<Outcome<Analysed>> {
  if (!gathered.analysed) {
    analysis.restart();
    try {
      for await (const { lines } of gathered.kept.blocks()) await analysis.add(lines);
    } catch (error) {
      return { ok: false, error: diskProblem(error instanceof Error ? error : new Error(String(error))) };
    }
    analysis.reject(
      gathered.rejected.map(({ index, reason }) => ({ index, reason: withoutQuotation(mask, reason) })),
    );
  }
  return analysis.analyse(options);
}

/** Makes the report, and compares. What goes wrong with it leaves the run what was retrieved. */
async function analyseKept(
  session: Session,
  run: Begun,
  collected: Collected,
): Promise<
  Analysed & {
    readonly isWhole: boolean;
    readonly comparison: RunOutput['comparison'];
    /** What the threshold looked at. */
    readonly threshold: RunManifest['threshold'];
  }
> {
  const { analysis } = run;
  let { threshold } = run.manifest;
  const { plan, other, verdict } = collected;
  const { signal } = session;
  const cancel = (): void => analysis.cancel();
  // What was cancelled before is analysed as far as it came.
  if (!signal.aborted) signal.addEventListener('abort', cancel, { once: true });
  const refused = (error: RunError): void => {
    if (error.code === 'cancelled') verdict.cancelled(CANCELLED);
    else verdict.partial(error);
  };
  // Whoever cancels does not want to wait; the rest takes a moment, whatever came.
  const drivers = !signal.aborted;
  try {
    let found = await analysed(run, collected, { ...optionsOf(run.manifest), drivers });
    if (!drivers && found.ok && found.value.report.decisions.length > 0) verdict.note(WITHOUT_DRIVERS);
    const mayWiden = session.request.widens === true && threshold.types === null;
    const wide = found.ok && mayWiden ? widened(found.value.report) : undefined;
    if (wide !== undefined) {
      threshold = { ...threshold, types: [...wide.types] };
      found = await analysis.analyse({ ...optionsOf({ ...run.manifest, threshold }), drivers });
      verdict.note(wide.note);
    }
    if (!found.ok) {
      refused(found.error);
      const nothing = new Analyser({});
      const empty = nothing.analyse(optionsOf(run.manifest));
      return { ...empty, isWhole: false, comparison: undefined, threshold };
    }
    const compared = other === undefined ? undefined : await compareWith(session, run, plan, other);
    if (compared?.ok === false) refused(compared.error);
    const comparison = compared?.ok === true ? compared.value : undefined;
    return { ...found.value, isWhole: true, comparison, threshold };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/**
 * `EXPECT RECORDS = n` tells how many there should be, where nothing is decided here: no condition, and no cut of what
 * several batches gave or of what had to be sorted.
 */
function expectedByQuery({ plan, gathered }: Collected): number | undefined {
  if (plan.asked !== null || gathered.kept.length !== gathered.retrieval.stats.records) return undefined;
  return plan.expectations.find((one) => one.metric === 'RECORDS' && one.operator === '=')?.value;
}

interface Measured {
  readonly retrieval: RetrievalReport;
  readonly compliance: RunOutput['compliance'];
}

function measure(collected: Collected): Measured {
  const { gathered, traffic, verdict } = collected;
  const { stats } = gathered.retrieval;
  const expected = expectedByQuery(collected) ?? stats.expected;
  const { rate, status } = accuracy({ fetched: stats.records, expected, outcome: verdict.outcome });
  const spent = sumOf(...traffic, stats);
  return {
    retrieval: {
      requests: spent.requests,
      retries: spent.retries,
      throttled: spent.throttled,
      tokens: spent.tokens,
      pages: spent.pages,
      rangeChunks: spent.rangeChunks,
      resumed: gathered.retrieval.continued || spent.resumed > 0,
      bytes: spent.bytes,
      records: stats.records,
      duplicates: stats.duplicates,
      rejected: stats.rejected,
      expected,
      accuracyRate: rate,
      latencyMs: spent.latencyMs,
    },
    compliance: status,
  };
}

/** Exports whole results only; a cancel meanwhile leaves out what is not written yet. */
async function exportKept(
  session: Session,
  run: Begun,
  collected: Collected,
  report: () => ReportDocument,
): Promise<RunOutput['exports']> {
  const { plan, gathered, verdict } = collected;
  if (session.signal.aborted) verdict.cancelled(CANCELLED);
  if (plan.exports.length === 0) return [];
  if (verdict.outcome === 'failed' || verdict.outcome === 'cancelled') {
    verdict.note('Nothing was exported: an export holds a whole result.');
    return [];
  }
  run.progress.phase('exporting');
  const reader = createReader(run.profile.response);
  const items = async function* (): AsyncGenerator<ReturnType<typeof exportItem>> {
    for await (const record of gathered.kept) {
      const interaction = reader.read(record);
      if (typeof interaction === 'string') throw new Error(`a record can no longer be read: ${interaction}`);
      yield exportItem(interaction);
    }
  };
  const { files, error } = await writeExports(
    session.host,
    run.audit,
    run.identity.run_id,
    plan.exports,
    items,
    report,
    session.signal,
  );
  if (session.signal.aborted) verdict.cancelled(CANCELLED);
  else if (error !== undefined) verdict.partial(error);
  return files;
}

/** Records the end; what stands in it is final. */
async function recordEnd(
  run: Begun,
  { plan, verdict }: Collected,
  { retrieval, compliance }: Measured,
  clean: (text: string) => string,
): Promise<{ readonly ended: Delivered; readonly audit: RunOutput['audit'] }> {
  run.progress.phase('recording');
  const ended: Extract<AuditEvent, { event: 'run.ended' }> = {
    event: 'run.ended',
    ...run.identity,
    interaction_id: plan.ids === null ? null : [...plan.ids],
    query_filter: plan.sent,
    records_processed: retrieval.records,
    extraction_latency_ms: retrieval.latencyMs,
    accuracy_rate: retrieval.accuracyRate,
    compliance_status: compliance,
    requests: retrieval.requests,
    retries: retrieval.retries,
    throttled: retrieval.throttled,
    outcome: verdict.outcome,
    error: verdict.error === undefined ? null : clean(verdict.error.message),
  };
  const written = await run.audit.append(ended);
  if (run.audit.failure !== undefined) {
    const which = written === undefined ? 'Not audited' : 'Not wholly audited';
    verdict.note(`${which}: ${run.audit.failure.message}`);
  }
  if (written === undefined) return { ended, audit: null };
  const { file, sequence, hash, record } = written;
  return { ended: record.event === 'run.ended' ? record : ended, audit: { file, sequence, hash } };
}

/** Replaces the manifest. The last failure of the disk can only be told. */
async function keep(run: Begun, output: RunOutput, endedAt: Micros): Promise<string | undefined> {
  if (run.writer === undefined) return undefined;
  const { analysis, ...result } = output;
  try {
    await run.writer.finish({
      ...run.manifest,
      window: output.window,
      filter: output.filter,
      endedAt: formatInstant(endedAt),
      outcome: output.outcome,
      ...(output.error === undefined ? {} : { error: output.error }),
      kept: run.writer.kept,
      result,
    });
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `The run's folder could not be closed: ${why}. It says that the run still goes on.`;
  }
}

/** Ends a run. Never rejects for what disk, audit or webhook do: notes and the outcome say it. */
export async function finish(session: Session, begun: Begun, collected: Collected): Promise<FinishedRun> {
  const { host } = session;
  const { mask } = begun;
  const { plan, verdict } = collected;
  begun.progress.phase('analysing');
  const { report, findings, headline, bytes, isWhole, comparison, threshold } = await analyseKept(
    session,
    begun,
    collected,
  );
  const run: Begun = { ...begun, manifest: { ...begun.manifest, threshold } };
  try {
    if (isWhole) await run.writer?.report(report);
  } catch (error) {
    verdict.partial(diskProblem(error instanceof Error ? error : new Error(String(error))));
  }
  const clean = (text: string): string => run.redact(withoutQuotation(mask, text));
  // The report that the run itself writes is of the run before its record.
  const document = (): ReportDocument => {
    const { outcome, error, notes } = verdict;
    const { retrieval, compliance } = measure(collected);
    return runDocument(
      {
        ...{ ...run.manifest, window: windowOf(plan), filter: run.redact(plan.sent), outcome },
        ...(error === undefined ? {} : { error: { code: error.code, message: clean(error.message) } }),
      },
      report,
      {
        ...{ retrieval, compliance, notes: notes.map(clean), audit: null, comparison },
        expectations: evaluateExpectations(plan.expectations, report, retrieval.accuracyRate),
      },
    );
  };
  const exports = await exportKept(session, run, collected, document);
  const measured = measure(collected);
  const { ended, audit } = await recordEnd(run, collected, measured, clean);
  const output = (webhook?: RunOutput['webhook']): RunOutput => ({
    schemaVersion: 1,
    runId: run.identity.run_id,
    query: run.identity.query_name,
    outcome: verdict.outcome,
    ...(verdict.error === undefined
      ? {}
      : { error: { code: verdict.error.code, message: clean(verdict.error.message) } }),
    window: windowOf(plan),
    filter: run.redact(plan.sent),
    ...{
      retrieval: measured.retrieval,
      analysis: report,
      analysisBytes: bytes,
      compliance: measured.compliance,
    },
    notes: verdict.notes.map(clean),
    ...(comparison === undefined ? {} : { comparison }),
    expectations: evaluateExpectations(plan.expectations, report, measured.retrieval.accuracyRate),
    exports,
    audit,
    ...(webhook === undefined ? {} : { webhook }),
  });
  // Kept before the webhook, which may take its time, and again with what became of it.
  let unkept = await keep(run, output(), host.now());
  const told = await notify(session, run, plan, ended, report);
  if (told !== undefined) {
    verdict.note(...told.notes);
    unkept = await keep(run, output(told.outcome), host.now());
  }
  if (unkept !== undefined) verdict.note(unkept);
  const resumable = unkept === undefined && verdict.error !== undefined && run.writer?.resumable === true;
  // A run that says that it goes on may have to be taken up yet.
  if (unkept === undefined && !resumable) await run.writer?.forget().catch(() => undefined);
  return {
    output: output(told?.outcome),
    findings,
    headline,
    startedAt: run.manifest.startedAt,
    asked: {
      groups: plan.analyses.some(({ by }) => by !== null),
      outliers:
        run.query.clauses.some(({ kind }) => kind === 'analyze') &&
        plan.analyses.some(({ name }) => name === 'OUTLIERS'),
    },
    durationMs: (host.now() - run.began) / MICROS_PER_MILLI,
    records: collected.gathered.kept,
    folder: run.writer?.folder,
    resumable,
  };
}
