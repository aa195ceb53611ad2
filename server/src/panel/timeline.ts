/** The timeline: the interactions that stay, as rows of bars. */
import { quantile } from '../analysis/index.ts';
import { MICROS_PER_SECOND, toSeconds } from '../protocol/instant.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { RequestOf } from '../protocol/panel-requests.ts';
import type { TimelineRow } from '../protocol/panel-views.ts';
import { barsOf } from './bars.ts';
import type { PanelData } from './data.ts';
import type { Left } from './left.ts';
import { ordered, pageOf, Recent } from './ordering.ts';
import { instantOf, secondsOf, Times } from './steps.ts';

type Timeline = Extract<PanelResponse, { kind: 'timeline' }>;
type Order = RequestOf<'timeline'>['order'];

/** Bars of a row, at most: no screen shows more of them apart. */
const MAX_BARS = 600;
/** Of an answer, at about which the longest rows get fewer; none less than the least. */
const MAX_BARS_IN_ALL = 30_000;
const MIN_BARS = 60;
/** Of the durations of the rows: most of them fit into it. */
const TYPICAL = 0.9;

/** Of all rows that a filter leaves. */
export interface Extent {
  /** µs: the longest time from an interaction's first start to what its steps reach, 0 where none has a time. */
  readonly longest: number;
  readonly typical: number;
  /** The first start, and what the steps of all reach; NaN where none has a time. */
  readonly from: number;
  readonly to: number;
  /** By interaction of the store: its bottlenecks. */
  readonly bottlenecks: Int32Array;
}

/** Rows of so many steps and more are kept, for they take longer to make than a screen may wait while it scrolls. */
const MANY_STEPS = 2_000;
const KEPT_ROWS = 200;

interface Known {
  readonly extent: Extent;
  readonly rows: Recent<TimelineRow>;
  readonly orders: Recent<Int32Array>;
}

const known = new WeakMap<Left, Known>();

function knownOf(left: Left): Known {
  const held = known.get(left) ?? {
    extent: measure(left),
    rows: new Recent<TimelineRow>(KEPT_ROWS),
    orders: new Recent<Int32Array>(2),
  };
  known.set(left, held);
  return held;
}

export function extentOf(left: Left): Extent {
  return knownOf(left).extent;
}

export function timelineOf(_: PanelData, left: Left, request: RequestOf<'timeline'>): Timeline {
  const { extent, orders } = knownOf(left);
  const all = orders.get(request.order, () => inOrder(left, extent, request.order));
  const at = request.at === undefined ? undefined : left.whole.find(request.at);
  const { offset, rows } = pageOf(all, request, at);
  const most = barsEach(left, rows);
  const resolution = Math.round(request.resolution * MICROS_PER_SECOND);
  return {
    kind: 'timeline',
    total: all.length,
    offset,
    maxDuration: toSeconds(extent.longest),
    typicalDuration: toSeconds(extent.typical),
    from: instantOf(extent.from),
    to: instantOf(extent.to),
    rows: Array.from(rows, (i) => keptRowOf(left, i, resolution, most)),
  };
}

function measure({ frame, flagged }: Left): Extent {
  const { columns, live } = frame;
  const bottlenecks = new Int32Array(columns.ids.length);
  for (const i of flagged.interaction) bottlenecks[i] = (bottlenecks[i] ?? 0) + 1;
  const times = new Times({ frame });
  let longest = 0;
  let [from, to] = [Number.NaN, Number.NaN];
  for (const i of live) {
    const earliest = columns.earliest.values[i] ?? Number.NaN;
    if (Number.isNaN(earliest)) continue;
    let latest = earliest;
    const end = columns.firstStep.values[i + 1] ?? 0;
    for (let s = columns.firstStep.values[i] ?? 0; s < end; s += 1) {
      const until = times.until(s);
      if (until > latest) latest = until;
    }
    longest = Math.max(longest, latest - earliest);
    if (!(from <= earliest)) from = earliest;
    if (!(to >= latest)) to = latest;
  }
  const durations = Float64Array.from(live, (i) => columns.duration.values[i] ?? Number.NaN)
    .filter((duration) => !Number.isNaN(duration))
    .sort();
  const typical = durations.length === 0 ? 0 : quantile(durations, TYPICAL);
  return { longest, typical, from, to, bottlenecks };
}

function inOrder({ frame }: Left, { bottlenecks }: Extent, order: Order): Int32Array {
  const { columns, live } = frame;
  switch (order) {
    case 'run':
      return live;
    case 'duration':
      return ordered(live, (i) => columns.duration.values[i] ?? Number.NaN, true);
    case 'bottlenecks':
      return ordered(live, (i) => bottlenecks[i] ?? 0, true);
    case 'start':
      return ordered(live, (i) => columns.earliest.values[i] ?? Number.NaN);
  }
}

/** Bars that a row of these may have, so that the answer stays of a size whatever their steps. */
function barsEach({ frame }: Left, rows: Int32Array): number {
  const offsets = frame.columns.firstStep.values;
  let most = MAX_BARS;
  const inAll = (): number =>
    rows.reduce((sum, i) => sum + Math.min(most, (offsets[i + 1] ?? 0) - (offsets[i] ?? 0)), 0);
  while (most > MIN_BARS && inAll() > MAX_BARS_IN_ALL) most = Math.max(MIN_BARS, Math.floor(most * 0.75));
  return most;
}

function keptRowOf(left: Left, i: number, resolution: number, most: number): TimelineRow {
  const { values } = left.frame.columns.firstStep;
  const make = (): TimelineRow => rowOf(left, i, resolution, most);
  if ((values[i + 1] ?? 0) - (values[i] ?? 0) < MANY_STEPS) return make();
  return knownOf(left).rows.get(`${i} ${resolution} ${most}`, make);
}

function rowOf(left: Left, i: number, resolution: number, most: number): TimelineRow {
  const { columns } = left.frame;
  const [from, to] = [columns.firstStep.values[i] ?? 0, columns.firstStep.values[i + 1] ?? 0];
  const origin = columns.earliest.values[i] ?? Number.NaN;
  const length = (columns.latest.values[i] ?? Number.NaN) - origin;
  return {
    interactionId: columns.ids[i] ?? '',
    startTime: instantOf(origin),
    duration: secondsOf(columns.duration.values[i]),
    stepCount: to - from,
    bottlenecks: extentOf(left).bottlenecks[i] ?? 0,
    errors: columns.errors.values[i] ?? 0,
    steps: barsOf(left, { from, to, origin, length: Number.isNaN(length) ? 0 : length }, resolution, most),
  };
}
