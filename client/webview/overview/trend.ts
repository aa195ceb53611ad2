/** The trend over the window: steps as columns, dwell as lines above them, changes as flags; a column narrows by time. */
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import { niceSeconds } from '../charts.ts';
import { narrowTo, toggle } from '../conditions.ts';
import { brief, count, duration, nodeLabel, plural, visible } from '../format.ts';
import { icon } from '../parts.ts';
import type { Panel } from '../view.ts';
import { createColumns } from './columns.ts';
import { groupTable } from './groups.ts';
import type { Chart } from './histogram.ts';
import {
  type Bucket,
  bucketsOf,
  type Change,
  changesOf,
  type Flag,
  flagsOf,
  isSeries,
  linePath,
  ticksOf,
} from './trend-model.ts';

type Trend = Overview['trends'][number];

/** As many of the latest changes are flagged and listed. */
const CHANGES = 8;

export function createTrends(panel: Panel, update: () => void): Chart {
  const columns = createColumns(update);
  let isTable = false;

  function press(bucket: Bucket, extend: boolean): void {
    const { from, to } = bucket;
    const now = panel.condition('time');
    if (!extend || now === undefined) {
      toggle(panel, [{ kind: 'time', from, to }]);
      return;
    }
    const earlier = now.from === null || (from !== null && now.from < from) ? now.from : from;
    const later = now.to === null || (to !== null && now.to > to) ? now.to : to;
    narrowTo(panel, [{ kind: 'time', from: earlier, to: later }]);
  }

  function isIn({ from, to }: Bucket): boolean {
    const now = panel.condition('time');
    if (now === undefined || from === null || to === null) return false;
    return (
      (now.from === null || Date.parse(now.from) <= Date.parse(from)) &&
      (now.to === null || Date.parse(now.to) >= Date.parse(to))
    );
  }

  function series(trend: Trend, overview: Overview): TemplateResult {
    const unit = trend.by === 'HOUR' ? 'hour' : 'day';
    const buckets = bucketsOf(trend);
    const changes = changesOf(trend).slice(0, CHANGES);
    const flags = flagsOf(changes, buckets);
    const most = Math.max(1, ...buckets.map(({ steps }) => steps));
    const longest = niceSeconds(Math.max(0, ...buckets.map(({ p95 }) => p95 ?? 0)));
    const names = new Map(overview.nodes.map((node) => [node.nodeId, nodeLabel(node)]));
    const nameOf = (nodeId: string): string => names.get(nodeId) ?? nodeId;
    const changedAt = (at: number): string =>
      flags
        .filter((flag) => flag.at === at)
        .flatMap(({ ranks }) => ranks.map((rank) => changes[rank - 1]))
        .flatMap((change) =>
          change === undefined ? [] : `, ${brief(nameOf(change.nodeId), 60)} changes here`,
        )
        .join('');
    const looked = buckets[columns.at];
    const line = (of: (bucket: Bucket) => number | null): string => linePath(buckets.map(of), longest);
    return html`<section aria-labelledby="trend" class="chart">
        <h3 id="trend">Over the window, by ${unit}</h3>
        <p class="readout" aria-hidden="true">
          ${looked === undefined ? summaryOf(buckets, unit) : `${inWords(looked, unit)}${changedAt(columns.at)}`}
        </p>
        <div class="plot trend">
          <div class="dwell-lines" aria-hidden="true">
            <span class="top-value">${duration(longest)}</span>
            ${svg`<svg viewBox=${`0 0 ${buckets.length} 100`} preserveAspectRatio="none">
              <path class="p95" vector-effect="non-scaling-stroke" d=${line(({ p95 }) => p95)}></path>
              <path class="median" vector-effect="non-scaling-stroke" d=${line(({ median }) => median)}></path>
            </svg>`}
          </div>
          <span class="top-value steps" aria-hidden="true">${count(most)}</span>
          ${columns.render(
            `Steps by ${unit}`,
            buckets.map((bucket, at) => ({
              label: `${inWords(bucket, unit)}${changedAt(at)}`,
              isPressed: isIn(bucket),
              drawing: html`<span
                  class="stack ${bucket.steps === 0 ? 'none' : ''} ${bucket.partial ? 'partial' : ''}"
                  .style=${`height:${(bucket.steps / most) * 100}%`}
                  ><span class="part" .style=${`height:${bucket.steps === 0 ? 0 : (bucket.bottlenecks / bucket.steps) * 100}%`}></span
                ></span>
                ${bucket.errors > 0 ? html`<span class="error-mark"></span>` : nothing}`,
            })),
            (index, extend) => {
              const bucket = buckets[index];
              if (bucket !== undefined) press(bucket, extend);
            },
          )}
          ${flags.map((flag) => flagAt(flag, buckets.length))}
        </div>
        <div class="ticks" aria-hidden="true">
          ${ticksOf(buckets, unit === 'hour').map(
            ({ at, label }) =>
              html`<span .style=${`left:${(at / buckets.length) * 100}%`}>${visible(label)}</span>`,
          )}
        </div>
        <ul class="key" aria-hidden="true">
          <li><span class="swatch"></span>steps</li>
          <li><span class="swatch striped"></span>bottlenecks</li>
          <li><span class="error-mark"></span>with errors</li>
          <li><span class="stroke p95"></span>p95 of dwell</li>
          <li><span class="stroke median"></span>median</li>
          ${flags.length > 0 ? html`<li><span class="flag-sign">1</span>change, see below</li>` : nothing}
        </ul>
        ${untimed(trend)}
        <details
          @toggle=${(event: Event) => {
            isTable = event.target instanceof HTMLDetailsElement && event.target.open;
            update();
          }}
        >
          <summary>As a table</summary>
          ${isTable ? table(buckets, unit) : nothing}
        </details>
      </section>
      ${since(changes, trend.changePoints.length, nameOf)}`;
  }

  function since(
    changes: readonly Change[],
    all: number,
    nameOf: (nodeId: string) => string,
  ): TemplateResult | typeof nothing {
    if (changes.length === 0) return nothing;
    return html`<section aria-labelledby="since">
      <h3 id="since">Since when</h3>
      <ol class="since">
        ${changes.map(({ rank, nodeId, label, before, after }) => {
          const isLonger = after.median > before.median;
          return html`<li>
            <span class="flag-sign" aria-hidden="true">${rank}</span>
            <span class="sr-only">Change ${rank}:</span>
            <p>
              <button
                type="button"
                class="link"
                aria-pressed=${panel.condition('node')?.nodeId === nodeId}
                title="Only interactions that visit it"
                @click=${() => toggle(panel, [{ kind: 'node', nodeId }])}
              >
                <bdi class="id">${visible(nameOf(nodeId))}</bdi>
              </button>
              ${icon(isLonger ? 'arrow-up' : 'arrow-down', isLonger ? 'worse' : 'better')}
              ${isLonger ? 'takes longer' : 'takes less time'} since <bdi>${visible(label)}</bdi>: median
              ${duration(before.median)} → ${duration(after.median)}
              <span class="faint">(${plural(before.n, 'visit')} before, ${count(after.n)} after)</span>
            </p>
          </li>`;
        })}
      </ol>
      ${all > changes.length ? html`<p class="hint">${plural(all - changes.length, 'earlier change')}.</p>` : nothing}
    </section>`;
  }

  return {
    render(overview) {
      const shown = overview.trends.filter(
        ({ groups, tooMany }) => tooMany || groups.some(({ steps }) => steps > 0),
      );
      const first = shown.find((trend) => isSeries(trend) && !trend.tooMany);
      if (shown.length === 0) return nothing;
      return html`${shown.map((trend, at) =>
        trend.tooMany
          ? html`<p class="hint">
              ${trend.by === 'HOUR' ? 'The hours' : 'The days'} of this window are too many to be counted apart: shorten
              it, or group by day.
            </p>`
          : trend === first
            ? series(trend, overview)
            : groupTable(trend, overview, at),
      )}`;
    },
  };
}

