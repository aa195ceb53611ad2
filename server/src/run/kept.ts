/** What is kept of runs, how it went over time, and what has to make room. */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MICROS_PER_DAY, MICROS_PER_MILLI, type Micros } from '../protocol/instant.ts';
import type { KeptRun, KeptRunsOutput, RunTrend } from '../protocol/kept.ts';
import type { RunManifest } from '../protocol/run.ts';
import { isResumable, isRunId, keptRun } from './store.ts';

/** How long and how much is kept. A run that is going on is never removed. */
export interface KeepLimits {
  readonly maxAgeDays: number;
  /** Of all runs together. */
  readonly maxBytes: number;
}

export const KEEP: KeepLimits = { maxAgeDays: 90, maxBytes: 4_096_000_000 };

/** A folder on its way out: no run is looked for in it. */
const LEAVING = /^\.leaving-/;

interface KeptFolder {
  readonly runId: string;
  readonly manifest: RunManifest | undefined;
  readonly bytes: number;
  readonly resumable: boolean;
}

/** Bytes of the files in a run's folder; 0 where it is gone. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** All run folders, newest first, also those whose manifest cannot be read. */
async function keptFolders(runsFolder: string): Promise<KeptFolder[]> {
  const names = (await readdir(runsFolder).catch(() => [])).filter(isRunId);
  const folders: KeptFolder[] = [];
  for (const runId of names) {
    const manifest = await keptRun(runsFolder, runId);
    const bytes = await sizeOf(join(runsFolder, runId));
    const resumable = manifest !== undefined && (await isResumable(runsFolder, manifest));
    folders.push({ runId, manifest, bytes, resumable });
  }
  return folders.sort((a, b) => startOf(b) - startOf(a) || (a.runId < b.runId ? 1 : -1));
}

/** Epoch milliseconds; of a folder without a manifest by its name. */
function startOf({ runId, manifest }: KeptFolder): number {
  if (manifest !== undefined) return Date.parse(manifest.startedAt);
  return Date.parse(runId.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, '$1-$2-$3T$4:$5:$6Z'));
}

function described({ manifest, bytes, resumable }: KeptFolder): KeptRun[] {
  if (manifest === undefined) return [];
  const { runId, query, title, connection, tenant, startedAt, endedAt, outcome, error, result } = manifest;
  const retrieval = result?.retrieval;
  return [
    {
      ...{ runId, query, title, connection, tenant, startedAt, endedAt, outcome, resumable, bytes },
      ...(error === undefined ? {} : { error }),
      records: retrieval?.records ?? null,
      expected: retrieval?.expected ?? null,
      requests: retrieval?.requests ?? null,
      accuracyRate: retrieval?.accuracyRate ?? null,
      compliance: result?.compliance ?? null,
      latencyMs: retrieval?.latencyMs ?? null,
    },
  ];
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

/** How latency and accuracy of each query went; runs that did not end complete are no measure. */
export function trendsOf(runs: readonly KeptRun[]): RunTrend[] {
  const groups = new Map<string, KeptRun[]>();
  for (const run of runs) {
    if (run.outcome !== 'complete' || run.latencyMs === null) continue;
    const key = JSON.stringify([run.query, run.connection]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [run]);
    else group.unshift(run);
  }
  return [...groups.values()].flatMap((group) => {
    const last = group.at(-1);
    if (last === undefined || group.length < 2) return [];
    const latencies = group.map(({ latencyMs }) => latencyMs ?? 0);
    const rates = group.map(({ accuracyRate }) => accuracyRate);
    const known = rates.filter((rate) => rate !== null);
    return [
      {
        query: last.query,
        connection: last.connection,
        runs: group.length,
        latencyMs: {
          values: latencies,
          last: latencies.at(-1) ?? 0,
          median: median(latencies.slice(0, -1)),
        },
        accuracyRate: {
          values: rates,
          last: rates.at(-1) ?? null,
          lowest: known.length === 0 ? null : Math.min(...known),
        },
      },
    ];
  });
}

/** The kept runs, newest first, and how they went over time. */
export async function describeRuns(runsFolder: string, limits: KeepLimits = KEEP): Promise<KeptRunsOutput> {
  const folders = await keptFolders(runsFolder);
  const runs = folders.flatMap(described);
  return {
    schemaVersion: 1,
    folder: runsFolder,
    bytes: folders.reduce((sum, { bytes }) => sum + bytes, 0),
    limits: { ...limits },
    runs,
    trends: trendsOf(runs),
    unreadable: folders.flatMap(({ runId, manifest }) => (manifest === undefined ? [runId] : [])),
  };
}

/**
 * Removes the runs that are older than the limit, then the oldest until the rest fits. Those of `staying` and the
 * newest stay, however large they are; one that is going on is never touched. Gives the ids of what was removed.
 */
export async function pruneRuns(
  runsFolder: string,
  limits: KeepLimits,
  now: Micros,
  staying: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const oldest = (now - limits.maxAgeDays * MICROS_PER_DAY) / MICROS_PER_MILLI;
  const folders = await keptFolders(runsFolder);
  let bytes = 0;
  const leaving: string[] = [];
  // First those that stay in any case: the rest shares what they leave.
  const inOrder = [
    ...folders.filter(({ runId }) => staying.has(runId)),
    ...folders.filter(({ runId }) => !staying.has(runId)),
  ];
  for (const [index, folder] of inOrder.entries()) {
    const stays =
      index === 0 ||
      staying.has(folder.runId) ||
      folder.manifest?.outcome === 'running' ||
      (startOf(folder) >= oldest && bytes + folder.bytes <= limits.maxBytes);
    if (stays) bytes += folder.bytes;
    else leaving.push(folder.runId);
  }
  const removed: string[] = [];
  for (const runId of leaving) {
    // Away under another name first: a folder that is half removed must not be taken for a run.
    const away = join(runsFolder, `.leaving-${runId}`);
    const gone = await rename(join(runsFolder, runId), away).then(
      () => true,
      () => false,
    );
    if (gone) removed.push(runId);
  }
  const names = await readdir(runsFolder).catch(() => []);
  for (const name of names.filter((one) => LEAVING.test(one))) {
    await rm(join(runsFolder, name), { recursive: true, force: true }).catch(() => undefined);
  }
  return removed;
}
