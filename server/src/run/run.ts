/** Plan → retrieve → analyse → record: one query of a text, or all in order. */
import type { Query } from '../language/index.ts';
import { createMask } from '../output/index.ts';
import type { RunError } from '../protocol/run.ts';
import { begin } from './begin.ts';
import { collect } from './collect.ts';
import { type FinishedRun, finish } from './finish.ts';
import type { Outcome, RunHost } from './host.ts';
import { KEEP, pruneRuns } from './kept.ts';
import { deliverWaiting } from './outbox.ts';
import { type MissingParameter, prepare, type RunRequest } from './prepare.ts';
import type { Session } from './session.ts';

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
  const waiting = deliverWaiting(host, signal);
  const runs: FinishedRun[] = [];
  let error: RunError | undefined;
  for (const query of prepared.value.queries) {
    const run = await runOne(session, query);
    if (!run.ok) {
      error = run.error;
      break;
    }
    runs.push(run.value);
    if (run.value.output.outcome === 'cancelled' || signal.aborted) break;
  }
  await waiting.end();
  const ran = new Set(runs.map(({ output }) => output.runId));
  await pruneRuns(host.runsFolder, host.keep ?? KEEP, host.now(), ran);
  if (error === undefined) return { ok: true, runs };
  return runs.length === 0 ? { ok: false, error } : { ok: true, runs, error };
}

async function runOne(session: Session, query: Query): Promise<Outcome<FinishedRun>> {
  const begun = await begin(session, query);
  if (!begun.ok) return begun;
  const run = begun.value;
  const { profile, plan, writer } = run;
  const mask = createMask([...plan.mask, ...profile.redaction], {
    steps: profile.response.steps,
    fields: profile.response.map,
  });
  try {
    const collected = await collect(session, run, mask);
    return { ok: true, value: await finish(session, run, collected, mask) };
  } finally {
    // What was written is on the disk or was told of before.
    await writer?.close().catch(() => undefined);
  }
}