function flagAt({ at, ranks, level }: Flag, buckets: number): TemplateResult {
  const words = ranks.length > 2 ? `${ranks[0]}–${ranks.at(-1)}` : ranks.join(', ');
  return html`<span
    class="flag ${at > buckets * 0.9 ? 'left' : ''}"
    aria-hidden="true"
    .style=${`left:${(at / buckets) * 100}%;--level:${level}`}
    ><span class="flag-sign">${words}</span></span
  >`;
}

function summaryOf(buckets: readonly Bucket[], unit: string): string {
  const busiest = buckets.reduce<Bucket | undefined>(
    (best, bucket) => (best === undefined || bucket.steps > best.steps ? bucket : best),
    undefined,
  );
  const groups = buckets.reduce((sum, bucket) => sum + bucket.groups, 0);
  return busiest === undefined
    ? ''
    : `${plural(groups, unit)}; most in ${busiest.label}: ${plural(busiest.steps, 'step')}`;
}

function inWords(bucket: Bucket, unit: string): string {
  const { label, groups, partial, steps, interactions, errors, bottlenecks, median, p95, n } = bucket;
  const highest = groups > 1 ? `highest of ${groups} ${unit}s: ` : '';
  return [
    `${visible(label)}${partial ? ' (not whole)' : ''}: ${plural(steps, 'step')}`,
    ...(interactions === null || steps === 0 ? [] : [plural(interactions, 'interaction')]),
    ...(bottlenecks > 0 ? [plural(bottlenecks, 'bottleneck')] : []),
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(n > 0 ? [`${highest}median ${duration(median)}, p95 ${duration(p95)}`] : []),
  ].join(', ');
}

function untimed({ untimed }: Trend): TemplateResult | typeof nothing {
  if (untimed === 0) return nothing;
  return html`<p class="hint">${plural(untimed, 'step')} without a time ${untimed === 1 ? 'is' : 'are'} in none of them.</p>`;
}

function table(buckets: readonly Bucket[], unit: string): TemplateResult {
  return html`<div class="wide-table" tabindex="0" role="group" aria-label=${`The trend by ${unit} as a table`}>
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">${unit === 'hour' ? 'Hour' : 'Day'}</th>
          <th scope="col" class="numeric">Steps</th>
          <th scope="col" class="numeric">Bottlenecks</th>
          <th scope="col" class="numeric">Errors</th>
          <th scope="col" class="numeric">Median</th>
          <th scope="col" class="numeric">p95</th>
        </tr>
      </thead>
      <tbody>
        ${buckets.map(
          (bucket) => html`<tr>
            <th scope="row">${visible(bucket.label)}</th>
            <td class="numeric">${count(bucket.steps)}</td>
            <td class="numeric">${count(bucket.bottlenecks)}</td>
            <td class="numeric">${count(bucket.errors)}</td>
            <td class="numeric">${duration(bucket.median)}</td>
            <td class="numeric">${duration(bucket.p95)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
