/** Against published values and those of an independent implementation (SciPy 1.17). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquareTail, logGamma, twoSided } from '../../../server/src/analysis/statistics/distributions.ts';
import { medianDifference, randomNumbers, rankSum } from '../../../server/src/analysis/statistics/samples.ts';
import {
  compareShares,
  falseDiscovery,
  gTest,
  shareDifference,
} from '../../../server/src/analysis/statistics/shares.ts';

/** Equal to nine digits, however small. */
function close(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.max(Math.abs(expected), 1e-300));
}

describe('distributions', () => {
  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247001],
    [3.7, 1.428072326665388],
    [120.5, 455.4176004462345],
  ])('ln Γ(%d)', (x, expected) => close(logGamma(x), expected));

  it.each([
    [3.841458820694124, 1, 0.05],
    [0.5, 4, 0.9735009788392561],
    [30, 10, 0.000856641210775301],
    [200, 3, 4.218541107192018e-43],
    [1_000, 1_000, 0.49405285382923964],
  ])('chi-square above %d with %d degrees', (x, freedom, expected) =>
    close(chiSquareTail(x, freedom), expected),
  );

  it('chi-square of nothing, of everything and without freedom', () => {
    expect(chiSquareTail(0, 3)).toBe(1);
    expect(chiSquareTail(Number.POSITIVE_INFINITY, 3)).toBe(0);
    expect(chiSquareTail(5, 0)).toBe(1);
  });

  it.each([
    [0, 1],
    [0.1, 0.920344325445942],
    [-1.959963984540054, 0.05],
    [6, 1.973175290075389e-9],
  ])('normal beyond ±%d', (z, expected) => close(twoSided(z), expected));
});

describe('shares', () => {
  it.each([
    [40, 100, 60, 100, 0.004677734981047275],
    [212, 1_000, 198, 800, 0.07434664527207689],
    // Few expected: Fisher's exact test.
    [1, 9, 11, 14, 0.0027594561852200836],
    [0, 5, 2, 5, 0.4444444444444444],
    [8, 10, 1, 6, 0.034965034965034975],
  ])('%d of %d and %d of %d differ with p', (a, n, b, m, p) => {
    close(compareShares(a, n, b, m), p);
    close(compareShares(b, m, a, n), p);
  });

  it('that are all, none, or of nothing do not differ', () => {
    expect(compareShares(0, 10, 0, 20)).toBe(1);
    expect(compareShares(10, 10, 20, 20)).toBe(1);
    expect(compareShares(0, 0, 5, 20)).toBe(1);
  });

  it('differ by as much as Newcombe (1998) gives', () => {
    const { low, high } = shareDifference(48, 80, 56, 70);
    close(low, 0.052431472402364815);
    close(high, 0.3338726540369059);
    const rare = shareDifference(0, 20, 3, 20);
    close(rare.low, -0.038396333126267446);
    close(rare.high, 0.3604188647407569);
  });

  it('of a table, by the G-test', () => {
    const table = [
      [10, 20, 30],
      [6, 9, 17],
    ];
    close(gTest(table), 0.8719586542812721);
    // What never happens tells nothing.
    close(gTest([...table.map((row) => [...row, 0]), [0, 0, 0, 0]]), 0.8719586542812721);
    close(
      gTest([
        [40, 10],
        [12, 38],
      ]),
      7.81279649791785e-9,
    );
    expect(gTest([[5, 5]])).toBe(1);
  });

  it('many tests at once, by Benjamini and Hochberg', () => {
    expect(falseDiscovery([0.01, 0.04, 0.03, 0.005, 0.5, 0.04])).toEqual([
      0.03, 0.048, 0.048, 0.03, 0.5, 0.048,
    ]);
    expect(falseDiscovery([])).toEqual([]);
  });

  it('a q is never below its p, nor in another order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (ps) => {
        const qs = falseDiscovery(ps);
        for (const [i, p] of ps.entries()) {
          expect(qs[i]).toBeGreaterThanOrEqual(p);
          for (const [j, other] of ps.entries()) if (p < other) expect(qs[i]).toBeLessThanOrEqual(qs[j] ?? 0);
        }
      }),
    );
  });
});

describe('two samples', () => {
  const sorted = (...values: number[]): Float64Array => Float64Array.from(values).sort();

  it('rank-sum with ties', () => {
    const a = sorted(1.1, 2.2, 2.2, 3.3, 4.4, 5.5, 5.5, 9);
    const b = sorted(2.2, 4.4, 6.6, 7.7, 8.8, 9, 9, 11, 12);
    close(rankSum(a, b), 0.0331680672330644);
    close(rankSum(b, a), 0.0331680672330644);
    close(rankSum(sorted(1, 2, 3), sorted(10, 20, 30, 40)), 0.05182992721790968);
  });

  it('rank-sum of nothing, and of equal values', () => {
    expect(rankSum(sorted(), sorted(1))).toBe(1);
    expect(rankSum(sorted(2, 2), sorted(2, 2, 2))).toBe(1);
  });

  it('the interval of the difference of medians is that of resamples really drawn', () => {
    const random = randomNumbers(3);
    for (const [n, m] of [
      [101, 150],
      [40, 41],
      [2, 3],
      [1, 30],
    ] as const) {
      const a = Float64Array.from({ length: n }, () => Math.round(-10 * Math.log(1 - random()))).sort();
      const b = Float64Array.from({ length: m }, () => Math.round(-20 * Math.log(1 - random()))).sort();
      const draw = (of: Float64Array): number => {
        const drawn = Float64Array.from(of, () => of[Math.floor(random() * of.length)] ?? 0).sort();
        const half = (drawn.length - 1) / 2;
        return ((drawn[Math.floor(half)] ?? 0) + (drawn[Math.ceil(half)] ?? 0)) / 2;
      };
      const naive = Float64Array.from({ length: 20_000 }, () => draw(b) - draw(a)).sort();
      const { low, high } = medianDifference(a, b, 1);
      const spread = (naive[19_499] ?? 0) - (naive[500] ?? 0);
      expect(Math.abs(low - (naive[500] ?? 0))).toBeLessThanOrEqual(0.12 * spread + 0.5);
      expect(Math.abs(high - (naive[19_499] ?? 0))).toBeLessThanOrEqual(0.12 * spread + 0.5);
    }
  });

  it('the same seed gives the same interval', () => {
    const [a, b] = [sorted(1, 2, 3, 4, 5), sorted(2, 4, 6, 8)];
    expect(medianDifference(a, b, 5)).toEqual(medianDifference(a, b, 5));
  });
});
