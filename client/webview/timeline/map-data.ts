/** What the map above the axis shows: asked for where the axis is one for all rows, else of the rows that are there. */
import type { Density, TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import { duration, instant, percent } from '../format.ts';
import type { Panel } from '../view.ts';
import { type Bins, binsOf } from './minimap.ts';
import type { Scene } from './scene.ts';
import { mapInWords } from './timeline-words.ts';

/** Pixels a bin, at least; and bins, at most. */
const WIDE = 3;
const MOST = 600;
/** Seconds. */
const NOTHING = 5e-7;

export interface MapData {
  /** Of the axis that is shown, once it is there. */
  readonly density: Density | undefined;
  /** Asks for what the axis needs, if that is not there. */
  want(width: number): void;
  /** Asks anew; with `keep`, what is there stays until then. */
  reset(keep: boolean): void;
  picture(
    scene: Scene,
    rows: { readonly version: number; loaded(): readonly TimelineRow[] },
  ): {
    readonly bins: Bins | undefined;
    readonly words: string;
  };
}

interface Held {
  readonly axis: 'aligned' | 'clock';
  readonly density: Density;
}

/** A place on the axis in words. */
export function placeInWords(scene: Scene, at: number, zone: string): string {
  const { layout } = scene;
  if (layout.axis === 'own') return percent(Math.max(0, Math.min(1, at)));
  // What a calculation leaves of nothing is nothing.
  if (layout.axis === 'aligned') return `+${duration(at < NOTHING ? 0 : at)}`;
  return instant(new Date(layout.from + layout.clock.seconds(at) * 1000).toISOString(), zone);
}

export function createMapData(panel: Panel, changed: () => void): MapData {
  let held: Held | undefined;
  let stale = true;
  let asking: { readonly axis: Held['axis']; readonly stop: AbortController } | undefined;
  let drawn:
    | { readonly density: Density; readonly layout: unknown; readonly bins: Bins; readonly words: string }
    | undefined;
  let binned:
    | { readonly key: string; readonly of: unknown; readonly bins: Bins; readonly words: string }
    | undefined;

  const axisOf = (): Held['axis'] | undefined => {
    const { axis, compressed } = panel.state.timeline;
    if (axis === 'clock') return 'clock';
    return axis === 'aligned' && !compressed ? 'aligned' : undefined;
  };

  const ask = async (axis: Held['axis'], bins: number): Promise<void> => {
    asking?.stop.abort();
    const mine = { axis, stop: new AbortController() };
    asking = mine;
    try {
      const density = await panel.channel.ask(
        { kind: 'density', filter: panel.state.filter, axis, bins },
        mine.stop.signal,
      );
      if (asking !== mine) return;
      held = { axis, density };
      stale = false;
    } catch {
      // Without it there is no picture above the axis; why nothing can be read, the rows say.
      if (asking !== mine) return;
      stale = false;
    }
    asking = undefined;
    changed();
  };

  /** By the clock without its idle time, bins go where their time is. */
  const fold = ({ steps, bottlenecks, errors, length }: Density, scene: Scene): Bins => {
    const bin = length / steps.length;
    const line = scene.layout.clock;
    const fresh = (): number[] => new Array<number>(steps.length).fill(0);
    const bins = { steps: fresh(), bottlenecks: fresh(), errors: fresh() };
    steps.forEach((amount, at) => {
      if (amount === 0) return;
      const place = Math.min(
        steps.length - 1,
        Math.floor((line.at((at + 0.5) * bin) / line.length) * steps.length),
      );
      bins.steps[place] = (bins.steps[place] ?? 0) + amount;
      bins.bottlenecks[place] = (bins.bottlenecks[place] ?? 0) + (bottlenecks[at] ?? 0);
      bins.errors[place] = (bins.errors[place] ?? 0) + (errors[at] ?? 0);
    });
    return bins;
  };

  const current = (): Density | undefined => (held?.axis === axisOf() ? held?.density : undefined);

  return {
    get density() {
      return current();
    },
    want(width) {
      const axis = axisOf();
      if (axis === undefined || (!stale && held?.axis === axis) || asking?.axis === axis) return;
      if (!stale && held === undefined) return;
      void ask(axis, Math.max(1, Math.min(MOST, axis === 'clock' ? MOST : Math.floor(width / WIDE))));
    },
    reset(keep) {
      asking?.stop.abort();
      asking = undefined;
      stale = true;
      binned = undefined;
      if (!keep) held = undefined;
    },
    picture(scene, rows) {
      const zone = panel.timeZone;
      const say = (at: number): string => placeInWords(scene, at, zone);
      const { longest } = scene.extent;
      const density = current();
      if (density !== undefined) {
        if (drawn?.density !== density || drawn.layout !== scene.layout) {
          const isFolded = scene.layout.axis === 'clock' && scene.layout.compressed;
          const bins = isFolded ? fold(density, scene) : density;
          const length = isFolded ? scene.layout.clock.length : density.length;
          drawn = { density, layout: scene.layout, bins, words: mapInWords({ ...bins, length }, say) };
        }
        return drawn;
      }
      if (axisOf() !== undefined || !(longest > 0)) return { bins: undefined, words: 'Map of the axis' };
      const key = `${rows.version} ${longest}`;
      if (binned === undefined || binned.key !== key || binned.of !== scene.layout) {
        const amount = Math.max(1, Math.min(MOST, Math.floor(scene.width / WIDE)));
        const bins = binsOf(startsOf(rows.loaded(), scene), longest, amount);
        const words = `${mapInWords({ ...bins, length: longest }, say)}; of the rows about the ones in view`;
        binned = { key, of: scene.layout, bins, words };
      }
      return binned;
    },
  };
}

function* startsOf(
  rows: readonly TimelineRow[],
  scene: Scene,
): Generator<{ at: number; bottleneck: boolean; error: boolean; steps: number }> {
  for (const row of rows) {
    const line = scene.line(row);
    for (const { start, bottleneck, error, steps } of row.steps) {
      if (start !== null) yield { at: line.at(start), bottleneck, error, steps: steps ?? 1 };
    }
  }
}
