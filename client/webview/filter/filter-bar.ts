/** The bar above the tabs: search, marks, what is filtered as chips, the way back, and how much is left. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { MAX_SEARCH, type StepMark } from '../../../server/src/protocol/panel-filter.ts';
import { count, plural } from '../format.ts';
import { openHelp } from '../help/help.ts';
import { createNames } from '../names.ts';
import { icon } from '../parts.ts';
import type { Panel } from '../view.ts';
import { barMove, isTyping, opensHelp, opensSearch, undoes } from './bar-keys.ts';
import { conditionWords, filterWords } from './words.ts';

/** Milliseconds after the last letter before it is searched for. */
const PAUSE = 180;

const MARKS: readonly { readonly mark: StepMark | null; readonly icon: string; readonly label: string }[] = [
  { mark: null, icon: '', label: 'All' },
  { mark: 'bottleneck', icon: 'flame', label: 'Bottlenecks' },
  { mark: 'error', icon: 'error', label: 'Errors' },
  { mark: 'matching', icon: 'filter-filled', label: 'Matching' },
  { mark: 'open', icon: 'watch', label: 'Open' },
];

const MARK_HINTS: Readonly<Record<StepMark, string>> = {
  bottleneck: 'only steps above their threshold',
  error: 'only steps in error',
  matching: 'only steps that satisfy the conditions of the query',
  open: 'only steps that have not ended',
};

export interface FilterBar {
  update(): void;
  /** What is filtered by, as a phrase: "all interactions" where nothing is. */
  words(): string;
}

