/** A run's analysis in its thread: the same as without one, and what becomes of a run whose analysis breaks off. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import { openResults } from '../../../server/src/run/index.ts';
import { deskOf } from '../cli/support.ts';
import { allOf } from '../support/records.ts';
import { hostOf, resultOf, runText } from './resume-support.ts';

async function doorOf(text: string): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'cxq-door-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'door.mjs');
  await writeFile(
    file,
    `import { parentPort } from 'node:worker_threads'; parentPort.on('message', ${text});`,
  );
  return pathToFileURL(file);
}

describe('the analysis of a run', () => {
  it.each([
    ['as it comes', 'LAST 29d LIMIT ALL WITH pageSize = 20'],
    ['cut', 'LAST 29d LIMIT 50 OFFSET 7 WITH pageSize = 15'],
    ['selected and cut', 'dwell > 10s LAST 29d LIMIT 30 OFFSET 3 WITH pageSize = 20'],
    ['sorted here', 'LAST 29d ORDER BY duration DESC LIMIT 40 OFFSET 2 WITH pageSize = 20'],
    ['masked', 'LAST 29d LIMIT 60 MASK (customer*) WITH pageSize = 20'],
  ])('is the same in a thread, of what was kept %s', async (_, text) => {
    const desk = await deskOf({ interactions: 200, seed: 3 });
    const results = [];
    for (const atOnce of [Number.POSITIVE_INFINITY, 0]) {
      const snapshots: Overview[] = [];
      const run = await runText(
        hostOf(desk, {
          runs: `runs-${atOnce}`,
          more: { analysis: { atOnce }, onSnapshot: (one) => snapshots.push(one) },
        }),
        text,
      );
      const records = await allOf(run.records);
      expect(run.output.analysis.interactions).toBe(records.length);
      const shown = await openResults(desk.path(`runs-${atOnce}`), run.output.runId);
      const overview = await shown?.answer({ kind: 'overview', filter: [] });
      expect(overview?.ok === true ? overview.value : overview?.error).toMatchObject({
        interactions: records.length,
        nodes: run.output.analysis.nodes,
      });
      results.push(await resultOf(run));
    }
    expect(results[1]).toEqual(results[0]);
  });

  it('breaks off, and the run is there with a message that says so', async () => {
    const desk = await deskOf({ interactions: 120, seed: 3 });
    const door = await doorOf("() => { throw new Error('no more memory'); }");
    const host = hostOf(desk, { more: { analysis: { atOnce: 0, door } } });
    const run = await runText(host, "LAST 29d LIMIT ALL EXPORT TO 'all.ndjson' WITH pageSize = 20");
    expect(run.output).toMatchObject({
      outcome: 'partial',
      error: { code: 'analysis', message: expect.stringMatching(/no more memory.*is kept/) },
    });
    const records = await allOf(run.records);
    expect(records).toHaveLength(run.output.retrieval.records);
    expect(records.length).toBeGreaterThan(50);
    const exported = (await readFile(desk.path('all.ndjson'), 'utf8')).trimEnd().split('\n');
    expect(exported).toHaveLength(records.length);
    // Asked for again, it is analysed from what is kept.
    const shown = await openResults(desk.path('runs'), run.output.runId);
    expect(await shown?.answer({ kind: 'overview', filter: [] })).toMatchObject({
      ok: true,
      value: { interactions: records.length },
    });
  });

  it('is ended at once by a cancel', async () => {
    const desk = await deskOf({ interactions: 120, seed: 3 });
    const stop = new AbortController();
    const door = await doorOf('() => { for (;;); }');
    const host = hostOf(desk, {
      more: {
        analysis: { atOnce: 0, door },
        onProgress: ({ phase }) => {
          if (phase === 'analysing') setTimeout(() => stop.abort(), 50);
        },
      },
    });
    const run = await runText(host, 'LAST 29d LIMIT ALL WITH pageSize = 20', stop.signal);
    expect(run.output).toMatchObject({ outcome: 'cancelled', error: { code: 'cancelled' } });
    expect(await allOf(run.records)).toHaveLength(run.output.retrieval.records);
  });

  it('that takes more than the memory that is given to it says so', async () => {
    const desk = await deskOf({ interactions: 120, seed: 3 });
    const host = hostOf(desk, { more: { analysis: { maxBytes: 30_000 } } });
    const run = await runText(host, 'LAST 29d LIMIT ALL');
    expect(run.output).toMatchObject({ outcome: 'partial', error: { code: 'too-large' } });
    expect(await allOf(run.records)).toHaveLength(run.output.retrieval.records);
  });
});
