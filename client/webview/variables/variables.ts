/** Variables: what changed, how often, from what to what and where. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { VariableReport } from '../../../server/src/protocol/report.ts';
import { createAsked } from '../asked.ts';
import { brief, count, plural } from '../format.ts';
import { createMaster } from '../master.ts';
import { createNames } from '../names.ts';
import { empty, failed, icon, loading, oncePerFrame } from '../parts.ts';
import type { Panel, View } from '../view.ts';
import { variableDetail } from './detail.ts';
import { KINDS } from './kinds.ts';
import { variableName } from './values.ts';

const ROW = 46;

export function createVariables(root: HTMLElement, panel: Panel): View {
  let front = false;
  let wanted = '';
  let shownRun = '';
  /** The variable whose details show. */
  let shown: string | undefined;
  /** The first row to be gone to once rows are there. */
  let place: number | null = 0;
  /** Transitions of the chosen variable whose values show whole, by their place. */
  let whole = new Set<number>();
  const names = createNames();
  const update = oncePerFrame(draw);
  const asked = createAsked(
    panel,
    () => ({ kind: 'variables', filter: panel.state.filter }),
    (answer) => {
      if (answer !== undefined) names.learn(answer.names);
      update();
    },
  );

  const master = createMaster({
    label: 'Variables',
    rowHeight: ROW,
    choose(index) {
      const variable = listed()[index];
      if (variable === undefined) return;
      keep({ name: variable.name });
      whole = new Set();
      detail.scrollTop = 0;
      update();
    },
    row,
    changed: update,
  });
  const side = document.createElement('div');
  side.className = 'master-side';
  const tools = document.createElement('div');
  side.append(tools, master.element);
  const detail = document.createElement('div');
  detail.className = 'master-detail';
  const split = document.createElement('div');
  split.className = 'master-split';
  split.append(side, detail);
  const overlay = document.createElement('div');
  overlay.className = 'master-state';
  root.append(split, overlay);

  function keep(settings: Partial<Panel['state']['variables']>): void {
    panel.keep({ variables: { ...panel.state.variables, ...settings } });
  }

  /** Whose name has what is looked for. */
  function listed(): readonly VariableReport[] {
    const all = asked.value?.variables ?? [];
    const words = wanted.trim().toLowerCase();
    return words === '' ? all : all.filter(({ name }) => name.toLowerCase().includes(words));
  }

  function draw(): void {
    if (!front || root.offsetParent === null) return;
    asked.want();
    const all = asked.value?.variables ?? [];
    const variables = listed();
    const { name } = panel.state.variables;
    const chosen = Math.max(
      0,
      variables.findIndex((variable) => variable.name === name),
    );
    render(state(), overlay);
    split.hidden = all.length === 0;
    render(find(variables.length, all.length), tools);
    master.draw(variables.length, chosen);
    const one = variables[chosen];
    shown = one?.name;
    render(
      one === undefined
        ? all.length === 0
          ? nothing
          : empty(
              'No variable has that name',
              `None of ${count(all.length)} names has “${brief(wanted, 60)}” in it.`,
            )
        : variableDetail(panel, one, names.of, whole, (at) => {
            whole = new Set(whole.has(at) ? [...whole].filter((other) => other !== at) : [...whole, at]);
            update();
          }),
      detail,
    );
    if (!asked.settled || all.length === 0) return;
    if (place !== null) {
      const to = place;
      place = null;
      master.toRow(to);
    } else if (master.top !== panel.state.variables.top) keep({ top: master.top });
  }

  function find(some: number, all: number): TemplateResult {
    return html`<div class="find-variable">
      <label class="find-field">
        <span class="sr-only">Filter by name</span>${icon('filter')}
        <input
          type="text"
          spellcheck="false"
          autocomplete="off"
          placeholder="Filter by name"
          .value=${wanted}
          @input=${onInput}
          @keydown=${onFindKey}
        />
      </label>
      <span class="faint numeric">${some === all ? plural(all, 'variable') : `${count(some)} of ${count(all)}`}</span>
    </div>`;
  }

  function onInput(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    wanted = event.target.value;
    panel.announce(plural(listed().length, 'variable'));
    master.toRow(0);
    update();
  }

  function onFindKey(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      master.focus();
    }
    if (event.key !== 'Escape' || wanted === '') return;
    event.stopPropagation();
    wanted = '';
    update();
  }

  function row(index: number): TemplateResult {
    const variable = listed()[index];
    if (variable === undefined) return html``;
    const kinds = KINDS.filter(({ count: of }) => of(variable) > 0);
    return html`<span class="name">${variableName(variable.name)}</span>
      <span class="about-row faint"
        >${kinds.map(
          ({ icon: name, label, count: of, kind }) =>
            html`<span class="kind ${kind}" title=${`${label} ${count(of(variable))} times`}
              >${icon(name)}<span class="sr-only">${label} </span>${count(of(variable))}</span
            > `,
        )}</span
      >`;
  }

  function state(): TemplateResult | typeof nothing {
    if (asked.error !== undefined) {
      return failed(asked.error, () => {
        asked.reset(false);
        update();
      });
    }
    if (asked.value === undefined) return loading('Looking what changed…');
    if (asked.value.variables.length > 0) return nothing;
    return panel.state.filter.length === 0
      ? empty(
          'No variable changed',
          'No step of this run has another value of a variable after it than before it, and none changed between steps.',
        )
      : empty(
          'No change is left',
          'No variable changes in what the filter leaves.',
          html`<vscode-button secondary @click=${() => panel.filter([])}>Clear the filter</vscode-button>`,
        );
  }

  return {
    reset(more) {
      const { runId, variables } = panel.state;
      // What is looked at stays, and what was pressed keeps the keyboard.
      const again = shownRun === runId;
      if (again && variables.name === null && shown !== undefined) keep({ name: shown });
      asked.reset(more || again);
      if (!more) {
        whole = new Set();
        // Another filter begins at its first variable; the run as it was kept, where it was.
        place = again ? 0 : variables.top;
        if (!again) wanted = '';
        shownRun = runId;
      }
      update();
    },
    update,
    shown() {
      if (!front && asked.settled) place = panel.state.variables.top;
      front = true;
      update();
    },
    hidden() {
      front = false;
    },
    focus: () => master.focus(),
  };
}
