/** Where the steps of one interaction stand on the time axis. Pure geometry: seconds in, pixels out. */
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';

export type TimelineStep = TimelineRow['steps'][number];

/** A bar: one step, or many steps too short to tell apart at this zoom. */
export interface Bar {
  readonly step: TimelineStep;
  /** How many steps it stands for, from `step` on. */
  readonly steps: number;
  readonly left: number;
  readonly width: number;
  /** `span` has both ends; `open` has no end; `point` has no known dwell; `untimed` has no time at all. */
  readonly shape: 'span' | 'open' | 'point' | 'untimed';
}

const NARROWEST = 4;
const OPEN_WIDTH = 22;
/** Above so many steps a row, unremarkable neighbours are drawn as one. */
const CROWD = 120;

/** @param scale pixels a second */
export function layoutBars(steps: readonly TimelineStep[], scale: number): readonly Bar[] {
  const bars: Bar[] = [];
  let end = 0;
  for (const step of steps) {
    const bar = place(step, scale, end);
    end = bar.left + bar.width;
    const before = bars.at(-1);
    if (
      steps.length > CROWD &&
      before !== undefined &&
      plain(before.step) &&
      plain(step) &&
      before.width <= NARROWEST * 2 &&
      bar.width <= NARROWEST &&
      bar.left <= before.left + before.width + 1
    ) {
      const right = Math.max(before.left + before.width, end);
      bars[bars.length - 1] = { ...before, steps: before.steps + 1, width: right - before.left };
    } else {
      bars.push(bar);
    }
  }
  return bars;
}

function place(step: TimelineStep, scale: number, end: number): Bar {
  if (step.start === null) return { step, steps: 1, left: end, width: 9, shape: 'untimed' };
  const left = step.start * scale;
  if (step.dwell !== null) {
    return { step, steps: 1, left, width: Math.max(NARROWEST, step.dwell * scale), shape: 'span' };
  }
  return step.open
    ? { step, steps: 1, left, width: OPEN_WIDTH, shape: 'open' }
    : { step, steps: 1, left, width: 9, shape: 'point' };
}

function plain(step: TimelineStep): boolean {
  return !step.bottleneck && !step.error && !step.matching && !step.open;
}

const NICE = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400,
];

/** The rounded number of seconds between two ticks so that they stand at least `apart` pixels from each other. */
export function tickStep(scale: number, apart: number): number {
  const least = apart / scale;
  if (!Number.isFinite(least) || least <= 0) return 1;
  if (least <= 1) {
    const power = 10 ** Math.floor(Math.log10(least));
    for (const factor of [1, 2, 5, 10]) if (power * factor >= least * 0.999) return power * factor;
  }
  for (const nice of NICE) if (nice >= least) return nice;
  const days = least / 86_400;
  const power = 10 ** Math.floor(Math.log10(days));
  for (const factor of [1, 2, 5]) if (power * factor >= days) return power * factor * 86_400;
  return power * 10 * 86_400;
}
