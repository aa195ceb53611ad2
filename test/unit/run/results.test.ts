import { appendFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { type PanelRequest } from '../../../server/src/protocol/panel-requests.ts';
import { type PanelResponse, panelResponseSchema } from '../../../server/src/protocol/panel.ts';
import { openResults, type Results } from '../../../server/src/run/index.ts';
import { type Kept, keepRun, manifestOf, RUN_ID, step } from './kept.ts';

type Answer<K extends PanelResponse['kind']> = Extract<PanelResponse, { kind: K }>;

/** The answer of the kind asked for, as its schema allows it. */
function ask<K extends PanelRequest['kind']>(
  results: Results,
  request: Extract<PanelRequest, { kind: K }>,
): Answer<K> {
  const answer = results.answer(request);
  const read = panelResponseSchema.parse(answer);
  expect(read).toEqual(answer);
  if (read.kind !== request.kind) throw new Error(`asked ${request.kind}, answered ${read.kind}`);
  return read as Answer<K>;
}

const ROUTED: Kept = {
  matching: [1],
  raw: {
    interactionId: 'a1',
    steps: [
      step('menu', 'DECISION', 0, 5, { outcome: 'billing' }),
      step('routing', 'ROUTING', 6, 36, {
        variablesBefore: { queue: 'none', customer: { tier: 'gold' } },
        variablesAfter: { queue: 'billing', customer: { tier: 'gold' }, position: 3 },
      }),
      step('agent', 'AGENT', 36, 40, { variablesBefore: { queue: 'sales' }, errorState: true }),
    ],
  },
};
const SHORT: Kept = {
  raw: { interactionId: 'b2', steps: [step('menu', 'DECISION', 10, 12, { outcome: 'sales' })] },
};
const LONG: Kept = {
  matching: [0],
  raw: {
    interactionId: 'c3',
    steps: [step('menu', 'DECISION', 20, 41), step('routing', 'ROUTING', 41, 120)],
  },
};

async function opened(kept: readonly Kept[] = [ROUTED, SHORT, LONG]): Promise<Results> {
  const { runs } = await keepRun(kept);
  const results = await openResults(runs, RUN_ID);
  if (results === undefined) throw new Error('the run is not there');
  return results;
}

const TIMELINE = { kind: 'timeline', offset: 0, count: 10, order: 'run', only: 'all' } as const;
const TABLE = { kind: 'table', offset: 0, count: 10, sort: null, search: '', only: 'all' } as const;

describe('the overview of a kept run', () => {
  it('says what it found', async () => {
    const overview = ask(await opened(), { kind: 'overview' });
    expect(overview).toMatchObject({
      interactions: 3,
      steps: 6,
      errors: 1,
      bottleneckCount: 3,
      pathCount: 3,
    });
    expect(overview.header).toMatchObject({ runId: RUN_ID, query: 'slow', outcome: 'complete' });
    expect(overview.findings.map(({ nodeId, count }) => [nodeId, count])).toEqual([
      ['routing', 2],
      ['menu', 1],
    ]);
    expect(overview.slowest.map(({ dwell }) => dwell)).toEqual([79, 30, 21]);
    expect(overview.errorsByNode.map(({ nodeId, errors }) => [nodeId, errors])).toEqual([['agent', 1]]);
    expect(overview.headline).toContain('routing');
    expect(overview.insights[0]).toMatchObject({
      rule: 'bottleneck',
      nodeId: 'routing',
      evidence: overview.findings[0]?.examples.map(({ interactionId, sequence }) => ({
        interactionId,
        sequence,
      })),
    });
    // Too few visits for any.
    expect(overview.changes).toEqual([]);
  });
});

describe('the timeline', () => {
  const ids = (answer: Answer<'timeline'>) => answer.rows.map((row) => row.interactionId);

  it('has the rows in the order asked for, cut as asked', async () => {
    const results = await opened();
    expect(ids(ask(results, TIMELINE))).toEqual(['a1', 'b2', 'c3']);
    expect(ids(ask(results, { ...TIMELINE, order: 'duration' }))).toEqual(['c3', 'a1', 'b2']);
    expect(ids(ask(results, { ...TIMELINE, order: 'bottlenecks' }))).toEqual(['c3', 'a1', 'b2']);
    const cut = ask(results, { ...TIMELINE, offset: 1, count: 1 });
    expect([cut.total, cut.offset, ids(cut), cut.maxDuration]).toEqual([3, 1, ['b2'], 100]);
    expect(ids(ask(results, { ...TIMELINE, offset: 9 }))).toEqual([]);
  });

  it('leaves what the filter leaves', async () => {
    const results = await opened();
    const only = (name: 'bottlenecks' | 'errors' | 'matching') =>
      ids(ask(results, { ...TIMELINE, only: name }));
    expect(only('bottlenecks')).toEqual(['a1', 'c3']);
    expect(only('errors')).toEqual(['a1']);
    expect(only('matching')).toEqual(['a1', 'c3']);
    expect(ask(results, { ...TIMELINE, only: 'errors' }).maxDuration).toBe(40);
  });

  it('says below which duration nine of ten rows of the filter stay', async () => {
    const lasting = (seconds: number, index: number): Kept => ({
      raw: { interactionId: `i${index}`, steps: [step('menu', 'DECISION', 0, seconds)] },
    });
    const results = await opened(
      [...Array.from({ length: 20 }, (_, index) => 1 + index), 3_000].map(lasting),
    );
    expect(ask(results, TIMELINE)).toMatchObject({ maxDuration: 3_000, typicalDuration: 19 });
    // Those of 16, 17, 18, 19, 20 and 3,000 seconds: half of the way from the fifth to the sixth.
    expect(ask(results, { ...TIMELINE, only: 'bottlenecks' })).toMatchObject({
      total: 6,
      typicalDuration: 1_510,
    });
    expect(ask(results, { ...TIMELINE, only: 'errors' })).toMatchObject({
      maxDuration: 0,
      typicalDuration: 0,
    });
  });

  it('tells steps apart, with their times from the start', async () => {
    const [row] = ask(await opened(), TIMELINE).rows;
    expect(row).toMatchObject({ duration: 40, bottlenecks: 1, errors: 1 });
    expect(row?.steps).toMatchObject([
      { nodeId: 'menu', start: 0, dwell: 5, bottleneck: false, matching: false, error: false },
      { nodeId: 'routing', start: 6, dwell: 30, bottleneck: true, matching: true, error: false },
      { nodeId: 'agent', start: 36, dwell: 4, bottleneck: false, matching: false, error: true },
    ]);
  });

  it('finds the page of an interaction, whatever the order and the filter', async () => {
    const many = Array.from({ length: 25 }, (_, index): Kept => {
      const end = 1 + ((index * 7) % 25);
      return { raw: { interactionId: `i${index}`, steps: [step('menu', 'DECISION', 0, end)] } };
    });
    const results = await opened(many);
    for (const order of ['run', 'duration', 'bottlenecks'] as const) {
      for (const only of ['all', 'bottlenecks'] as const) {
        const all = ids(ask(results, { ...TIMELINE, order, only, count: 100 }));
        for (const [index, at] of all.entries()) {
          const answer = ask(results, { ...TIMELINE, order, only, count: 4, offset: 2, at });
          expect(answer.offset).toBe(Math.floor(index / 4) * 4);
          expect(ids(answer)).toContain(at);
        }
      }
    }
    // Left out by the filter, or not there at all: the offset counts.
    expect(ask(results, { ...TIMELINE, only: 'errors', at: 'i3', offset: 2, count: 4 }).offset).toBe(2);
    expect(ask(results, { ...TIMELINE, at: 'nobody', offset: 5, count: 4 }).offset).toBe(5);
  });
});

describe('the table', () => {
  const keys = (answer: Answer<'table'>) => answer.rows.map((row) => `${row.interactionId}/${row.sequence}`);

  it('has every step, sorted by any column, the unknown last', async () => {
    const results = await opened();
    expect(keys(ask(results, TABLE))).toEqual(['a1/0', 'a1/1', 'a1/2', 'b2/0', 'c3/0', 'c3/1']);
    const sorted = (column: 'dwell' | 'outcome' | 'bottleneck' | 'nodeId', descending: boolean) =>
      keys(ask(results, { ...TABLE, sort: { column, descending } }));
    expect(sorted('dwell', true)).toEqual(['c3/1', 'a1/1', 'c3/0', 'a1/0', 'a1/2', 'b2/0']);
    expect(sorted('dwell', false)[0]).toBe('b2/0');
    expect(sorted('outcome', false).slice(0, 2)).toEqual(['a1/0', 'b2/0']);
    expect(sorted('outcome', true).slice(0, 2)).toEqual(['b2/0', 'a1/0']);
    expect(sorted('bottleneck', true).slice(0, 3)).toEqual(['a1/1', 'c3/0', 'c3/1']);
  });

  it('searches ids, nodes and outcomes in any case, and filters', async () => {
    const results = await opened();
    const search = (text: string) => keys(ask(results, { ...TABLE, search: text }));
    expect(search('ROUT')).toEqual(['a1/1', 'c3/1']);
    expect(search(' b2 ')).toEqual(['b2/0']);
    expect(search('billing')).toEqual(['a1/0']);
    expect(search('gold')).toEqual([]);
    expect(keys(ask(results, { ...TABLE, only: 'bottlenecks', search: 'c3' }))).toEqual(['c3/0', 'c3/1']);
    expect(keys(ask(results, { ...TABLE, only: 'matching' }))).toEqual(['a1/1', 'c3/0']);
  });

  it('finds the page of a step after sorting and filtering', async () => {
    const results = await opened();
    const sort = { column: 'dwell', descending: true } as const;
    const at = { interactionId: 'a1', sequence: 0 };
    const answer = ask(results, { ...TABLE, sort, count: 2, at });
    expect([answer.offset, keys(answer)]).toEqual([2, ['c3/0', 'a1/0']]);
    expect(ask(results, { ...TABLE, only: 'errors', count: 2, offset: 1, at }).offset).toBe(1);
  });
});

describe('a step', () => {
  it('has its variables as a difference, what changed outside, and the record as it came', async () => {
    const results = await opened();
    const routing = ask(results, { kind: 'step', interactionId: 'a1', sequence: 1 });
    expect(routing.step).toMatchObject({ nodeId: 'routing', dwell: 30, wait: 1, matching: true });
    expect(routing.variables.map(({ path, kind }) => [path, kind])).toEqual(
      expect.arrayContaining([
        ['/queue', 'changed'],
        ['/position', 'added'],
        ['/customer', 'same'],
      ]),
    );
    expect(routing.outside.map(({ path, kind }) => [path, kind])).toEqual(
      expect.arrayContaining([['/queue', 'added']]),
    );
    const agent = ask(results, { kind: 'step', interactionId: 'a1', sequence: 2 });
    expect(agent.outside).toContainEqual({
      path: '/queue',
      kind: 'changed',
      before: '"billing"',
      after: '"sales"',
    });
    const { steps } = ROUTED.raw;
    expect(JSON.parse(agent.raw)).toEqual(Array.isArray(steps) ? steps[2] : undefined);
    expect(results.answer({ kind: 'step', interactionId: 'a1', sequence: 3 })).toBeUndefined();
    expect(results.answer({ kind: 'step', interactionId: 'zz', sequence: 0 })).toBeUndefined();
  });

  it('is found where the tenant puts it under other names', async () => {
    const manifest = manifestOf();
    const response = {
      ...manifest.response,
      steps: 'trace.visits',
      map: { interactionId: 'contact', nodeId: 'node.id', startTime: 'from', endTime: 'to' },
    };
    const visit = (id: string, from: string, to: string): JsonObject => ({ node: { id }, from, to, own: id });
    const raw = {
      contact: 77,
      trace: {
        visits: [
          visit('second', '2026-11-22T07:00:09Z', '2026-11-22T07:00:10Z'),
          visit('first', '2026-11-22T07:00:00Z', '2026-11-22T07:00:01Z'),
        ],
      },
    };
    const { runs } = await keepRun([{ raw }], { manifest: { ...manifest, response } });
    const results = await openResults(runs, RUN_ID);
    if (results === undefined) throw new Error('the run is not there');
    const first = ask(results, { kind: 'step', interactionId: '77', sequence: 0 });
    expect(first.step.nodeId).toBe('first');
    expect(JSON.parse(first.raw)).toEqual(raw.trace.visits[1]);
  });
});

describe('what a run leaves behind', () => {
  it('keeps two records of one id apart', async () => {
    const twice = { raw: { interactionId: 'a1', steps: [step('other', 'DECISION', 0, 99)] } };
    const results = await opened([ROUTED, twice, twice]);
    expect(ask(results, TIMELINE).rows.map((row) => row.interactionId)).toEqual(['a1', 'a1 (2)', 'a1 (3)']);
    const second = ask(results, { kind: 'step', interactionId: 'a1 (2)', sequence: 0 });
    expect([second.interactionId, second.step.interactionId, second.step.nodeId]).toEqual([
      'a1 (2)',
      'a1 (2)',
      'other',
    ]);
    expect(ask(results, { kind: 'step', interactionId: 'a1', sequence: 0 }).step.nodeId).toBe('menu');
  });

  it('opens while it goes on, and after it was killed in the middle of a line', async () => {
    const { runs, writer } = await keepRun([ROUTED, SHORT], { end: false });
    await appendFile(join(writer.folder, 'interactions.ndjson'), '{"interactionId": "c3", "ste');
    const going = await openResults(runs, RUN_ID);
    if (going === undefined) throw new Error('the run is not there');
    expect(ask(going, { kind: 'overview' })).toMatchObject({
      header: { outcome: 'running', endedAt: null },
      interactions: 2,
      retrieval: null,
      audit: null,
    });
    expect(ask(going, TIMELINE).total).toBe(2);

    // A process of this machine that is not there any more.
    const dead = manifestOf({
      outcome: 'running',
      endedAt: null,
      process: { pid: 2 ** 22 + 1, host: hostname() },
    });
    await writeFile(join(writer.folder, 'manifest.json'), JSON.stringify(dead));
    const killed = await openResults(runs, RUN_ID);
    if (killed === undefined) throw new Error('the run is not there');
    expect(ask(killed, { kind: 'overview' }).header).toMatchObject({
      outcome: 'failed',
      error: { code: 'killed', message: expect.stringContaining('run the query again') },
    });
    expect(ask(killed, TIMELINE).total).toBe(2);
  });

  it('opens without its report, its matches or its records', async () => {
    const { runs, writer } = await keepRun([ROUTED, SHORT, LONG]);
    await rm(join(writer.folder, 'report.json'));
    await rm(join(writer.folder, 'matches.ndjson'));
    const results = await openResults(runs, RUN_ID);
    expect(results?.report).toMatchObject({ interactions: 3, bottleneckCount: 3 });
    await rm(join(writer.folder, 'interactions.ndjson'));
    const empty = await openResults(runs, RUN_ID);
    expect(empty?.answer({ kind: 'overview' })).toMatchObject({ interactions: 0, findings: [] });
  });

  it('is nothing where the id is no run, or a way out of the folder', async () => {
    const { runs } = await keepRun([ROUTED]);
    for (const id of ['20261122T080000Z-ffffff', '..', `../${RUN_ID}`, '', `${RUN_ID}/..`]) {
      expect(await openResults(runs, id)).toBeUndefined();
    }
  });

  it('keeps matching steps with their records although a line is no record', async () => {
    const { runs, writer } = await keepRun([ROUTED, SHORT, LONG]);
    const lines = [ROUTED.raw, 'no record', LONG.raw].map((value) => `${JSON.stringify(value)}\n`);
    await writeFile(join(writer.folder, 'interactions.ndjson'), lines.join(''));
    const results = await openResults(runs, RUN_ID);
    if (results === undefined) throw new Error('the run is not there');
    const matching = ask(results, { ...TABLE, only: 'matching' }).rows;
    expect(matching.map((row) => [row.interactionId, row.sequence])).toEqual([
      ['a1', 1],
      ['c3', 0],
    ]);
  });
});
