import { describe, expect, it } from 'vitest';
import { compare, createStore } from '../../../server/src/analysis/index.ts';
import { randomNumbers, rankSum } from '../../../server/src/analysis/statistics/samples.ts';
import { compareShares } from '../../../server/src/analysis/statistics/shares.ts';
import { type Comparison, comparisonSchema } from '../../../server/src/protocol/comparison.ts';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import { dataFolder, hasData, interaction, readLog, step } from './support.ts';

function compared(a: readonly Interaction[], b: readonly Interaction[], top = 0): Comparison {
  const storeOf = (interactions: readonly Interaction[]) => {
    const store = createStore();
    for (const one of interactions) store.add(one);
    return store;
  };
  const sides = [
    { label: 'yesterday', store: storeOf(a) },
    { label: 'today', store: storeOf(b) },
  ] as const;
  return comparisonSchema.parse(compare(...sides, { top }));
}

/** `n` interactions through a router that takes about so long, of which a share then goes to an agent. */
function day(n: number, median: number, toAgent: number, seed: number): Interaction[] {
  const random = randomNumbers(seed);
  return Array.from({ length: n }, (_, i) => {
    const dwell = median * (0.5 + random());
    const next = random() < toAgent ? 'Agent' : 'Bot';
    return interaction(
      `${seed}-${i}`,
      step('Router', 0, dwell, {
        nodeType: 'ROUTING',
        nodeName: 'Priority routing',
        errorState: random() < 0.05,
      }),
      step(next, dwell + 1, dwell + 11, { nodeType: 'QUEUE' }),
    );
  });
}

describe('comparing two sets', () => {
  it('says what takes longer and what became commoner, with their numbers', () => {
    const found = compared(day(200, 4, 0.2, 1), day(220, 9, 0.6, 2));
    const router = found.nodes.find(({ nodeId }) => nodeId === 'Router');
    expect(router?.time.difference).toBeGreaterThan(4);
    expect(router?.time.ratio).toBeGreaterThan(2);
    expect(router?.time.low).toBeGreaterThan(3.5);
    expect(router?.time.high).toBeLessThan(6.5);
    expect(router?.time.q).toBeLessThan(0.001);
    expect(found.verdict[0]).toMatch(
      /^200 interactions of yesterday beside 220 of today: they take longer, median /,
    );
    expect(
      found.verdict.some((text) =>
        /^Priority routing: median [34]\.?\d? s → [89]\.?\d? s \(95 % interval \+\d.* n 200\/220, q < 0\.001\.$/.test(
          text,
        ),
      ),
    ).toBe(true);
    expect(
      found.verdict.some((text) =>
        /^At Priority routing, Agent: \d\d % → \d\d % \(95 % interval \+/.test(text),
      ),
    ).toBe(true);
  });

  it('says nothing of what chance makes', () => {
    const found = compared(day(150, 4, 0.3, 1_003), day(150, 4, 0.3, 2_004));
    expect(found.verdict).toEqual([
      '150 interactions of yesterday beside 150 of today: they take about as long as before.',
    ]);
    for (const { time, share } of [...found.nodes, ...found.paths]) {
      expect(time.q ?? 1).toBeGreaterThan(0.05);
      expect(share.q ?? 1).toBeGreaterThan(0.05);
    }
  });

  it('has the counts, shares, medians and p of each side', () => {
    const [a, b] = [day(60, 4, 0.3, 5), day(80, 4, 0.5, 6)];
    const found = compared(a, b);
    const dwells = (of: readonly Interaction[]): Float64Array =>
      Float64Array.from(of, ({ steps: [first] }) => first?.endTime ?? 0).sort();
    const toAgent = (of: readonly Interaction[]): number =>
      of.filter(({ steps }) => steps[1]?.nodeId === 'Agent').length;
    const router = found.nodes.find(({ nodeId }) => nodeId === 'Router');
    expect(router?.time.p).toBeCloseTo(rankSum(dwells(a), dwells(b)), 6);
    expect(router?.share).toMatchObject({
      a: { count: 60, n: 60, share: 1 },
      b: { count: 80, n: 80, share: 1 },
      difference: 0,
      p: 1,
    });
    const agent = found.nodes.find(({ nodeId }) => nodeId === 'Agent');
    expect(agent?.share.a).toEqual({ count: toAgent(a), n: 60, share: toAgent(a) / 60 });
    expect(agent?.share.p).toBeCloseTo(compareShares(toAgent(a), 60, toAgent(b), 80), 12);
    const outcome = found.outcomes.find((one) => one.outcome === 'Agent');
    expect(outcome?.share.b).toEqual({ count: toAgent(b), n: 80, share: toAgent(b) / 80 });
    const edge = found.edges.find(({ to }) => to === 'Agent');
    expect(edge?.time.a).toMatchObject({ n: toAgent(a), median: 1 });
    const path = found.paths.find(({ nodes }) => nodes[1] === 'Bot');
    expect(path?.share.a.count).toBe(60 - toAgent(a));
    expect(found.counts).toEqual({ nodes: 3, edges: 2, paths: 2, outcomes: found.outcomes.length });
  });

  it('names what appeared and vanished', () => {
    const found = compared(
      [
        interaction('1', step('A', 0, 1), step('Old', 1, 2)),
        interaction('2', step('A', 0, 1), step('B', 1, 2)),
      ],
      [
        interaction('3', step('A', 0, 1), step('B', 1, 2)),
        interaction('4', step('A', 0, 1), step('New', 1, 2), step('B', 2, 3)),
      ],
    );
    expect(found.nodes.map(({ nodeId, status }) => [nodeId, status]).sort()).toEqual([
      ['A', 'both'],
      ['B', 'both'],
      ['New', 'appeared'],
      ['Old', 'vanished'],
    ]);
    expect(found.nodes.find(({ nodeId }) => nodeId === 'New')?.time).toMatchObject({
      a: { n: 0, median: null },
      p: null,
      q: null,
    });
    expect(found.verdict.slice(1)).toEqual([
      '1 node appeared: New.',
      '1 path appeared, the commonest with 1 interaction: A → New → B.',
      '1 node vanished: Old.',
      '1 path vanished, the commonest with 1 interaction: A → Old.',
    ]);
  });

  it('an empty side compares with nothing', () => {
    const found = compared([], day(30, 4, 0.5, 9));
    expect(found.verdict[0]).toBe(
      '0 interactions of yesterday beside 30 of today: there is nothing to compare on one side.',
    );
    expect(found.errors).toMatchObject({ a: { count: 0, n: 0, share: null }, difference: null, q: null });
    expect(compared([], []).nodes).toEqual([]);
  });

  it('lists are cut, and say how many there are', () => {
    const found = compared(day(30, 4, 0.5, 1), day(30, 4, 0.5, 2), 1);
    expect(found.nodes).toHaveLength(1);
    expect(found.counts.nodes).toBe(3);
  });

  it.skipIf(!hasData)(`a public log beside itself differs nowhere (${dataFolder})`, () => {
    const log = readLog('receipt');
    const found = compared(log, log);
    expect(found.verdict).toEqual([expect.stringContaining('they take about as long as before')]);
    for (const { status, time, share } of [
      ...found.nodes,
      ...found.edges,
      ...found.paths,
      ...found.outcomes,
    ]) {
      expect(status).toBe('both');
      expect(time.difference ?? 0).toBe(0);
      expect(share.difference).toBe(0);
    }
  });
});
