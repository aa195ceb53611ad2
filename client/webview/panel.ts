/** The panel as a whole: which run, tab, filter and selection are shown, what of it is kept, and what the tabs may do. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { Condition, ConditionKind, Filter } from '../../server/src/protocol/panel-filter.ts';
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import {
  MAX_PAST,
  PANEL_TABS,
  type PanelState,
  panelStateSchema,
} from '../../server/src/protocol/panel-state.ts';
import { type EditorApi, openChannel, type Told } from './channel.ts';
import { createFilterBar } from './filter/filter-bar.ts';
import { brief, count } from './format.ts';
import { createHead } from './header.ts';
import { createSash } from './sash.ts';
import { createDetail } from './step/detail.ts';
import { scrollTabs } from './tab-strip.ts';
import type { Panel, Selection, Settings, Tab, View } from './view.ts';
import { VIEWS, WITH_STEP } from './views.ts';

/** Milliseconds that a view has for something that takes the keyboard. */
const LOST = 400;

type Place = Parameters<Told['reveal']>[0];

interface Shown {
  readonly view: View;
  readonly host: HTMLElement;
  revealed: Selection | null;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether two filters differ in the text of their search alone. */
function typesOn(before: Filter, after: Filter): boolean {
  const rest = (filter: Filter): Filter => filter.filter(({ kind }) => kind !== 'search');
  const searches = (filter: Filter): boolean => filter.some(({ kind }) => kind === 'search');
  return searches(before) && searches(after) && same(rest(before), rest(after));
}

/** Runs the panel in an element for the life of the page. */
export function startPanel(app: HTMLElement, api: EditorApi): void {
  const initial = panelStateSchema.parse({ runId: '' });
  let state: PanelState = initial;
  let overview: Overview | undefined;
  let isFiltering = false;
  let problem: string | undefined;
  let loading: AbortController | undefined;
  let first = true;

  const channel = openChannel(api, { show, reveal, snapshot });

  const header = document.createElement('header');
  header.className = 'run';
  const bar = document.createElement('div');
  bar.className = 'filter-bar';
  const tabs = document.createElement('vscode-tabs');
  tabs.panel = true;
  const live = document.createElement('div');
  live.className = 'sr-only';
  live.setAttribute('role', 'status');
  live.setAttribute('aria-live', 'polite');

  const heads = new Map<Tab, HTMLElement>();
  const bodies = new Map<Tab, HTMLElement>();
  for (const tab of PANEL_TABS) {
    const head = document.createElement('vscode-tab-header');
    const body = document.createElement('vscode-tab-panel');
    body.dataset['tab'] = tab;
    const inner = document.createElement('div');
    inner.className = `view ${tab}-view`;
    body.append(inner);
    heads.set(tab, head);
    bodies.set(tab, inner);
    tabs.append(head, body);
  }
  const main = document.createElement('main');
  main.append(bar, tabs);
  app.append(header, main, live);
  void scrollTabs(tabs);

  const panel: Panel = {
    channel,
    get overview() {
      return overview;
    },
    get isFiltering() {
      return isFiltering;
    },
    get timeZone() {
      return overview?.header.timeZone ?? 'UTC';
    },
    get state() {
      return state;
    },
    keep,
    select,
    open: (tab) => openTab(tab, true),
    narrow(condition, tab) {
      const others = state.filter.filter(({ kind }) => kind !== condition.kind);
      setFilter([...others, condition], tab);
    },
    widen: (kind) => setFilter(state.filter.filter((one) => one.kind !== kind)),
    filter: (filter) => setFilter(filter),
    undo,
    condition<K extends ConditionKind>(kind: K) {
      const isKind = (one: Condition): one is Extract<Condition, { kind: K }> => one.kind === kind;
      return state.filter.find(isKind);
    },
    act: (action) => channel.act(action),
    announce(sentence) {
      // The same sentence twice is only spoken twice when the text differs.
      live.textContent = live.textContent === sentence ? `${sentence}\u00A0` : sentence;
    },
  };

  const head = createHead(header, panel);
  const filterBar = createFilterBar(bar, panel);
  const shown = new Map<Tab, Shown>();
  for (const tab of PANEL_TABS) {
    const host = document.createElement('div');
    host.className = 'main';
    bodyOf(tab).append(host);
    shown.set(tab, { view: VIEWS[tab].create(host, panel, () => problem, load), host, revealed: null });
  }
  const detail = createDetail(panel, (selection) => {
    select(selection);
    shown.get(state.tab)?.view.reveal?.(selection, false);
  });
  const sash = createSash(
    detail.element,
    initial.split,
    () => state.split,
    (split) => keep({ split }),
  );

  function bodyOf(tab: Tab): HTMLElement {
    const found = bodies.get(tab);
    if (found === undefined) throw new Error(`There is no tab ${tab}.`);
    return found;
  }

  function set(more: Partial<PanelState>): void {
    state = { ...state, ...more };
    channel.keep(state);
  }

  function keep(settings: Partial<Settings>): void {
    set(settings);
  }

  function setFilter(filter: Filter, tab?: Tab): void {
    if (!same(filter, state.filter)) {
      // Letter after letter of one search is one step back.
      const past = typesOn(state.filter, filter) ? state.past : [...state.past, state.filter];
      set({ filter, past: past.slice(-MAX_PAST) });
      load();
    }
    if (tab !== undefined) openTab(tab, true);
  }

  function undo(): void {
    const filter = state.past.at(-1);
    if (filter === undefined) return;
    set({ filter, past: state.past.slice(0, -1) });
    load();
  }

  function show(asked: PanelState): void {
    const kept = first ? channel.kept() : undefined;
    const again = asked.runId === state.runId;
    first = false;
    // Shown anew, a run that goes on stays as it was set.
    state = kept?.runId === asked.runId ? kept : again ? state : asked;
    if (!again) {
      overview = undefined;
      for (const one of shown.values()) one.revealed = null;
    }
    channel.keep(state);
    load();
  }

  function reveal({ tab, filter, selection, with: other }: Place): void {
    if (other !== undefined) keep({ compare: { ...state.compare, with: other, top: 0 } });
    if (filter !== undefined) setFilter(filter);
    if (selection === undefined) openTab(tab, true);
    else select(selection, tab);
  }

  /** More has come of the run that is shown: the overview changes in place, the rest when it is asked for anew. */
  function snapshot(more: Overview): void {
    if (more.header.runId !== state.runId || overview?.header.outcome !== 'running') return;
    if (state.filter.length > 0) {
      load(true);
      return;
    }
    overview = more;
    for (const { view } of shown.values()) view.reset(true);
    update();
  }

  /** Asks for what the filter leaves; `more` where it is the same as before, with more in it. */
  function load(more = false): void {
    loading?.abort();
    const mine = new AbortController();
    loading = mine;
    problem = undefined;
    isFiltering ||= !more;
    if (!more) for (const { view } of shown.values()) view.reset(false);
    update();
    channel.ask({ kind: 'overview', filter: state.filter }, mine.signal).then(
      (answer) => {
        if (mine !== loading) return;
        overview = answer;
        loading = undefined;
        isFiltering = false;
        if (more) for (const { view } of shown.values()) view.reset(true);
        for (const one of shown.values()) if (!more) one.revealed = null;
        update();
        openTab(state.tab);
        if (more) return;
        const left =
          state.filter.length === 0
            ? ''
            : ` Filtered by ${filterBar.words()}: ${count(answer.interactions)} of ${count(answer.all.interactions)} interactions.`;
        panel.announce(`Results: ${brief(answer.headline, 400)}${left}`);
      },
      (reason: unknown) => {
        if (mine !== loading) return;
        loading = undefined;
        problem = reason instanceof Error ? reason.message : 'The run could not be read.';
        set({ tab: 'overview' });
        update();
        openTab('overview');
      },
    );
  }

  function update(): void {
    head.update();
    for (const [tab, head] of heads) render(tabTitle(tab), head);
    bar.classList.toggle('busy', loading !== undefined);
    filterBar.update();
    shown.get(state.tab)?.view.update();
  }

  function tabTitle(tab: Tab): TemplateResult {
    const amount = overview === undefined ? undefined : VIEWS[tab].amount?.(overview);
    return html`${VIEWS[tab].title}${
      amount === undefined
        ? nothing
        : html`<vscode-badge variant="counter" slot="content-after">${count(amount)}</vscode-badge>`
    }`;
  }

  function openTab(tab: Tab, focus = false): void {
    if (tab !== state.tab) {
      shown.get(state.tab)?.view.hidden();
      set({ tab });
      head.update();
    }
    const index = PANEL_TABS.indexOf(tab);
    if (tabs.selectedIndex !== index) tabs.selectedIndex = index;
    // Counts beside the titles have their widths a frame later.
    requestAnimationFrame(() => heads.get(tab)?.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
    const current = shown.get(tab);
    if (current === undefined) return;
    // Taken out and put back where it is, the pane would lose its place and the keyboard.
    if (WITH_STEP.has(tab) && detail.element.parentElement !== bodyOf(tab)) {
      bodyOf(tab).append(sash.element, detail.element);
    }
    detail.show(state.selection);
    sash.update();
    current.view.shown();
    const { selection } = state;
    if (selection !== null && current.revealed !== selection) {
      current.revealed = selection;
      current.view.reveal?.(selection, focus);
    }
  }

  function select(selection: Selection | null, tab?: Tab): void {
    set({ selection });
    // What was picked in a tab is in view there already.
    const here = tab === undefined ? shown.get(state.tab) : undefined;
    if (here !== undefined) here.revealed = selection;
    const inDetail = detail.element.contains(document.activeElement);
    detail.show(selection);
    sash.update();
    openTab(tab ?? state.tab, tab !== undefined);
    const current = shown.get(state.tab)?.view;
    if (selection === null && inDetail) current?.focus();
    current?.update();
  }

  tabs.addEventListener('vsc-tabs-select', () => {
    const tab = PANEL_TABS[tabs.selectedIndex];
    if (tab !== undefined) openTab(tab);
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
      const head = tab === undefined ? undefined : heads.get(tab);
      head?.click();
      head?.focus();
    }
  });
  // What the keyboard was on may go: with what a filter leaves out, or with a list that is asked for anew.
  let byKeys = false;
  main.addEventListener('focusin', ({ target }) => {
    byKeys = target instanceof Element && target.matches(':focus-visible');
  });
  main.addEventListener('focusout', ({ target }) => {
    const isLost = (): boolean => byKeys && document.activeElement === document.body;
    requestAnimationFrame(() => {
      if (!isLost() || !(target instanceof Element) || target.checkVisibility()) return;
      shown.get(state.tab)?.view.focus();
      // Where nothing is left to be on, the tab itself has it.
      window.setTimeout(() => isLost() && heads.get(state.tab)?.focus(), LOST);
    });
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && state.selection !== null && WITH_STEP.has(state.tab)) select(null);
  });

  update();
  channel.ready();
}
