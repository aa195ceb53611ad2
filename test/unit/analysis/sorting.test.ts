import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascending, sortedValues } from '../../../server/src/analysis/sorting.ts';
import { randomNumbers } from '../../../server/src/analysis/statistics/samples.ts';

/** By comparison, stable, without NaN. */
function compared(values: Float64Array): number[] {
  return [...values.keys()]
    .filter((i) => !Number.isNaN(values[i]))
    .sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
}

describe('sorting by numbers', () => {
  const odd = fc.constantFrom(
    0,
    1,
    -1,
    Number.NaN,
    5e-324,
    -5e-324,
    2 ** 53,
    1e300,
    -1e300,
    Infinity,
    -Infinity,
    65_536,
  );

  it('gives the order of comparison, for few and for many', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(odd, fc.double()), { maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        (some, times) => {
          const values = Float64Array.from(
            { length: some.length * times },
            (_, i) => some[i % some.length] ?? 0,
          );
          // -0 and 0 are equal, and the one as good as the other.
          const normal = values.map((value) => (value === 0 ? 0 : value));
          expect(Array.from(ascending(normal))).toEqual(compared(normal));
        },
      ),
    );
  });

  it('of durations in µs, as reports have them', () => {
    const random = randomNumbers(1);
    const values = Float64Array.from({ length: 50_000 }, () => Math.floor(-20e6 * Math.log(1 - random())));
    expect(Array.from(ascending(values))).toEqual(compared(values));
    expect(sortedValues(values)).toEqual(values.slice().sort());
  });

  it('looks at no more than the given count, wherever the values lie', () => {
    const held = Float64Array.from({ length: 6_000 }, (_, i) => 6_000 - i);
    const part = held.subarray(1_000, 5_000);
    expect(Array.from(ascending(part, 3_000))).toEqual(Array.from({ length: 3_000 }, (_, i) => 2_999 - i));
    expect(ascending(new Float64Array())).toHaveLength(0);
  });
});
