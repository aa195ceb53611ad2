/** What of the axis is in view, and where each row's time lies in it. */

import type { PanelState } from '../../../server/src/protocol/panel-state.ts';
import type { Density, TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import { type Bar, layoutBars } from './bars.ts';
import { type Gap, idleOf, type Layout, type Line, lineOf, lineOfRow } from './time.ts';
import { type Extent, leftMost, scaleOf } from './zoom.ts';

/** Free pixels before the axis' beginning, for the outline of a first bar, and after its end, for open steps. */
export const PAD = 8;
const MARGIN = 40;

/** What an answer says of all rows. */
export interface Facts {
  readonly maxDuration: number;
  readonly typicalDuration: number;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Scene {
  readonly layout: Layout;
  readonly extent: Extent;
  /** Pixels a unit of the axis; 0 where there is no time to show. */
  readonly scale: number;
  /** Place on the axis of the left edge. */
  readonly left: number;
  /** Pixels of the tracks. */
  readonly width: number;
  /** Pixels from the tracks' left edge. */
  x(at: number): number;
  at(x: number): number;
  line(row: TimelineRow): Line;
  /** From the beginning of the axis; the pixels of `x` are `origin` further. */
  bars(row: TimelineRow): readonly Bar[];
  readonly origin: number;
}

export interface Scenes {
  /** As the panel is set now. */
  now(): Scene;
  /** Seconds a pixel that these rows need; of rows that are not known yet, what most of them will. */
  secondsPerPixel(rows: readonly TimelineRow[] | undefined): number;
  /** Forgets how long the rows are without their idle time: others come. */
  forget(): void;
}

interface Loaded {
  readonly version: number;
  loaded(): readonly TimelineRow[];
}

/** Share of the time in which something goes on above which a stretch is left out of the clock. */
const IDLE_OF_CLOCK = 0.02;

const NO_GAPS = lineOf(0, []);

/** Short ones stay: they would be more breaks than axis. */
function longOf({ idle, length }: Density): readonly Gap[] {
  const busy = length - idle.reduce((sum, { from, to }) => sum + to - from, 0);
  return idle.filter(({ from, to }) => to - from > busy * IDLE_OF_CLOCK);
}

/** @param width pixels of the tracks */
export function createScenes(
  settings: () => PanelState['timeline'],
  rows: Loaded,
  facts: () => Facts,
  density: () => Density | undefined,
  width: () => number,
): Scenes {
  let clock: { readonly of: unknown; readonly compressed: boolean; readonly line: Line } | undefined;
  let busy: { readonly version: number; readonly longest: number; readonly typical: number } | undefined;
  let layout: Layout | undefined;
  let lines = new WeakMap<TimelineRow, Line>();
  let bars = new WeakMap<TimelineRow, { readonly scale: number; readonly bars: readonly Bar[] }>();

  const clockLine = (compressed: boolean): Line => {
    const known = density();
    const { from, to } = facts();
    const of = known?.from === undefined || known.from === null ? from : known;
    if (clock === undefined || clock.of !== of || clock.compressed !== compressed) {
      const length =
        typeof of === 'object' && of !== null
          ? of.length
          : from === null || to === null
            ? 0
            : (Date.parse(to) - Date.parse(from)) / 1000;
      const gaps = compressed && typeof of === 'object' && of !== null ? longOf(of) : [];
      clock = { of, compressed, line: lineOf(length, gaps) };
    }
    return clock.line;
  };

  /** The rows without their idle time: what most take stays as the first answer had it, so that nothing jumps. */
  const busyTime = (): { readonly longest: number; readonly typical: number } => {
    if (busy?.version === rows.version) return busy;
    const lengths = rows
      .loaded()
      .map((row) => lineOf(row.duration ?? 0, idleOf(row)).length)
      .sort((a, b) => a - b);
    const typical = lengths[Math.ceil(lengths.length * 0.9) - 1] ?? 0;
    busy = {
      version: rows.version,
      longest: Math.max(lengths.at(-1) ?? 0, busy?.longest ?? 0),
      typical: busy !== undefined && busy.typical > 0 ? busy.typical : typical,
    };
    return busy;
  };

  const layoutNow = (): Layout => {
    const { axis, compressed } = settings();
    const line = axis === 'clock' ? clockLine(compressed) : NO_GAPS;
    const from = axis === 'clock' ? Date.parse(density()?.from ?? facts().from ?? '') || 0 : 0;
    if (
      layout === undefined ||
      layout.axis !== axis ||
      layout.compressed !== compressed ||
      layout.clock !== line ||
      layout.from !== from
    ) {
      layout = { axis, compressed, clock: line, from };
      lines = new WeakMap();
      bars = new WeakMap();
    }
    return layout;
  };

  const extentOf = ({ axis, compressed, clock: { length } }: Layout): Extent => {
    const space = Math.max(120, width() - PAD - MARGIN);
    if (axis === 'own') return { longest: 1, typical: 1, width: space };
    if (axis === 'clock') return { longest: length, typical: length, width: space };
    if (compressed) return { ...busyTime(), width: space };
    const { maxDuration, typicalDuration } = facts();
    return { longest: maxDuration, typical: typicalDuration, width: space };
  };

  const now = (): Scene => {
    const current = layoutNow();
    const extent = extentOf(current);
    const { zoom, left: kept } = settings();
    const scale = scaleOf(zoom, extent);
    const left = Math.min(kept, leftMost(extent, scale));
    const lineOfKnown = (row: TimelineRow): Line => {
      const known = lines.get(row);
      if (known !== undefined) return known;
      const line = lineOfRow(row, current);
      lines.set(row, line);
      return line;
    };
    return {
      layout: current,
      extent,
      scale,
      left,
      width: width(),
      origin: PAD - left * scale,
      x: (at) => PAD + (at - left) * scale,
      at: (x) => (scale > 0 ? left + (x - PAD) / scale : 0),
      line: lineOfKnown,
      bars(row) {
        const known = bars.get(row);
        if (known !== undefined && known.scale === scale) return known.bars;
        const line = lineOfKnown(row);
        const made = layoutBars(row.steps, (seconds) => line.at(seconds) * scale);
        bars.set(row, { scale, bars: made });
        return made;
      },
    };
  };

  return {
    now,
    secondsPerPixel(known) {
      const { layout: current, scale, extent } = now();
      const { typicalDuration, maxDuration } = facts();
      if (!(scale > 0)) return (typicalDuration || maxDuration) / extent.width;
      if (current.axis !== 'own') return 1 / scale;
      const crowded = known?.filter((row) => row.steps.some((step) => (step.steps ?? 1) > 1));
      const shortest = crowded?.reduce(
        (least, row) => Math.min(least, row.duration ?? Number.POSITIVE_INFINITY),
        Number.POSITIVE_INFINITY,
      );
      const seconds =
        shortest !== undefined && Number.isFinite(shortest) ? shortest : typicalDuration || maxDuration;
      return seconds / scale;
    },
    forget() {
      busy = undefined;
    },
  };
}
