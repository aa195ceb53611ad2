import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entropy } from '../../../server/src/analysis/drivers.ts';
import { countOutliers as countsOf, outlierFences } from '../../../server/src/analysis/outliers.ts';
import { wilson } from '../../../server/src/analysis/statistics/shares.ts';
import { groupOf, groupSorted, quantile, summarise, sumOf } from '../../../server/src/analysis/summary.ts';
import { compareText } from '../../../server/src/analysis/text.ts';
import { SECOND } from './support.ts';

const sorted = (...values: number[]): Float64Array => Float64Array.from(values).sort();

const countOutliers = (sorted: Float64Array) => countsOf(outlierFences(sorted));

describe('quantiles of R type 7', () => {
  it('equal R on 1 to 10', () => {
    const values = sorted(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    expect([0, 0.25, 0.5, 0.75, 1].map((p) => quantile(values, p))).toEqual([1, 3.25, 5.5, 7.75, 10]);
  });

  it('equal R on the miles per gallon of mtcars', () => {
    // R: summary(mtcars$mpg), quantile(mtcars$mpg, .9), sd(mtcars$mpg), mad(mtcars$mpg, constant = 1).
    const mpg = sorted(
      ...[21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4],
      ...[14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4],
    ).map((value) => value * SECOND);
    const summary = summarise(mpg);
    expect(summary).toMatchObject({ n: 32, min: 10.4, median: 19.2, max: 33.9 });
    expect(summary.q1).toBeCloseTo(15.425, 9);
    expect(summary.q3).toBeCloseTo(22.8, 9);
    expect(summary.p90).toBeCloseTo(30.09, 9);
    expect(summary.mean).toBeCloseTo(20.090625, 9);
    expect(summary.stdev).toBeCloseTo(6.026948, 6);
    expect(summary.mad).toBeCloseTo(3.65, 9);
  });

  it('have one answer for one value, and none for none', () => {
    expect(summarise(sorted(2 * SECOND))).toEqual({
      ...{ n: 1, sum: 2, min: 2, q1: 2, median: 2, mean: 2, q3: 2, p90: 2, p95: 2, p99: 2, max: 2, mad: 0 },
      stdev: null,
    });
    const { n, ...rest } = summarise(new Float64Array(0));
    expect(n).toBe(0);
    expect(Object.values(rest).every((value) => value === null)).toBe(true);
    expect(Object.keys(rest)).toHaveLength(12);
  });

  it('equal a plain calculation on any values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 2, maxLength: 60 }),
        (values) => {
          const summary = summarise(sorted(...values.map((value) => value * SECOND)));
          const ordered = [...values].sort((a, b) => a - b);
          const at = (list: readonly number[], p: number): number => {
            const place = (list.length - 1) * p;
            const low = list[Math.floor(place)] ?? 0;
            return low + (place - Math.floor(place)) * ((list[Math.ceil(place)] ?? 0) - low);
          };
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
          const median = at(ordered, 0.5);
          const away = ordered.map((value) => Math.abs(value - median)).sort((a, b) => a - b);
          expect(summary.sum).toBeCloseTo(mean * values.length, 4);
          expect(summary.q1).toBeCloseTo(at(ordered, 0.25), 6);
          expect(summary.median).toBeCloseTo(median, 6);
          expect(summary.q3).toBeCloseTo(at(ordered, 0.75), 6);
          expect(summary.p99).toBeCloseTo(at(ordered, 0.99), 6);
          expect(summary.stdev).toBeCloseTo(Math.sqrt(squares / (values.length - 1)), 4);
          expect(summary.mad).toBeCloseTo(at(away, 0.5), 6);
        },
      ),
    );
  });
});

describe('sums', () => {
  it('keep what plain addition loses', () => {
    // 1 + 1e100 + 1 − 1e100 is 2; added plainly it is 0.
    expect(sumOf(Float64Array.of(1, 1e100, 1, -1e100))).toBe(2);
    expect(sumOf(new Float64Array(0))).toBe(0);
  });
});

