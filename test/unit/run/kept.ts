/** A run folder made by hand, as a run leaves it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { analyse, createStore } from '../../../server/src/analysis/index.ts';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import type { RunManifest } from '../../../server/src/protocol/run.ts';
import { RUN_FILES } from '../../../server/src/run/files.ts';
import { createRunWriter, type RunWriter } from '../../../server/src/run/writer.ts';
import { createReader } from '../../../server/src/tenant/index.ts';

export const RUN_ID = '20261122T080000Z-00aa11';

export async function folderOf(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cxq-run-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export function manifestOf(more: Partial<RunManifest> = {}): RunManifest {
  return {
    schemaVersion: 1,
    runId: RUN_ID,
    query: 'slow',
    title: null,
    text: 'QUERY slow LAST 2h',
    source: null,
    connection: 'default',
    tenant: 'http://127.0.0.1:1',
    timeZone: 'UTC',
    startedAt: '2026-11-22T08:00:00.000Z',
    endedAt: '2026-11-22T08:00:01.000Z',
    outcome: 'complete',
    window: { from: null, to: null },
    filter: '',
    response: profileSchema.parse({}).response,
    threshold: { over: 15, types: null },
    process: { pid: process.pid, host: hostname() },
    files: RUN_FILES,
    ...more,
  };
}

export interface Kept {
  readonly raw: JsonObject;
  readonly matching?: readonly number[];
}

/** Writes records as a run does; `end: false` leaves the folder as a run that goes on, or was killed, does. */
export async function keepRun(
  kept: readonly Kept[],
  { manifest = manifestOf(), end = true }: { readonly manifest?: RunManifest; readonly end?: boolean } = {},
): Promise<{ readonly runs: string; readonly writer: RunWriter }> {
  const runs = await folderOf();
  const reader = createReader(manifest.response);
  const writer = await createRunWriter(runs, manifest);
  const items = kept.map(({ raw, matching = [] }) => {
    const interaction = reader.read(raw);
    if (typeof interaction === 'string') throw new Error(interaction);
    return { interaction, matching };
  });
  await writer.append({ kept: items });
  if (end) {
    const store = createStore({ reconcile: false });
    for (const { interaction } of items) store.add(interaction);
    await writer.report(analyse(store, { thresholdMicros: 15_000_000 }));
    await writer.finish(manifest);
  }
  await writer.close();
  return { runs, writer };
}

/** A step from `start` to `end`, seconds after eight. */
export function step(
  nodeId: string,
  nodeType: string,
  start: number,
  end: number,
  more: JsonObject = {},
): JsonObject {
  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 7) + seconds * 1000).toISOString();
  return {
    nodeId,
    nodeName: null,
    nodeType,
    startTime: at(start),
    endTime: at(end),
    errorState: false,
    variablesBefore: {},
    variablesAfter: {},
    ...more,
  };
}
