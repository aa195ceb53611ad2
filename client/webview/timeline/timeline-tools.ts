/** Above the timeline: what it shows, in which order, how close, and what its marks mean. */
import { html, type TemplateResult } from 'lit';
import type { PanelState } from '../../../server/src/protocol/panel-state.ts';
import { icon, MARKS } from '../parts.ts';
import { isOnly, ONLY, type Only } from '../view.ts';

export type Order = PanelState['timeline']['order'];

const ORDERS: readonly { readonly value: Order; readonly label: string }[] = [
  { value: 'run', label: 'As returned' },
  { value: 'duration', label: 'Longest first' },
  { value: 'bottlenecks', label: 'Most bottlenecks first' },
];

export type ZoomStep = 'in' | 'out' | 'all' | 'first';

const ZOOM_STEPS: readonly {
  readonly step: ZoomStep;
  readonly icon: string;
  readonly label: string;
  readonly keys: readonly string[];
}[] = [
  { step: 'out', icon: 'zoom-out', label: 'Zoom out', keys: ['-', '−', '_'] },
  { step: 'in', icon: 'zoom-in', label: 'Zoom in', keys: ['+', '='] },
  { step: 'all', icon: 'screen-full', label: 'Fit all', keys: ['0'] },
  { step: 'first', icon: 'discard', label: 'Reset zoom', keys: ['1'] },
];

/** What a key of the grid does to the zoom. */
export function zoomKey(event: KeyboardEvent): ZoomStep | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  return ZOOM_STEPS.find(({ keys }) => keys.includes(event.key))?.step;
}

export interface Tools {
  readonly only: Only;
  readonly order: Order;
  readonly amount: string;
  /** The zoom as shown, and in words. */
  readonly zoom: string;
  readonly inView: string;
  can(step: ZoomStep): boolean;
  setOnly(only: Only): void;
  setOrder(order: Order): void;
  setZoom(step: ZoomStep): void;
}

export function timelineTools(tools: Tools): TemplateResult {
  const changeOnly = (event: Event): void => {
    const value = chosen(event);
    if (isOnly(value) && value !== tools.only) tools.setOnly(value);
  };
  const changeOrder = (event: Event): void => {
    const found = ORDERS.find((option) => option.value === chosen(event));
    if (found !== undefined && found.value !== tools.order) tools.setOrder(found.value);
  };
  const button = (wanted: ZoomStep): TemplateResult[] =>
    ZOOM_STEPS.filter(({ step }) => step === wanted).map(
      ({ step, icon: name, label, keys }) => html`<button
        type="button"
        class="tool"
        title=${`${label} (${keys[0]})`}
        aria-label=${label}
        ?disabled=${!tools.can(step)}
        @click=${() => tools.setZoom(step)}
      >${icon(name)}</button>`,
    );
  return html`<div class="toolbar">
      <label class="field">
        <span>Show</span>
        <vscode-single-select label="Show" .value=${tools.only} @change=${changeOnly}>
          ${ONLY.map((option) => html`<vscode-option value=${option.value}>${option.label}</vscode-option>`)}
        </vscode-single-select>
      </label>
      <label class="field">
        <span>Order</span>
        <vscode-single-select label="Order" .value=${tools.order} @change=${changeOrder}>
          ${ORDERS.map((option) => html`<vscode-option value=${option.value}>${option.label}</vscode-option>`)}
        </vscode-single-select>
      </label>
      <span class="amount">${tools.amount}</span>
      <div class="buttons" role="group" aria-label="Zoom">
        ${button('out')}
        <span class="zoom" title=${tools.inView}>${tools.zoom}</span>
        ${button('in')} ${button('all')} ${button('first')}
      </div>
    </div>
    <ul class="legend" aria-label="Legend">
      <li><span class="bar sample"></span>step</li>
      ${MARKS.map(
        (mark) => html`<li>
          <span class="bar sample ${mark.flag}"></span>${icon(mark.icon, `ink-${mark.flag}`)}${mark.label}
        </li>`,
      )}
    </ul>`;
}

function chosen(event: Event): string {
  const { currentTarget } = event;
  return currentTarget instanceof HTMLElement && 'value' in currentTarget ? String(currentTarget.value) : '';
}
