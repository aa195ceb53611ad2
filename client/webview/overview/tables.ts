/** Nodes, errors and slowest steps of what the filter leaves: what is clicked narrows, or is shown. */
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Condition } from '../../../server/src/protocol/panel-filter.ts';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import { inForce, toggle } from '../conditions.ts';
import { count, duration, nodeLabel, percent, plural, visible } from '../format.ts';
import { icon, text } from '../parts.ts';
import type { Panel } from '../view.ts';
import { evidence, fill } from './found.ts';

const SLOWEST = 8;
const NODES = 8;
/** Below so many visits a p95 says little. */
const FEW = 20;

/** A name that narrows to what it stands for. */
function narrowing(
  panel: Panel,
  name: string,
  title: string,
  conditions: readonly Condition[],
): TemplateResult {
  return html`<button
    type="button"
    class="link narrowing"
    aria-pressed=${inForce(panel, conditions)}
    title=${title}
    @click=${() => toggle(panel, conditions)}
  >
    <bdi class="id">${visible(name)}</bdi>
  </button>`;
}

export function nodes(panel: Panel, { nodes }: Overview): TemplateResult | typeof nothing {
  const shown = nodes.slice(0, NODES);
  if (shown.length === 0) return nothing;
  const most = Math.max(...shown.map((node) => node.share ?? 0), Number.MIN_VALUE);
  return html`<section aria-labelledby="nodes">
    <h3 id="nodes">Where the time goes</h3>
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col" class="numeric">Visits</th>
          <th scope="col" class="numeric">Median</th>
          <th scope="col" class="numeric">p95</th>
          <th scope="col">Share of dwell</th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          shown,
          ({ nodeId }) => nodeId,
          (node) => html`<tr>
            <th scope="row">
              <span class="named">
                ${
                  node.bottlenecks > 0
                    ? html`<span class="ink-bottleneck" title=${plural(node.bottlenecks, 'bottleneck')}
                        >${icon('flame')}<span class="sr-only">bottleneck</span></span
                      >`
                    : nothing
                }
                ${narrowing(panel, nodeLabel(node), 'Only interactions that visit it', [
                  { kind: 'node', nodeId: node.nodeId },
                ])}
              </span>
            </th>
            <td class="numeric">${count(node.visits)}</td>
            <td class="numeric">${duration(node.dwell.median)}</td>
            <td
              class="numeric ${node.dwell.n < FEW ? 'faint' : ''}"
              title=${node.dwell.n < FEW ? `Fewer than ${FEW} visits: p95 says little` : ''}
            >
              ${duration(node.dwell.p95)}
            </td>
            <td>
              <span class="share small">
                <span class="rail"
                  ><span
                    class="fill ${node.bottlenecks > 0 ? '' : 'calm'}"
                    .style=${`width:${fill((node.share ?? 0) / most)}%`}
                  ></span
                ></span>
                <span class="figure">${percent(node.share)}</span>
              </span>
            </td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${
      nodes.length > shown.length
        ? html`<p class="hint">
            ${plural(nodes.length - shown.length, 'further node')} with less dwell: the flow shows all.
          </p>`
        : nothing
    }
  </section>`;
}

export function errors(panel: Panel, { errorsByNode }: Overview): TemplateResult | typeof nothing {
  if (errorsByNode.length === 0) return nothing;
  const shown = errorsByNode.slice(0, NODES);
  return html`<section aria-labelledby="errors">
    <h3 id="errors">Errors by node</h3>
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col" class="numeric">Errors</th>
          <th scope="col" class="numeric">Rate</th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          shown,
          ({ nodeId }) => nodeId,
          (node) => html`<tr>
            <th scope="row">
              <span class="named"
                >${narrowing(panel, nodeLabel(node), 'Only interactions with an error here', [
                  { kind: 'mark', mark: 'error' },
                  { kind: 'node', nodeId: node.nodeId },
                ])}</span
              >
            </th>
            <td class="numeric ink-error">${count(node.errors)}</td>
            <td class="numeric">${percent(node.errorRate)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${
      errorsByNode.length > shown.length
        ? html`<p class="hint">${plural(errorsByNode.length - shown.length, 'further node')} with fewer.</p>`
        : nothing
    }
  </section>`;
}

export function slowest(panel: Panel, { slowest }: Overview): TemplateResult | typeof nothing {
  if (slowest.length === 0) return nothing;
  return html`<section aria-labelledby="slowest">
    <h3 id="slowest">Slowest steps</h3>
    <ol class="slowest">
      ${slowest
        .slice(0, SLOWEST)
        .map((step) => html`<li>${text(nodeLabel(step), 'node')}${evidence(panel, step, step.dwell)}</li>`)}
    </ol>
  </section>`;
}
