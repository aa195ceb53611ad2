/**
 * Order and times of one interaction's steps on bare arrays: the one place that knows them, used step by step
 * (`deriveSteps`) and in bulk (the store). NaN stands for an instant or a length that is not known.
 */
import type { Step } from '../protocol/history.ts';

/**
 * Works one interaction after another in the same arrays. `start` and `end` are by position in the source;
 * `order` (source positions), `dwell` and `wait` by position in time.
 */
export class StepClock {
  count = 0;
  start = new Float64Array(16);
  end = new Float64Array(16);
  order = new Int32Array(16);
  dwell = new Float64Array(16);
  wait = new Float64Array(16);
  /** A step has neither start nor end. */
  untimed = false;
  /** Steps that begin before the latest end of those before them. */
  overlaps = 0;
  /** Steps without a dwell that are not open. */
  unknownDwells = 0;
  /** The last step has no end. */
  open = false;
  /** First start (or end, where there is no start), and last end (or start). NaN where no step has a time. */
  earliestStart = Number.NaN;
  latestEnd = Number.NaN;

  read(steps: readonly Step[]): void {
    const count = steps.length;
    this.count = count;
    if (count > this.start.length) this.#reserve(count);
    const { start, end } = this;
    let untimed = false;
    let sorted = true;
    let lastStart = Number.NEGATIVE_INFINITY;
    let lastEnd = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i += 1) {
      const step = steps[i];
      const from = step?.startTime ?? Number.NaN;
      const to = step?.endTime ?? Number.NaN;
      start[i] = from;
      end[i] = to;
      const key = Number.isNaN(from) ? to : from;
      if (Number.isNaN(key)) {
        untimed = true;
        continue;
      }
      const tie = Number.isNaN(to) ? Number.POSITIVE_INFINITY : to;
      if (key < lastStart || (key === lastStart && tie < lastEnd)) sorted = false;
      lastStart = key;
      lastEnd = tie;
    }
    this.untimed = untimed;
    for (let i = 0; i < count; i += 1) this.order[i] = i;
    if (!sorted) this.#sort();
    this.#time();
  }

  #reserve(count: number): void {
    const size = Math.max(count, this.start.length * 2);
    this.start = new Float64Array(size);
    this.end = new Float64Array(size);
    this.order = new Int32Array(size);
    this.dwell = new Float64Array(size);
    this.wait = new Float64Array(size);
  }

  /** By (start, end, position). A step without an end comes after those that ended, being the one that may run on. */
  #sort(): void {
    const { start, end, count } = this;
    const timed: number[] = [];
    const sorted: number[] = [];
    const isTimed = (i: number): boolean => !Number.isNaN(start[i]) || !Number.isNaN(end[i]);
    for (let i = 0; i < count; i += 1) {
      if (isTimed(i)) timed.push(i);
      else if (timed.length === 0) sorted.push(i);
    }
    timed.sort((a, b) => {
      const startA = keyOf(start, end, a);
      const startB = keyOf(start, end, b);
      if (startA !== startB) return startA - startB;
      const endA = tieOf(end, a);
      const endB = tieOf(end, b);
      return endA === endB ? a - b : endA < endB ? -1 : 1;
    });
    for (const leader of timed) {
      sorted.push(leader);
      // Steps without any time stay right behind the step that they followed in the source.
      for (let i = leader + 1; i < count && !isTimed(i); i += 1) sorted.push(i);
    }
    this.order.set(sorted);
  }

  #time(): void {
    const { start, end, order, dwell, wait, count } = this;
    let latest = Number.NEGATIVE_INFINITY;
    let earliest = Number.POSITIVE_INFINITY;
    let behindUntimed = false;
    let overlaps = 0;
    let unknown = 0;
    let open = false;
    for (let k = 0; k < count; k += 1) {
      const i = order[k] ?? 0;
      const from = start[i] ?? 0;
      const to = end[i] ?? 0;
      const hasStart = !Number.isNaN(from);
      const hasEnd = !Number.isNaN(to);
      let length = Number.NaN;
      if (hasEnd) {
        if (to >= from) length = to - from;
      } else if (k + 1 < count) {
        // Where the next step has no start this is NaN: how long the step took is then not known.
        length = (start[order[k + 1] ?? 0] ?? 0) - from;
      } else {
        open = true;
      }
      if (Number.isNaN(length) && !open) unknown += 1;
      dwell[k] = length;
      let waited = Number.NaN;
      if (hasStart) {
        if (latest > Number.NEGATIVE_INFINITY) {
          if (from < latest) overlaps += 1;
          if (!behindUntimed) waited = from > latest ? from - latest : 0;
        }
        if (from < earliest) earliest = from;
      } else if (hasEnd && to < earliest) {
        earliest = to;
      }
      wait[k] = waited;
      behindUntimed = !hasStart && !hasEnd;
      // A step with a single timestamp ends, for the steps after it, where it starts.
      const until = hasEnd ? to : from;
      if (until > latest) latest = until;
    }
    this.earliestStart = earliest === Number.POSITIVE_INFINITY ? Number.NaN : earliest;
    // Ends that lie before their starts could put the end of all before the beginning.
    this.latestEnd = latest === Number.NEGATIVE_INFINITY ? Number.NaN : Math.max(latest, earliest);
    this.overlaps = overlaps;
    this.unknownDwells = unknown;
    this.open = open;
  }

  /** Latest end less earliest start in µs, never negative; NaN where the interaction is untimed or empty. */
  duration(): number {
    return this.untimed ? Number.NaN : this.latestEnd - this.earliestStart;
  }

  /** Duration less the length of the union of the steps; NaN where the length of a step is not known. */
  idle(): number {
    if (this.unknownDwells > 0) return Number.NaN;
    let covered = 0;
    let until = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < this.count; k += 1) {
      const from = this.start[this.order[k] ?? 0] ?? Number.NaN;
      const to = from + (this.dwell[k] ?? Number.NaN);
      if (to > until) {
        covered += to - Math.max(from, until);
        until = to;
      }
    }
    return Math.max(0, this.duration() - covered);
  }
}

function keyOf(start: Float64Array, end: Float64Array, i: number): number {
  const from = start[i] ?? Number.NaN;
  return Number.isNaN(from) ? (end[i] ?? Number.NaN) : from;
}

function tieOf(end: Float64Array, i: number): number {
  const to = end[i] ?? Number.NaN;
  return Number.isNaN(to) ? Number.POSITIVE_INFINITY : to;
}
