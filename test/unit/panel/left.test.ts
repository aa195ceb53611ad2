import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, createStore } from '../../../server/src/analysis/index.ts';
import { leftBy } from '../../../server/src/panel/left.ts';
import { Whole } from '../../../server/src/panel/whole.ts';
import type { Filter } from '../../../server/src/protocol/panel-filter.ts';
import { interaction, step } from '../analysis/support.ts';
import { madeFilter, madeInteractions, marks, OPTIONS, plain, plainLeft } from './reference.ts';

describe('what a filter leaves', () => {
  it('is what each step and each interaction by itself says', () => {
    fc.assert(
      fc.property(madeInteractions, fc.array(madeFilter, { minLength: 1, maxLength: 4 }), (made, filters) => {
        const run = plain(made);
        const whole = new Whole(run.data);
        const steps = run.interactions.flatMap((one) => one.steps);
        for (const filter of filters) {
          const left = leftBy(run.data, filter, whole);
          const { kept, found } = plainLeft(run, filter);
          const staying = kept.flatMap((place) => run.interactions[place]?.steps ?? []);
          expect([...left.frame.live]).toEqual(kept);
          expect(left.frame.steps).toBe(staying.length);
          expect(left.found === undefined ? undefined : [...left.found]).toEqual(
            found === undefined ? undefined : steps.map((one) => Number(found.has(one))),
          );
          expect(left.matchingSteps).toBe(found?.size ?? staying.length);
          expect([...left.flagged.step].map((s) => steps[s])).toEqual(
            staying.filter(({ bottleneck }) => bottleneck),
          );
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is analysed as if there were nothing else', () => {
    const options = {
      ...OPTIONS,
      grouped: [
        { analysis: 'TREND', by: 'HOUR' },
        { analysis: 'NODES', by: 'WEEKDAY' },
        { analysis: 'NODES', by: 'outcome' },
        { analysis: 'NODES', by: 'x' },
      ],
    };
    fc.assert(
      fc.property(madeInteractions, madeFilter, (made, filter) => {
        const run = plain(made);
        const { kept } = plainLeft(run, filter);
        const alone = createStore({ reconcile: false });
        for (const place of kept) {
          const one = made[place];
          if (one !== undefined) alone.add(one);
        }
        const keep = marks(kept, made.length);
        expect(analyse(run.data.store, options, keep)).toEqual(analyse(alone, options));
      }),
      { numRuns: 150 },
    );
  });

  it('asks all conditions on steps of one and the same step', () => {
    const run = plain([
      interaction('one', step('A', 0, 30, { nodeType: 'DECISION' }), step('B', 30, 31, { errorState: true })),
      interaction('both', step('A', 0, 30, { nodeType: 'DECISION', errorState: true })),
    ]);
    const filter: Filter = [
      { kind: 'dwell', from: 20, to: null },
      { kind: 'mark', mark: 'error' },
    ];
    expect([...leftBy(run.data, filter).frame.live]).toEqual([1]);
  });

  it('takes a bound from inclusive to exclusive, to the microsecond', () => {
    const run = plain([interaction('i', step('A', 0, 0.1), step('A', 1, 1.3), step('A', 2, 2.2))]);
    const found = (from: number | null, to: number | null): number[] => [
      ...(leftBy(run.data, [{ kind: 'dwell', from, to }]).found ?? []),
    ];
    expect(found(0.1, 0.3)).toEqual([1, 0, 1]);
    expect(found(0.2, null)).toEqual([0, 1, 1]);
    expect(found(null, 0.1)).toEqual([0, 0, 0]);
    expect(found(null, null)).toEqual([1, 1, 1]);
  });

  it('leaves nothing by a bound of time that nobody can read', () => {
    const run = plain([interaction('i', step('A', 0, 1))]);
    expect(leftBy(run.data, [{ kind: 'time', from: 'yesterday', to: null }]).matchingSteps).toBe(0);
  });

  it('knows records of one id by names of their own', () => {
    const run = plain([
      interaction('a', step('A', 0, 1)),
      interaction('a', step('B', 0, 1)),
      interaction('a (2)', step('C', 0, 1)),
    ]);
    const named = (id: string): number[] => [
      ...leftBy(run.data, [{ kind: 'interactions', ids: [id], label: id }]).frame.live,
    ];
    expect(run.data.names).toEqual(['a', 'a (2)', 'a (2) (2)']);
    expect([named('a'), named('a (2)'), named('a (2) (2)'), named('b')]).toEqual([[0], [1], [2], []]);
    expect(leftBy(run.data, []).frame.columns.ids).toEqual(run.data.names);
  });

  it('leaves out records that a later one replaced', () => {
    const store = createStore();
    store.add(interaction('a', step('A', 0, 1)));
    store.add(interaction('a', step('A', 0, 1), step('B', 1, 2)));
    const data = { store, names: ['a', 'a (2)'], matching: new Uint8Array(3), options: {} };
    expect([...leftBy(data, []).frame.live]).toEqual([1]);
    expect([...(leftBy(data, [{ kind: 'node', nodeId: 'A' }]).found ?? [])]).toEqual([0, 1, 0]);
  });

  it('takes an outcome of an excerpt for what it was called there', () => {
    const run = plain([
      interaction('said', step('D', 0, 1, { outcome: 'ok' }), step('A', 1, 2)),
      interaction('unsaid', step('D', 0, 1), step('B', 1, 2)),
    ]);
    const by = (outcome: string): number[] => [
      ...leftBy(run.data, [{ kind: 'outcome', nodeId: 'D', outcome }]).frame.live,
    ];
    expect([by('A'), by('B'), by('ok'), by('END')]).toEqual([[0], [1], [0], []]);
  });
});
