/** The frame around the tabs: which query, tenant, window and when, how it ended, and, where it has not well, what to do. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import { brief, count, instant, plural, span, visible } from './format.ts';
import { icon, text } from './parts.ts';
import type { Panel } from './view.ts';

type Outcome = Overview['header']['outcome'];
type Progress = NonNullable<Overview['progress']>;

const OUTCOME_ICONS: Readonly<Record<Outcome, string>> = {
  complete: 'pass',
  partial: 'warning',
  failed: 'error',
  cancelled: 'circle-slash',
  running: 'sync',
};

const TITLES: Readonly<Record<Exclude<Outcome, 'complete'>, string>> = {
  running: 'Still running',
  partial: 'Partial result',
  cancelled: 'Cancelled',
  failed: 'The run failed',
};

/** A run that was cancelled ends within this time, or is not going to. */
const STOPS_MS = 15_000;

export interface Head {
  /** Draws again: another run, more of it, or another tab, beside which the banner is brief. */
  update(): void;
}

export function createHead(root: HTMLElement, panel: Panel): Head {
  /** The run that was asked to stop: it goes on until the editor says that it has ended. */
  let stopping: string | undefined;
  let asking = 0;

  function stop(runId: string): void {
    stopping = runId;
    panel.act({ kind: 'cancel' });
    panel.announce('Cancelling the run. What has come so far is kept.');
    window.clearTimeout(asking);
    // A run of another window cannot be stopped here, which the editor has said then.
    asking = window.setTimeout(() => {
      stopping = undefined;
      update();
    }, STOPS_MS);
    update();
  }

  function banner(overview: Overview): TemplateResult | typeof nothing {
    const { header, progress } = overview;
    const { outcome } = header;
    if (outcome === 'complete') return nothing;
    const isShort = panel.state.tab !== 'overview';
    return html`<div
      class="banner ${outcome} ${isShort ? 'short' : ''}"
      role="note"
      aria-label=${TITLES[outcome]}
    >
      ${icon(outcome === 'running' ? 'sync' : OUTCOME_ICONS[outcome], 'sign')}
      ${outcome === 'running' ? running(header, progress) : ended(overview)}
    </div>`;
  }

  function running({ runId }: Overview['header'], progress: Progress | undefined): TemplateResult {
    const isStopping = stopping === runId;
    return html`<div class="told">
        <strong>${isStopping ? 'Cancelling' : TITLES.running}</strong>
        <span>${progress === undefined ? 'What has come so far is shown; the rest follows.' : soFar(progress)}</span>
        ${bar(progress)}
      </div>
      <div class="actions">
        <vscode-button secondary ?disabled=${isStopping} @click=${() => stop(runId)}>Cancel</vscode-button>
      </div>`;
  }

  function bar(progress: Progress | undefined): TemplateResult {
    const expected = progress?.expected ?? null;
    if (progress === undefined || expected === null || expected === 0) {
      return html`<div class="progress unknown" role="progressbar" aria-label="Records retrieved"><span></span></div>`;
    }
    const share = Math.min(1, progress.records / expected);
    return html`<div
      class="progress"
      role="progressbar"
      aria-label="Records retrieved"
      aria-valuemin="0"
      aria-valuemax=${expected}
      aria-valuenow=${Math.min(progress.records, expected)}
      aria-valuetext=${`${count(progress.records)} of ${plural(expected, 'record')}`}
    >
      <span .style=${`width:${share * 100}%`}></span>
    </div>`;
  }

  function ended(overview: Overview): TemplateResult {
    const { outcome, error, resumable } = overview.header;
    if (outcome === 'complete' || outcome === 'running') return html`${nothing}`;
    const canResume = resumable === true;
    return html`<div class="told">
        <strong>${TITLES[outcome]}</strong>
        <span class="missing">${missing(overview)}</span>
        ${error === undefined ? nothing : html`<p class="why">${text(error.message)}</p>`}
        <p class="advice">${advice(outcome, canResume)}</p>
      </div>
      <div class="actions">
        ${
          canResume
            ? html`<vscode-button @click=${() => panel.act({ kind: 'resume' })}>Resume</vscode-button>`
            : nothing
        }
        <vscode-button ?secondary=${canResume} @click=${() => panel.act({ kind: 'rerun' })}>Run again</vscode-button>
        <vscode-button secondary @click=${() => panel.act({ kind: 'showLog' })}>Show log</vscode-button>
      </div>`;
  }

  function update(): void {
    const { overview } = panel;
    if (overview?.header.outcome !== 'running') stopping = undefined;
    render(overview === undefined ? nothing : html`${title(overview.header)} ${banner(overview)}`, root);
  }

  return { update };
}

function title(run: Overview['header']): TemplateResult {
  const name = run.title ?? run.query ?? 'Query without a name';
  const ran = instant(run.startedAt, run.timeZone);
  const window = span(run.window, run.timeZone);
  return html`<h1 title=${brief(name)}><bdi>${visible(name)}</bdi></h1>
    <span class="pill ${run.outcome}">${icon(OUTCOME_ICONS[run.outcome])}${run.outcome}</span>
    <ul class="about" aria-label="Run">
      <li title=${`Connection ${brief(run.connection)}, tenant ${brief(run.tenant)}`}>
        ${icon('plug')}<span class="sr-only">Tenant</span><bdi>${visible(run.connection)}</bdi> · <bdi>${visible(run.tenant)}</bdi>
      </li>
      <li title=${`Ran ${ran}`}>
        ${icon('history')}<span class="sr-only">Ran</span>${ran}
      </li>
      <li title=${`Window of the query: ${window}`}>
        ${icon('calendar')}<span class="sr-only">Window</span>${window}
      </li>
    </ul>`;
}

function soFar({ records, expected }: Progress): string {
  if (expected === null) return `${plural(records, 'record')} so far; how many there are is not known.`;
  const rest = expected - records;
  const still = rest > 0 ? `, ${count(rest)} still missing` : '';
  return `${count(records)} of ${plural(expected, 'record')} so far${still}.`;
}

/** What is not in the numbers, as far as anybody knows. */
function missing({ header, retrieval, all }: Overview): string {
  if (retrieval === null) {
    return all.interactions === 0 ? 'Nothing was retrieved.' : 'How much is missing is not known.';
  }
  const { records, expected } = retrieval;
  if (expected === null) {
    return records === 0
      ? 'Nothing was retrieved.'
      : `${plural(records, 'record')} retrieved; how many are missing is not known.`;
  }
  const rest = Math.max(0, expected - records);
  if (rest === 0 && header.outcome !== 'failed') return `All ${plural(expected, 'record')} were retrieved.`;
  return `${count(rest)} of ${plural(expected, 'record')} ${rest === 1 ? 'is' : 'are'} missing.`;
}

const KEPT: Partial<Record<Outcome, string>> = {
  partial: 'What was retrieved is kept and analysed; what is missing is not in these numbers.',
  // That it is kept is said by the message of such a run.
  cancelled: 'These numbers are of what was retrieved.',
};

function advice(outcome: Outcome, canResume: boolean): string {
  const kept = KEPT[outcome] ?? 'What was retrieved before is kept and analysed.';
  return canResume ? `${kept} Resume goes on from where it had come to.` : kept;
}
