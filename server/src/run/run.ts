/** Plan → retrieve → analyse → record: one query of a text, or all in order. */
import { parse, type Query } from '../language/index.ts';
import type { RunError } from '../protocol/run.ts';
import { begin } from './begin.ts';
import { collect } from './collect.ts';
import { type FinishedRun, finish } from './finish.ts';
import { fail, type Outcome, type RunHost } from './host.ts';
import { KEEP, pruneRuns } from './kept.ts';
import { deliverWaiting } from './outbox.ts';
import { type MissingParameter, type Prepared, prepare, type RunRequest } from './prepare.ts';
import type { Session } from './session.ts';
import { queriesDigest } from './source-text.ts';
import { findResumable, type Resumable } from './take-up.ts';

export type RunsOutcome =
  | {
      readonly ok: true;
      readonly runs: readonly FinishedRun[];
      /** Why a later query of the text did not begin. */
      readonly error?: RunError;
    }
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
  const prepared = await prepare(host, request);
  if (!prepared.ok) return prepared;
  const session = sessionOf(host, request, prepared.value, signal);
  return around(session, async () => {
    const runs: FinishedRun[] = [];
    for (const query of prepared.value.queries) {
      const run = await runOne(session, query);
      if (!run.ok) return runs.length === 0 ? run : { ok: true, runs, error: run.error };
      runs.push(run.value);
      if (run.value.output.outcome === 'cancelled' || signal.aborted) break;
    }
    return { ok: true, runs };
  });
}

/** Which run to take up again. */
export interface ResumeRequest {
  readonly runId: string;
  /** The text as it is now: refused where the run's query is no longer in it. Without it, the text that ran. */
  readonly text?: string;
}

/**
 * Goes on with a run that was cancelled, broke off or was killed, from the last page that it kept; where that does not
 * fit any more, from the start. The error `usage` says why a run cannot be taken up. Never rejects for what a tenant,
 * network or disk does.
 */
export async function resumeRun(
  host: RunHost,
  { runId, text }: ResumeRequest,
  signal: AbortSignal,
): Promise<RunsOutcome> {
  const found = await findResumable(host.runsFolder, runId);
  if (!found.ok) return found;
  const { manifest, request: stored } = found.value;
  const asked = text ?? stored.text;
  const { parameters } = stored;
  const document = parse(asked);
  const index = document.queries.findIndex(
    (query) => queriesDigest(asked, document, query, parameters) === stored.queries,
  );
  if (index < 0) {
    return fail(
      'usage',
      text === undefined
        ? `The run ${runId} cannot be resumed from what is kept of it: its text held a secret, which is not kept. Give the file that it ran from.`
        : `The query of the run ${runId} is no longer in the text, or it, a query that it needs or a parameter was changed. Resume it without the file to go on with the text that ran, or run the query again.`,
    );
  }
  const request: RunRequest = {
    text: asked,
    source: manifest.source,
    choice: { kind: 'index', index },
    parameters,
    confirmed: true,
  };
  const prepared = await prepare(host, request, stored);
  if (!prepared.ok) return prepared;
  const session = sessionOf(host, request, prepared.value, signal);
  const [query] = prepared.value.queries;
  if (query === undefined) return fail('usage', `The run ${runId} has no query.`);
  return around(session, async () => {
    const run = await runOne(session, query, found.value);
    return run.ok ? { ok: true, runs: [run.value] } : run;
  });
}

function sessionOf(host: RunHost, request: RunRequest, prepared: Prepared, signal: AbortSignal): Session {
  return { host, prepared, request, signal, sets: new Map(), credentials: new Map() };
}

/** What waited to be sent goes meanwhile, and old runs make room after it. */
async function around({ host, signal }: Session, work: () => Promise<RunsOutcome>): Promise<RunsOutcome> {
  const waiting = deliverWaiting(host, signal);
  const outcome = await work();
  await waiting.end();
  const runs = outcome.ok ? outcome.runs : [];
  const ran = new Set(runs.map(({ output }) => output.runId));
  await pruneRuns(host.runsFolder, host.keep ?? KEEP, host.now(), ran);
  return outcome;
}

async function runOne(session: Session, query: Query, resumable?: Resumable): Promise<Outcome<FinishedRun>> {
  const begun = await begin(session, query, resumable);
  if (!begun.ok) return begun;
  const run = begun.value;
  try {
    const collected = await collect(session, run);
    try {
      return { ok: true, value: await finish(session, run, collected) };
    } finally {
      await collected.other?.discard();
    }
  } finally {
    // What was written is on the disk or was told of before.
    await run.writer?.close().catch(() => undefined);
    run.analysis.end();
  }
}
