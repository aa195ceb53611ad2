/** Above the map: what its colours say, how much of it is shown, how close, and pictures of it. */
import { html, nothing, type TemplateResult } from 'lit';
import { FLOW_MEASURES, type FlowMeasure } from '../../../server/src/protocol/panel-requests.ts';
import type { FlowNode } from '../../../server/src/protocol/panel-views.ts';
import { percent, unbroken } from '../format.ts';
import { icon } from '../parts.ts';
import { type ZoomStep, zoomButtons } from '../zoom-buttons.ts';
import { isMeasure, MEASURES, scaleFor } from './measures.ts';
import type { Palette } from './palette.ts';

/** The first zoom of the map is its true size. */
const FULL = { icon: 'screen-normal', label: 'Full size' };

/** The slider's last stop: a map without edges shows nothing. */
const MOST_HIDDEN = 95;

export interface Tools {
  readonly measure: FlowMeasure;
  /** 0 to 1, as the slider stands. */
  readonly hidden: number;
  /** What the picture leaves out, in words. */
  readonly left: string;
  readonly zoom: string;
  /** There is a map. */
  readonly ready: boolean;
  readonly saving: boolean;
  setMeasure(measure: FlowMeasure): void;
  setHidden(hidden: number): void;
  setZoom(step: ZoomStep): void;
  save(format: 'svg' | 'png'): void;
}

export function flowTools(tools: Tools): TemplateResult {
  const changeMeasure = (event: Event): void => {
    const { currentTarget } = event;
    const value =
      currentTarget instanceof HTMLElement && 'value' in currentTarget ? String(currentTarget.value) : '';
    if (isMeasure(value) && value !== tools.measure) tools.setMeasure(value);
  };
  const slide = (event: Event): void => {
    if (event.currentTarget instanceof HTMLInputElement)
      tools.setHidden(Number(event.currentTarget.value) / 100);
  };
  const save = (format: 'svg' | 'png', name: string): TemplateResult => html`<button
    type="button"
    class="tool save"
    title=${`Save the map as ${name}`}
    aria-label=${`Save the map as ${name}`}
    ?disabled=${!tools.ready || tools.saving}
    @click=${() => tools.save(format)}
  >${icon('desktop-download')}<span>${name}</span></button>`;
  const stop = Math.round(tools.hidden * 100);
  return html`<div class="toolbar">
    <label class="field">
      <span>Colour by</span>
      <vscode-single-select label="Colour by" .value=${tools.measure} @change=${changeMeasure}>
        ${FLOW_MEASURES.map(
          (measure) => html`<vscode-option value=${measure}>${MEASURES[measure].label}</vscode-option>`,
        )}
      </vscode-single-select>
    </label>
    <label class="field rare">
      <span>Hide rare edges</span>
      <input
        type="range"
        min="0"
        max=${MOST_HIDDEN}
        step="5"
        .value=${String(stop)}
        aria-valuetext=${stop === 0 ? 'All edges shown' : `The rarest ${percent(tools.hidden)} hidden`}
        @input=${slide}
      />
    </label>
    <span class="amount">${tools.left === '' ? nothing : unbroken(tools.left)}</span>
    <div class="buttons">
      <div class="buttons" role="group" aria-label="Zoom">
        ${zoomButtons({
          shown: html`<span class="zoom">${unbroken(tools.zoom)}</span>`,
          can: () => tools.ready,
          set: (step) => tools.setZoom(step),
          first: FULL,
        })}
      </div>
      <div class="buttons" role="group" aria-label="Picture">${save('svg', 'SVG')}${save('png', 'PNG')}</div>
    </div>
  </div>`;
}

export function flowLegend(
  nodes: readonly FlowNode[],
  measure: FlowMeasure,
  palette: Palette,
): TemplateResult {
  const scale = scaleFor(nodes, measure);
  const { label, words, wait } = MEASURES[measure];
  const stops = [0, 0.25, 0.5, 0.75, 1].map((place) => palette.ramp.fill(place)).join(',');
  return html`<ul class="legend" aria-label="Legend">
    <li class="scale">
      <span class="name">${label}</span>
      <span class="end">${words(0)}</span>
      <span class="gradient" .style=${`background:linear-gradient(to right,${stops})`}></span>
      <span class="end">${words(scale.max)}</span>
    </li>
    <li>${icon('flame', 'ink-bottleneck')}bottlenecks</li>
    <li>${icon('error', 'ink-error')}errors</li>
    <li><span class="sample start"></span>start</li>
    <li><span class="sample end-of"></span>end</li>
    <li><span class="sample line"></span>wider: more often; number: ${wait === undefined ? 'how often' : `wait, ${wait}`}</li>
  </ul>`;
}
