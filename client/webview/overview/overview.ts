/** Overview: what the run found, in words, and how far its numbers can be trusted. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { Finding, Overview } from '../../../server/src/protocol/panel-overview.ts';
import type { Insight } from '../../../server/src/protocol/report.ts';
import {
  brief,
  count,
  duration,
  instant,
  nodeLabel,
  percent,
  plural,
  span,
  unbroken,
  visible,
} from '../format.ts';
import { failed, icon, loading, oncePerFrame, text } from '../parts.ts';
import type { Panel, Selection } from '../view.ts';

const EVIDENCE = 3;
const INSIGHTS = 5;
const CHANGES = 6;
const SLOWEST = 8;
const NODES = 8;

export interface OverviewView {
  update(): void;
}

/** @param problem what went wrong when the overview was asked for, @param again asks once more */
export function createOverview(
  root: HTMLElement,
  panel: Panel,
  problem: () => string | undefined,
  again: () => void,
): OverviewView {
  const update = oncePerFrame(() => render(body(), root));

  function body(): TemplateResult {
    const message = problem();
    if (message !== undefined) return failed(message, again);
    const { overview } = panel;
    if (overview === undefined) return loading('Reading the run…');
    return html`<div class="overview">
      <h2 class="headline">${text(unbroken(overview.headline))}</h2>
      ${banner(overview)} ${tiles(overview)}
      <div class="columns">
        <div class="wide">${matters(overview)} ${bottlenecks(overview)} ${nodes(overview)}</div>
        <div class="narrow">
          ${expectations(overview)} ${changes(overview)} ${trust(overview)} ${errors(overview)}
          ${slowest(overview)} ${notes(overview)}
        </div>
      </div>
      ${queryText(overview)} ${audit(overview)}
    </div>`;
  }

  function banner({ header, progress }: Overview): TemplateResult | typeof nothing {
    const { outcome, error } = header;
    if (outcome === 'complete') return nothing;
    const [title, hint] = BANNERS[outcome];
    const bad = outcome === 'failed';
    return html`<div class="banner ${bad ? 'failed' : 'partial'}" role="note">
      ${icon(bad ? 'error' : outcome === 'running' ? 'sync' : 'warning')}
      <div>
        <strong>${title}</strong>
        ${error === undefined ? nothing : html`<p>${text(error.message)}</p>`}
        <p>${progress === undefined ? nothing : html`${soFar(progress)} `}${hint}</p>
        ${
          outcome === 'running'
            ? nothing
            : html`<p class="actions">
              <vscode-button @click=${() => panel.channel.act('rerun')}>Run again</vscode-button>
              <vscode-button secondary @click=${() => panel.channel.act('showLog')}>Show log</vscode-button>
            </p>`
        }
      </div>
    </div>`;
  }

  function soFar({ records, expected }: NonNullable<Overview['progress']>): string {
    if (expected === null) return `${plural(records, 'record')} so far.`;
    return `${count(records)} of ${plural(expected, 'record')} so far.`;
  }

  function tiles(overview: Overview): TemplateResult {
    const accuracy = overview.retrieval?.accuracyRate ?? null;
    return html`<dl class="tiles">
      ${tile('Interactions', count(overview.interactions))} ${tile('Steps', count(overview.steps))}
      ${tile('Bottlenecks', count(overview.bottleneckCount), overview.bottleneckCount > 0 ? 'flame' : '', 'bottleneck')}
      ${tile('Errors', count(overview.errors), overview.errors > 0 ? 'error' : '', 'error')}
      ${tile('Open steps', count(overview.openSteps), overview.openSteps > 0 ? 'watch' : '', 'open')}
      ${tile('Paths', count(overview.pathCount))}
      ${tile('Accuracy', accuracy === null ? 'not known' : percent(accuracy))}
    </dl>`;
  }

  function tile(label: string, value: string, mark = '', ink = ''): TemplateResult {
    return html`<div class="tile">
      <dt>${label}</dt>
      <dd class=${mark === '' ? '' : `ink-${ink}`}>${mark === '' ? nothing : icon(mark)}${value}</dd>
    </div>`;
  }

  function matters({ insights }: Overview): TemplateResult | typeof nothing {
    if (insights.length === 0) return nothing;
    const rest = insights.slice(INSIGHTS);
    return html`<section aria-labelledby="matters">
      <h3 id="matters">What matters</h3>
      <ul class="insights">
        ${insights.slice(0, INSIGHTS).map(insight)}
      </ul>
      ${
        rest.length === 0
          ? nothing
          : html`<details>
              <summary>${count(rest.length)} more</summary>
              <ul class="insights">
                ${rest.map(insight)}
              </ul>
            </details>`
      }
    </section>`;
  }

  function insight({ rule, text: words, evidence: steps }: Insight): TemplateResult {
    return html`<li>
      ${icon(INSIGHT_ICONS[rule])}
      <div class="what">
        <p>${text(unbroken(words))}</p>
        ${
          steps.length === 0
            ? nothing
            : html`<p class="evidence">
                <span class="sr-only">Evidence:</span>
                ${steps.slice(0, EVIDENCE).map((step) => evidence(step))}
              </p>`
        }
      </div>
    </li>`;
  }

  function changes({ changes }: Overview): TemplateResult | typeof nothing {
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

  function bottlenecks(overview: Overview): TemplateResult {
    const { findings } = overview;
    return html`<section aria-labelledby="bottlenecks">
      <h3 id="bottlenecks">Bottlenecks</h3>
      ${findings.length === 0 ? none(overview) : html`<ol class="findings">${findings.map(finding)}</ol>`}
    </section>`;
  }

  /** Nothing found is only good news where there was something to look at. */
  function none({ interactions, bottleneckCount }: Overview): TemplateResult {
    if (interactions === 0) return html`<p class="hint">There is no interaction to judge.</p>`;
    if (bottleneckCount > 0) return html`<p>${plural(bottleneckCount, 'step')} above the threshold.</p>`;
    return html`<p class="good">${icon('pass')} No step was held above its threshold.</p>`;
  }

  function finding(found: Finding, at: number): TemplateResult {
    const share = percent(found.excessShare);
    const name = brief(nodeLabel(found), 80);
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
          ${found.examples.slice(0, EVIDENCE).map((example) => evidence(example, example.dwell))}
        </p>
      </div>
    </li>`;
  }

  function evidence(step: Selection, dwell?: number): TemplateResult {
    return html`<button
      type="button"
      class="link"
      title=${`Show step ${step.sequence + 1} of ${brief(step.interactionId)} in the timeline`}
      @click=${() => go(step)}
    >
      <bdi class="id">${visible(step.interactionId)}</bdi>${
        dwell === undefined ? nothing : html`<span class="dwell">${duration(dwell)}</span>`
      }
    </button>`;
  }

  function go(step: Selection): void {
    panel.select({ interactionId: step.interactionId, sequence: step.sequence }, 'timeline');
  }

  function nodes({ nodes }: Overview): TemplateResult | typeof nothing {
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
          ${shown.map(
            (node) => html`<tr>
              <th scope="row">
                ${
                  node.bottlenecks > 0
                    ? html`<span class="ink-bottleneck" title=${plural(node.bottlenecks, 'bottleneck')}
                      >${icon('flame')}<span class="sr-only">bottleneck</span></span
                    >`
                    : nothing
                }
                ${text(nodeLabel(node))}
              </th>
              <td class="numeric">${count(node.visits)}</td>
              <td class="numeric">${duration(node.dwell.median)}</td>
              <td class="numeric ${node.dwell.n < 20 ? 'faint' : ''}" title=${node.dwell.n < 20 ? 'Fewer than 20 visits: p95 says little' : ''}>
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
          ? html`<p class="hint">${plural(nodes.length - shown.length, 'further node')} with less dwell.</p>`
          : nothing
      }
    </section>`;
  }

  function expectations({ expectations }: Overview): TemplateResult | typeof nothing {
    if (expectations.length === 0) return nothing;
    return html`<section aria-labelledby="expect">
      <h3 id="expect">Expectations</h3>
      <ul class="checks">
        ${expectations.map(
          (expectation) => html`<li class=${expectation.ok ? 'ok' : 'broken'}>
            ${icon(expectation.ok ? 'pass' : 'error')}
            <span class="sr-only">${expectation.ok ? 'Kept:' : 'Broken:'}</span>
            <code>${text(expectation.text)}</code>
            <span class="actual">${expectation.actual === null ? 'no value' : `was ${count(expectation.actual)}`}</span>
          </li>`,
        )}
      </ul>
    </section>`;
  }

  function trust(overview: Overview): TemplateResult {
    const { retrieval, compliance } = overview;
    const verified = compliance === 'VERIFIED';
    return html`<section aria-labelledby="trust">
      <h3 id="trust">Retrieval</h3>
      <p class=${verified ? 'good' : 'doubt'}>
        ${icon(verified ? 'verified' : 'warning')}
        ${accountFor(overview)}
      </p>
      ${
        retrieval === null
          ? html`<p class="hint">From a history file: nothing was requested.</p>`
          : html`<dl class="facts">
            <dt>Records</dt>
            <dd>${count(retrieval.records)}${retrieval.expected === null ? '' : ` of ${count(retrieval.expected)} expected`}</dd>
            <dt>Accuracy</dt>
            <dd>${retrieval.accuracyRate === null ? 'not known: the tenant gave no total' : percent(retrieval.accuracyRate)}</dd>
            <dt>Latency</dt>
            <dd>${duration(retrieval.latencyMs / 1000)}</dd>
            <dt>Requests</dt>
            <dd>${count(retrieval.requests)}, ${plural(retrieval.pages, 'page')}</dd>
            <dt>Retries</dt>
            <dd>${count(retrieval.retries)}</dd>
            <dt>Throttled</dt>
            <dd>${retrieval.throttled === 0 ? 'never' : plural(retrieval.throttled, 'time')}</dd>
            ${
              retrieval.rejected > 0
                ? html`<dt>Rejected</dt>
                  <dd class="ink-error">${plural(retrieval.rejected, 'record')}</dd>`
                : nothing
            }
            ${
              retrieval.duplicates > 0
                ? html`<dt>Duplicates</dt>
                  <dd>${count(retrieval.duplicates)}</dd>`
                : nothing
            }
          </dl>`
      }
    </section>`;
  }

  function errors({ errorsByNode }: Overview): TemplateResult | typeof nothing {
    if (errorsByNode.length === 0) return nothing;
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
          ${errorsByNode.slice(0, NODES).map(
            (node) => html`<tr>
              <th scope="row">${text(nodeLabel(node))}</th>
              <td class="numeric ink-error">${count(node.errors)}</td>
              <td class="numeric">${percent(node.errorRate)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </section>`;
  }

  function slowest({ slowest }: Overview): TemplateResult | typeof nothing {
    if (slowest.length === 0) return nothing;
    return html`<section aria-labelledby="slowest">
      <h3 id="slowest">Slowest steps</h3>
      <ol class="slowest">
        ${slowest.slice(0, SLOWEST).map(
          (step) => html`<li>
            ${text(nodeLabel(step), 'node')}${evidence(step, step.dwell)}
          </li>`,
        )}
      </ol>
    </section>`;
  }

  function notes({ notes }: Overview): TemplateResult | typeof nothing {
    if (notes.length === 0) return nothing;
    return html`<section aria-labelledby="notes">
      <h3 id="notes">Notes</h3>
      <ul class="notes">
        ${notes.map((note) => html`<li>${icon('info')}${text(note)}</li>`)}
      </ul>
    </section>`;
  }

  function queryText({ header }: Overview): TemplateResult {
    return html`<details class="query">
      <summary>Query as it ran</summary>
      <pre tabindex="0" aria-label="Query as it ran">${visible(header.text)}</pre>
      <dl class="facts">
        <dt>Sent filter</dt>
        <dd class="mono">${header.filter === '' ? 'none' : text(header.filter)}</dd>
        <dt>Window</dt>
        <dd>${span(header.window, header.timeZone)}</dd>
        <dt>Started</dt>
        <dd>${instant(header.startedAt, header.timeZone, 'millis')}</dd>
        <dt>Ended</dt>
        <dd>${instant(header.endedAt, header.timeZone, 'millis')}</dd>
        <dt>Run</dt>
        <dd class="mono">${text(header.runId)}</dd>
      </dl>
      <p class="actions">
        <vscode-button secondary @click=${() => panel.channel.act('showQuery')}>Go to query</vscode-button>
        <vscode-button secondary @click=${() => panel.channel.act('rerun')}>Run again</vscode-button>
      </p>
    </details>`;
  }

  function audit({ audit, header }: Overview): TemplateResult | typeof nothing {
    if (header.outcome === 'running') return nothing;
    return html`<footer class="audit ${audit === null ? 'missing' : ''}">
      ${icon(audit === null ? 'warning' : 'shield')}
      ${
        audit === null
          ? html`<p><strong>Not audited.</strong> The audit record could not be written; the log says why.</p>
            <vscode-button secondary @click=${() => panel.channel.act('showLog')}>Show log</vscode-button>`
          : html`<p>
              Audit record ${count(audit.sequence)} in <bdi class="mono" title=${brief(audit.file, 500)}>${visible(fileName(audit.file))}</bdi>,
              hash <span class="mono" title=${brief(audit.hash)}>${brief(audit.hash, 12)}</span>
            </p>
            <vscode-button secondary @click=${() => panel.channel.act('showAudit')}>Show audit log</vscode-button>`
      }
    </footer>`;
  }

  return { update };
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

const BANNERS: Readonly<
  Record<Exclude<Overview['header']['outcome'], 'complete'>, readonly [string, string]>
> = {
  running: ['Still running', 'What has come so far is shown; the rest follows.'],
  partial: [
    'Partial result',
    'What was retrieved is kept and analysed below; what is missing is not in these numbers.',
  ],
  cancelled: ['Cancelled', 'What was retrieved before is kept and analysed below.'],
  failed: ['The run failed', 'Anything that was retrieved before is kept and analysed below.'],
};

/** The compliance status in words: why it is what it is. */
function accountFor({ compliance, retrieval, header }: Overview): string {
  const rate = retrieval?.accuracyRate ?? null;
  if (compliance === 'VERIFIED') {
    return rate === 1
      ? 'Verified: every record that was expected is here.'
      : `Verified: the run is complete, with ${percent(rate)} of the expected records.`;
  }
  if (retrieval === null) return 'Review required: a history file says nothing of what it should hold.';
  if (header.outcome !== 'complete') return 'Review required: the run did not complete.';
  return rate === null
    ? 'Review required: nothing tells how many records there should be.'
    : `Review required: only ${percent(rate)} of the expected records are here.`;
}

/** Per cent of a rail, never invisible. */
function fill(share: number): number {
  return Math.max(1, Math.min(100, share * 100));
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
