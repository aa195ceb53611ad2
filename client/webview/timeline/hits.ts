/** What of the canvas is under the pointer, and what is said of it. */
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import { duration } from '../format.ts';
import { barAt, type TimelineStep } from './bars.ts';
import { type PaintedRow, ROW } from './paint-rows.ts';
import type { Scene } from './scene.ts';
import { type Tip, tipOf } from './timeline-words.ts';

/** Pixels beside a bar or a break that still hit it, and of the mark that a row goes on. */
const REACH = 3;
const BEYOND = 22;

interface Place {
  readonly index: number;
  readonly row: TimelineRow;
  /** Pixels from the top of the view. */
  readonly y: number;
}

export type Hit = Place &
  (
    | { readonly kind: 'step'; readonly step: TimelineStep; readonly steps: number; readonly left: number }
    | { readonly kind: 'beyond'; readonly right: boolean }
    | { readonly kind: 'break'; readonly length: number; readonly left: number }
    | { readonly kind: 'wait'; readonly step: TimelineStep; readonly left: number }
  );

/** @param x from the tracks' left edge @param y from the top of the view */
export function hitAt(rows: readonly PaintedRow[], scene: Scene, x: number, y: number): Hit | undefined {
  const at = rows.find((one) => y >= one.y && y < one.y + ROW);
  if (at?.row === undefined) return undefined;
  const { row, index } = at;
  const place = { index, row, y: at.y };
  const bars = scene.bars(row);
  const along = x - scene.origin;
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const end = bars.reduce((most, bar) => Math.max(most, bar.left + bar.width), 0);
  if (x > scene.width - BEYOND && end + scene.origin > scene.width + 1) {
    return { ...place, kind: 'beyond', right: true };
  }
  if (x < BEYOND && first.left + scene.origin < -1) return { ...place, kind: 'beyond', right: false };
  const bar = barAt(bars, along, REACH);
  if (bar !== undefined) {
    const left = scene.origin + bar.left;
    // Of several steps that came one by one, the one that is there.
    const step =
      bar.steps > 1 && (bar.step.steps ?? 1) === 1
        ? nearest(row, bar.step, bar.steps, scene, along)
        : bar.step;
    return { ...place, kind: 'step', step, steps: bar.steps, left };
  }
  for (const one of scene.line(row).breaks) {
    const left = scene.x(one.at);
    if (Math.abs(x - left) <= REACH + 2) return { ...place, kind: 'break', length: one.length, left };
  }
  const wait = bars.find((one) => one.waitFrom !== undefined && along >= one.waitFrom && along < one.left);
  return wait === undefined
    ? undefined
    : { ...place, kind: 'wait', step: wait.step, left: scene.origin + (wait.waitFrom ?? wait.left) };
}

function nearest(
  row: TimelineRow,
  first: TimelineStep,
  steps: number,
  scene: Scene,
  x: number,
): TimelineStep {
  const line = scene.line(row);
  const from = row.steps.indexOf(first);
  let best = first;
  let distance = Number.POSITIVE_INFINITY;
  for (const step of row.steps.slice(from, from + steps)) {
    const away = Math.abs(line.at(step.start ?? 0) * scene.scale - x);
    if (away >= distance) continue;
    distance = away;
    best = step;
  }
  return best;
}

/** Of the same key, the same tooltip. */
export function tipOfHit(hit: Hit, zone: string): { readonly key: string; readonly tip: () => Tip } {
  const { kind, index, row } = hit;
  const plain = (title: string, fact: string): Tip => ({ title, facts: [['', fact]], marks: [] });
  switch (kind) {
    case 'step':
      return { key: `${index} ${hit.step.sequence}`, tip: () => tipOf(row, hit.step, hit.steps, zone) };
    case 'beyond':
      return {
        key: `${index} ${hit.right ? 'right' : 'left'}`,
        tip: () =>
          hit.right
            ? plain('Goes on', `Until +${duration(row.duration)}: click to go to its last step`)
            : plain('Begins before', 'Click to go to its first step'),
      };
    case 'break':
      return {
        key: `${index} break ${hit.left}`,
        tip: () => plain('Idle time left out', `${duration(hit.length)} in which no step goes on`),
      };
    case 'wait':
      return {
        key: `${index} wait ${hit.step.sequence}`,
        tip: () => plain(`Wait of ${duration(hit.step.wait)}`, `Before step ${hit.step.sequence + 1}`),
      };
  }
}
