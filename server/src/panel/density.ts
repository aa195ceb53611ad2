/** How much happens along the whole axis of the timeline, and where nothing does. */
import { ascending } from '../analysis/index.ts';
import { toSeconds } from '../protocol/instant.ts';
import type { RequestOf } from '../protocol/panel-requests.ts';
import type { Density } from '../protocol/panel-views.ts';
import type { PanelData } from './data.ts';
import type { Left } from './left.ts';
import { Recent } from './ordering.ts';
import { instantOf, Times } from './steps.ts';
import { extentOf } from './timeline.ts';

const MAX_IDLE = 100;

type MapAxis = RequestOf<'density'>['axis'];

const known = new WeakMap<Left, { readonly maps: Recent<Density>; readonly idle: Recent<Density['idle']> }>();

export function densityOf(_: PanelData, left: Left, { axis, bins }: RequestOf<'density'>): Density {
  const held = known.get(left) ?? { maps: new Recent<Density>(4), idle: new Recent<Density['idle']>(2) };
  known.set(left, held);
  return held.maps.get(`${axis} ${bins}`, () => {
    const { longest, from, to } = extentOf(left);
    const length = axis === 'aligned' ? longest : Number.isNaN(from) ? 0 : to - from;
    return {
      kind: 'density',
      length: toSeconds(length),
      from: axis === 'aligned' ? null : instantOf(from),
      ...countBins(left, axis, bins, length),
      idle: held.idle.get(axis, () => idleStretches(left, axis)),
    };
  });
}

/** Where the axis of an interaction begins; NaN where it has none. */
function originOf(left: Left, axis: MapAxis): (interaction: number) => number {
  const { earliest } = left.frame.columns;
  const { from } = extentOf(left);
  return axis === 'aligned' ? (i) => earliest.values[i] ?? Number.NaN : () => from;
}

function countBins(
  left: Left,
  axis: MapAxis,
  bins: number,
  length: number,
): Pick<Density, 'steps' | 'bottlenecks' | 'errors'> {
  const { columns, live } = left.frame;
  const { isBottleneck } = left.whole;
  const origin = originOf(left, axis);
  const times = new Times(left);
  const [steps, bottlenecks, errors] = [new Int32Array(bins), new Int32Array(bins), new Int32Array(bins)];
  for (const i of live) {
    const begin = origin(i);
    const to = columns.firstStep.values[i + 1] ?? 0;
    for (let s = columns.firstStep.values[i] ?? 0; s < to; s += 1) {
      const place = times.place(s) - begin;
      if (Number.isNaN(place)) continue;
      // What begins where the axis ends is in the last one.
      const bin = length > 0 ? Math.min(bins - 1, Math.floor((place * bins) / length)) : 0;
      steps[bin] = (steps[bin] ?? 0) + 1;
      if (isBottleneck[s] === 1) bottlenecks[bin] = (bottlenecks[bin] ?? 0) + 1;
      if (columns.error.values[s] === 1) errors[bin] = (errors[bin] ?? 0) + 1;
    }
  }
  return { steps: [...steps], bottlenecks: [...bottlenecks], errors: [...errors] };
}

/** Between all stretches in which steps go on; of an open step only its start is known. */
function idleStretches(left: Left, axis: MapAxis): Density['idle'] {
  const busy = busyStretches(left, axis);
  const idle: { from: number; to: number }[] = [];
  let until = 0;
  for (const place of ascending(busy.from)) {
    const [from, to] = [busy.from[place] ?? 0, busy.to[place] ?? 0];
    if (from > until) idle.push({ from: until, to: from });
    if (to > until) until = to;
  }
  return idle
    .sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from)
    .slice(0, MAX_IDLE)
    .sort((a, b) => a.from - b.from)
    .map(({ from, to }) => ({ from: toSeconds(from), to: toSeconds(to) }));
}

/** Of each interaction, steps that touch each other together: far fewer than there are steps, and to be sorted. */
function busyStretches(left: Left, axis: MapAxis): { from: Float64Array; to: Float64Array } {
  const { columns, live, steps } = left.frame;
  const origin = originOf(left, axis);
  const times = new Times(left);
  const [from, to] = [new Float64Array(steps), new Float64Array(steps)];
  let count = 0;
  for (const i of live) {
    const begin = origin(i);
    const first = count;
    const end = columns.firstStep.values[i + 1] ?? 0;
    for (let s = columns.firstStep.values[i] ?? 0; s < end; s += 1) {
      const [starts, until] = [times.place(s) - begin, times.until(s) - begin];
      if (Number.isNaN(starts)) continue;
      if (count > first && starts <= (to[count - 1] ?? 0)) {
        // Steps are in the order of their starts.
        if (until > (to[count - 1] ?? 0)) to[count - 1] = until;
        continue;
      }
      from[count] = starts;
      to[count] = until;
      count += 1;
    }
  }
  return { from: from.slice(0, count), to: to.slice(0, count) };
}
