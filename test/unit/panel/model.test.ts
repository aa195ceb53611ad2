import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, findingsOf, headline } from '../../../server/src/analysis/index.ts';
import { createPanelModel, type ModelRequest, type PanelFacts } from '../../../server/src/panel/index.ts';
import { leftBy } from '../../../server/src/panel/left.ts';
import { panelResponseSchema } from '../../../server/src/protocol/panel.ts';
import type { Filter } from '../../../server/src/protocol/panel-filter.ts';
import { type Overview, overviewSchema } from '../../../server/src/protocol/panel-overview.ts';
import { stepSchema } from '../../../server/src/protocol/panel-views.ts';
import { interaction, SECOND, step } from '../analysis/support.ts';
import { manifestOf } from '../run/kept.ts';
import { madeFilter, madeInteractions, marks, OPTIONS, type Plain, plain, plainLeft } from './reference.ts';

const FACTS: PanelFacts = { manifest: manifestOf(), resumable: false };

async function overview(run: Plain, filter: Filter, facts = FACTS): Promise<Overview> {
  return overviewSchema.parse(await createPanelModel(run.data).answer({ kind: 'overview', filter }, facts));
}

/** One request of each kind. */
function requests(filter: Filter): ModelRequest[] {
  return [
    { kind: 'overview', filter },
    { kind: 'timeline', filter, offset: 0, count: 3, order: 'bottlenecks', resolution: 2 },
    { kind: 'density', filter, axis: 'clock', bins: 4 },
    { kind: 'table', filter, offset: 1, count: 3, sort: { column: 'nodeName', descending: true } },
    { kind: 'flow', filter, hidden: 0 },
    { kind: 'paths', filter, offset: 0, count: 3 },
    { kind: 'decisions', filter },
    { kind: 'drivers', filter, nodeId: 'N' },
    { kind: 'variables', filter },
  ];
}

