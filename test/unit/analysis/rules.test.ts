import { describe, expect, it } from 'vitest';
import type { AnalyseOptions } from '../../../server/src/analysis/index.ts';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import type { RuleFinding } from '../../../server/src/protocol/report.ts';
import { interaction, report, SECOND, step } from './support.ts';

/** One visit each of a routing node, so many seconds long. */
function visits(nodeId: string, seconds: readonly number[]): Interaction[] {
  return seconds.map((length, i) =>
    interaction(`${nodeId}${i}`, step(nodeId, 0, length, { nodeType: 'ROUTING', nodeName: `The ${nodeId}` })),
  );
}

function findings(
  interactions: readonly Interaction[],
  rule: RuleFinding['rule'],
  options: AnalyseOptions = {},
): RuleFinding[] {
  return report(interactions, options).ruleFindings.filter((one) => one.rule === rule);
}

const STEADY = Array.from({ length: 40 }, (_, i) => 1 + i / 10);

describe('bottleneck rules', () => {
  it('threshold: what took strictly longer, with the longest first', () => {
    const [found, ...others] = findings(visits('R', [15, 16, 20, ...STEADY]), 'threshold');
    expect(others).toEqual([]);
    expect(found).toMatchObject({ nodeId: 'R', threshold: 15, n: 43, few: false, count: 2, interactions: 2 });
    expect(found?.evidence).toEqual([
      { interactionId: 'R2', sequence: 0, dwell: 20 },
      { interactionId: 'R1', sequence: 0, dwell: 16 },
    ]);
    expect(found?.text).toBe('The R: 2 of 43 visits took longer than 15 s, up to 20 s.');
  });

  it('threshold: of a type and of a node, the most specific wins', () => {
    const given = [...visits('R', [8, 30]), ...visits('S', [8, 30])];
    const options = {
      typeThresholds: new Map([['ROUTING', 5 * SECOND]]),
      nodeThresholds: new Map([['S', 25 * SECOND]]),
    };
    expect(
      findings(given, 'threshold', options).map(({ nodeId, threshold, count }) => [nodeId, threshold, count]),
    ).toEqual([
      ['R', 5, 2],
      ['S', 25, 1],
    ]);
  });

  it('sla: the share above the threshold with its Wilson interval', () => {
    const [found] = findings(visits('R', [16, 17, ...STEADY.slice(0, 8)]), 'sla');
    // 2 of 10: 0.0567 to 0.5098.
    expect(found).toMatchObject({ share: 0.2, few: true, count: 2, n: 10 });
    expect(found?.low).toBeCloseTo(0.0567, 4);
    expect(found?.high).toBeCloseTo(0.5098, 4);
    expect(found?.text).toBe(
      'The R: 20.0 % of the visits took longer than 15 s (95 % interval 5.7 % to 51.0 %); only 10 timed visits, too few to rely on.',
    );
  });

  it('share: nodes with a tenth of all dwell, and what would be won', () => {
    const given = [...visits('R', [10, 10, 70]), ...visits('S', [5, 5]), ...visits('T', [1])];
    const found = findings(given, 'share');
    expect(found.map(({ nodeId }) => nodeId)).toEqual(['R']);
    expect(found[0]).toMatchObject({ threshold: null, count: 3, impact: 60 });
    expect(found[0]?.share).toBeCloseTo(90 / 101, 12);
    expect(found[0]?.text).toBe(
      'The R: 89 % of all dwell; 1 min would be won were its slower visits typical; only 3 timed visits, too few to rely on.',
    );
  });

  it('percentile: from twenty visits on', () => {
    expect(findings(visits('R', STEADY.slice(0, 19)), 'percentile')).toEqual([]);
    const [found] = findings(visits('R', STEADY), 'percentile');
    // R type 7 at 0.95 · 39 = 37.05.
    expect(found?.threshold).toBeCloseTo(4.705, 9);
    expect(found?.evidence.map(({ interactionId }) => interactionId)).toEqual(['R39', 'R38']);
  });

  it('logTukey and logModifiedZ: as many as the node counts, with their fence', () => {
    const given = visits('R', [...STEADY, 100, 4_000]);
    const [node] = report(given).nodes;
    for (const rule of ['logTukey', 'logModifiedZ'] as const) {
      const [found] = findings(given, rule);
      expect(found?.count).toBe(node?.outliers[rule]);
      expect(found?.count).toBe(2);
      expect(found?.threshold).toBeGreaterThan(5);
      expect(found?.threshold).toBeLessThan(100);
      expect(found?.evidence[0]?.interactionId).toBe('R41');
    }
  });

  it('nothing that varies: no outliers', () => {
    const given = visits(
      'R',
      Array.from({ length: 30 }, () => 3),
    );
    for (const rule of ['logTukey', 'logModifiedZ', 'percentile', 'threshold', 'sla'] as const)
      expect(findings(given, rule)).toEqual([]);
  });

  it('the evidence is ten of them, the interactions are counted once each', () => {
    const twice = Array.from({ length: 30 }, (_, i) =>
      interaction(
        `i${i}`,
        step('R', 0, 20, { nodeType: 'ROUTING' }),
        step('R', 30, 50, { nodeType: 'ROUTING' }),
      ),
    );
    const [found] = findings(twice, 'threshold');
    expect(found).toMatchObject({ count: 60, interactions: 30 });
    expect(found?.evidence).toHaveLength(10);
  });

  it('overlaps and unknown dwells are counted', () => {
    const given = [interaction('a', step('A', 0, 10), step('B', 5, 3), step('C', 6, 12))];
    expect(report(given)).toMatchObject({ overlaps: 2, unknownDwells: 1 });
  });
});
