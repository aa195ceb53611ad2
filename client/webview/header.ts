/** What the panel always says: which query, tenant, window and when, and how it ended. */
import { html, type TemplateResult } from 'lit';
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import { brief, instant, span, visible } from './format.ts';
import { icon } from './parts.ts';

const OUTCOME_ICONS: Readonly<Record<Overview['header']['outcome'], string>> = {
  complete: 'pass',
  partial: 'warning',
  failed: 'error',
  cancelled: 'circle-slash',
  running: 'sync',
};

export function runTitle({ header: run }: Overview): TemplateResult {
  const name = run.title ?? run.query ?? 'Query without a name';
  return html`<h1 title=${brief(name)}><bdi>${visible(name)}</bdi></h1>
    <span class="pill ${run.outcome}">${icon(OUTCOME_ICONS[run.outcome])}${run.outcome}</span>
    <ul class="about" aria-label="Run">
      <li title=${`Connection ${brief(run.connection)}, tenant ${brief(run.tenant)}`}>
        ${icon('plug')}<span class="sr-only">Tenant</span><bdi>${visible(run.connection)}</bdi> · <bdi>${visible(run.tenant)}</bdi>
      </li>
      <li title="When it ran">
        ${icon('history')}<span class="sr-only">Ran</span>${instant(run.startedAt, run.timeZone)}
      </li>
      <li title="Window of the query">
        ${icon('calendar')}<span class="sr-only">Window</span>${span(run.window, run.timeZone)}
      </li>
    </ul>`;
}
