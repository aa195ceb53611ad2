/** The tracks of the rows in view: lines of the axis, steps, waits, what is left out. */
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import { nodeLabel, visible } from '../format.ts';
import { type Bar, barOf, rank } from './bars.ts';
import { type Brush, type Look, paintBar, paintBeyond, paintBreak, paintChosen, paintWait } from './paint.ts';
import type { Scene } from './scene.ts';
import type { Tick } from './ticks.ts';

export const ROW = 36;
/** Where a bar's middle is in its row: icons have their place above. */
const MIDDLE = 21;

export interface PaintedRow {
  readonly index: number;
  /** Pixels from the top of the view. */
  readonly y: number;
  readonly row: TimelineRow | undefined;
}

export interface Pictured {
  readonly scene: Scene;
  readonly rows: readonly PaintedRow[];
  readonly ticks: readonly Tick[];
  readonly height: number;
  readonly chosen: { readonly interactionId: string; readonly sequence: number } | null;
}

export function lookOf(bar: Bar): Look {
  const { step, steps, shape } = bar;
  return {
    shape,
    flags: step,
    found: step.found,
    steps,
    even: step.sequence % 2 === 1,
    name: steps > 1 ? String(steps) : visible(nodeLabel(step)),
  };
}

export function paintRows(brush: Brush, { scene, rows, ticks, height, chosen }: Pictured): void {
  const { context, inks } = brush;
  context.fillStyle = inks.hair;
  for (const { at } of ticks) context.fillRect(Math.round(scene.x(at)), 0, 1, height);
  if (scene.layout.axis === 'clock') {
    for (const { at } of scene.layout.clock.breaks) {
      const x = scene.x(at);
      if (x < 0 || x > scene.width) continue;
      context.strokeStyle = inks.faint;
      context.lineWidth = 1;
      context.setLineDash([1, 3]);
      context.beginPath();
      context.moveTo(Math.round(x) + 0.5, 0);
      context.lineTo(Math.round(x) + 0.5, height);
      context.stroke();
      context.setLineDash([]);
    }
  }
  const shown = rows.filter(({ row, y }) => row !== undefined && y + ROW >= 0 && y <= height);
  for (const { row, y } of shown) if (row !== undefined) paintPlain(brush, scene, row, y);
  brush.pen.flush();
  // What is remarkable is never covered by what is not.
  for (const { row, y } of shown) {
    if (row === undefined) continue;
    const sequence = chosen !== null && chosen.interactionId === row.interactionId ? chosen.sequence : -1;
    paintOver(brush, scene, row, y, sequence);
  }
  brush.pen.flush();
}

function isInView({ origin, width }: Scene, bar: Bar): boolean {
  const x = origin + bar.left;
  return x <= width && x + bar.width >= 0;
}

function paintPlain(brush: Brush, scene: Scene, row: TimelineRow, top: number): void {
  const { origin, width } = scene;
  const y = top + MIDDLE;
  for (const bar of scene.bars(row)) {
    const x = origin + bar.left;
    if (bar.waitFrom !== undefined && x > 0 && origin + bar.waitFrom < width) {
      paintWait(brush, Math.max(0, origin + bar.waitFrom), Math.min(width, x), y);
    }
    if (rank(bar) === 0 && isInView(scene, bar)) drawn(brush, bar, x, width, y);
  }
}

function paintOver(brush: Brush, scene: Scene, row: TimelineRow, top: number, chosen: number): void {
  const { origin, width } = scene;
  const bars = scene.bars(row);
  const y = top + MIDDLE;
  const over = bars.filter((bar) => rank(bar) > 0 && isInView(scene, bar));
  for (const bar of over.sort((a, b) => rank(a) - rank(b))) drawn(brush, bar, origin + bar.left, width, y);
  for (const { at } of scene.line(row).breaks) {
    const x = scene.x(at);
    if (x >= 0 && x <= width) paintBreak(brush, x, top + 6, ROW - 8);
  }
  const shown = chosen < 0 ? undefined : barOf(bars, chosen);
  if (shown !== undefined) {
    paintChosen(brush, origin + shown.left, shown.width, y, shown.step.bottleneck);
  }
  const [first] = bars;
  if (first === undefined) return;
  const end = bars.reduce((most, bar) => Math.max(most, bar.left + bar.width), 0);
  if (origin + end > width + 1) paintBeyond(brush, width, y, true);
  if (origin + first.left < -1) paintBeyond(brush, 0, y, false);
}

/** A bar far wider than the view is drawn as wide as the view: its name begins at the view's edge. */
function drawn(brush: Brush, bar: Bar, x: number, width: number, y: number): void {
  const left = Math.max(-20, x);
  const right = Math.min(width + 20, x + bar.width);
  paintBar(brush, lookOf(bar), left, Math.max(1, right - left), y);
}
