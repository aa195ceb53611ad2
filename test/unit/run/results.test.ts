import { appendFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import type { Filter, StepMark } from '../../../server/src/protocol/panel-filter.ts';
import type { RequestOf } from '../../../server/src/protocol/panel-requests.ts';
import { openResults, type Results } from '../../../server/src/run/index.ts';
import { ask, refusal } from './ask.ts';
import { type Kept, keepRun, manifestOf, RUN_ID, step } from './kept.ts';

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
  return reopened(runs);
}

async function reopened(runs: string): Promise<Results> {
  const results = await openResults(runs, RUN_ID);
  if (results === undefined) throw new Error('the run is not there');
  onTestFinished(() => results.close());
  return results;
}

const OVERVIEW: RequestOf<'overview'> = { kind: 'overview', filter: [] };
const TIMELINE: RequestOf<'timeline'> = {
  ...{ kind: 'timeline', filter: [], offset: 0, count: 10 },
  ...{ order: 'run', resolution: 0 },
};
const TABLE: RequestOf<'table'> = { kind: 'table', filter: [], offset: 0, count: 10, sort: null };
const only = (mark: StepMark): Filter => [{ kind: 'mark', mark }];

describe('the overview of a kept run', () => {
  it('says what it found', async () => {
    const overview = await ask(await opened(), OVERVIEW);
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

describe('the views of a kept run', () => {
  it('are of what a filter leaves, with the steps that the query found', async () => {
    const results = await opened();
    const ids = async (filter: Filter) =>
      (await ask(results, { ...TIMELINE, filter })).rows.map((row) => row.interactionId);
    expect(await ids([])).toEqual(['a1', 'b2', 'c3']);
    expect(await ids(only('bottleneck'))).toEqual(['a1', 'c3']);
    expect(await ids(only('error'))).toEqual(['a1']);
    expect(await ids(only('matching'))).toEqual(['a1', 'c3']);
    const { rows } = await ask(results, { ...TABLE, filter: only('matching') });
    expect(rows.map((row) => [row.interactionId, row.sequence, row.matching])).toEqual([
      ['a1', 1, true],
      ['c3', 0, true],
    ]);
  });

  it('all have an answer', async () => {
    const results = await opened();
    const filter: Filter = [];
    expect(await ask(results, { kind: 'density', filter, axis: 'aligned', bins: 10 })).toMatchObject({
      length: 100,
    });
    expect((await ask(results, { kind: 'flow', filter, hidden: 0 })).nodes).toHaveLength(5);
    expect((await ask(results, { kind: 'paths', filter, offset: 0, count: 10 })).total).toBe(3);
    expect((await ask(results, { kind: 'decisions', filter })).decisions.length).toBeGreaterThan(0);
    expect(await ask(results, { kind: 'drivers', filter, nodeId: 'menu' })).toMatchObject({ nodeId: 'menu' });
    expect((await ask(results, { kind: 'variables', filter })).variables.length).toBeGreaterThan(0);
    expect((await ask(results, { kind: 'compare', with: null })).comparison).toBeNull();
    expect((await ask(results, { kind: 'runs' })).runs).toEqual([]);
  });
});

describe('a step', () => {
  it('has its variables as a difference, what changed outside, and the record as it came', async () => {
    const results = await opened();
    const routing = await ask(results, { kind: 'step', interactionId: 'a1', sequence: 1 });
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
    const agent = await ask(results, { kind: 'step', interactionId: 'a1', sequence: 2 });
    expect(agent.outside).toContainEqual({
      path: '/queue',
      kind: 'changed',
      before: '"billing"',
      after: '"sales"',
    });
    const { steps } = ROUTED.raw;
    expect(JSON.parse(agent.raw)).toEqual(Array.isArray(steps) ? steps[2] : undefined);
    expect(await refusal(results, { kind: 'step', interactionId: 'a1', sequence: 3 })).toBe('gone');
    expect(await refusal(results, { kind: 'step', interactionId: 'zz', sequence: 0 })).toBe('gone');
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
    const results = await reopened(runs);
    const first = await ask(results, { kind: 'step', interactionId: '77', sequence: 0 });
    expect(first.step.nodeId).toBe('first');
    expect(JSON.parse(first.raw)).toEqual(raw.trace.visits[1]);
  });
});

describe('what a run leaves behind', () => {
  it('keeps two records of one id apart', async () => {
    const twice = { raw: { interactionId: 'a1', steps: [step('other', 'DECISION', 0, 99)] } };
    const results = await opened([ROUTED, twice, twice]);
    expect((await ask(results, TIMELINE)).rows.map((row) => row.interactionId)).toEqual([
      'a1',
      'a1 (2)',
      'a1 (3)',
    ]);
    const second = await ask(results, { kind: 'step', interactionId: 'a1 (2)', sequence: 0 });
    expect([second.interactionId, second.step.interactionId, second.step.nodeId]).toEqual([
      'a1 (2)',
      'a1 (2)',
      'other',
    ]);
    expect((await ask(results, { kind: 'step', interactionId: 'a1', sequence: 0 })).step.nodeId).toBe('menu');
  });

  it('opens while it goes on, and after it was killed in the middle of a line', async () => {
    const { runs, writer } = await keepRun([ROUTED, SHORT], { end: false });
    await appendFile(join(writer.folder, 'interactions.ndjson'), '{"interactionId": "c3", "ste');
    const going = await reopened(runs);
    expect(await ask(going, OVERVIEW)).toMatchObject({
      header: { outcome: 'running', endedAt: null },
      interactions: 2,
      retrieval: null,
      audit: null,
    });
    expect((await ask(going, TIMELINE)).total).toBe(2);

    // A process of this machine that is not there any more.
    const dead = manifestOf({
      outcome: 'running',
      endedAt: null,
      process: { pid: 2 ** 22 + 1, host: hostname() },
    });
    await writeFile(join(writer.folder, 'manifest.json'), JSON.stringify(dead));
    const killed = await reopened(runs);
    expect((await ask(killed, OVERVIEW)).header).toMatchObject({
      outcome: 'failed',
      error: { code: 'killed', message: expect.stringContaining('run the query again') },
    });
    expect((await ask(killed, TIMELINE)).total).toBe(2);
  });

  it('opens without its report, its matches or its records', async () => {
    const { runs, writer } = await keepRun([ROUTED, SHORT, LONG]);
    await rm(join(writer.folder, 'report.json'));
    await rm(join(writer.folder, 'matches.ndjson'));
    const results = await reopened(runs);
    expect(await ask(results, OVERVIEW)).toMatchObject({ interactions: 3, bottleneckCount: 3 });
    await rm(join(writer.folder, 'interactions.ndjson'));
    const empty = await reopened(runs);
    expect(await ask(empty, OVERVIEW)).toMatchObject({ interactions: 0, findings: [] });
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
    const results = await reopened(runs);
    const matching = (await ask(results, { ...TABLE, filter: only('matching') })).rows;
    expect(matching.map((row) => [row.interactionId, row.sequence])).toEqual([
      ['a1', 1],
      ['c3', 0],
    ]);
  });
});
