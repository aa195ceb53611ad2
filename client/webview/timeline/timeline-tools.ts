/** Above the timeline: which axis, in which order, how close, and what its marks mean. */
import { html, type nothing, type TemplateResult } from 'lit';
import type { Axis } from '../../../server/src/protocol/panel-requests.ts';
import type { PanelState } from '../../../server/src/protocol/panel-state.ts';
import { icon } from '../parts.ts';
import { type ZoomStep, zoomButtons } from '../zoom-buttons.ts';

export type Order = PanelState['timeline']['order'];

const ORDERS: readonly { readonly value: Order; readonly label: string }[] = [
  { value: 'run', label: 'As returned' },
  { value: 'duration', label: 'Longest first' },
  { value: 'bottlenecks', label: 'Most bottlenecks first' },
  { value: 'start', label: 'By start' },
];

const AXES: readonly { readonly value: Axis; readonly label: string; readonly title: string }[] = [
  { value: 'aligned', label: 'Aligned', title: 'All interactions begin at 0' },
  { value: 'own', label: 'Own', title: 'Each interaction from its begin to its own end' },
  { value: 'clock', label: 'Clock', title: 'When it was' },
];

export interface Tools {
  readonly axis: Axis;
  readonly order: Order;
  readonly compressed: boolean;
  readonly measuring: boolean;
  readonly legend: boolean;
  /** The zoom: times the first scale, and in words. */
  readonly factor: number;
  readonly inView: string;
  can(step: ZoomStep): boolean;
  setAxis(axis: Axis): void;
  setOrder(order: Order): void;
  setCompressed(compressed: boolean): void;
  setMeasuring(measuring: boolean): void;
  setLegend(legend: boolean): void;
  setZoom(step: ZoomStep): void;
}

export function timelineTools(tools: Tools): TemplateResult {
  const changeOrder = (event: Event): void => {
    const { currentTarget } = event;
    const value =
      currentTarget instanceof HTMLElement && 'value' in currentTarget ? String(currentTarget.value) : '';
    const found = ORDERS.find((option) => option.value === value);
    if (found !== undefined && found.value !== tools.order) tools.setOrder(found.value);
  };
  const toggle = (
    name: string,
    label: string,
    title: string,
    isOn: boolean,
    set: (on: boolean) => void,
  ): TemplateResult => html`<button
    type="button"
    class="tool ${isOn ? 'on' : ''}"
    title=${title}
    aria-label=${label}
    aria-pressed=${isOn ? 'true' : 'false'}
    @click=${() => set(!isOn)}
  >${icon(name)}</button>`;
  return html`<div class="toolbar">
    <div class="segments" role="group" aria-label="Axis">
      ${AXES.map(
        ({ value, label, title }) => html`<button
          type="button"
          class="segment"
          title=${title}
          aria-pressed=${tools.axis === value ? 'true' : 'false'}
          @click=${() => tools.setAxis(value)}
        >${label}</button>`,
      )}
    </div>
    <label class="field">
      <span>Order</span>
      <vscode-single-select label="Order" .value=${tools.order} @change=${changeOrder}>
        ${ORDERS.map((option) => html`<vscode-option value=${option.value}>${option.label}</vscode-option>`)}
      </vscode-single-select>
    </label>
    <div class="buttons">
      ${toggle('fold', 'Leave out idle time', 'Leave out idle time', tools.compressed, tools.setCompressed)}
      ${toggle('symbol-ruler', 'Measure', 'Measure (M), or drag with Alt or Shift', tools.measuring, tools.setMeasuring)}
      ${toggle('info', 'Legend', 'What the marks mean', tools.legend, tools.setLegend)}
      <span class="gap"></span>
      <div class="zooms" role="group" aria-label="Zoom">
        ${zoomButtons({
          shown: html`<span class="zoom" title=${tools.inView}>${`${Number(tools.factor.toPrecision(tools.factor < 0.1 ? 1 : tools.factor < 0.995 ? 2 : 3))}×`}</span>`,
          can: (step) => tools.can(step),
          set: (step) => tools.setZoom(step),
        })}
      </div>
    </div>
  </div>`;
}

/** One kind of mark: what it is called; it is drawn by what draws the rows. */
export interface LegendItem {
  readonly key: string;
  readonly label: string;
}

export const LEGEND: readonly LegendItem[] = [
  { key: 'step', label: 'step' },
  { key: 'bottleneck', label: 'bottleneck' },
  { key: 'error', label: 'error' },
  { key: 'matching', label: 'matches the query' },
  { key: 'found', label: 'found by the filter' },
  { key: 'open', label: 'still open' },
  { key: 'point', label: 'dwell unknown' },
  { key: 'untimed', label: 'no time' },
  { key: 'wait', label: 'wait' },
  { key: 'crowd', label: 'short steps' },
  { key: 'break', label: 'idle time left out' },
];

export function timelineLegend(shown: (item: LegendItem) => boolean): TemplateResult | typeof nothing {
  return html`<ul class="legend" aria-label="Legend">
    ${LEGEND.filter(shown).map(
      ({ key, label }) => html`<li><canvas aria-hidden="true" data-key=${key}></canvas>${label}</li>`,
    )}
  </ul>`;
}
