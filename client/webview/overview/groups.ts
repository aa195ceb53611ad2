/** A run by weekday, or by a field or variable: a table with a bar for each group. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import { count, duration, nodeLabel, percent, visible } from '../format.ts';
import { text } from '../parts.ts';

type Trend = Overview['trends'][number];
type Group = Trend['groups'][number];

/** Rows shown: a field has some twenty values, hours beside a trend can be many. */
const ROWS = 32;

/** @param at its place among the trends, for ids of its own */
export function groupTable(trend: Trend, { nodes }: Overview, at: number): TemplateResult {
  const shown = trend.groups.slice(0, ROWS);
  const most = Math.max(1, ...shown.map(({ steps }) => steps));
  const names = new Map(nodes.map((node) => [node.nodeId, nodeLabel(node)]));
  const withNodes = shown.some((group) => (group.nodes ?? []).length > 0);
  const by = BY[trend.by] ?? trend.by;
  const id = `groups-${at}`;
  return html`<section aria-labelledby=${id}>
    <h3 id=${id}>By <bdi>${visible(by)}</bdi></h3>
    <div class="wide-table" tabindex="0" role="group" aria-labelledby=${id}>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col">Steps</th>
            <th scope="col" class="numeric">Interactions</th>
            <th scope="col" class="numeric">Median</th>
            <th scope="col" class="numeric">p95</th>
            <th scope="col" class="numeric">Bottlenecks</th>
            <th scope="col" class="numeric">Errors</th>
            ${withNodes ? html`<th scope="col">Most time at</th>` : nothing}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (group) => html`<tr>
              <th scope="row">${text(group.label)}${group.partial ? ' (not whole)' : ''}</th>
              <td>
                <span class="share small">
                  <span class="rail"><span class="fill calm" .style=${`width:${(group.steps / most) * 100}%`}></span></span>
                  <span class="figure">${count(group.steps)}</span>
                </span>
              </td>
              <td class="numeric">${count(group.interactions)}</td>
              <td class="numeric">${duration(group.dwell.median)}</td>
              <td class="numeric">${duration(group.dwell.p95)}</td>
              <td class="numeric" title=${shareOf(group.bottlenecks, group)}>${count(group.bottlenecks)}</td>
              <td class="numeric" title=${shareOf(group.errors, group)}>${count(group.errors)}</td>
              ${withNodes ? html`<td>${visible(heaviest(group, names))}</td>` : nothing}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      trend.groups.length > shown.length
        ? html`<p class="hint">The first ${shown.length} of ${count(trend.groups.length)} are shown.</p>`
        : nothing
    }
  </section>`;
}

const BY: Readonly<Record<string, string>> = { HOUR: 'hour', DAY: 'day', WEEKDAY: 'weekday' };

const shareOf = (of: number, { steps }: Group): string =>
  steps === 0 ? '' : `${percent(of / steps)} of its steps`;

function heaviest({ nodes = [] }: Group, names: ReadonlyMap<string, string>): string {
  const [first] = [...nodes].sort((a, b) => (b.dwell.sum ?? 0) - (a.dwell.sum ?? 0));
  return first === undefined ? '—' : (names.get(first.nodeId) ?? first.nodeId);
}
