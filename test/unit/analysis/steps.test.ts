import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveSteps } from '../../../server/src/analysis/index.ts';
import { interaction, SECOND, step } from './support.ts';

/** Node ids in time order, and each step's dwell and wait in seconds. */
function derived(...steps: Parameters<typeof interaction>[1][]) {
  const result = deriveSteps(interaction('i', ...steps));
  const seconds = (micros: number | null): number | null => (micros === null ? null : micros / SECOND);
  return {
    ...result,
    nodes: result.steps.map(({ step: { nodeId } }) => nodeId).join(' '),
    dwells: result.steps.map(({ dwell }) => seconds(dwell)),
    waits: result.steps.map(({ wait }) => seconds(wait)),
    durationSeconds: seconds(result.duration),
    idleSeconds: seconds(result.idle),
  };
}

describe('order of steps', () => {
  it('goes by start, then by end, then by position in the source', () => {
    const { nodes } = derived(
      step('late', 9, 10),
      step('long', 0, 5),
      step('short', 0, 1),
      step('twin', 0, 1),
    );
    expect(nodes).toBe('short twin long late');
  });

  it('takes the end for a start that is missing', () => {
    expect(derived(step('b', 5, 6), step('a', null, 4), step('c', null, 7)).nodes).toBe('a b c');
  });

  it('puts a step without an end behind those that ended, at the same start', () => {
    expect(derived(step('running', 0, null), step('done', 0, 3)).nodes).toBe('done running');
  });

  it('leaves a step without any time behind its predecessor', () => {
    const result = derived(step('x', null, null), step('b', 5, 6), step('y', null, null), step('a', 1, 2));
    expect(result.nodes).toBe('x a b y');
    expect(result.untimed).toBe(true);
  });

  it('numbers the steps and marks the last', () => {
    const { steps } = derived(step('b', 5, 6), step('a', 1, 2));
    expect(steps.map(({ sequence, isLast }) => [sequence, isLast])).toEqual([
      [0, false],
      [1, true],
    ]);
  });
});

describe('times of steps', () => {
  it('has dwell from start to end, and wait from the latest end before', () => {
    //  a 0–10, b 12–20, c 15–16, d 25–30. Waits: b 12 − 10 = 2; c begins while b runs: 0; d 25 − 20 = 5, from b's
    //  end, not c's. Duration 30. Steps cover 10 + 8 (c lies within b) + 5 = 23: idle 7.
    const result = derived(step('a', 0, 10), step('b', 12, 20), step('c', 15, 16), step('d', 25, 30));
    expect(result.dwells).toEqual([10, 8, 1, 5]);
    expect(result.waits).toEqual([null, 2, 0, 5]);
    expect(result.overlaps).toBe(1);
    expect(result.durationSeconds).toBe(30);
    expect(result.idleSeconds).toBe(7);
  });

  it('takes the next start where a step has no end, and leaves a last one open', () => {
    //  Single timestamps 0, 4, 10: dwells 4, 6, none; on each edge the time from start to start.
    const result = derived(step('a', 0, null), step('b', 4, null), step('c', 10, null));
    expect(result.dwells).toEqual([4, 6, null]);
    expect(result.waits).toEqual([null, 4, 6]);
    expect(result.steps.map(({ open }) => open)).toEqual([false, false, true]);
    expect(result.durationSeconds).toBe(10);
    expect(result.unknownDwells).toBe(0);
  });

  it('knows no dwell for an end before its start, or an end alone, and counts them', () => {
    const result = derived(step('back', 10, 5), step('endOnly', null, 15), step('c', 20, 21));
    expect(result.nodes).toBe('back endOnly c');
    expect(result.dwells).toEqual([null, null, 1]);
    // The end alone has no start to wait until; c waits since the latest end, 15.
    expect(result.waits).toEqual([null, null, 5]);
    expect(result.unknownDwells).toBe(2);
    expect(result.idle).toBeNull();
    expect(result.durationSeconds).toBe(11);
  });

  it('does not take the end of the next step for its start', () => {
    expect(derived(step('a', 0, null), step('b', null, 9)).dwells).toEqual([null, null]);
  });

  it('has no duration, and no times across the gap, where a step has no time at all', () => {
    const result = derived(step('a', 0, 10), step('x', null, null), step('b', 30, 40), step('c', 41, 42));
    expect(result.durationSeconds).toBeNull();
    expect(result.idleSeconds).toBeNull();
    expect(result.dwells).toEqual([10, null, 10, 1]);
    expect(result.waits).toEqual([null, null, null, 1]);
    expect([result.start, result.end]).toEqual([0, 42 * SECOND]);
  });

  it('never goes backwards: a single step whose end lies before its start lasts 0', () => {
    expect(derived(step('a', 10, 5)).durationSeconds).toBe(0);
  });

  it('tells how long an open step has been running, when told the time', () => {
    const running = interaction('i', step('a', 0, 2), step('b', 5, null));
    expect(deriveSteps(running, 65 * SECOND).steps.map(({ elapsed }) => elapsed)).toEqual([
      2 * SECOND,
      60 * SECOND,
    ]);
    expect(deriveSteps(running).steps.map(({ elapsed }) => elapsed)).toEqual([2 * SECOND, null]);
    // A tenant's clock ahead of ours.
    expect(deriveSteps(running, 0).steps[1]?.elapsed).toBe(0);
  });

  it('counts steps and errors of the interaction', () => {
    const { stepCount, errorCount } = derived(
      step('a', 0, 1, { errorState: true }),
      step('b', 1, 2, { errorState: false }),
      step('c', 2, 3),
    );
    expect([stepCount, errorCount]).toEqual([3, 1]);
  });

  it('has nothing to tell of an empty interaction', () => {
    expect(deriveSteps(interaction('i'))).toEqual({
      steps: [],
      start: null,
      end: null,
      duration: null,
      idle: null,
      untimed: false,
      overlaps: 0,
      unknownDwells: 0,
      stepCount: 0,
      errorCount: 0,
    });
  });
});

describe('any steps', () => {
  const instant = fc.option(fc.integer({ min: 0, max: 20 }), { nil: null });
  const anySteps = fc.array(
    fc
      .tuple(fc.constantFrom('a', 'b', 'c'), instant, instant)
      .map(([node, start, end]) => step(node, start, end)),
    { maxLength: 40 },
  );

  it('keep all steps, in an order of which no time is negative', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const result = deriveSteps(interaction('i', ...steps), 30 * SECOND);
        expect(new Set(result.steps.map((one) => one.step))).toEqual(new Set(steps));
        for (const { dwell, wait, elapsed } of result.steps) {
          for (const length of [dwell, wait, elapsed])
            if (length !== null) expect(length).toBeGreaterThanOrEqual(0);
        }
        for (const length of [result.duration, result.idle]) {
          if (length !== null) expect(length).toBeGreaterThanOrEqual(0);
        }
        if (result.idle !== null) expect(result.idle).toBeLessThanOrEqual(result.duration ?? -1);
        const keys = result.steps.map((one) => one.start ?? one.end).filter((key) => key !== null);
        expect(keys).toEqual([...keys].sort((a, b) => a - b));
      }),
    );
  });

  it('come in the same order however they are arranged, when their times differ', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { maxLength: 30 }), (starts) => {
        const steps = starts.map((start) => step(`n${start}`, start, start + 1));
        const nodes = deriveSteps(interaction('i', ...steps)).steps.map((one) => one.step.nodeId);
        expect(nodes).toEqual([...starts].sort((a, b) => a - b).map((start) => `n${start}`));
      }),
    );
  });
});
