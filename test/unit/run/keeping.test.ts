import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MICROS_PER_DAY, parseInstant } from '../../../server/src/protocol/instant.ts';
import type { KeptRun } from '../../../server/src/protocol/kept.ts';
import { describeRuns, pruneRuns, trendsOf } from '../../../server/src/run/kept.ts';

const NOW = parseInstant('2026-11-22T12:00:00Z')?.micros ?? 0;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cxq-kept-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Given {
  readonly day: number;
  readonly bytes?: number;
  readonly outcome?: string;
  readonly alive?: boolean;
}

/** A run's folder as a run leaves it, begun at noon of a day of November 2026. */
async function keep(
  folder: string,
  { day, bytes = 0, outcome = 'cancelled', alive = false }: Given,
): Promise<string> {
  const date = `202611${String(day).padStart(2, '0')}`;
  const runId = `${date}T120000Z-0000${String(day).padStart(2, '0')}`;
  await mkdir(join(folder, runId), { recursive: true });
  const manifest = {
    schemaVersion: 1,
    runId,
    query: 'slow',
    title: null,
    text: 'QUERY slow LAST 1h',
    source: null,
    connection: 'default',
    tenant: 'http://127.0.0.1:1',
    timeZone: 'UTC',
    startedAt: `2026-11-${String(day).padStart(2, '0')}T12:00:00.000Z`,
    endedAt: null,
    outcome,
    window: { from: null, to: null },
    filter: '',
    response: {
      interactions: 'data',
      steps: 'steps',
      total: 'total',
      nextPageToken: 'nextPageToken',
      map: {},
    },
    threshold: { over: 15, types: null },
    process: { pid: alive ? process.pid : 2 ** 22 + 1, host: hostname() },
    files: {
      interactions: 'interactions.ndjson',
      rejected: 'rejected.ndjson',
      report: 'report.json',
      matches: 'matches.ndjson',
    },
  };
  await writeFile(join(folder, runId, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(join(folder, runId, 'interactions.ndjson'), 'x'.repeat(bytes));
  return runId;
}

const AMPLE = { maxAgeDays: 90, maxBytes: 1_000_000_000 };

describe('what makes room', () => {
  it('is what is older than the limit', async () => {
    const folder = await temporaryFolder();
    const old = await keep(folder, { day: 1 });
    const young = await keep(folder, { day: 20 });
    expect(await pruneRuns(folder, { ...AMPLE, maxAgeDays: 5 }, NOW)).toEqual([old]);
    expect(await readdir(folder)).toEqual([young]);
  });

  it('is the oldest, until the rest fits', async () => {
    const folder = await temporaryFolder();
    const ids = [];
    for (const day of [11, 12, 13, 14]) ids.push(await keep(folder, { day, bytes: 10_000 }));
    // Two of them, with their manifests of less than 1,000 bytes.
    expect(await pruneRuns(folder, { ...AMPLE, maxBytes: 24_000 }, NOW)).toEqual([ids[1], ids[0]]);
    expect((await readdir(folder)).sort()).toEqual(ids.slice(2));
    expect(await pruneRuns(folder, { ...AMPLE, maxBytes: 24_000 }, NOW)).toEqual([]);
  });

  it('is never the newest run, however large, nor one that goes on', async () => {
    const folder = await temporaryFolder();
    const running = await keep(folder, { day: 2, bytes: 5_000, outcome: 'running', alive: true });
    const killed = await keep(folder, { day: 3, outcome: 'running' });
    const newest = await keep(folder, { day: 21, bytes: 50_000 });
    expect(await pruneRuns(folder, { maxAgeDays: 10, maxBytes: 1 }, NOW)).toEqual([killed]);
    expect((await readdir(folder)).sort()).toEqual([running, newest]);
    expect(await pruneRuns(folder, { maxAgeDays: 10, maxBytes: 1 }, NOW + 30 * MICROS_PER_DAY)).toEqual([]);
  });

  it('is never what just ran, of which there may be several', async () => {
    const folder = await temporaryFolder();
    const ran = [await keep(folder, { day: 4, bytes: 9_000 }), await keep(folder, { day: 5, bytes: 9_000 })];
    const other = await keep(folder, { day: 20 });
    expect(await pruneRuns(folder, { ...AMPLE, maxBytes: 100 }, NOW, new Set(ran))).toEqual([other]);
    expect((await readdir(folder)).sort()).toEqual(ran);
  });

  it('is what an interrupted removal left, and nothing that is no run', async () => {
    const folder = await temporaryFolder();
    const kept = await keep(folder, { day: 20 });
    await mkdir(join(folder, '.leaving-20261101T120000Z-000001'));
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await mkdir(join(folder, 'audit'));
    expect(await pruneRuns(folder, { maxAgeDays: 1, maxBytes: 1 }, NOW)).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual([kept, 'audit', 'notes.txt']);
  });

  it('is also a run that this version cannot read, by its name', async () => {
    const folder = await temporaryFolder();
    const strange = '20261101T120000Z-00000a';
    await mkdir(join(folder, strange));
    await writeFile(join(folder, strange, 'manifest.json'), '{"schemaVersion": 99}');
    await keep(folder, { day: 20 });
    expect((await describeRuns(folder)).unreadable).toEqual([strange]);
    expect(await pruneRuns(folder, { ...AMPLE, maxAgeDays: 30 }, NOW)).toEqual([]);
    expect(await pruneRuns(folder, { ...AMPLE, maxAgeDays: 5 }, NOW)).toEqual([strange]);
  });

  it('is nothing where no folder is', async () => {
    expect(await pruneRuns(join(await temporaryFolder(), 'none'), AMPLE, NOW)).toEqual([]);
  });
});

function run(over: Partial<KeptRun>): KeptRun {
  return {
    runId: '20261122T120000Z-000000',
    query: 'slow',
    title: null,
    connection: 'default',
    tenant: 'http://127.0.0.1:1',
    startedAt: '2026-11-22T12:00:00.000Z',
    endedAt: '2026-11-22T12:00:01.000Z',
    outcome: 'complete',
    resumable: false,
    records: 10,
    expected: 10,
    requests: 1,
    accuracyRate: 1,
    compliance: 'VERIFIED',
    latencyMs: 100,
    bytes: 1,
    ...over,
  };
}

describe('how runs went over time', () => {
  it('is told of each query and connection, oldest first, the last beside the median before it', () => {
    const trends = trendsOf([
      run({ latencyMs: 300, accuracyRate: 0.99 }),
      run({ query: 'other' }),
      run({ latencyMs: 250, connection: 'second' }),
      run({ latencyMs: 100, accuracyRate: null }),
      run({ latencyMs: 140, accuracyRate: 0.97 }),
      run({ latencyMs: 120, accuracyRate: 1 }),
    ]);
    expect(trends).toEqual([
      {
        query: 'slow',
        connection: 'default',
        runs: 4,
        latencyMs: { values: [120, 140, 100, 300], last: 300, median: 120 },
        accuracyRate: { values: [1, 0.97, null, 0.99], last: 0.99, lowest: 0.97 },
      },
    ]);
  });

  it('leaves out runs that did not end complete: they took less because they did less', () => {
    expect(
      trendsOf([run({ outcome: 'partial' }), run({}), run({ outcome: 'failed', latencyMs: null })]),
    ).toEqual([]);
  });
});
