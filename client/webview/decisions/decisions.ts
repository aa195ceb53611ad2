/** Decisions: where interactions part, how often they go where, and which variables go with it. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { DecisionOutcomes } from '../../../server/src/protocol/panel-views.ts';
import { createAsked } from '../asked.ts';
import { count, duration, percent, plural } from '../format.ts';
import { createMaster } from '../master.ts';
import { createNames } from '../names.ts';
import { empty, failed, icon, loading, oncePerFrame, text } from '../parts.ts';
import type { Panel, View } from '../view.ts';
import { driversSection } from './drivers.ts';
import { ruleSection } from './rule.ts';
import { entropyWords, FEW_VISITS, spreadWords } from './words.ts';

type Outcome = DecisionOutcomes['outcomes'][number];

const ROW = 44;

export function createDecisions(root: HTMLElement, panel: Panel): View {
  let front = false;
  let shownRun = '';
  const names = createNames();
  const update = oncePerFrame(draw);
  const asked = createAsked(
    panel,
    () => ({ kind: 'decisions', filter: panel.state.filter }),
    (answer) => {
      if (answer !== undefined) names.learn(answer.names);
      update();
    },
  );
  /** Whose drivers are shown: they take long, and are asked for only of the one in front. */
  let told = '';
  const drivers = createAsked(
    panel,
    () => ({ kind: 'drivers', filter: panel.state.filter, nodeId: told }),
    update,
  );
  const master = createMaster({
    label: 'Decisions',
    rowHeight: ROW,
    choose(index) {
      const nodeId = asked.value?.decisions[index]?.nodeId;
      if (nodeId === undefined) return;
      panel.keep({ decisions: { nodeId } });
      detail.scrollTop = 0;
      update();
    },
    row,
    changed: update,
  });
  const detail = document.createElement('div');
  detail.className = 'master-detail';
  const split = document.createElement('div');
  split.className = 'master-split';
  split.append(master.element, detail);
  const overlay = document.createElement('div');
  overlay.className = 'master-state';
  root.append(split, overlay);

  /** The one that is chosen; the most visited where it is not there. */
  function chosen(decisions: readonly DecisionOutcomes[]): number {
    const { nodeId } = panel.state.decisions;
    return Math.max(
      0,
      decisions.findIndex((decision) => decision.nodeId === nodeId),
    );
  }

  function draw(): void {
    if (!front || root.offsetParent === null) return;
    asked.want();
    const decisions = asked.value?.decisions ?? [];
    render(state(), overlay);
    split.hidden = decisions.length === 0;
    master.draw(decisions.length, chosen(decisions));
    const one = decisions[chosen(decisions)];
    if (one !== undefined) tell(one.nodeId);
    render(one === undefined ? nothing : body(one), detail);
  }

  function tell(nodeId: string): void {
    if (nodeId !== told) {
      told = nodeId;
      drivers.reset(false);
    }
    // Which one is in front is known when the decisions are.
    if (asked.settled) drivers.want();
  }

  function state(): TemplateResult | typeof nothing {
    if (asked.error !== undefined) {
      return failed(asked.error, () => {
        asked.reset(false);
        update();
      });
    }
    if (asked.value === undefined) return loading('Looking where interactions part…');
    if (asked.value.decisions.length > 0) return nothing;
    return empty(
      'No decisions',
      panel.state.filter.length === 0
        ? 'A node is a decision when its type is DECISION, ROUTING or CONDITION, or when interactions go on from it in two or more ways. This run has none.'
        : 'No decision is left by the filter.',
      panel.state.filter.length === 0
        ? nothing
        : html`<vscode-button secondary @click=${() => panel.filter([])}>Clear the filter</vscode-button>`,
    );
  }

  function row(index: number): TemplateResult {
    const decision = asked.value?.decisions[index];
    if (decision === undefined) return html``;
    return html`<span class="name">${text(names.of(decision.nodeId))}</span
      ><span class="faint about-row">${plural(decision.visits, 'visit')}, ${spreadWords(decision)}</span>`;
  }

  function body(decision: DecisionOutcomes): TemplateResult {
    const { nodeId, visits, outcomes } = decision;
    const only = panel.condition('node')?.nodeId === nodeId;
    return html`<header class="master-head">
        <h2>${text(names.of(nodeId))}</h2>
        <button
          type="button"
          class="narrow"
          aria-pressed=${only}
          @click=${() => (only ? panel.widen('node') : panel.narrow({ kind: 'node', nodeId }))}
        >
          ${icon('filter')}Only visits of this node
        </button>
        <p class="faint">
          ${plural(visits, 'visit')}, ${plural(outcomes.length, 'outcome')}: ${spreadWords(decision)}
          <span title="Entropy of the outcomes: 0 when all go the same way">(${entropyWords(decision)})</span>
        </p>
      </header>
      ${
        visits < FEW_VISITS
          ? html`<p class="caution" role="note">
              ${icon('warning')}Only ${plural(visits, 'visit')}: shares are uncertain, and what goes with them may be chance.
            </p>`
          : nothing
      }
      <section aria-labelledby="decision-outcomes">
        <h3 id="decision-outcomes">Where it leads</h3>
        <div class="data-table outcomes" role="table" aria-labelledby="decision-outcomes">
          <div class="tr th" role="row">
            <span role="columnheader">Outcome</span
            ><span role="columnheader" title="With its 95 % Wilson interval">Share and its interval</span
            ><span role="columnheader" class="numeric">Visits</span
            ><span role="columnheader" class="numeric">Errors</span
            ><span role="columnheader" class="numeric" title="Median and 95th percentile">Dwell</span
            ><span role="columnheader" class="numeric" title="From the end of the visit to the end of its interaction: median and 95th percentile">Until end</span>
          </div>
          ${repeat(
            outcomes,
            ({ outcome }) => outcome,
            (outcome) => outcomeRow(nodeId, outcome),
          )}
        </div>
        <p class="hint">The line on a bar is the 95 % interval of its share.</p>
      </section>
      ${driversSection(decision, drivers.value, names.of, drivers.error === undefined ? nothing : failed(drivers.error, again))}
      ${drivers.error === undefined ? ruleSection(panel, nodeId, drivers.value, names.of) : nothing}`;
  }

  function again(): void {
    drivers.reset(false);
    update();
  }

  function outcomeRow(nodeId: string, one: Outcome): TemplateResult {
    const { outcome, share, low, high } = one;
    const condition = panel.condition('outcome');
    const pressed = condition?.nodeId === nodeId && condition.outcome === outcome;
    const toggle = (): void =>
      pressed ? panel.widen('outcome') : panel.narrow({ kind: 'outcome', nodeId, outcome });
    return html`<div class="tr ${pressed ? 'selected' : ''}" role="row">
      <span role="rowheader">
        <button type="button" class="narrow set" aria-pressed=${pressed} title=${pressed ? 'Take it away from the filter' : 'Only interactions that go there'} @click=${toggle}>
          ${icon(pressed ? 'filter-filled' : 'filter')}${text(names.of(outcome), 'name')}
        </button>
      </span>
      <span role="cell" class="part">
        <span class="whisker-bar"
          ><span class="whisker-fill" .style=${`width:${share * 100}%`}></span
          ><span class="whisker" .style=${`left:${low * 100}%;width:${(high - low) * 100}%`}></span
        ></span>
        <span class="numeric">${percent(share)} <span class="faint">(${range(low, high)})</span></span>
      </span>
      <span role="cell" class="numeric" data-label="Visits">${count(one.count)}</span>
      <span role="cell" class="numeric ${(one.errorRate ?? 0) > 0 ? 'ink-error' : ''}" data-label="Errors"
        >${(one.errorRate ?? 0) > 0 ? html`${icon('error')} ` : nothing}${percent(one.errorRate)}</span
      >
      <span role="cell" class="numeric" data-label="Dwell">${times(one.dwell)}</span>
      <span role="cell" class="numeric" data-label="Until end">${times(one.untilEnd)}</span>
    </div>`;
  }

  function range(low: number, high: number): string {
    return `${percent(low).replace(/ %$/, '')}–${percent(high)}`;
  }

  function times({ n, median, p95 }: Outcome['dwell']): TemplateResult {
    if (n === 0) return html`—`;
    const few = n < FEW_VISITS;
    return html`${duration(median)}
      <span
        class="second ${few ? 'few' : 'faint'}"
        title=${few ? `Of only ${plural(n, 'visit')}` : '95th percentile'}
        >p95 ${duration(p95)}</span
      >`;
  }

  return {
    reset(more) {
      const { runId, decisions } = panel.state;
      // What is looked at stays, and what was pressed keeps the keyboard.
      const again = shownRun === runId;
      if (again && decisions.nodeId === null && told !== '') panel.keep({ decisions: { nodeId: told } });
      shownRun = runId;
      asked.reset(more || again);
      // While a run goes on there is more before they are there: what is under way is waited for.
      if (!more || drivers.settled || drivers.error !== undefined) drivers.reset(more);
      update();
    },
    update,
    shown() {
      front = true;
      update();
    },
    hidden() {
      front = false;
    },
    focus: () => master.focus(),
  };
}