describe('groups', () => {
  it('hold the known values of each key in order', () => {
    const groups = groupSorted(Int32Array.of(1, 0, -1, 1, 1), Float64Array.of(9, 5, 7, Number.NaN, 2), 5, 3);
    expect([0, 1, 2].map((group) => [...groupOf(groups, group)])).toEqual([[5], [2, 9], []]);
  });
});

describe('outliers', () => {
  /** Milliseconds of which ln(1 + ms) is the given value. */
  const fromLogs = (...logs: number[]): Float64Array => sorted(...logs.map((y) => Math.expm1(y) * 1_000));

  it('lie above the third quartile by 1.5 ranges, on the logarithm', () => {
    // y: 1 2 3 4 5 6 7 8 and one more. Of 9 values Q1 is the third (3), Q3 the seventh (7): the fence is 7 + 6 = 13.
    expect(countOutliers(fromLogs(1, 2, 3, 4, 5, 6, 7, 8, 12.9)).logTukey).toBe(0);
    expect(countOutliers(fromLogs(1, 2, 3, 4, 5, 6, 7, 8, 13.1)).logTukey).toBe(1);
    // The range is 0: nothing is flagged, however far away.
    expect(countOutliers(fromLogs(3, 3, 3, 3, 3, 3, 3, 3, 20)).logTukey).toBe(0);
  });

  it('lie above a modified z of 3.5, on the logarithm', () => {
    // Median 5, MAD 2: 0.6745·(y − 5)/2 > 3.5 from y > 15.378.
    expect(countOutliers(fromLogs(1, 2, 3, 4, 5, 6, 7, 8, 15.3)).logModifiedZ).toBe(0);
    expect(countOutliers(fromLogs(1, 2, 3, 4, 5, 6, 7, 8, 15.4)).logModifiedZ).toBe(1);
    // MAD 0: nine values 3 and one 13, mean deviation 1, score 10/1.253314 = 7.98.
    expect(countOutliers(fromLogs(3, 3, 3, 3, 3, 3, 3, 3, 3, 13)).logModifiedZ).toBe(1);
    // Both 0: none.
    expect(countOutliers(fromLogs(3, 3, 3, 3)).logModifiedZ).toBe(0);
    expect(countOutliers(new Float64Array(0))).toEqual({ logTukey: 0, logModifiedZ: 0, percentile: 0 });
  });

  it('lie above their own p95 only from 20 values on', () => {
    const upTo = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => (i + 1) * SECOND);
    expect(countOutliers(upTo(19)).percentile).toBe(0);
    // p95 of 1 to 20 is 19.05: one above.
    expect(countOutliers(upTo(20)).percentile).toBe(1);
    // p95 of 1 to 100 is 95.05: five above.
    expect(countOutliers(upTo(100)).percentile).toBe(5);
  });
});

describe('shares', () => {
  it.each([
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i have the interval that is published', (count, n, low, high) => {
    const interval = wilson(count, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('reach the ends exactly', () => {
    expect(wilson(20, 20).high).toBe(1);
    expect(wilson(0, 20).low).toBe(0);
  });

  it('have an entropy in bits', () => {
    expect(entropy([1, 1])).toBe(1);
    expect(entropy([5])).toBe(0);
    // 1/2·1 + 1/4·2 + 1/4·2
    expect(entropy([2, 1, 1])).toBe(1.5);
    expect(entropy([])).toBe(0);
  });
});

describe('texts', () => {
  it('are ordered by code point, not by UTF-16 unit', () => {
    const texts = ['b', '\u{1F600}', '～', 'a', '', 'ab', '\u{1F601}'];
    expect(texts.sort(compareText)).toEqual(['', 'a', 'ab', 'b', '～', '\u{1F600}', '\u{1F601}']);
  });

  it('are ordered as by their code points, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const pointsA = Array.from(a, (character) => character.codePointAt(0) ?? 0);
        const pointsB = Array.from(b, (character) => character.codePointAt(0) ?? 0);
        const at = pointsA.findIndex((point, i) => point !== pointsB[i]);
        const expected =
          at < 0 || at >= pointsB.length
            ? pointsA.length - pointsB.length
            : (pointsA[at] ?? 0) - (pointsB[at] ?? 0);
        expect(Math.sign(compareText(a, b))).toBe(Math.sign(expected));
      }),
    );
  });
});
