/** Taking over the folder of a run that was broken off: one process at a time, and from what is whole. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { replaceFile } from '../output/index.ts';
import type { RunCheckpoint, StoredRequest } from '../protocol/journal.ts';
import type { RunManifest } from '../protocol/run.ts';
import { NO_COUNTS, type Traffic } from '../tenant/index.ts';
import { JOURNAL_FILES } from './files.ts';
import { fail, type Outcome } from './host.ts';
import { readCheckpoints, readRequest, readTaken, restoreArrival, type Taken } from './journal.ts';
import type { RunAudit } from './record.ts';
import { slotsWith } from './slots.ts';
import { keptRun, whyNotKept } from './store.ts';
import { type NewManifest, type RunWriter, reopenRunWriter, writeManifest, writeRunning } from './writer.ts';

/** A run that may be taken up. */
export interface Resumable {
  readonly folder: string;
  readonly manifest: RunManifest;
  readonly request: StoredRequest;
}

/** A run that was taken up. */
export interface TakenUp {
  readonly writer: RunWriter;
  /** undefined where it begins anew. */
  readonly taken: Taken | undefined;
  readonly startedOver: string | undefined;
  /** What it had cost before. */
  readonly before: Traffic;
}

export const NO_TRAFFIC: Traffic = { ...NO_COUNTS, latencyMs: 0 };

/** Finds a run that can be taken up, or says why it cannot. Changes nothing. */
export async function findResumable(runsFolder: string, runId: string): Promise<Outcome<Resumable>> {
  const manifest = await keptRun(runsFolder, runId);
  if (manifest === undefined) return fail('usage', await whyNotKept(runsFolder, runId));
  const refusal = whyEnded(manifest);
  if (refusal !== undefined) return fail('usage', refusal);
  const folder = join(runsFolder, runId);
  const request = await readRequest(folder);
  const checkpoints = await readCheckpoints(folder);
  if (request !== undefined && checkpoints.length > 0) {
    return { ok: true, value: { folder, manifest, request } };
  }
  const why =
    manifest.outcome === 'partial' && manifest.error === undefined
      ? 'it read all that the tenant gave'
      : 'it ended before a first page was kept, or was kept by an earlier version';
  return fail('usage', `The run ${runId} cannot be resumed: ${why}. Run the query again.`);
}

function whyEnded({ runId, outcome, process }: RunManifest): string | undefined {
  switch (outcome) {
    case 'complete':
      return `The run ${runId} is complete: there is nothing to resume. Run the query again for what came since.`;
    case 'running':
      return `The run ${runId} still goes on, in process ${process.pid} on ${process.host}: wait for its end, or cancel it there.`;
    default:
      return undefined;
  }
}

/** A lock is held for moments only; one that its process left is taken over after this time. */
const STALE_MS = 10_000;

/** Waits for whoever holds the lock, a little longer than one is left by a process that is gone. */
async function locked(folder: string): Promise<() => Promise<void>> {
  const deadline = performance.now() + 1.2 * STALE_MS;
  for (;;) {
    try {
      return await lock(folder, {
        realpath: false,
        lockfilePath: join(folder, 'run.lock'),
        stale: STALE_MS,
        update: STALE_MS / 5,
      });
    } catch (error) {
      const isHeld = error instanceof Error && 'code' in error && error.code === 'ELOCKED';
      if (!isHeld || performance.now() > deadline) throw error;
    }
    await sleep(20 + 80 * Math.random());
  }
}

/**
 * Makes the run this process's own. Of several that try at once one gets it, the others are refused: from then on the
 * manifest says that it goes on here. `anew` says why nothing of it may be built on.
 */
export async function takeUp(
  { folder, manifest: before }: Resumable,
  manifest: NewManifest,
  audit: RunAudit,
  anew: string | undefined,
  options: { readonly request: StoredRequest; readonly maxBytes: number },
): Promise<Outcome<TakenUp>> {
  let release: () => Promise<void>;
  try {
    release = await locked(folder);
  } catch (error) {
    return unwritable(error);
  }
  let checkpoints: readonly RunCheckpoint[];
  let spent: Traffic;
  let given: RunManifest | undefined;
  try {
    const now = await findResumable(join(folder, '..'), before.runId);
    if (!now.ok) return now;
    // Before the manifest says that the run goes on: the attempt that was killed gets its end.
    await audit.closeAbandoned();
    checkpoints = await readCheckpoints(folder);
    const [checkpoint] = checkpoints;
    const { result } = now.value.manifest;
    spent =
      result === undefined
        ? (checkpoint?.traffic ?? NO_TRAFFIC)
        : { ...result.retrieval, resumed: result.retrieval.resumed ? 1 : 0 };
    if (checkpoint !== undefined && result !== undefined) {
      const counted = { ...checkpoint, traffic: trafficOf(spent) };
      await replaceFile(join(folder, JOURNAL_FILES.checkpoint), slotsWith(counted), 0o600);
    }
    await writeRunning(folder, manifest);
    given = now.value.manifest;
  } catch (error) {
    return unwritable(error);
  } finally {
    await release().catch(() => undefined);
  }
  try {
    await restoreArrival(folder);
    const read =
      anew !== undefined || checkpoints.length === 0
        ? { startOver: anew ?? 'Where it had come to can no longer be read.' }
        : await readTaken(folder, checkpoints);
    const taken = 'startOver' in read ? undefined : read;
    const writer = await reopenRunWriter(folder, taken?.checkpoint.files, taken?.kept ?? 0, options);
    const startedOver = 'startOver' in read ? read.startOver : undefined;
    return { ok: true, value: { writer, taken, startedOver, before: trafficOf(spent) } };
  } catch (error) {
    // It does not go on here after all.
    if (given !== undefined) await writeManifest(folder, given).catch(() => undefined);
    return unwritable(error);
  }
}

function trafficOf(counts: Traffic): Traffic {
  const { requests, retries, throttled, tokens, pages, rangeChunks, resumed, bytes, latencyMs } = counts;
  return { requests, retries, throttled, tokens, pages, rangeChunks, resumed, bytes, latencyMs };
}

function unwritable(error: unknown): {
  readonly ok: false;
  readonly error: { code: string; message: string };
} {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && 'code' in error && error.code === 'ELOCKED') {
    return fail('usage', 'Another process is taking this run up just now. Try again in some seconds.');
  }
  return fail(
    'disk',
    `The run's folder could not be written: ${why}. Free space or see to its permissions, then resume it; what had been retrieved is still there.`,
  );
}
