/** The rows of the timeline as the document has them: names, facts, and the one step that the keyboard is on. */
import { html, nothing, type TemplateResult } from 'lit';
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import { brief } from '../format.ts';
import { icon, idText } from '../parts.ts';
import type { Selection } from '../view.ts';
import type { Cursor } from './cursor.ts';
import type { Scene } from './scene.ts';
import { describe, lasting, nameOf } from './timeline-words.ts';

/** The step that the keyboard is on, placed over its bar. */
export interface StepCell {
  readonly sequence: number;
  readonly label: string;
  readonly isChosen: boolean;
  /** Pixels from the tracks' left edge. */
  readonly left: number;
  readonly width: number;
  readonly isTall: boolean;
}

/** null where the keyboard is on the row's name. */
export function stepCellOf(cursor: Cursor, scene: Scene, selection: Selection | null): StepCell | null {
  const here = cursor.here();
  if (here === undefined) return null;
  const { row, bar, entry } = here;
  const { sequence } = cursor;
  const x = scene.origin + bar.left;
  const from = Math.max(0, Math.min(scene.width - 8, x));
  return {
    sequence,
    label: describe(entry, sequence),
    isChosen: selection?.interactionId === row.interactionId && selection.sequence === sequence,
    left: Math.round(from),
    width: Math.max(6, Math.round(Math.min(scene.width, x + bar.width) - from)),
    isTall: entry.bottleneck,
  };
}

export interface RowLabel {
  readonly index: number;
  /** Pixels from the top of its group. */
  readonly y: number;
  readonly row: TimelineRow | undefined;
  readonly isSelected: boolean;
  /** undefined where the keyboard is in another row, null where it is on this row's name. */
  readonly cell: StepCell | null | undefined;
}

export function rowLabel({ index, y, row, isSelected, cell }: RowLabel): TemplateResult {
  const style = `transform:translateY(${y}px)`;
  if (row === undefined) {
    return html`<div class="row ghost" role="row" aria-rowindex=${index + 1} aria-busy="true" data-row=${index} .style=${style}>
      <div role="rowheader" aria-colindex="1" class="label" tabindex=${cell === undefined ? -1 : 0}>
        <span class="placeholder"></span><span class="sr-only">Loading</span>
      </div>
    </div>`;
  }
  return html`<div
    class="row ${isSelected ? 'selected' : ''} ${row.bottlenecks > 0 ? 'has-bottleneck' : ''}"
    role="row"
    aria-rowindex=${index + 1}
    data-row=${index}
    .style=${style}
  >
    <div
      class="label"
      role="rowheader"
      aria-colindex="1"
      tabindex=${cell === null ? 0 : -1}
      title=${brief(nameOf(row), 300)}
      aria-label=${nameOf(row)}
    >
      ${idText(row.interactionId)}
      <span class="facts">
        <span>${lasting(row)}</span>
        ${row.bottlenecks > 0 ? html`<span class="ink-bottleneck">${icon('flame')}${row.bottlenecks}</span>` : nothing}
        ${row.errors > 0 ? html`<span class="ink-error">${icon('error')}${row.errors}</span>` : nothing}
      </span>
    </div>
    <div class="track" role="presentation">
      ${
        cell === null || cell === undefined
          ? nothing
          : html`<div
            class="step-cell ${cell.isTall ? 'tall' : ''}"
            role="gridcell"
            aria-colindex=${cell.sequence + 2}
            aria-label=${cell.label}
            aria-selected=${cell.isChosen ? 'true' : 'false'}
            tabindex="0"
            .style=${`left:${cell.left}px;width:${cell.width}px`}
          ></div>`
      }
    </div>
  </div>`;
}
