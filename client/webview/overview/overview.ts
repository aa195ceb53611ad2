/** Overview: what the run found, in words and two charts, and how far its numbers can be trusted. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { StepMark } from '../../../server/src/protocol/panel-filter.ts';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import { inForce, toggle } from '../conditions.ts';
import { count, percent, plural, unbroken } from '../format.ts';
import { empty, failed, icon, loading, oncePerFrame, text } from '../parts.ts';
import { keepScroll } from '../scroll.ts';
import type { Panel, View } from '../view.ts';
import { audit, expectations, notes, queryText, trust } from './facts.ts';
import { bottlenecks, changes, matters } from './found.ts';
import { createHistogram } from './histogram.ts';
import { errors, nodes, slowest } from './tables.ts';
import { createTrends } from './trend.ts';
import { isSeries } from './trend-model.ts';

/** @param problem what went wrong when the overview was asked for, @param again asks once more */
export function createOverview(
  root: HTMLElement,
  panel: Panel,
  problem: () => string | undefined,
  again: () => void,
): View {
  // The first tab: it says that the run is read before any tab has come to the front.
  let isShown = true;
  let runId = '';
  const update = oncePerFrame(() => {
    if (!isShown) return;
    render(body(), root);
    if (panel.overview !== undefined) scrolled.restore();
  });
  const histogram = createHistogram(panel, update);
  const trends = createTrends(panel, update);
  const scrolled = keepScroll(
    root,
    () => panel.state.overview.top,
    (top) => panel.keep({ overview: { top } }),
  );

  function body(): TemplateResult {
    const message = problem();
    if (message !== undefined) return failed(message, again);
    const { overview } = panel;
    if (overview === undefined) return loading('Reading the run…');
    const isEmptied =
      overview.interactions === 0 && panel.state.filter.length > 0 && overview.all.interactions > 0;
    return html`<div class="overview ${panel.isFiltering ? 'filtering' : ''}" aria-busy=${panel.isFiltering}>
      <h2 class="headline" tabindex="-1">${text(unbroken(overview.headline))}</h2>
      ${scope(overview)}
      ${isEmptied ? emptied() : html`${tiles(overview)} ${found(overview)}`}
      ${isEmptied ? whole(overview) : nothing} ${queryText(panel, overview)} ${audit(panel, overview)}
    </div>`;
  }

  function found(overview: Overview): TemplateResult {
    const charted = overview.trends.find((trend) => isSeries(trend) && !trend.tooMany);
    const isFlagged = (charted?.changePoints.length ?? 0) > 0;
    return html`<div class="columns">
      <div class="wide">
        ${matters(panel, overview)} ${bottlenecks(panel, overview)} ${trends.render(overview)}
        ${histogram.render(overview)} ${nodes(panel, overview)}
      </div>
      <div class="narrow">
        ${isFlagged ? nothing : changes(overview)} ${errors(panel, overview)} ${slowest(panel, overview)}
        ${whole(overview)}
      </div>
    </div>`;
  }

  function whole(overview: Overview): TemplateResult {
    return html`${expectations(panel, overview)} ${trust(panel, overview)} ${notes(panel, overview)}`;
  }

  /** Which figures are of what the filter leaves, and which are not. */
  function scope(overview: Overview): TemplateResult | typeof nothing {
    if (panel.state.filter.length === 0) return nothing;
    const { all, interactions, steps, matchingSteps } = overview;
    if (panel.isFiltering) return html`<p class="hint">${icon('loading')} Filtering…</p>`;
    return html`<p class="filtered">
      ${icon('filter-filled')}
      <span
        >Of the ${count(interactions)} of ${plural(all.interactions, 'interaction')} that the filter leaves
        (${plural(steps, 'step')}${matchingSteps === steps ? '' : `, ${count(matchingSteps)} of them found`}).
        Expectations, retrieval, notes and audit are of the whole run.</span
      >
    </p>`;
  }

  function emptied(): TemplateResult {
    return empty(
      'The filter leaves nothing',
      'No interaction satisfies all of its conditions. Take the last one back, or clear it.',
      html`<p class="actions">
        <vscode-button ?disabled=${panel.state.past.length === 0} @click=${() => panel.undo()}>Undo</vscode-button>
        <vscode-button secondary @click=${() => panel.filter([])}>Clear the filter</vscode-button>
      </p>`,
    );
  }

  function tiles(overview: Overview): TemplateResult {
    const { all, retrieval, bottleneckCount, errors: failed, openSteps } = overview;
    const accuracy = retrieval?.accuracyRate ?? null;
    const isFiltered = panel.state.filter.length > 0;
    const of = (whole: number): string => (isFiltered ? `of ${count(whole)}` : '');
    return html`<dl class="tiles">
      ${tile('Interactions', count(overview.interactions), of(all.interactions))}
      ${tile('Steps', count(overview.steps), of(all.steps))}
      ${marked('Bottlenecks', bottleneckCount, 'flame', 'bottleneck')} ${marked('Errors', failed, 'error', 'error')}
      ${marked('Open steps', openSteps, 'watch', 'open')} ${tile('Paths', count(overview.pathCount))}
      ${tile('Accuracy', accuracy === null ? 'not known' : percent(accuracy), isFiltered ? 'whole run' : '')}
    </dl>`;
  }

  function tile(label: string, value: string, more = ''): TemplateResult {
    return html`<div class="tile">
      <dt>${label}</dt>
      <dd>${value}${more === '' ? nothing : html`<span class="of">${more}</span>`}</dd>
    </div>`;
  }

  /** A count of marked steps; where there are any, a button that narrows to them. */
  function marked(label: string, amount: number, sign: string, mark: StepMark): TemplateResult {
    if (amount === 0) return tile(label, '0');
    const conditions = [{ kind: 'mark' as const, mark }];
    return html`<div class="tile">
      <dt>${label}</dt>
      <dd class=${`ink-${mark}`}>
        <button
          type="button"
          class="figure-button"
          aria-pressed=${inForce(panel, conditions)}
          aria-label=${`${label}: ${count(amount)}`}
          title=${`Only interactions with ${label.toLowerCase()}`}
          @click=${() => toggle(panel, conditions)}
        >
          ${icon(sign)}${count(amount)}
        </button>
      </dd>
    </div>`;
  }

  return {
    reset() {
      if (panel.state.runId === runId) return;
      runId = panel.state.runId;
      scrolled.forget();
    },
    update,
    shown() {
      isShown = true;
      update();
    },
    hidden() {
      isShown = false;
    },
    focus() {
      root.querySelector<HTMLElement>('.headline')?.focus();
    },
  };
}
