/** A small log with every result worked out by hand. Times in seconds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnalyseOptions, analyse, createStore } from '../../../server/src/analysis/index.ts';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import { by, interaction, report, SECOND, step } from './support.ts';

const menu = { nodeName: 'Main menu', nodeType: 'DECISION' };
const route = { nodeName: 'Routing', nodeType: 'ROUTING' };
const agent = { nodeType: 'AGENT' };

const LOG: readonly Interaction[] = [
  interaction(
    'i1',
    step('menu', 0, 20, { ...menu, outcome: 'billing', errorState: false }),
    step('route', 25, 40, route),
    step('agent', 40, 100, agent),
  ),
  interaction(
    'i2',
    step('menu', 0, 5, { ...menu, outcome: 'billing' }),
    step('route', 5, 35, { ...route, errorState: true }),
    step('route', 36, 46, route),
    step('agent', 50, 70, agent),
  ),
  // The last step is open.
  interaction(
    'i3',
    step('menu', 100, 115, { ...menu, outcome: 'sales' }),
    step('agent', 120, 150, agent),
    step('menu', 151, 160, { ...menu, outcome: 'sales' }),
    step('agent', 160, null, agent),
  ),
  interaction('i4', step('menu', 200, 203, { ...menu, outcome: 'billing' })),
  // Untimed.
  interaction(
    'i5',
    step('menu', null, null, { ...menu, outcome: 'billing' }),
    step('agent', 300, 310, agent),
  ),
  interaction('i6'),
];

const all = report(LOG);

describe('the report of a small log', () => {
  it('counts', () => {
    expect(all).toMatchObject({
      schemaVersion: 1,
      interactions: 6,
      steps: 3 + 4 + 4 + 1 + 2,
      openSteps: 1,
      untimedInteractions: 1,
      rejected: [],
      errors: 1,
      window: { from: '1970-01-01T00:00:00.000Z', to: '1970-01-01T00:05:10.000Z' },
    });
  });

  it('has the durations of what is neither untimed nor empty', () => {
    // i1 100, i2 70, i3 160 − 100 = 60, i4 3.
    expect(all.duration).toMatchObject({ n: 4, sum: 233, min: 3, median: 65, max: 100 });
  });

  it('has dwell, wait, share and impact of each node', () => {
    const nodes = by(all.nodes, ({ nodeId }) => nodeId);
    // Dwell in all: menu 20 + 5 + 15 + 9 + 3 = 52, route 15 + 30 + 10 = 55, agent 60 + 20 + 30 + 10 = 120; 227.
    expect([...nodes.keys()]).toEqual(['agent', 'route', 'menu']);
    expect(nodes.get('menu')).toMatchObject({
      nodeName: 'Main menu',
      nodeType: 'DECISION',
      visits: 6,
      interactions: 5,
      dwell: { n: 5, sum: 52, median: 9 },
      // Only the second one of i3 has a step before: 151 − 150.
      wait: { n: 1, sum: 1 },
      share: 52 / 227,
      // Above the median 9: 20 and 15.
      impact: 11 + 6,
      errors: 0,
      errorRate: 0,
      selfLoops: 0,
      repetitions: 1,
    });
    expect(nodes.get('route')).toMatchObject({
      visits: 3,
      interactions: 2,
      dwell: { n: 3, sum: 55, median: 15 },
      // 25 − 20, 5 − 5, 36 − 35.
      wait: { n: 3, sum: 6 },
      share: 55 / 227,
      impact: 15,
      errors: 1,
      errorRate: 1 / 3,
      selfLoops: 1,
      repetitions: 0,
    });
    expect(nodes.get('agent')).toMatchObject({
      nodeName: null,
      visits: 5,
      interactions: 4,
      // The open step has none. Median of 10, 20, 30, 60: 25.
      dwell: { n: 4, sum: 120, median: 25 },
      // 40 − 40, 50 − 46, 120 − 115, 160 − 160; behind the step without a time it is not known.
      wait: { n: 4, sum: 9 },
      share: 120 / 227,
      impact: 5 + 35,
      errors: 0,
      // The tenant said nothing.
      errorRate: null,
      repetitions: 1,
    });
  });

  it('has the paths, ties by their nodes, the empty one first', () => {
    expect(all.paths.map(({ rank, nodes }) => [rank, nodes.join(' ')])).toEqual([
      [1, ''],
      [2, 'menu'],
      [3, 'menu agent'],
      [4, 'menu agent menu agent'],
      [5, 'menu route agent'],
      [6, 'menu route route agent'],
    ]);
    expect(all.paths.map(({ errors }) => errors)).toEqual([0, 0, 0, 0, 0, 1]);
    expect(all.paths[2]?.duration.n).toBe(0);
    expect(all.paths[4]?.duration).toMatchObject({ n: 1, sum: 100, stdev: null });
    expect(all.paths[2]).toMatchObject({ share: 1 / 6, cumulativeShare: 3 / 6 });
    expect(all.paths[5]?.cumulativeShare).toBe(1);
  });

  it('has the flow, with the waits that are known', () => {
    const edges = all.flow.edges.map(({ from, to, count, interactions, wait }) => {
      return [`${from} ${to}`, count, interactions, wait.n, wait.sum];
    });
    expect(edges).toEqual([
      // 120 − 115 and 160 − 160 in i3; in i5 the menu has no time.
      ['menu agent', 3, 2, 2, 5],
      ['menu route', 2, 2, 2, 5],
      ['route agent', 2, 2, 2, 4],
      ['agent menu', 1, 1, 1, 1],
      ['route route', 1, 1, 1, 1],
    ]);
    expect(all.flow.starts).toEqual([{ nodeId: 'menu', count: 5 }]);
    expect(all.flow.ends).toEqual([
      { nodeId: 'agent', count: 4 },
      { nodeId: 'menu', count: 1 },
    ]);
  });

  it('has the outcomes of the decision points, and no drivers', () => {
    expect(all.decisions.map(({ nodeId, visits }) => [nodeId, visits])).toEqual([
      ['menu', 6],
      // Not of a decision type, but the menu or the end come after it; the open one is left out.
      ['agent', 4],
      ['route', 3],
    ]);
    const [menuPoint, agentPoint, routePoint] = all.decisions;
    expect(menuPoint?.outcomes).toMatchObject([
      { outcome: 'billing', count: 4, share: 4 / 6, errorRate: 1 - 1 },
      { outcome: 'sales', count: 2, share: 2 / 6, errorRate: null },
    ]);
    // −2/3·log2(2/3) − 1/3·log2(1/3)
    expect(menuPoint?.entropy).toBeCloseTo(0.918296, 6);
    expect(agentPoint?.outcomes).toMatchObject([
      { outcome: 'END', count: 3 },
      { outcome: 'menu', count: 1 },
    ]);
    // No outcome from the tenant: where it went next. The one with the error was followed by another.
    expect(routePoint?.outcomes).toMatchObject([
      { outcome: 'agent', count: 2, errorRate: null },
      { outcome: 'route', count: 1, errorRate: 1 },
    ]);
    for (const point of all.decisions) expect(point).toMatchObject({ drivers: [], rule: null });
  });

  it('counts rework', () => {
    // i2: route again. i3: menu and agent again.
    expect(all.rework).toEqual({ total: 3, interactions: 2 });
  });

  it('takes the next node where one visit has no outcome', () => {
    const log = [
      interaction('a', step('menu', 0, 1, { ...menu, outcome: 'x' }), step('b', 1, 2)),
      interaction('b', step('menu', 0, 1, menu), step('c', 1, 2)),
    ];
    expect(report(log).decisions.map(({ outcomes }) => outcomes.map(({ outcome }) => outcome))).toEqual([
      ['b', 'c'],
    ]);
  });

  it('has no decision where only one thing ever follows', () => {
    expect(report([interaction('a', step('x', 0, 1), step('y', 1, 2))]).decisions).toEqual([]);
    // The last step is open: whether the interaction ends there is not known.
    expect(
      report([interaction('a', step('x', 0, 1), step('y', 1, 2), step('x', 3, null))]).decisions,
    ).toEqual([]);
  });

  it('has a report of nothing', () => {
    expect(report([])).toMatchObject({
      interactions: 0,
      steps: 0,
      window: { from: null, to: null },
      duration: { n: 0, sum: null },
      pathCount: 0,
      nodes: [],
    });
  });

  it('names a node as most of its visits do', () => {
    const named = (id: string, nodeName: string) => interaction(id, step('n', 0, 1, { nodeName }));
    const [node] = report([named('1', 'Old'), named('2', 'New'), named('3', 'New')]).nodes;
    expect(node?.nodeName).toBe('New');
    expect(report([named('1', 'b'), named('2', 'a')]).nodes[0]?.nodeName).toBe('a');
  });
});

describe('bottlenecks', () => {
  const flagged = (options: AnalyseOptions): string[] =>
    report(LOG, options).bottlenecks.map(
      ({ nodeId, interactionId, sequence, dwell }) => `${nodeId} ${interactionId}/${sequence} ${dwell}`,
    );

  it('are strictly longer than 15 s, at nodes where something is decided', () => {
    // Not route i1 (25–40), which is 15 exactly; not the agents.
    expect(flagged({})).toEqual(['route i2/1 30', 'menu i1/0 20']);
    expect(all.bottlenecks[0]).toEqual({
      rule: 'threshold',
      interactionId: 'i2',
      sequence: 1,
      nodeId: 'route',
      nodeName: 'Routing',
      nodeType: 'ROUTING',
      dwell: 30,
      threshold: 15,
      startTime: '1970-01-01T00:00:05.000Z',
    });
    expect(all.bottleneckCount).toBe(2);
    expect(all.nodes.map(({ bottlenecks }) => bottlenecks)).toEqual([0, 1, 1]);
  });

  it('follow OVER, ties by node', () => {
    expect(flagged({ thresholdMicros: 10 * SECOND })).toEqual([
      'route i2/1 30',
      'menu i1/0 20',
      'menu i3/0 15',
      'route i1/1 15',
    ]);
  });

  it('follow ON', () => {
    expect(flagged({ types: ['AGENT'], thresholdMicros: 25 * SECOND })).toEqual([
      'agent i1/2 60',
      'agent i3/1 30',
    ]);
    expect(flagged({ types: ['agent'] })).toEqual([]);
    expect(flagged({ types: [] })).toEqual([]);
  });

  it('follow the threshold of the node, else of the type', () => {
    const types = new Map([['ROUTING', 40 * SECOND]]);
    expect(flagged({ typeThresholds: types })).toEqual(['menu i1/0 20']);
    const nodes = new Map([
      ['route', 12 * SECOND],
      ['agent', 1],
    ]);
    // The agent's own threshold does not make the rule look at agents.
    expect(flagged({ typeThresholds: types, nodeThresholds: nodes })).toEqual([
      'route i2/1 30',
      'menu i1/0 20',
      'route i1/1 15',
    ]);
  });

  it('and paths are cut by top, which changes no count', () => {
    const one = report(LOG, { top: 1, thresholdMicros: SECOND });
    expect(one.bottlenecks.map(({ dwell }) => dwell)).toEqual([30]);
    expect(one.bottleneckCount).toBe(8);
    expect(one.paths).toHaveLength(1);
    expect(one.pathCount).toBe(6);
    expect(report(LOG, { top: 0, pathsTop: 2 }).paths).toHaveLength(2);
  });

  it('are listed up to 100 unless told otherwise', () => {
    const many = Array.from({ length: 150 }, (_, i) =>
      interaction(`i${i}`, step('m', 0, 20 + (i % 7), menu)),
    );
    expect(report(many).bottlenecks).toHaveLength(100);
    expect(report(many, { top: 0 }).bottlenecks).toHaveLength(150);
    expect(report(many).bottlenecks).toEqual(report(many, { top: 0 }).bottlenecks.slice(0, 100));
  });
});

describe('the report of any log', () => {
  const anyStep = fc
    .record({
      node: fc.constantFrom('a', 'b', 'c', '\u{1F600}', '～'),
      start: fc.integer({ min: 0, max: 50 }),
      length: fc.option(fc.integer({ min: 0, max: 30 }), { nil: null }),
      error: fc.constantFrom(true, false, null),
      type: fc.constantFrom('DECISION', 'TASK', null),
    })
    .map(({ node, start, length, error, type }) =>
      step(node, start, length === null ? null : start + length, { errorState: error, nodeType: type }),
    );
  const anyLog = fc
    .array(fc.array(anyStep, { maxLength: 8 }), { maxLength: 12 })
    .map((logs) => logs.map((steps, i) => interaction(`i${i}`, ...steps)));

  it('holds its invariants', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        const one = report(log, { top: 0, thresholdMicros: 10 * SECOND });
        const steps = log.reduce((total, { steps: list }) => total + list.length, 0);
        const filled = log.filter(({ steps: list }) => list.length > 0).length;
        const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
        expect(one.steps).toBe(steps);
        expect(sum(one.flow.edges.map(({ count }) => count))).toBe(steps - filled);
        expect(sum(one.flow.starts.map(({ count }) => count))).toBe(filled);
        expect(sum(one.flow.ends.map(({ count }) => count))).toBe(filled);
        expect(sum(one.nodes.map(({ visits }) => visits))).toBe(steps);
        expect(sum(one.nodes.map(({ errors }) => errors))).toBe(one.errors);
        expect(sum(one.nodes.map(({ selfLoops, repetitions }) => selfLoops + repetitions))).toBe(
          one.rework.total,
        );
        expect(sum(one.nodes.map(({ bottlenecks }) => bottlenecks))).toBe(one.bottleneckCount);
        expect(sum(one.paths.map(({ count }) => count))).toBe(log.length);
        if (log.length > 0) expect(one.paths.at(-1)?.cumulativeShare).toBe(1);
        expect(one.paths).toHaveLength(one.pathCount);
        for (const { dwell, wait } of one.nodes) {
          for (const summary of [dwell, wait]) expect(summary.min ?? 0).toBeGreaterThanOrEqual(0);
        }
        for (const { outcomes, visits } of one.decisions) {
          expect(sum(outcomes.map(({ count }) => count))).toBe(visits);
          for (const { low, share, high } of outcomes) {
            expect(low).toBeLessThanOrEqual(share);
            expect(high).toBeGreaterThanOrEqual(share);
          }
        }
      }),
    );
  });

  it('is the same in whatever order the interactions come', () => {
    fc.assert(
      fc.property(
        anyLog.chain((log) =>
          fc.tuple(fc.constant(log), fc.shuffledSubarray(log, { minLength: log.length })),
        ),
        ([log, shuffled]) => {
          expect(report(shuffled)).toEqual(report(log));
        },
      ),
    );
  });

  it('is the same whether made at once or again while records come', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        const store = createStore();
        for (const [i, one] of log.entries()) {
          store.add(one);
          if (i % 3 === 0) analyse(store);
        }
        expect(analyse(store)).toEqual(report(log));
      }),
    );
  });
});
