import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import { interaction, report, step } from './support.ts';

/** One step each; seconds, null where it is open. */
const log = (...dwells: (number | null)[]): Interaction[] =>
  dwells.map((seconds, i) => interaction(`i${i}`, step('n', 0, seconds, { nodeType: 'ROUTING' })));

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

describe('the histogram of dwell', () => {
  it('has bins of 1, 2, 5, from the least dwell to the greatest', () => {
    const { dwellHistogram } = report(log(0.3, 1, 1.999_999, 2, 4, 12, 15, 16, null));
    expect(dwellHistogram).toEqual({
      edges: [0.2, 0.5, 1, 2, 5, 10, 20],
      counts: [1, 0, 2, 2, 0, 3],
      bottlenecks: [0, 0, 0, 0, 0, 1],
    });
  });

  it('has what took less than a millisecond in one bin', () => {
    expect(report(log(0, 0.000_001, 0.000_999)).dwellHistogram).toEqual({
      ...{ edges: [0, 0.001], counts: [3], bottlenecks: [0] },
    });
    expect(report(log(0, 0, 7)).dwellHistogram).toMatchObject({ edges: [0, 5, 10], counts: [2, 1] });
    expect(report(log(0, 0.001)).dwellHistogram).toMatchObject({ edges: [0, 0.001, 0.002], counts: [1, 1] });
  });

  it('is empty where no dwell is known', () => {
    const none = { edges: [], counts: [], bottlenecks: [] };
    expect(report([]).dwellHistogram).toEqual(none);
    expect(report(log(null)).dwellHistogram).toEqual(none);
  });

  it('leaves no dwell out, whatever the order of the records', () => {
    const seconds = fc.oneof(
      fc.integer({ min: 0, max: 40_000_000 }).map((micros) => micros / 1_000_000),
      fc.constantFrom(0, 0.001, 0.02, 1, 2, 5, 10, 15, 20, 100, 3_600, 86_400, 1e8),
    );
    fc.assert(
      fc.property(fc.array(seconds, { maxLength: 60 }), (dwells) => {
        const given = log(...dwells);
        const found = report(given);
        const { edges, counts, bottlenecks } = found.dwellHistogram;
        expect(total(counts)).toBe(found.dwell.n);
        expect(total(bottlenecks)).toBe(found.bottleneckCount);
        expect(counts).toHaveLength(Math.max(0, edges.length - 1));
        for (const [bin, count] of counts.entries()) {
          const [from = 0, to = 0] = edges.slice(bin);
          expect(count).toBe(dwells.filter((one) => one >= from && one < to).length);
          expect(bottlenecks[bin]).toBe(dwells.filter((one) => one > 15 && one >= from && one < to).length);
        }
        // Neither end is empty.
        if (counts.length > 0) expect(Math.min(counts[0] ?? 0, counts.at(-1) ?? 0)).toBeGreaterThan(0);
        expect(report([...given].reverse()).dwellHistogram).toEqual(found.dwellHistogram);
      }),
    );
  });
});
