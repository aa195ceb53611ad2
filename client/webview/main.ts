/** The results panel. Starts when the page has loaded; the editor then says which run to show. */
import './jitless.ts';
import './panel.css';
import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-tab-header/index.js';
import '@vscode-elements/elements/dist/vscode-tab-panel/index.js';
import '@vscode-elements/elements/dist/vscode-tabs/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { html, nothing, render, type TemplateResult } from 'lit';
import {
  type Overview,
  PANEL_TABS,
  type PanelState,
  panelStateSchema,
} from '../../server/src/protocol/panel.ts';
import { type EditorApi, openChannel } from './channel.ts';
import { createDetail } from './detail.ts';
import { brief, count, instant, span, visible } from './format.ts';
import { createOverview } from './overview.ts';
import { icon } from './parts.ts';
import { createSash } from './sash.ts';
import { createTable } from './table.ts';
import { createTimeline } from './timeline.ts';
import type { Panel, Selection, Tab, View } from './view.ts';

declare function acquireVsCodeApi(): EditorApi;

const TITLES: Readonly<Record<Tab, string>> = { overview: 'Overview', timeline: 'Timeline', table: 'Table' };

function start(app: HTMLElement): void {
  const initial = panelStateSchema.parse({ runId: '' });
  let state: PanelState = initial;
  let overview: Overview | undefined;
  let problem: string | undefined;
  let generation = 0;
  let first = true;

  const channel = openChannel(acquireVsCodeApi(), show, follow);

  const header = document.createElement('header');
  header.className = 'run';
  const tabs = document.createElement('vscode-tabs');
  tabs.panel = true;
  const live = document.createElement('div');
  live.className = 'sr-only';
  live.setAttribute('role', 'status');
  live.setAttribute('aria-live', 'polite');

  const headers = new Map<Tab, HTMLElement>();
  const bodies = new Map<Tab, HTMLElement>();
  for (const tab of PANEL_TABS) {
    const head = document.createElement('vscode-tab-header');
    const body = document.createElement('vscode-tab-panel');
    body.dataset['tab'] = tab;
    const inner = document.createElement('div');
    inner.className = `view ${tab}-view`;
    body.append(inner);
    headers.set(tab, head);
    bodies.set(tab, inner);
    tabs.append(head, body);
  }
  const main = document.createElement('main');
  main.append(tabs);
  app.append(header, main, live);

  const panel: Panel = {
    channel,
    get overview() {
      return overview;
    },
    get timeZone() {
      return overview?.header.timeZone ?? 'UTC';
    },
    get selection() {
      return state.selection;
    },
    get timeline() {
      return state.timeline;
    },
    get table() {
      return state.table;
    },
    keep,
    select,
    announce(sentence) {
      // The same sentence twice is only spoken twice when the text differs.
      live.textContent = live.textContent === sentence ? `${sentence}\u00A0` : sentence;
    },
  };

  const summary = createOverview(bodyOf('overview'), panel, () => problem, load);
  const grids = new Map<
    Tab,
    { readonly view: View; readonly host: HTMLElement; revealed: Selection | null }
  >();
  for (const [tab, create] of [
    ['timeline', createTimeline],
    ['table', createTable],
  ] as const) {
    const host = document.createElement('div');
    host.className = 'main';
    bodyOf(tab).append(host);
    grids.set(tab, { view: create(host, panel), host, revealed: null });
  }
  const detail = createDetail(panel);
  const sash = createSash(
    detail.element,
    initial.split,
    () => state.split,
    (split) => keep({ split }),
  );

  function keep(settings: Partial<Pick<PanelState, 'timeline' | 'table' | 'split'>>): void {
    state = { ...state, ...settings };
    channel.keep(state);
  }

  function bodyOf(tab: Tab): HTMLElement {
    const found = bodies.get(tab);
    if (found === undefined) throw new Error(`There is no tab ${tab}.`);
    return found;
  }

  /** The editor shows a run: at start, after a reload, or anew once a running one has more. */
  function show(asked: PanelState): void {
    const kept = first ? channel.kept() : undefined;
    const again = asked.runId === state.runId;
    first = false;
    // Shown anew, a run that goes on stays as it was set.
    const now = again
      ? { ...asked, timeline: state.timeline, table: state.table, split: state.split }
      : asked;
    state = kept?.runId === asked.runId ? kept : now;
    if (!again) {
      overview = undefined;
      for (const grid of grids.values()) grid.revealed = null;
    }
    channel.keep(state);
    load();
  }

  /** More has come of the run that is shown: the overview changes in place, everything else when it is loaded. */
  function follow(more: Overview): void {
    if (more.header.runId !== state.runId || overview?.header.outcome !== 'running') return;
    overview = more;
    update();
  }

  function load(): void {
    generation += 1;
    const mine = generation;
    problem = undefined;
    update();
    channel.overview().then(
      (answer) => {
        if (mine !== generation) return;
        overview = answer;
        for (const grid of grids.values()) {
          grid.view.reset();
          grid.revealed = null;
        }
        update();
        openTab(state.tab);
        panel.announce(`Results: ${brief(answer.headline, 400)}`);
      },
      (reason: unknown) => {
        if (mine !== generation) return;
        problem = reason instanceof Error ? reason.message : 'The run could not be read.';
        state = { ...state, tab: 'overview' };
        update();
        openTab('overview');
      },
    );
  }

  function update(): void {
    render(overview === undefined ? nothing : title(overview), header);
    for (const tab of PANEL_TABS) {
      const head = headers.get(tab);
      if (head !== undefined) render(tabTitle(tab), head);
    }
    summary.update();
    for (const grid of grids.values()) grid.view.update();
  }

  function title({ header: run }: Overview): TemplateResult {
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

  function tabTitle(tab: Tab): TemplateResult {
    if (overview === undefined || tab === 'overview') return html`${TITLES[tab]}`;
    const amount = tab === 'timeline' ? overview.interactions : overview.steps;
    return html`${TITLES[tab]}<vscode-badge variant="counter" slot="content-after">${count(amount)}</vscode-badge>`;
  }

  function openTab(tab: Tab, focus = false): void {
    const index = PANEL_TABS.indexOf(tab);
    if (tabs.selectedIndex !== index) tabs.selectedIndex = index;
    const grid = grids.get(tab);
    if (grid === undefined) return;
    // Taken out and put back where it is, the pane would lose its place and the keyboard.
    if (detail.element.parentElement !== bodyOf(tab)) bodyOf(tab).append(sash.element, detail.element);
    detail.show(state.selection);
    sash.update();
    grid.view.shown();
    if (state.selection !== null && grid.revealed !== state.selection) {
      grid.revealed = state.selection;
      grid.view.reveal(state.selection, focus);
    }
  }

  function select(selection: Selection | null, tab?: Tab): void {
    state = { ...state, selection, tab: tab ?? state.tab };
    // What was picked in a tab is in view there already.
    const here = tab === undefined ? grids.get(state.tab) : undefined;
    if (here !== undefined) here.revealed = selection;
    channel.keep(state);
    const inDetail = detail.element.contains(document.activeElement);
    detail.show(selection);
    sash.update();
    openTab(state.tab, tab !== undefined);
    if (selection === null && inDetail) grids.get(state.tab)?.view.focus();
    for (const grid of grids.values()) grid.view.update();
  }

  tabs.addEventListener('vsc-tabs-select', () => {
    const tab = PANEL_TABS[tabs.selectedIndex];
    if (tab === undefined) return;
    state = { ...state, tab };
    channel.keep(state);
    openTab(tab);
  });
  // The element itself moves by arrows and opens by Enter; tabs also open by Space and jump by Home and End.
  tabs.addEventListener('keydown', (event) => {
    const { target } = event;
    if (!(target instanceof HTMLElement) || target.role !== 'tab') return;
    if (event.key === ' ') {
      event.preventDefault();
      target.click();
    } else if (event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      const tab = PANEL_TABS.at(event.key === 'Home' ? 0 : -1);
      const head = tab === undefined ? undefined : headers.get(tab);
      head?.click();
      head?.focus();
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && state.selection !== null && state.tab !== 'overview') select(null);
  });

  update();
  channel.ready();
}

const OUTCOME_ICONS: Readonly<Record<Overview['header']['outcome'], string>> = {
  complete: 'pass',
  partial: 'warning',
  failed: 'error',
  cancelled: 'circle-slash',
  running: 'sync',
};

const app = document.getElementById('app');
if (app !== null) start(app);
