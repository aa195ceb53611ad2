/** What a run found, in words: what matters, the ranked bottlenecks, each with its evidence and what to do about it. */
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { type Condition, MAX_NAMED } from '../../../server/src/protocol/panel-filter.ts';
import type { Finding, Overview } from '../../../server/src/protocol/panel-overview.ts';
import type { Insight } from '../../../server/src/protocol/report.ts';
import { inForce, narrowTo, toggle } from '../conditions.ts';
import { brief, count, duration, nodeLabel, percent, plural, unbroken, visible } from '../format.ts';
import { icon, idText, text } from '../parts.ts';
import type { Panel, Selection } from '../view.ts';

const EVIDENCE = 3;
const INSIGHTS = 5;
const CHANGES = 6;

export function matters(panel: Panel, { insights, nodes }: Overview): TemplateResult | typeof nothing {
  if (insights.length === 0) return nothing;
  const rest = insights.slice(INSIGHTS);
  const names = new Map(nodes.map((node) => [node.nodeId, nodeLabel(node)]));
  const row = (insight: Insight): TemplateResult => insightRow(panel, insight, names);
  return html`<section aria-labelledby="matters">
    <h3 id="matters">What matters</h3>
    <ul class="insights">
      ${repeat(insights.slice(0, INSIGHTS), keyOf, row)}
    </ul>
    ${
      rest.length === 0
        ? nothing
        : html`<details>
            <summary>${count(rest.length)} more</summary>
            <ul class="insights">
              ${repeat(rest, keyOf, row)}
            </ul>
          </details>`
    }
  </section>`;
}

/** What an insight is about, whatever its numbers are by now. */
function keyOf({ rule, nodeId }: Insight, at: number): string {
  return `${rule} ${nodeId ?? at}`;
}

function insightRow(
  panel: Panel,
  { rule, text: words, evidence: steps, nodeId }: Insight,
  names: ReadonlyMap<string, string>,
): TemplateResult {
  const ids = [...new Set(steps.map(({ interactionId }) => interactionId))].slice(0, MAX_NAMED);
  const name = nodeId === null ? undefined : (names.get(nodeId) ?? nodeId);
  return html`<li>
    ${icon(INSIGHT_ICONS[rule])}
    <div class="what">
      <p>${text(unbroken(words))}</p>
      ${
        steps.length === 0 && nodeId === null
          ? nothing
          : html`<p class="evidence">
              ${steps.length === 0 ? nothing : html`<span class="sr-only">Evidence:</span>`}
              ${steps.slice(0, EVIDENCE).map((step) => evidence(panel, step))}
              ${
                ids.length < 2
                  ? nothing
                  : narrowButton(panel, `These ${count(ids.length)}`, [
                      { kind: 'interactions', ids, label: brief(words, 120) },
                    ])
              }
              ${
                nodeId === null || name === undefined
                  ? nothing
                  : narrowButton(panel, `Only ${brief(name, 60)}`, [{ kind: 'node', nodeId }])
              }
            </p>`
      }
    </div>
  </li>`;
}

export function bottlenecks(panel: Panel, overview: Overview): TemplateResult {
  const { findings } = overview;
  return html`<section aria-labelledby="bottlenecks">
    <h3 id="bottlenecks">Bottlenecks</h3>
    ${
      findings.length === 0
        ? none(overview)
        : html`<ol class="findings">
            ${repeat(
              findings,
              ({ nodeId }) => nodeId,
              (found, at) => finding(panel, found, at),
            )}
          </ol>`
    }
  </section>`;
}

/** Nothing found is only good news where there was something to look at. */
function none({ interactions, bottleneckCount }: Overview): TemplateResult {
  if (interactions === 0) return html`<p class="hint">There is no interaction to judge.</p>`;
  if (bottleneckCount > 0) return html`<p>${plural(bottleneckCount, 'step')} above the threshold.</p>`;
  return html`<p class="good">${icon('pass')} No step was held above its threshold.</p>`;
}

