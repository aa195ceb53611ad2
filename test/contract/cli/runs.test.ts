import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type KeptRunsOutput, keptRunsOutputSchema } from '../../../server/src/protocol/kept.ts';
import { cli, deskOf, folderOf, valid } from './support.ts';

async function listed(cwd: string, env: Readonly<Record<string, string>> = {}): Promise<KeptRunsOutput> {
  const { code, out } = await cli(['runs', '--runs', 'runs', '--format', 'json'], { cwd, env });
  expect(code).toBe(0);
  return keptRunsOutputSchema.parse(valid('kept-runs', out));
}

/** A minute after the runs of the desk. */
const LATER = '2026-11-20T10:31:00Z';

describe('cxq runs', () => {
  it('lists what is kept, newest first, with outcome, latency and accuracy, and how they went', async () => {
    const desk = await deskOf();
    for (let run = 0; run < 3; run += 1) await desk.json('QUERY slow LAST 2h');
    await desk.run('QUERY broken LAST 1h WITH retries = 0', [
      '--base-url',
      'http://127.0.0.1:9',
      '--now',
      LATER,
    ]);
    const { runs, trends, bytes } = await listed(desk.folder);
    expect(runs.map(({ query, outcome }) => [query, outcome])).toEqual([
      ['broken', 'failed'],
      ['slow', 'complete'],
      ['slow', 'complete'],
      ['slow', 'complete'],
    ]);
    expect(runs[0]?.error?.code).toBe('unreachable');
    expect(runs[1]).toMatchObject({ accuracyRate: 1, compliance: 'VERIFIED', connection: 'default' });
    expect(bytes).toBe(runs.reduce((sum, run) => sum + run.bytes, 0));
    expect(trends).toHaveLength(1);
    expect(trends[0]).toMatchObject({ query: 'slow', runs: 3, accuracyRate: { last: 1, lowest: 1 } });
    expect(trends[0]?.latencyMs.values).toHaveLength(3);

    const text = await cli(['runs', '--runs', 'runs'], { cwd: desk.folder, columns: 140 });
    expect(text.code).toBe(0);
    expect(text.out).toContain('4 runs');
    expect(text.out).toContain('✗ failed');
    expect(text.out).toMatch(/slow · default {2}3 complete runs/);
    expect(text.out).toMatch(/latency {3}[▁-█]{3} {2}[\d.]+ s \(median before [\d.]+ s, [+−]\d/);
    expect(text.out).toMatch(/accuracy {2}█{3} {2}100 % \(lowest 100 %\)/);
  });

  it('says so where nothing is kept', async () => {
    const { code, out } = await cli(['runs', '--runs', 'none'], { cwd: await folderOf() });
    expect(code).toBe(0);
    expect(out).toMatch(/^No run is kept in .*none\. /);
  });

  it('shows in the limits what makes room, and a run that ends makes it', async () => {
    const desk = await deskOf();
    const first = await desk.json('QUERY slow LAST 30d LIMIT ALL');
    // A megabyte of runs: the first, which is larger, has to go when the second ends.
    const env = { ...desk.env, CXQ_KEEP_MB: '1' };
    const second = await desk.json('QUERY small LAST 1h', [], { env });
    const { runs, limits } = await listed(desk.folder, env);
    expect(limits).toEqual({ maxAgeDays: 90, maxBytes: 1_000_000 });
    expect(first.runId).not.toBe(second.runId);
    expect(runs.map(({ runId }) => runId)).toEqual([second.runId]);
    // The proof of what was removed stays.
    const verified = await cli(['audit', 'verify', 'runs/audit'], { cwd: desk.folder });
    expect(verified.code).toBe(0);
  });

  it('refuses a limit that is no number', async () => {
    const desk = await deskOf();
    const { code, err } = await desk.run('LAST 1h', [], { env: { ...desk.env, CXQ_KEEP_DAYS: 'ever' } });
    expect(code).toBe(2);
    expect(err).toContain('CXQ_KEEP_DAYS is a whole number from 1 to 36500; ever is not.');
    await rm(desk.path('runs'), { recursive: true, force: true });
  });
});