describe('answers of the panel', () => {
  it('are of the schema for every filter, and do not depend on what was asked before', async () => {
    await fc.assert(
      fc.asyncProperty(
        madeInteractions,
        fc.array(madeFilter, { minLength: 1, maxLength: 6 }),
        async (made, filters) => {
          const run = plain(made);
          const used = createPanelModel(run.data);
          for (const filter of [...filters, ...filters.toReversed()]) {
            for (const request of requests(filter)) {
              const answer = await used.answer(request, FACTS);
              expect(panelResponseSchema.parse(answer)).toEqual(answer);
              expect(answer).toEqual(
                await createPanelModel(run.data).answer({ ...request, filter: filter.toReversed() }, FACTS),
              );
            }
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('overview', () => {
  it('is the report of the interactions that stay', async () => {
    await fc.assert(
      fc.asyncProperty(madeInteractions, madeFilter, async (made, filter) => {
        const run = plain(made);
        const answer = await overview(run, filter);
        const { kept, found } = plainLeft(run, filter);
        const report = analyse(run.data.store, { ...OPTIONS, drivers: false }, marks(kept, made.length));
        const left = leftBy(run.data, filter);
        expect(answer).toMatchObject({
          all: { interactions: made.length, steps: run.interactions.flatMap(({ steps }) => steps).length },
          headline: headline(report),
          ...{ interactions: report.interactions, steps: report.steps, errors: report.errors },
          ...{ openSteps: report.openSteps, pathCount: report.pathCount },
          ...{ bottleneckCount: report.bottleneckCount, duration: report.duration, dwell: report.dwell },
          ...{ histogram: report.dwellHistogram, trends: report.trends, nodes: report.nodes },
          matchingSteps: found?.size ?? report.steps,
          findings: findingsOf(left.frame, left.flagged, report.nodes),
        });
        expect(answer.insights.map(({ text }) => text)).toEqual(report.insights.map(({ text }) => text));
      }),
      { numRuns: 100 },
    );
  });

  it('takes the report of the whole run where it was made already', async () => {
    const run = plain([interaction('a', step('A', 0, 1)), interaction('b', step('B', 0, 20))]);
    const report = { ...analyse(run.data.store, OPTIONS), errors: 77 };
    expect((await overview(run, [], { ...FACTS, report })).errors).toBe(77);
    expect((await overview(run, [{ kind: 'node', nodeId: 'B' }], { ...FACTS, report })).errors).toBe(0);
  });

  it('speaks of rejected records where it speaks of all', async () => {
    const run = plain([interaction('a', step('A', 0, 1))]);
    run.data.store.addRejected({ index: 3, reason: 'no steps', raw: null });
    expect((await overview(run, [])).headline).toContain('1 record could not be read');
    expect((await overview(run, [{ kind: 'node', nodeId: 'A' }])).headline).not.toContain('record');
  });

  it('names records of one id as the rows do', async () => {
    const run = plain([interaction('a', step('A', 0, 20)), interaction('a', step('A', 0, 40))]);
    const { slowest, findings } = await overview(run, []);
    expect(slowest.map(({ interactionId }) => interactionId)).toEqual(['a (2)', 'a']);
    expect(findings[0]?.examples.map(({ interactionId }) => interactionId)).toEqual(['a (2)', 'a']);
  });

  it('says how far a run is, whether it can be taken up, and what is missing', async () => {
    const run = plain([]);
    const going = await overview(run, [], {
      ...{ manifest: manifestOf(), resumable: true, damage: 'One is gone.' },
      progress: { records: 3, expected: null },
    });
    expect(going.progress).toEqual({ records: 3, expected: null });
    expect(going.header.resumable).toBe(true);
    expect(going.notes).toContain('One is gone.');
    const ended = await overview(run, []);
    expect(ended.progress).toBeUndefined();
    expect(ended.header).not.toHaveProperty('resumable');
  });
});

describe('step', () => {
  const record = {
    id: 'a',
    history: {
      steps: [
        { at: 2, note: 'later' },
        { at: 1, note: 'first' },
      ],
    },
  };
  const read = interaction(
    'a',
    step('B', 2, 5, { variablesBefore: { x: 2 }, variablesAfter: { x: 2, y: 'new' } }),
    step('A', 1, 2, { variablesBefore: { x: 0 }, variablesAfter: { x: 1 } }),
  );
  const kept = { record, interaction: read, stepsPath: 'history.steps' };

  it('has its row, its variables, and its own text in the record', () => {
    const model = createPanelModel(plain([read]).data);
    const answer = model.step({ kind: 'step', interactionId: 'a', sequence: 1 }, kept);
    expect(stepSchema.parse(answer)).toMatchObject({
      ...{ interactionId: 'a', steps: 2, step: { sequence: 1, nodeId: 'B', dwell: 3, wait: 0 } },
      variables: [
        { path: '/x', kind: 'same', before: '2', after: '2' },
        { path: '/y', kind: 'added', before: null, after: '"new"' },
      ],
      outside: [{ path: '/x', kind: 'changed', before: '1', after: '2' }],
      raw: JSON.stringify({ at: 2, note: 'later' }, null, 2),
    });
  });

  it('shows the one side of variables that the tenant gave, and nothing as changed', () => {
    const one = interaction('a', step('A', 0, 1, { variablesBefore: null, variablesAfter: { x: 1 } }));
    const model = createPanelModel(plain([one]).data);
    const answer = model.step(
      { kind: 'step', interactionId: 'a', sequence: 0 },
      { record: { 'history.steps': [{ at: 0 }] }, interaction: one, stepsPath: 'history.steps' },
    );
    expect(answer).toMatchObject({
      variables: [{ path: '/x', kind: 'same', before: '1', after: '1' }],
      outside: [],
      raw: JSON.stringify({ at: 0 }, null, 2),
    });
  });

  it('shows the step as it was read where the record has none at that path', () => {
    const model = createPanelModel(plain([read]).data);
    const answer = model.step(
      { kind: 'step', interactionId: 'a', sequence: 0 },
      { ...kept, stepsPath: '__proto__.steps' },
    );
    expect(answer).toMatchObject({ raw: expect.stringContaining(`"startTime": ${SECOND}`) });
  });

  it('is unknown for what the run or its record does not have', () => {
    const model = createPanelModel(plain([read]).data);
    const shorter = { ...kept, interaction: interaction('a', step('A', 1, 2)) };
    expect(model.step({ kind: 'step', interactionId: 'a', sequence: 2 }, kept)).toBeUndefined();
    expect(model.step({ kind: 'step', interactionId: 'b', sequence: 0 }, kept)).toBeUndefined();
    expect(model.step({ kind: 'step', interactionId: 'a', sequence: 1 }, shorter)).toBeUndefined();
    expect([model.find('a'), model.find('__proto__')]).toEqual([0, undefined]);
  });
});
