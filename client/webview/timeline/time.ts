/** From the time of an interaction to the place on an axis, and back; idle stretches may be left out. Pure. */
import type { Axis } from '../../../server/src/protocol/panel-requests.ts';
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';

/** Seconds in which nothing goes on. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Where a stretch is left out. */
export interface Break {
  readonly at: number;
  /** Seconds left out. */
  readonly length: number;
}

/** Seconds to axis and back. What is left out takes no room: the axis tells the time that is left. */
export interface Line {
  at(seconds: number): number;
  seconds(at: number): number;
  readonly breaks: readonly Break[];
  /** Of the axis that it takes. */
  readonly length: number;
}

/** Share of the busy time above which a gap is idle. */
const IDLE = 0.05;

export function lineOf(length: number, gaps: readonly Gap[]): Line {
  const breaks: Break[] = [];
  /** Left out before each gap. */
  const before: number[] = [];
  let out = 0;
  for (const { from, to } of gaps) {
    before.push(out);
    breaks.push({ at: from - out, length: to - from });
    out += to - from;
  }
  /** The last gap that comes before; −1 for none. */
  const last = (comesBefore: (index: number) => boolean): number => {
    let [low, high] = [0, gaps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (comesBefore(middle)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  return {
    breaks,
    length: Math.max(0, length - out),
    at(seconds) {
      const index = last((at) => (gaps[at]?.from ?? 0) <= seconds);
      const gap = gaps[index];
      if (gap === undefined) return seconds;
      return seconds - (before[index] ?? 0) - (Math.min(seconds, gap.to) - gap.from);
    },
    seconds(at) {
      // At a break itself it is still the time before it.
      const index = last((one) => (breaks[one]?.at ?? 0) < at);
      const gap = gaps[index];
      return gap === undefined ? at : at + (before[index] ?? 0) + gap.to - gap.from;
    },
  };
}

/** Stretches of an interaction in which none of its steps goes on, longer than a twentieth of the time that one does. */
export function idleOf(row: TimelineRow): readonly Gap[] {
  const gaps: Gap[] = [];
  let busy = 0;
  let end = 0;
  const timed = row.steps.filter((step) => step.start !== null);
  timed.forEach((step, index) => {
    const start = step.start ?? 0;
    if (start > end) gaps.push({ from: end, to: start });
    // An open step goes on: until the next one, or as far as the interaction is known.
    const open = timed[index + 1]?.start ?? row.duration ?? start;
    const until = start + (step.dwell ?? (step.open ? Math.max(0, open - start) : 0));
    busy += Math.max(0, until - Math.max(start, end));
    end = Math.max(end, until);
  });
  return busy > 0 ? gaps.filter(({ from, to }) => to - from > busy * IDLE) : [];
}

/** How the rows lie on the axis that is shown. */
export interface Layout {
  readonly axis: Axis;
  readonly compressed: boolean;
  /** Of the clock, from `from` on; used for that axis alone. */
  readonly clock: Line;
  /** Milliseconds since 1970. */
  readonly from: number;
}

/** Of one row: from seconds after its start. */
export function lineOfRow(row: TimelineRow, { axis, compressed, clock, from }: Layout): Line {
  if (axis === 'clock') {
    const start = row.startTime === null ? Number.NaN : (Date.parse(row.startTime) - from) / 1000;
    const shift = Number.isNaN(start) ? 0 : start;
    return {
      at: (seconds) => clock.at(shift + seconds),
      seconds: (at) => clock.seconds(at) - shift,
      breaks: [],
      length: clock.at(shift + (row.duration ?? 0)),
    };
  }
  const line = lineOf(row.duration ?? 0, compressed ? idleOf(row) : []);
  if (axis === 'aligned') return line;
  const whole = line.length > 0 ? line.length : 1;
  return {
    at: (seconds) => line.at(seconds) / whole,
    seconds: (at) => line.seconds(at * whole),
    breaks: line.breaks.map(({ at, length }) => ({ at: at / whole, length })),
    length: line.length > 0 ? 1 : 0,
  };
}
