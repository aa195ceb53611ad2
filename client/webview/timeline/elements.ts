/** What the timeline's view is made of. */
import { rowFrame, type VisibleRow } from '../list.ts';

export interface TimelineElements extends ReturnType<typeof rowFrame> {
  readonly tools: HTMLElement;
  readonly head: HTMLElement;
  readonly corner: HTMLElement;
  readonly map: HTMLElement;
  readonly axis: HTMLElement;
  /** As tall as all rows are for the scrollbar. */
  readonly spacer: HTMLElement;
  /** What is in view of them: the rows' names, and the canvas over them. */
  readonly layer: HTMLElement;
  readonly grid: HTMLElement;
  readonly canvas: HTMLCanvasElement;
}

export function timelineElements(): TimelineElements {
  const element = <K extends keyof HTMLElementTagNameMap>(tag: K, name: string): HTMLElementTagNameMap[K] => {
    const made = document.createElement(tag);
    made.className = name;
    return made;
  };
  const [tools, head] = [element('div', 'tools'), element('div', 'time-head')];
  const [corner, above] = [element('div', 'corner'), element('div', 'above')];
  const [map, axis] = [element('div', 'map'), element('div', 'ticks')];
  axis.setAttribute('aria-hidden', 'true');
  above.append(map, axis);
  head.append(corner, above);
  const rows = rowFrame();
  const [spacer, layer, grid] = [element('div', 'spacer'), element('div', 'layer'), element('div', 'grid')];
  const canvas = element('canvas', 'tracks');
  canvas.setAttribute('aria-hidden', 'true');
  layer.append(grid, canvas);
  spacer.append(layer);
  rows.scroller.append(spacer);
  return { ...rows, tools, head, corner, map, axis, spacer, layer, grid, canvas };
}

/** The row whose name an element is in. */
export function labelOf(target: EventTarget | null): number | undefined {
  const label = target instanceof Element ? target.closest('.label') : null;
  const row = label?.closest<HTMLElement>('.row')?.dataset['row'];
  return row === undefined ? undefined : Number(row);
}

/** A row that is in the document for the keyboard alone. */
export function isFar(rows: readonly VisibleRow[], at: number): boolean {
  const [before, row, after] = [rows[at - 1], rows[at], rows[at + 1]];
  if (row === undefined) return false;
  if (at === 0 && after !== undefined) return after.index !== row.index + 1;
  return at === rows.length - 1 && before !== undefined && before.index !== row.index - 1;
}
