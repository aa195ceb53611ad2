/** A ruler between two instants. */
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import { brief, duration, instant } from '../format.ts';
import type { Brush } from './paint.ts';
import type { Scene } from './scene.ts';

export interface End {
  /** Row that it was set in. */
  readonly row: number;
  /** Place on the axis. */
  readonly at: number;
}

export interface Ruler {
  readonly from: End;
  readonly to: End;
}

/** Where rows have a scale of their own, a ruler speaks of the row that it begins in. */
function isOfRow({ layout: { axis, compressed } }: Scene): boolean {
  return axis === 'own' || (axis === 'aligned' && compressed);
}

/** Seconds between its ends, in time that passed. */
export function lengthOf({ from, to }: Ruler, scene: Scene, row: TimelineRow | undefined): number {
  const { layout } = scene;
  if (layout.axis === 'clock') return Math.abs(layout.clock.seconds(to.at) - layout.clock.seconds(from.at));
  const line = isOfRow(scene) && row !== undefined ? scene.line(row) : undefined;
  const seconds = (at: number): number => line?.seconds(at) ?? at;
  return Math.abs(seconds(to.at) - seconds(from.at));
}

/** "3 min 4 s, from +12 s to +3 min 16 s". */
export function measured(ruler: Ruler, scene: Scene, row: TimelineRow | undefined, zone: string): string {
  const length = duration(lengthOf(ruler, scene, row));
  const [first, last] = [Math.min(ruler.from.at, ruler.to.at), Math.max(ruler.from.at, ruler.to.at)];
  const { layout } = scene;
  if (layout.axis === 'clock') {
    const say = (at: number): string =>
      instant(new Date(layout.from + layout.clock.seconds(at) * 1000).toISOString(), zone, 'millis');
    return `${length}, from ${say(first)} to ${say(last)}`;
  }
  const line = isOfRow(scene) && row !== undefined ? scene.line(row) : undefined;
  const say = (at: number): string => `+${duration(line?.seconds(at) ?? at)}`;
  const where = line === undefined || row === undefined ? '' : ` in ${brief(row.interactionId, 40)}`;
  return `${length}, from ${say(first)} to ${say(last)}${where}`;
}

/** Across the rows, or, where they have scales of their own, across its row. */
export function paintRuler(
  { context, inks }: Brush,
  scene: Scene,
  ruler: Ruler,
  words: string,
  rowTop: number,
  rowHeight: number,
  height: number,
): void {
  const [a, b] = [scene.x(ruler.from.at), scene.x(ruler.to.at)];
  const [left, right] = [Math.min(a, b), Math.max(a, b)];
  const own = isOfRow(scene);
  const [top, bottom] = own ? [rowTop, rowTop + rowHeight] : [0, height];
  context.globalAlpha = 0.12;
  context.fillStyle = inks.focus;
  context.fillRect(left, top, right - left, bottom - top);
  context.globalAlpha = 1;
  context.strokeStyle = inks.focus;
  context.lineWidth = 1;
  context.beginPath();
  for (const x of [Math.round(left) + 0.5, Math.round(right) + 0.5]) {
    context.moveTo(x, top);
    context.lineTo(x, bottom);
  }
  const y = Math.round(Math.max(14, Math.min(height - 14, rowTop + 4))) + 0.5;
  context.moveTo(left, y);
  context.lineTo(right, y);
  for (const [x, side] of [
    [left, 1],
    [right, -1],
  ] as const) {
    context.moveTo(x + side * 5, y - 3);
    context.lineTo(x, y);
    context.lineTo(x + side * 5, y + 3);
  }
  context.stroke();
  context.font = inks.boldFont;
  context.textBaseline = 'middle';
  // In full where there is room, else the length alone.
  const roomy = context.measureText(words).width + 16 < scene.width;
  const label = roomy ? words : (words.split(',')[0] ?? words);
  const wide = context.measureText(label).width + 12;
  const middle = (Math.max(0, left) + Math.min(scene.width, right)) / 2;
  const x = Math.max(2, Math.min(scene.width - wide - 2, middle - wide / 2));
  context.fillStyle = inks.paper;
  context.strokeStyle = inks.focus;
  context.beginPath();
  context.roundRect(x, y - 9, wide, 18, 3);
  context.fill();
  context.stroke();
  context.fillStyle = inks.text;
  context.fillText(label, x + 6, y + 0.5);
}
