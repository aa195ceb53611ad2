import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { densityOf } from '../../../server/src/panel/density.ts';
import { leftBy } from '../../../server/src/panel/left.ts';
import { densitySchema } from '../../../server/src/protocol/panel-views.ts';
import { interaction, SECOND, step } from '../analysis/support.ts';
import { madeFilter, madeInteractions, type PlainStep, plain, plainLeft } from './reference.ts';

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

const isTimed = (one: PlainStep): boolean => one.start !== null || one.end !== null;

/** Seconds of an axis of whole seconds in which nothing goes on, each by its beginning. */
function idleSeconds(stretches: readonly (readonly [number, number])[], length: number): number[] {
  return Array.from({ length }, (_, second) => second).filter(
    (second) =>
      !stretches.some(([from, to]) => from <= second && to > second) &&
      // Before the first step nobody is idle.
      stretches.some(([from]) => from <= second),
  );
}

describe('density', () => {
  it('counts each step that has a time once, and knows where none goes on', () => {
    fc.assert(
      fc.property(
        ...([
          madeInteractions,
          madeFilter,
          fc.constantFrom('aligned', 'clock'),
          fc.integer({ min: 1, max: 20 }),
        ] as const),
        (made, filter, axis, bins) => {
          const run = plain(made);
          const left = leftBy(run.data, filter);
          const density = densitySchema.parse(
            densityOf(run.data, left, { kind: 'density', filter, axis, bins }),
          );
          const staying = plainLeft(run, filter).kept.flatMap((place) => run.interactions[place] ?? []);
          const timed = staying.flatMap(({ steps }) => steps.filter(isTimed));
          expect(density.steps).toHaveLength(bins);
          expect(sum(density.steps)).toBe(timed.length);
          expect(sum(density.bottlenecks)).toBe(timed.filter(({ bottleneck }) => bottleneck).length);
          expect(sum(density.errors)).toBe(timed.filter((one) => one.step.errorState === true).length);
          const origin = Math.min(...staying.flatMap(({ derived }) => derived.start ?? []));
          const stretches = staying.flatMap(({ derived, steps }) =>
            steps.filter(isTimed).map((one): [number, number] => {
              const zero = axis === 'clock' ? origin : (derived.start ?? 0);
              const from = one.start ?? one.end ?? 0;
              const to = Math.max(from, one.end ?? from + (one.dwell ?? 0));
              return [(from - zero) / SECOND, (to - zero) / SECOND];
            }),
          );
          const length = Math.max(0, ...stretches.map(([, to]) => to));
          expect(density.length).toBe(length);
          for (const [bin, count] of density.steps.entries()) {
            const within = stretches.filter(
              ([from]) => Math.min(bins - 1, Math.floor(length > 0 ? (from * bins) / length : 0)) === bin,
            );
            expect(count).toBe(within.length);
          }
          const idle = density.idle.flatMap(({ from, to }) =>
            Array.from({ length: to - from }, (_, second) => from + second),
          );
          expect(idle).toEqual(idleSeconds(stretches, length));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps the longest hundred stretches in which nothing happens, in their order', () => {
    let at = 0;
    const steps = Array.from({ length: 151 }, (_, i) => {
      const one = step('A', at, at + 1);
      at += 1 + (i % 2 === 0 ? 10 : 20);
      return one;
    });
    const run = plain([interaction('i', ...steps)]);
    const { idle } = densityOf(run.data, leftBy(run.data, []), {
      ...{ kind: 'density', filter: [], axis: 'aligned', bins: 10 },
    });
    expect(idle).toHaveLength(100);
    expect(idle.filter(({ from, to }) => to - from === 20)).toHaveLength(75);
    expect(idle).toEqual(idle.toSorted((a, b) => a.from - b.from));
  });

  it('has an axis of no length where nothing has a time', () => {
    const run = plain([interaction('i', step('A', null, null)), interaction('empty')]);
    for (const axis of ['aligned', 'clock'] as const) {
      const density = densityOf(run.data, leftBy(run.data, []), {
        kind: 'density',
        filter: [],
        axis,
        bins: 2,
      });
      expect(density).toEqual({
        ...{ kind: 'density', length: 0, from: null, idle: [] },
        ...{ steps: [0, 0], bottlenecks: [0, 0], errors: [0, 0] },
      });
    }
  });
});
