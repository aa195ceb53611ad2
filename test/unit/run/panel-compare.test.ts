/** A kept run beside others: which there are, how they differ, and which cannot be compared. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunManifest } from '../../../server/src/protocol/run.ts';
import { openResults, type Results } from '../../../server/src/run/index.ts';
import { ask, refusal } from './ask.ts';
import { type Kept, keepRun, manifestOf, RUN_ID, step } from './kept.ts';

const OTHER = '20261121T080000Z-00bb22';

const visiting = (id: string, node: string, seconds: number): Kept => ({
  raw: {
    interactionId: id,
    steps: [
      step('menu', 'DECISION', 0, seconds, { nodeName: 'Menu' }),
      step(node, 'AGENT', seconds, seconds + 5),
    ],
  },
});
const FAST = Array.from({ length: 40 }, (_, at) => visiting(`f${at}`, 'agent', 3 + (at % 4)));
const SLOW = Array.from({ length: 40 }, (_, at) =>
  visiting(`s${at}`, at % 2 === 0 ? 'agent' : 'robot', 30 + (at % 4)),
);

/** Two runs in one folder: the slow one is shown. */
async function desk(more: Partial<RunManifest> = {}, atOnce = Number.POSITIVE_INFINITY) {
  const { runs } = await keepRun(SLOW);
  const started = { runId: OTHER, startedAt: '2026-11-21T08:00:00.000Z' };
  const other = await keepRun(FAST, { manifest: manifestOf({ ...started, ...more }) });
  await cp(join(other.runs, OTHER), join(runs, OTHER), { recursive: true });
  const results = await openResults(runs, RUN_ID, { atOnce });
  if (results === undefined) throw new Error('the run is not there');
  onTestFinished(() => results.close());
  return { runs, results };
}

const compare = (results: Results, other: string) => ask(results, { kind: 'compare', with: other });

describe('runs to compare with', () => {
  it('are those that have ended, the newest first, and which are of the same query', async () => {
    const { runs, results } = await desk({ title: 'Yesterday' });
    const keep = async (runId: string, more: Partial<RunManifest>) => {
      await mkdir(join(runs, runId));
      await writeFile(join(runs, runId, 'manifest.json'), JSON.stringify(manifestOf({ runId, ...more })));
    };
    await keep('20261120T080000Z-000001', {
      query: 'other',
      text: 'QUERY other LAST 1h',
      startedAt: '2026-11-20T08:00:00Z',
    });
    await keep('20261120T080000Z-000002', { outcome: 'running', endedAt: null });
    await keep('20261119T080000Z-000003', {
      query: null,
      text: ' dwell  >  1s\nLAST 1h',
      startedAt: '2026-11-19T08:00:00Z',
    });
    const { runs: listed } = await ask(results, { kind: 'runs' });
    expect(listed.map(({ runId, title, sameQuery }) => [runId, title, sameQuery])).toEqual([
      [OTHER, 'Yesterday', true],
      ['20261120T080000Z-000001', 'other', false],
      ['20261119T080000Z-000003', 'dwell > 1s LAST 1h', false],
    ]);
    expect(listed[0]).toMatchObject({ connection: 'default', outcome: 'complete' });
  });

  it('are of the same query where it was changed in its file', async () => {
    const source = 'file:///queries/day.cxq';
    const { results } = await desk({ text: 'QUERY slow LAST 3h', source });
    expect((await ask(results, { kind: 'runs' })).runs.map(({ sameQuery }) => sameQuery)).toEqual([false]);
  });
});

describe('a run beside another', () => {
  it.each([
    ['here', Number.POSITIVE_INFINITY],
    ['in a thread', -1],
  ])('is compared with it %s', async (_, atOnce) => {
    const { results } = await desk({}, atOnce);
    const { comparison, names, notes } = await compare(results, OTHER);
    expect([comparison?.a.label, comparison?.b.label]).toEqual([
      'slow of 2026-11-21 08:00',
      'slow of 2026-11-22 08:00',
    ]);
    expect(comparison?.nodes.find(({ nodeId }) => nodeId === 'menu')?.time.difference).toBeCloseTo(27);
    expect(comparison?.nodes.find(({ nodeId }) => nodeId === 'robot')?.status).toBe('appeared');
    expect(comparison?.verdict.join(' ')).toContain('slow of 2026-11-21 08:00');
    expect(names).toEqual(expect.arrayContaining([{ nodeId: 'menu', nodeName: 'Menu' }]));
    expect(notes).toEqual([]);
    // The run itself is as it was, and the answer the same.
    expect(await ask(results, { kind: 'overview', filter: [] })).toMatchObject({ interactions: 40 });
    expect((await compare(results, OTHER)).comparison).toEqual(comparison);
  });

  it('says which of them is not whole', async () => {
    const { results } = await desk({ outcome: 'partial', kept: 50 });
    const { notes } = await compare(results, OTHER);
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(/^slow of 2026-11-21 08:00: the run is partial/);
    expect(notes[1]).toMatch(/Only 40 of the 50 records/);
  });

  it('tells two runs of one minute apart', async () => {
    const { results } = await desk({ startedAt: '2026-11-22T08:00:30.000Z' });
    const { comparison } = await compare(results, OTHER);
    expect(comparison?.a.label).toBe(`slow of 2026-11-22 08:00 (${OTHER})`);
  });

  it('is refused where one of them goes on, or is gone', async () => {
    const { runs, results } = await desk({ outcome: 'running', endedAt: null });
    const answer = await results.answer({ kind: 'compare', with: OTHER });
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'running', message: expect.stringContaining('still goes on') },
    });
    await rm(join(runs, OTHER), { recursive: true });
    expect(await refusal(results, { kind: 'compare', with: OTHER })).toBe('gone');
    expect(await refusal(results, { kind: 'compare', with: '../../elsewhere' })).toBe('gone');
  });
});

describe('a run that ended early', () => {
  it('can be taken up where its checkpoint is there', async () => {
    const { runs, writer } = await keepRun(SLOW, { manifest: manifestOf({ outcome: 'cancelled' }) });
    const resumable = async () => {
      const results = await openResults(runs, RUN_ID);
      if (results === undefined) throw new Error('the run is not there');
      return (await ask(results, { kind: 'overview', filter: [] })).header.resumable;
    };
    await writeFile(join(writer.folder, 'checkpoint.slots'), '');
    expect(await resumable()).toBe(true);
    await rm(join(writer.folder, 'checkpoint.slots'));
    expect(await resumable()).toBeUndefined();
  });
});
