/** The bars of one row of the timeline: a step each, or neighbours together where they are too many to tell apart. */

import type { TimelineRow } from '../protocol/panel-views.ts';
import type { Left } from './left.ts';
import { flagsOf, nodeOf, secondsOf, Times } from './steps.ts';

type Bar = TimelineRow['steps'][number];

/** What may come as one bar: what is alike, whatever is no bottleneck, error or open step, or anything. */
type Together = 'alike' | 'plain' | 'all';

/** How much coarser each try is than the one before. */
const COARSER = 4;
const MAX_TRIES = 12;

/** Steps of one interaction: those of the store from `from` to before `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Where its axis begins, µs; NaN where no step has a time. */
  readonly origin: number;
  /** From there to its end. */
  readonly length: number;
}

/**
 * Neighbours that together take no longer than `resolution` (µs) come as one bar, where they are alike and nothing is to be
 * told of them; where there are then more than `most` bars, longer ones too, and at last marked ones.
 */
export function barsOf(left: Left, stretch: Stretch, resolution: number, most: number): Bar[] {
  const starts = startsOf(left, stretch, resolution, most);
  return starts.map((s, k) => barOf(left, stretch, s, starts[k + 1] ?? stretch.to));
}

/** The first step of each bar. */
function startsOf(left: Left, stretch: Stretch, resolution: number, most: number): number[] {
  const { from, to, length } = stretch;
  const alike = grouped(left, stretch, resolution, 'alike', most);
  if (alike !== undefined) return alike;
  // A bar and the next one are together longer than the resolution.
  const coarse = Math.max(resolution, (2 * length) / most, 1);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const coarser = coarse * COARSER ** tries;
    // Few marks among many steps are still told apart.
    const plain = tries < 2 ? grouped(left, stretch, coarser, 'plain', most) : undefined;
    if (plain !== undefined) return plain;
    if (tries === 0) continue;
    const all = grouped(left, stretch, coarser / COARSER, 'all', most);
    if (all !== undefined) return all;
  }
  // Steps without times, or side by side: equally many in each.
  const each = Math.ceil((to - from) / most);
  return Array.from({ length: Math.ceil((to - from) / each) }, (_, k) => from + k * each);
}

/** undefined where there would be more than `most`. */
function grouped(
  left: Left,
  { from, to }: Stretch,
  resolution: number,
  together: Together,
  most: number,
): number[] | undefined {
  if (resolution <= 0) return to - from > most ? undefined : span(from, to);
  const { whole, found } = left;
  const { matching } = whole.data;
  const times = new Times(left);
  const starts: number[] = [];
  let mergeable = false;
  let begin = Number.NaN;
  let until = Number.NaN;
  for (let s = from; s < to; s += 1) {
    const [place, end] = [times.place(s), times.until(s)];
    const plain = together === 'all' || isPlain(left, s);
    const reaches = Math.max(until, end);
    // Of untimed steps nothing tells how far they are apart: they are told apart until nothing else helps.
    const joins =
      mergeable &&
      plain &&
      reaches - begin <= resolution &&
      (together !== 'alike' || (matching[s] === matching[s - 1] && found?.[s] === found?.[s - 1]));
    if (joins) {
      until = reaches;
      continue;
    }
    if (starts.length === most) return undefined;
    starts.push(s);
    mergeable = plain;
    begin = place;
    until = end;
  }
  return starts;
}

function span(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, k) => from + k);
}

/** Neither a bottleneck nor an error nor open. */
function isPlain({ whole, frame }: Left, s: number): boolean {
  if (whole.isBottleneck[s] === 1 || frame.columns.error.values[s] === 1) return false;
  const i = frame.stepInteraction[s] ?? 0;
  return frame.columns.open.values[i] !== 1 || s + 1 !== frame.columns.firstStep.values[i + 1];
}

function barOf(left: Left, { origin }: Stretch, first: number, next: number): Bar {
  const { columns } = left.frame;
  const times = new Times(left);
  const wait = secondsOf(columns.wait.values[first]);
  if (next === first + 1) {
    return {
      ...nodeOf(left, first),
      start: secondsOf(times.place(first) - origin),
      dwell: secondsOf(columns.dwell.values[first]),
      wait,
      ...flagsOf(left, first),
    };
  }
  let [begin, until] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const flags = { ...flagsOf(left, first) };
  for (let s = first; s < next; s += 1) {
    const [place, end] = [times.place(s), times.until(s)];
    if (place < begin) begin = place;
    if (end > until) until = end;
    const own = flagsOf(left, s);
    flags.bottleneck ||= own.bottleneck;
    flags.error ||= own.error;
    flags.matching ||= own.matching;
    flags.open ||= own.open;
    if (own.found === true) flags.found = true;
  }
  const isTimed = until >= begin;
  return {
    ...nodeOf(left, first),
    start: isTimed ? secondsOf(begin - origin) : null,
    dwell: isTimed ? secondsOf(until - begin) : null,
    wait,
    ...flags,
    steps: next - first,
  };
}
