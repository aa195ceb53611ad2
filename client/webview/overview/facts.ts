/** Facts of the whole run, whatever the filter leaves: how far it can be trusted, what it was held to, what it asked. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import { brief, count, duration, instant, percent, plural, span, visible } from '../format.ts';
import { icon, text } from '../parts.ts';
import type { Panel } from '../view.ts';
import { button } from './found.ts';

/** Beside a heading, where a filter is in force: what stands below is not of what it leaves. */
function whole(panel: Panel): TemplateResult | typeof nothing {
  return panel.state.filter.length === 0 ? nothing : html`<span class="scope">whole run</span>`;
}

export function expectations(panel: Panel, { expectations }: Overview): TemplateResult | typeof nothing {
  if (expectations.length === 0) return nothing;
  const kept = expectations.filter(({ ok }) => ok).length;
  return html`<section aria-labelledby="expect">
    <h3 id="expect">Expectations ${whole(panel)}</h3>
    <ul class="checks" aria-label=${`${kept} of ${plural(expectations.length, 'expectation')} kept`}>
      ${expectations.map(
        (expectation) => html`<li class=${expectation.ok ? 'ok' : 'broken'}>
          ${icon(expectation.ok ? 'pass' : 'error')}
          <span class="sr-only">${expectation.ok ? 'Kept:' : 'Broken:'}</span>
          <code>${text(expectation.text)}</code>
          <span class="actual">${expectation.actual === null ? 'no value' : `was ${count(expectation.actual)}`}</span>
        </li>`,
      )}
    </ul>
    <p class="todo">
      ${button('code', 'Show the clause', () => panel.act({ kind: 'showClause', clause: 'expect' }))}
    </p>
  </section>`;
}

export function trust(panel: Panel, overview: Overview): TemplateResult {
  const { retrieval, compliance } = overview;
  const isVerified = compliance === 'VERIFIED';
  return html`<section aria-labelledby="trust">
    <h3 id="trust">Retrieval ${whole(panel)}</h3>
    <p class=${isVerified ? 'good' : 'doubt'}>
      ${icon(isVerified ? 'verified' : 'warning')}
      ${accountFor(overview)}
    </p>
    ${
      retrieval === null
        ? html`<p class="hint">${unrequested(overview)}</p>`
        : html`<dl class="facts">
            <dt>Records</dt>
            <dd>${count(retrieval.records)}${retrieval.expected === null ? '' : ` of ${count(retrieval.expected)} expected`}</dd>
            <dt>Accuracy</dt>
            <dd>${retrieval.accuracyRate === null ? 'not known: the tenant gave no total' : percent(retrieval.accuracyRate)}</dd>
            <dt>Latency</dt>
            <dd>${duration(retrieval.latencyMs / 1000)}</dd>
            <dt>Requests</dt>
            <dd>${count(retrieval.requests)}, ${plural(retrieval.pages, 'page')}${retrieval.resumed ? ', resumed' : ''}</dd>
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

/** Why there are no figures of a retrieval. */
function unrequested({ header }: Overview): string {
  if (header.outcome === 'running') return 'How it was retrieved is told once the run has ended.';
  if (header.outcome === 'complete') return 'From a history file: nothing was requested.';
  return 'How far the retrieval had come was not written down.';
}

/** The compliance status in words: why it is what it is. */
function accountFor({ compliance, retrieval, header }: Overview): string {
  const rate = retrieval?.accuracyRate ?? null;
  if (compliance === 'VERIFIED') {
    return rate === 1
      ? 'Verified: every record that was expected is here.'
      : `Verified: the run is complete, with ${percent(rate)} of the expected records.`;
  }
  if (header.outcome === 'running') return 'Not judged before the run has ended.';
  if (header.outcome !== 'complete') return 'Review required: the run did not complete.';
  if (retrieval === null) return 'Review required: a history file says nothing of what it should hold.';
  return rate === null
    ? 'Review required: nothing tells how many records there should be.'
    : `Review required: only ${percent(rate)} of the expected records are here.`;
}

export function notes(panel: Panel, { notes }: Overview): TemplateResult | typeof nothing {
  if (notes.length === 0) return nothing;
  return html`<section aria-labelledby="notes">
    <h3 id="notes">Notes ${whole(panel)}</h3>
    <ul class="notes">
      ${notes.map((note) => html`<li>${icon('info')}${text(note)}</li>`)}
    </ul>
  </section>`;
}

export function queryText(panel: Panel, { header }: Overview): TemplateResult {
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
      <vscode-button secondary @click=${() => panel.act({ kind: 'showQuery' })}>Go to query</vscode-button>
      <vscode-button secondary @click=${() => panel.act({ kind: 'rerun' })}>Run again</vscode-button>
    </p>
  </details>`;
}

export function audit(panel: Panel, { audit, header }: Overview): TemplateResult | typeof nothing {
  if (header.outcome === 'running') return nothing;
  return html`<footer class="audit ${audit === null ? 'missing' : ''}">
    ${icon(audit === null ? 'warning' : 'shield')}
    ${
      audit === null
        ? html`<p><strong>Not audited.</strong> The audit record could not be written; the log says why.</p>
            <vscode-button secondary @click=${() => panel.act({ kind: 'showLog' })}>Show log</vscode-button>`
        : html`<p>
              Audit record ${count(audit.sequence)} in <bdi class="mono" title=${brief(audit.file, 500)}>${visible(fileName(audit.file))}</bdi>,
              hash <span class="mono" title=${brief(audit.hash)}>${brief(audit.hash, 12)}</span>
            </p>
            <vscode-button secondary @click=${() => panel.act({ kind: 'showAudit' })}>Show audit log</vscode-button>`
    }
  </footer>`;
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
