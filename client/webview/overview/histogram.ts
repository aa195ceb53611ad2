/** How long steps take: a column for each length of dwell, which narrows to it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import { narrowTo, toggle } from '../conditions.ts';
import { count, duration, percent, plural } from '../format.ts';
import type { Panel } from '../view.ts';
import { createColumns } from './columns.ts';

export interface Chart {
  render(overview: Overview): TemplateResult | typeof nothing;
}

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly bottlenecks: number;
}

export function createHistogram(panel: Panel, update: () => void): Chart {
  const columns = createColumns(update);
  let isTable = false;

  function press(bin: Bin, extend: boolean): void {
    const { from, to } = bin;
    const now = panel.condition('dwell');
    if (!extend || now === undefined) {
      toggle(panel, [{ kind: 'dwell', from, to }]);
      return;
    }
    narrowTo(panel, [
      {
        kind: 'dwell',
        from: now.from === null ? null : Math.min(now.from, from),
        to: now.to === null ? null : Math.max(now.to, to),
      },
    ]);
  }

  return {
    render({ histogram, dwell }) {
      const bins = histogram.counts.map(
        (counted, at): Bin => ({
          from: histogram.edges[at] ?? 0,
          to: histogram.edges[at + 1] ?? 0,
          count: counted,
          bottlenecks: histogram.bottlenecks[at] ?? 0,
        }),
      );
      const all = bins.reduce((sum, bin) => sum + bin.count, 0);
      if (all === 0) return nothing;
      const most = Math.max(...bins.map((bin) => bin.count));
      const now = panel.condition('dwell');
      const isIn = ({ from, to }: Bin): boolean =>
        now !== undefined && (now.from ?? 0) <= from && (now.to ?? Number.POSITIVE_INFINITY) >= to;
      const looked = bins[columns.at];
      return html`<section aria-labelledby="dwells" class="chart">
        <h3 id="dwells">How long steps take</h3>
        <p class="readout" aria-hidden="true">
          ${
            looked === undefined
              ? html`Median ${duration(dwell.median)} · p95 ${duration(dwell.p95)} · longest
                ${duration(dwell.max)}`
              : inWords(looked, all)
          }
        </p>
        <div class="plot histogram">
          <span class="top-value" aria-hidden="true">${count(most)}</span>
          ${[
            { label: 'median', at: placeOf(dwell.median, bins) },
            { label: 'p95', at: placeOf(dwell.p95, bins) },
          ].map(({ label, at }) =>
            at === undefined
              ? nothing
              : html`<span class="guide ${label}" aria-hidden="true" .style=${`left:${at * 100}%`}><span>${label}</span></span>`,
          )}
          ${columns.render(
            `Dwell of ${plural(all, 'step')}, by its length`,
            bins.map((bin) => ({
              label: inWords(bin, all),
              isPressed: isIn(bin),
              drawing: html`<span class="stack ${bin.count === 0 ? 'none' : ''}" .style=${`height:${(bin.count / most) * 100}%`}
                ><span class="part" .style=${`height:${bin.count === 0 ? 0 : (bin.bottlenecks / bin.count) * 100}%`}></span
              ></span>`,
            })),
            (index, extend) => {
              const bin = bins[index];
              if (bin !== undefined) press(bin, extend);
            },
          )}
        </div>
        ${axis(histogram.edges)}
        <ul class="key" aria-hidden="true">
          <li><span class="swatch"></span>steps</li>
          <li><span class="swatch striped"></span>of these, bottlenecks</li>
        </ul>
        <details
          @toggle=${(event: Event) => {
            isTable = event.target instanceof HTMLDetailsElement && event.target.open;
            update();
          }}
        >
          <summary>As a table</summary>
          ${isTable ? table(bins, all) : nothing}
        </details>
      </section>`;
    },
  };
}

/** "1 s to 2 s: 34 steps (10 %), 3 of them bottlenecks". */
function inWords(bin: Bin, all: number): string {
  const share = bin.count === 0 ? '' : ` (${percent(bin.count / all)})`;
  const held = bin.bottlenecks === 0 ? '' : `, ${plural(bin.bottlenecks, 'bottleneck')}`;
  return `${rangeOf(bin)}: ${plural(bin.count, 'step')}${share}${held}`;
}

const rangeOf = ({ from, to }: Bin): string =>
  from === 0 ? `below ${duration(to)}` : `${duration(from)} to ${duration(to)}`;

/** 0 to 1 along the axis, on which each bin is as wide as the next and is logarithmic in itself. */
function placeOf(value: number | null, bins: readonly Bin[]): number | undefined {
  if (value === null) return undefined;
  const at = bins.findIndex(({ from, to }) => value >= from && value < to);
  const bin = bins[at];
  if (bin === undefined) return undefined;
  const within =
    bin.from > 0 ? Math.log(value / bin.from) / Math.log(bin.to / bin.from) : value / (bin.to || 1);
  return (at + within) / bins.length;
}

/** Decades are labelled always, what lies between where there is room. */
function axis(edges: readonly number[]): TemplateResult {
  const last = edges.length - 1;
  return html`<div class="ticks ${last > 12 ? 'crowded' : ''}" aria-hidden="true">
    ${edges.map((edge, at) => {
      const isDecade = edge === 0 || Math.abs(Math.log10(edge) - Math.round(Math.log10(edge))) < 1e-6;
      return html`<span class=${isDecade ? '' : 'minor'} .style=${`left:${(at / last) * 100}%`}
        >${short(edge)}</span
      >`;
    })}
  </div>`;
}

/** For an axis: a rounded duration in one unit. */
function short(seconds: number): string {
  if (seconds < 1_000)
    return duration(seconds < 1 ? seconds : Math.round(seconds)).replace(/^.*min.*$/, `${count(seconds)} s`);
  const [value, unit] =
    seconds < 5_000
      ? [seconds / 60, 'min']
      : seconds < 100_000
        ? [seconds / 3_600, 'h']
        : [seconds / 86_400, 'd'];
  return `${value < 10 ? value.toFixed(1) : count(Math.round(value))} ${unit}`;
}

function table(bins: readonly Bin[], all: number): TemplateResult {
  return html`<table class="plain">
    <thead>
      <tr>
        <th scope="col">Dwell</th>
        <th scope="col" class="numeric">Steps</th>
        <th scope="col" class="numeric">Share</th>
        <th scope="col" class="numeric">Bottlenecks</th>
      </tr>
    </thead>
    <tbody>
      ${bins.map(
        (bin) => html`<tr>
          <th scope="row">${rangeOf(bin)}</th>
          <td class="numeric">${count(bin.count)}</td>
          <td class="numeric">${percent(bin.count / all)}</td>
          <td class="numeric">${count(bin.bottlenecks)}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}
