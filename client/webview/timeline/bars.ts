/** Where the steps of one interaction stand on the axis. Pure geometry. */
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';

export type TimelineStep = TimelineRow['steps'][number];

/** A bar: one step, or many steps too short to tell apart at this zoom. */
export interface Bar {
  readonly step: TimelineStep;
  /** How many steps it stands for, from `step` on. */
  readonly steps: number;
  /** Pixels from the beginning of the axis. */
  readonly left: number;
  readonly width: number;
  /** `span` has both ends; `open` has no end; `point` has no known dwell; `untimed` has no time at all. */
  readonly shape: 'span' | 'open' | 'point' | 'untimed';
  /** Where the step before ends, if something lies between; pixels. */
  readonly waitFrom: number | undefined;
}

const NARROWEST = 4;
const OPEN_WIDTH = 22;
export const POINT = 9;
/** Between untimed steps, pixels. */
const APART = 5;
/** Pixels of a wait that can be seen. */
const LEAST_WAIT = 3;

/** @param at pixels from the beginning of the axis, of seconds after the interaction's start */
export function layoutBars(steps: readonly TimelineStep[], at: (seconds: number) => number): readonly Bar[] {
  const bars: Bar[] = [];
  let end = 0;
  for (const step of steps) {
    const bar = place(step, at, end);
    const before = bars.at(-1);
    if (before !== undefined && isCrowd(before, bar)) {
      const right = Math.max(before.left + before.width, bar.left + bar.width);
      bars[bars.length - 1] = {
        ...before,
        steps: before.steps + bar.steps,
        width: right - before.left,
      };
    } else {
      bars.push(bar);
    }
    end = Math.max(end, bar.left + bar.width);
  }
  return bars;
}

function place(step: TimelineStep, at: (seconds: number) => number, end: number): Bar {
  const steps = step.steps ?? 1;
  if (step.start === null) {
    const left = end === 0 ? 0 : end + APART;
    return { step, steps, left, width: POINT, shape: 'untimed', waitFrom: undefined };
  }
  const left = at(step.start);
  const wait = step.wait !== null && step.wait > 0 ? at(step.start - step.wait) : left;
  const waitFrom = left - wait >= LEAST_WAIT ? wait : undefined;
  if (step.dwell !== null) {
    const width = Math.max(NARROWEST, at(step.start + step.dwell) - left);
    return { step, steps, left, width, shape: 'span', waitFrom };
  }
  return step.open
    ? { step, steps, left, width: OPEN_WIDTH, shape: 'open', waitFrom }
    : { step, steps, left, width: POINT, shape: 'point', waitFrom };
}

/** Unremarkable neighbours, so narrow that one would be drawn over the other. */
function isCrowd(before: Bar, bar: Bar): boolean {
  return (
    bar.left < before.left + before.width &&
    bar.width <= NARROWEST &&
    before.shape === 'span' &&
    bar.shape === 'span' &&
    (before.steps > 1 || before.width <= NARROWEST * 2) &&
    before.step.found === bar.step.found &&
    isPlain(before.step) &&
    isPlain(bar.step)
  );
}

function isPlain(step: TimelineStep): boolean {
  return !step.bottleneck && !step.error && !step.matching && !step.open;
}

/** The bar that a step is in, or the nearest before it. */
export function barOf(bars: readonly Bar[], sequence: number): Bar | undefined {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle]?.step.sequence ?? 0) <= sequence) low = middle + 1;
    else high = middle;
  }
  return bars[Math.max(0, low - 1)];
}

/** What a step is in the row that was answered: itself, or the crowd that it comes in. */
export function entryOf(steps: readonly TimelineStep[], sequence: number): TimelineStep | undefined {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
    else high = middle;
  }
  return steps[Math.max(0, low - 1)];
}

/** The bar at a place, the one drawn last of several; `reach` pixels beside it still count. */
export function barAt(bars: readonly Bar[], x: number, reach: number): Bar | undefined {
  let best: Bar | undefined;
  let distance = reach;
  for (const bar of bars) {
    const away = Math.max(0, bar.left - x, x - bar.left - bar.width);
    if (away > reach) continue;
    const better =
      away < distance || (away === distance && rank(bar) >= (best === undefined ? 0 : rank(best)));
    if (best !== undefined && !better) continue;
    best = bar;
    distance = away;
  }
  return best;
}

/** Remarkable ones are drawn over the others. */
export function rank({ step }: Bar): number {
  if (step.bottleneck) return 3;
  if (step.error) return 2;
  return step.found === true ? 1 : 0;
}
