/** Sets the ruler: by drag on the tracks, or by keyboard from the start of one step to that of another. */
import type { Panel } from '../view.ts';
import type { Cursor } from './cursor.ts';
import { placeInWords } from './map-data.ts';
import { type End, measured, paintRuler } from './measure.ts';
import { createMeasuring } from './measuring.ts';
import type { Brush } from './paint.ts';
import { type PaintedRow, ROW } from './paint-rows.ts';
import type { Scene, Scenes } from './scene.ts';
import type { TimelineSource } from './source.ts';

/** Pixels within which an end goes to the edge of a bar. */
const SNAP = 6;

export interface RulerTool {
  /** A drag measures. */
  readonly isOn: boolean;
  turn(on: boolean): void;
  /** False where there was nothing to clear. */
  clear(): boolean;
  /** At a place of the view. */
  drag(phase: 'start' | 'move' | 'end', x: number, y: number, rows: readonly PaintedRow[]): void;
  /** At the step that the keyboard is on: the first end, then the second. */
  key(cursor: Cursor): void;
  paint(brush: Brush, scene: Scene, rows: readonly PaintedRow[], height: number): void;
}

export function createRuler(panel: Panel, scenes: Scenes, source: TimelineSource): RulerTool {
  const measuring = createMeasuring();

  const words = (): string => {
    const { ruler } = measuring;
    return ruler === undefined
      ? 'No time lies between the two'
      : measured(ruler, scenes.now(), source.row(ruler.from.row), panel.timeZone);
  };

  const endAt = (x: number, y: number, rows: readonly PaintedRow[]): End => {
    const scene = scenes.now();
    const line = rows.find((one) => y >= one.y && y < one.y + ROW);
    let place = Math.max(0, Math.min(scene.width, x));
    let near = SNAP;
    for (const bar of line?.row === undefined ? [] : scene.bars(line.row)) {
      for (const edge of [scene.origin + bar.left, scene.origin + bar.left + bar.width]) {
        if (Math.abs(edge - x) >= near) continue;
        near = Math.abs(edge - x);
        place = edge;
      }
    }
    const at = Math.max(0, Math.min(scene.extent.longest, scene.at(place)));
    return { row: measuring.begun?.row ?? line?.index ?? 0, at };
  };

  return {
    get isOn() {
      return measuring.isOn;
    },
    turn(on) {
      if (on) measuring.turn(true);
      else measuring.clear();
      panel.announce(on ? 'Measure: drag over the bars, or press M at two steps' : 'No longer measuring');
    },
    clear: () => measuring.clear(),
    drag(phase, x, y, rows) {
      const at = endAt(x, y, rows);
      if (phase === 'start') measuring.start(at);
      else if (phase === 'move') measuring.move(at);
      else if (measuring.end(at)) panel.announce(words());
    },
    key(cursor) {
      const scene = scenes.now();
      const row = source.row(cursor.row);
      if (row === undefined) return;
      const line = scene.line(row);
      const entry = cursor.here()?.entry;
      const start: End = { row: cursor.row, at: line.at(entry?.start ?? 0) };
      const { begun } = measuring;
      if (begun === undefined) {
        measuring.start(start);
        const from = placeInWords(scene, start.at, panel.timeZone);
        panel.announce(`Measuring from ${from}: go to another step and press M`);
        return;
      }
      // At the same step again: how long it takes.
      const last = entry === undefined ? (row.duration ?? 0) : (entry.start ?? 0) + (entry.dwell ?? 0);
      const isSame = begun.row === start.row && begun.at === start.at;
      measuring.end(isSame ? { row: cursor.row, at: line.at(last) } : start);
      panel.announce(words());
    },
    paint(brush, scene, rows, height) {
      const { ruler, begun } = measuring;
      if (ruler !== undefined) {
        const top = rows.find(({ index }) => index === ruler.from.row)?.y ?? 0;
        paintRuler(brush, scene, ruler, words(), top, ROW, height);
      } else if (begun !== undefined) {
        brush.context.fillStyle = brush.inks.focus;
        brush.context.fillRect(Math.round(scene.x(begun.at)), 0, 1, height);
      }
    },
  };
}