function finding(panel: Panel, found: Finding, at: number): TemplateResult {
  const share = percent(found.excessShare);
  const name = brief(nodeLabel(found), 80);
  const conditions: Condition[] = [
    { kind: 'mark', mark: 'bottleneck' },
    { kind: 'node', nodeId: found.nodeId },
  ];
  const kinds = new Set(conditions.map(({ kind }) => kind));
  return html`<li class="finding">
    <span class="rank" aria-hidden="true">${at + 1}</span>
    <div class="what">
      <p class="words">${text(unbroken(found.text))}</p>
      <div
        class="share"
        role="img"
        aria-label=${`${name}: ${share} of all time above the threshold, ${count(found.count)} of ${plural(found.visits, 'visit')}`}
      >
        <span class="rail"><span class="fill" .style=${`width:${fill(found.excessShare)}%`}></span></span>
        <span class="figure">${share}</span>
      </div>
      <p class="meta">
        ${count(found.count)} of ${plural(found.visits, 'visit')} over ${duration(found.threshold)} · p95
        ${duration(found.p95)} · longest ${duration(found.max)}
      </p>
      <p class="evidence">
        <span class="sr-only">Evidence:</span>
        ${found.examples.slice(0, EVIDENCE).map((example) => evidence(panel, example, example.dwell))}
      </p>
      <p class="todo" role="group" aria-label=${`${name}: go on`}>
        ${button('list-flat', 'Show in timeline', () => {
          narrowTo(panel, conditions);
          panel.open('timeline');
        })}
        ${narrowButton(panel, 'Narrow to it', conditions)}
        ${button('search', 'Query about it', () =>
          panel.act({
            kind: 'openQuery',
            filter: [...panel.state.filter.filter(({ kind }) => !kinds.has(kind)), ...conditions],
          }),
        )}
        ${button('code', 'Show the clause', () => panel.act({ kind: 'showClause', clause: 'analyze' }))}
      </p>
    </div>
  </li>`;
}

/** A small button in a row of them. */
export function button(sign: string, words: string, press: () => void): TemplateResult {
  return html`<button type="button" class="small-button" @click=${press}>${icon(sign)}${words}</button>`;
}

/** Pressed while its conditions are in force. */
function narrowButton(panel: Panel, words: string, conditions: readonly Condition[]): TemplateResult {
  const isOn = inForce(panel, conditions);
  return html`<button
    type="button"
    class="small-button"
    aria-pressed=${isOn}
    @click=${() => toggle(panel, conditions)}
  >
    ${icon(isOn ? 'filter-filled' : 'filter')}${visible(words)}
  </button>`;
}

export function evidence(panel: Panel, step: Selection, dwell?: number): TemplateResult {
  const { interactionId, sequence } = step;
  return html`<button
    type="button"
    class="link"
    title=${`Show step ${sequence + 1} of ${brief(interactionId)} in the timeline`}
    @click=${() => panel.select({ interactionId, sequence }, 'timeline')}
  >
    ${idText(interactionId)}${
      dwell === undefined ? nothing : html`<span class="dwell">${duration(dwell)}</span>`
    }
  </button>`;
}

/** Since when nodes take longer or shorter, where no trend shows it. */
export function changes({ changes }: Overview): TemplateResult | typeof nothing {
  if (changes.length === 0) return nothing;
  return html`<section aria-labelledby="changes">
    <h3 id="changes">Since when</h3>
    <ul class="notes">
      ${changes.slice(0, CHANGES).map((change) => html`<li>${icon('pulse')}${text(unbroken(change))}</li>`)}
    </ul>
    ${
      changes.length > CHANGES
        ? html`<p class="hint">${plural(changes.length - CHANGES, 'earlier change')}.</p>`
        : nothing
    }
  </section>`;
}

/** Per cent of a rail, never invisible. */
export function fill(share: number): number {
  return Math.max(1, Math.min(100, share * 100));
}

const INSIGHT_ICONS: Readonly<Record<Insight['rule'], string>> = {
  bottleneck: 'flame',
  change: 'pulse',
  share: 'clock',
  wait: 'watch',
  rework: 'sync',
  errors: 'error',
  outsideStep: 'symbol-variable',
  open: 'circle-outline',
  data: 'database',
};