export function createFilterBar(root: HTMLElement, panel: Panel): FilterBar {
  const names = createNames();
  let pause = 0;
  /** What was typed and is not searched for yet. */
  let typed: string | undefined;
  let runId = '';
  /** The button of the toolbar that Tab leads to. */
  let stop = 0;
  const wide = document.createElement('div');
  wide.className = 'filter-rows';
  root.append(wide);

  function update(): void {
    const { overview, state } = panel;
    if (runId !== state.runId) {
      runId = state.runId;
      forgetTyped();
    }
    root.hidden = overview === undefined && state.filter.length === 0;
    if (overview !== undefined) names.learn(overview.nodes);
    const held = buttons().findIndex((button) => button.matches(':focus'));
    render(rows(), wide);
    const all = buttons();
    stop = Math.max(0, Math.min(stop, all.length - 1));
    all.forEach((button, at) => {
      button.tabIndex = at === stop ? 0 : -1;
    });
    // A button that went took the keyboard with it: the one that came in its place has it.
    if (held >= 0 && !wide.contains(document.activeElement)) {
      all[Math.min(held, all.length - 1)]?.focus();
    }
  }

  function buttons(): HTMLButtonElement[] {
    return [...wide.querySelectorAll<HTMLButtonElement>('[role=toolbar] button')];
  }

  function rows(): TemplateResult {
    const { state } = panel;
    return html`<search class="find">
        <label class="find-field">
          <span class="sr-only">Search ids, nodes, types, outcomes</span>
          ${icon('search')}
          <input
            type="text"
            spellcheck="false"
            autocomplete="off"
            placeholder="Search ids, nodes, outcomes"
            title="Search ( / or Ctrl+F )"
            maxlength=${MAX_SEARCH}
            .value=${live(typed ?? panel.condition('search')?.text ?? '')}
            @input=${onInput}
            @keydown=${onSearchKey}
            @blur=${searchNow}
          />
        </label>
      </search>
      <div class="tools" role="toolbar" aria-label="Filter" @keydown=${onKey} @focusin=${onFocus}>
        <div class="mark-set" role="group" aria-label="Steps">${MARKS.map(markButton)}</div>
        <button type="button" class="tool help" title="Keys ( ? )" aria-label="Keyboard help" @click=${help}>
          ${icon('keyboard')}
        </button>
        <div class="rest">
          ${amount()} ${state.filter.length === 0 && state.past.length === 0 ? nothing : trail()}
        </div>
      </div>`;
  }

  function markButton({ mark, icon: name, label }: (typeof MARKS)[number]): TemplateResult {
    const pressed = (panel.condition('mark')?.mark ?? null) === mark;
    const hint = mark === null ? 'whatever their marks' : MARK_HINTS[mark];
    return html`<button
      type="button"
      class="mark-tool ${mark ?? 'all'}"
      aria-pressed=${pressed}
      title=${`${label}: ${hint}`}
      @click=${() => choose(mark)}
    >
      ${name === '' ? nothing : icon(name)}<span>${label}</span>
    </button>`;
  }

  /** A second click on what is pressed takes it away. */
  function choose(mark: StepMark | null): void {
    const current = panel.condition('mark')?.mark ?? null;
    if (mark === null || current === mark) {
      if (current !== null) panel.widen('mark');
    } else panel.narrow({ kind: 'mark', mark });
  }

  function amount(): TemplateResult {
    const { overview, state } = panel;
    const spinner = html`<span class="spin">${icon('loading', 'codicon-modifier-spin')}</span>`;
    if (overview === undefined) return html`<span class="left">${spinner}</span>`;
    const { interactions, all, matchingSteps, steps } = overview;
    const words =
      state.filter.length === 0
        ? `${plural(all.interactions, 'interaction')}, ${plural(all.steps, 'step')}`
        : `${count(interactions)} of ${plural(all.interactions, 'interaction')}, ${plural(matchingSteps, 'step')}`;
    const hint =
      matchingSteps === steps
        ? 'What the filter leaves'
        : `${plural(matchingSteps, 'step')} of ${count(steps)} in these interactions satisfy all conditions on steps`;
    return html`<span class="left" title=${hint}>${spinner}<span>${words}</span></span>`;
  }

  function trail(): TemplateResult {
    const { filter, past } = panel.state;
    const before = past.at(-1);
    return html`<div class="trail" role="group" aria-label="Filtered by">
      ${filter.length === 0 ? nothing : html`<span class="faint by" aria-hidden="true">Filtered by</span>`}
      ${repeat(
        filter,
        ({ kind }) => kind,
        (condition) => {
          const words = conditionWords(condition, names.of, panel.timeZone);
          return html`<button
            type="button"
            class="chip"
            data-kind=${condition.kind}
            title=${`${words}: click to take it away`}
            aria-label=${`Take away: ${words}`}
            @click=${() => panel.widen(condition.kind)}
          >
            <bdi>${words}</bdi>${icon('close')}
          </button>`;
        },
      )}
      ${before === undefined ? nothing : back(filterWords(before, names.of, panel.timeZone))}
      ${
        filter.length === 0
          ? nothing
          : html`<button type="button" class="text-tool" @click=${() => panel.filter([])}>
                ${icon('clear-all')}Clear all
              </button>
              <button
                type="button"
                class="text-tool copy"
                title="Opens a CXQ query that returns what the filter leaves"
                @click=${() => panel.act({ kind: 'openQuery', filter })}
              >
                ${icon('go-to-file')}Open as CXQ
              </button>`
      }
    </div>`;
  }

  function back(words: string): TemplateResult {
    return html`<button
      type="button"
      class="text-tool undo"
      title=${`Undo: back to ${words} ( Ctrl+Z )`}
      aria-label=${`Undo: back to ${words}`}
      @click=${() => panel.undo()}
    >
      ${icon('discard')}<span>Back to <bdi>${words}</bdi></span>
    </button>`;
  }

  function field(): HTMLInputElement | null {
    return wide.querySelector('input');
  }

  function onInput(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    typed = event.target.value;
    window.clearTimeout(pause);
    pause = window.setTimeout(searchNow, PAUSE);
  }

  function forgetTyped(): void {
    window.clearTimeout(pause);
    typed = undefined;
  }

  function searchNow(): void {
    const text = typed;
    forgetTyped();
    if (text === undefined || text === (panel.condition('search')?.text ?? '')) return;
    if (text === '') panel.widen('search');
    else panel.narrow({ kind: 'search', text });
  }

  function onSearchKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') searchNow();
    if (event.key !== 'Escape' || field()?.value === '') return;
    // Only the search is cleared: what else Escape does waits for the next one.
    event.stopPropagation();
    event.preventDefault();
    typed = '';
    searchNow();
    update();
  }

  function onFocus(): void {
    const at = buttons().findIndex((button) => button.matches(':focus'));
    if (at < 0 || at === stop) return;
    stop = at;
    buttons().forEach((button, index) => {
      button.tabIndex = index === at ? 0 : -1;
    });
  }

  function onKey(event: KeyboardEvent): void {
    const all = buttons();
    const at = all.findIndex((button) => button.matches(':focus'));
    if (at < 0) return;
    if ((event.key === 'Delete' || event.key === 'Backspace') && all[at]?.classList.contains('chip')) {
      event.preventDefault();
      all[at]?.click();
      return;
    }
    const to = barMove(event, at, all.length);
    if (to === undefined) return;
    event.preventDefault();
    all[to]?.focus();
  }

  function help(): void {
    openHelp(panel.state.tab);
  }

  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
    const typing = isTyping(event);
    if (opensSearch(event, typing)) {
      event.preventDefault();
      field()?.focus();
      field()?.select();
    } else if (opensHelp(event, typing)) {
      event.preventDefault();
      help();
    } else if (undoes(event, typing) && panel.state.past.length > 0) {
      event.preventDefault();
      panel.undo();
    }
  });

  return { update, words: () => filterWords(panel.state.filter, names.of, panel.timeZone) };
}
