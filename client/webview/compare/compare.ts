/** Compare: this run beside another, or what its query compares with: what differs, by how much, and how sure that is. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { AnswerTo } from '../channel.ts';
import { count, instant, plural, span, unbroken, visible } from '../format.ts';
import { createNames } from '../names.ts';
import { empty, failed, icon, loading, oncePerFrame, text } from '../parts.ts';
import { keepScroll } from '../scroll.ts';
import type { Panel, View } from '../view.ts';
import { type Section, SORTS, type SortBy, sectionsOf, sorted } from './compare-model.ts';
import { compareTable, FIRST, keepStops } from './compare-table.ts';

type Comparison = NonNullable<AnswerTo<'compare'>['comparison']>;
type Run = AnswerTo<'runs'>['runs'][number];

const SORT_WORDS: Readonly<Record<SortBy, string>> = {
  matter: 'What matters',
  time: 'Difference in time',
  share: 'Difference in share',
  name: 'Name',
};

/** Stands for what the query itself compares with: no run has this id. */
const OWN = '';

export function createCompare(root: HTMLElement, panel: Panel): View {
  let isShown = false;
  let runs: readonly Run[] | undefined;
  let listing: AbortController | undefined;
  let answer: AnswerTo<'compare'> | undefined;
  let problem: string | undefined;
  let asking: AbortController | undefined;
  /** What was asked for last: the run, how it ended, and the other one. */
  let asked = '';
  let sort: SortBy = 'matter';
  const opened = new Set<string>();
  const update = oncePerFrame(draw);
  const scrolled = keepScroll(
    root,
    () => panel.state.compare.top,
    (top) => set({ top }),
  );

  function set(more: Partial<Panel['state']['compare']>): void {
    panel.keep({ compare: { ...panel.state.compare, ...more } });
  }

  const messageOf = (reason: unknown): string =>
    reason instanceof Error ? reason.message : 'The runs could not be compared.';

  /** Asks for the comparison, unless it is there already or on its way. Nothing is compared before a run has ended. */
  function ask(anew = false): void {
    const header = panel.overview?.header;
    if (!isShown || header === undefined || header.outcome === 'running') return;
    const other = panel.state.compare.with;
    const key = JSON.stringify([header.runId, header.outcome, header.endedAt, other]);
    if (key === asked && !anew) return;
    asked = key;
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    answer = undefined;
    problem = undefined;
    panel.channel.ask({ kind: 'compare', with: other }, mine.signal).then(
      (got) => {
        if (mine !== asking) return;
        answer = got;
        asking = undefined;
        const [first] = got.comparison?.verdict ?? [];
        if (first !== undefined) panel.announce(`Compared: ${visible(first)}`);
        update();
      },
      (reason: unknown) => {
        if (mine !== asking) return;
        asking = undefined;
        problem = messageOf(reason);
        update();
      },
    );
    update();
  }

  function list(): void {
    listing?.abort();
    const mine = new AbortController();
    listing = mine;
    panel.channel.ask({ kind: 'runs' }, mine.signal).then(
      (got) => {
        if (mine !== listing) return;
        runs = [...got.runs].sort((a, b) => Number(b.sameQuery) - Number(a.sameQuery));
        update();
      },
      () => {
        // Without the list, what the query compares with still shows; the next visit asks again.
        if (mine === listing) runs ??= [];
        update();
      },
    );
  }

  function choose(runId: string): void {
    const other = runId === OWN ? null : runId;
    if (other === panel.state.compare.with) return;
    opened.clear();
    set({ with: other, top: 0 });
    root.scrollTop = 0;
    ask();
  }

  function draw(): void {
    if (!isShown) return;
    render(html`${tools()} ${body()}`, root);
    keepStops(root);
    if (answer !== undefined) scrolled.restore();
  }

  function tools(): TemplateResult | typeof nothing {
    if (panel.overview === undefined || panel.overview.header.outcome === 'running') return nothing;
    const { with: other, sure } = panel.state.compare;
    const known = runs ?? [];
    const isListed = other === null || known.some(({ runId }) => runId === other);
    return html`<div class="toolbar" role="group" aria-label="Compare with">
      <label class="field run-field">
        <span>Compare with</span>
        <vscode-single-select
          combobox
          filter="contains"
          label="Compare with"
          .value=${other ?? OWN}
          @change=${(event: Event) => {
            const { target } = event;
            if (target instanceof HTMLElement && 'value' in target) choose(String(target.value));
          }}
        >
          <vscode-option value=${OWN} ?selected=${other === null}>The query’s own COMPARE TO</vscode-option>
          ${
            isListed || other === null
              ? nothing
              : html`<vscode-option value=${other} selected>A run that is not in the list</vscode-option>`
          }
          ${known.map(
            (run) => html`<vscode-option
              value=${run.runId}
              description=${`Connection ${visible(run.connection)}, ${run.outcome}`}
              ?selected=${run.runId === other}
              >${runWords(run)}</vscode-option
            >`,
          )}
        </vscode-single-select>
      </label>
      ${
        answer?.comparison == null
          ? nothing
          : html`<vscode-checkbox
                label="Only what differs for sure"
                ?checked=${sure}
                @change=${(event: Event) => {
                  const { target } = event;
                  if (target instanceof HTMLElement && 'checked' in target)
                    set({ sure: target.checked === true });
                  update();
                }}
              ></vscode-checkbox>
              <label class="field">
                <span>Order by</span>
                <vscode-single-select
                  label="Order by"
                  .value=${sort}
                  @change=${(event: Event) => {
                    const { target } = event;
                    const value = target instanceof HTMLElement && 'value' in target ? target.value : '';
                    sort = SORTS.find((one) => one === value) ?? sort;
                    update();
                  }}
                >
                  ${SORTS.map((one) => html`<vscode-option value=${one}>${SORT_WORDS[one]}</vscode-option>`)}
                </vscode-single-select>
              </label>`
      }
    </div>`;
  }

  function runWords({ title, startedAt, sameQuery, outcome }: Run): string {
    const ended = outcome === 'complete' ? '' : `, ${outcome}`;
    return `${instant(startedAt, panel.timeZone)} · ${visible(title)}${sameQuery ? '' : ' (another query)'}${ended}`;
  }

  function body(): TemplateResult {
    const { overview } = panel;
    if (overview === undefined) return loading('Reading the run…');
    if (overview.header.outcome === 'running') {
      return empty('The run goes on', 'It can be compared with another once it has ended.');
    }
    if (problem !== undefined) return failed(problem, () => ask(true));
    if (answer === undefined) return loading('Comparing…');
    if (answer.comparison === null) return nothingToCompare();
    return compared(answer.comparison, answer);
  }

  /** Says how, and offers the run that lies nearest. */
  function nothingToCompare(): TemplateResult {
    const [first] = runs ?? [];
    const before = first?.sameQuery === true ? first : undefined;
    const hint =
      runs?.length === 0
        ? 'No other run is kept. Run the query again later, or write COMPARE TO PREVIOUS in it: then it is compared with the period before.'
        : 'Choose a run above. Or write COMPARE TO PREVIOUS in the query: then it is compared with the period before, each time that it runs.';
    return empty(
      'Nothing to compare with yet',
      hint,
      html`<p class="actions">
        ${
          before === undefined
            ? nothing
            : html`<vscode-button @click=${() => choose(before.runId)}>
                Compare with the run of ${instant(before.startedAt, panel.timeZone)}
              </vscode-button>`
        }
        <vscode-button secondary @click=${() => panel.act({ kind: 'showQuery' })}>Go to query</vscode-button>
      </p>`,
    );
  }

  function compared(found: Comparison, { names, notes }: AnswerTo<'compare'>): TemplateResult {
    const { sure } = panel.state.compare;
    const known = createNames();
    known.learn(names);
    known.learn(found.nodes);
    const [first, ...rest] = found.verdict;
    return html`<div class="compared">
      ${first === undefined ? nothing : html`<h2 class="headline" tabindex="-1">${text(unbroken(first))}</h2>`}
      ${
        rest.length === 0
          ? nothing
          : html`<ul class="verdicts" aria-label="What differs">
              ${rest.map((sentence) => html`<li>${text(unbroken(sentence))}</li>`)}
            </ul>`
      }
      <div class="sides">${side('Before', found.a)} ${side('This run', found.b)}</div>
      ${
        panel.state.compare.with === null
          ? html`<p class="todo">
              <button
                type="button"
                class="small-button"
                @click=${() => panel.act({ kind: 'showClause', clause: 'compare' })}
              >
                ${icon('code')}Show the clause
              </button>
            </p>`
          : nothing
      }
      ${
        panel.state.filter.length === 0
          ? nothing
          : html`<p class="filtered">
              ${icon('filter')}<span>Both runs are compared whole, whatever the filter leaves of this one.</span>
            </p>`
      }
      ${
        notes.length === 0
          ? nothing
          : html`<ul class="notes" aria-label="Notes">
              ${notes.map((note) => html`<li>${icon('info')}${text(note)}</li>`)}
            </ul>`
      }
      ${sectionsOf(found, known.of).map((section) => {
        // Of whole interactions all three are told, sure or not.
        const kept =
          sure && section.id !== 'whole' ? section.rows.filter(({ isSure }) => isSure) : section.rows;
        return compareTable(panel, {
          section,
          rows: section.id === 'whole' ? kept : sorted(kept, sort),
          isAll: opened.has(section.id),
          showAll: () => {
            opened.add(section.id);
            update();
            toName(section.id, FIRST);
          },
          showUnsure: () => {
            set({ sure: false });
            update();
            toName(section.id, 0);
          },
        });
      })}
      <p class="hint">
        Drawn is the difference with its 95 % interval; left of the middle is less than before, right more. Sure is what
        chance alone would show in fewer than one of twenty such lists (q below 0.05, Benjamini–Hochberg): of times by all of them, not by the median alone, so that at the margin an
        interval may say otherwise.
      </p>
    </div>`;
  }

  /** The button that was pressed is gone once more is shown: its first name has the keyboard. */
  function toName(section: Section['id'], at: number): void {
    requestAnimationFrame(() => {
      root
        .querySelectorAll<HTMLElement>(`.compare-table.${section} .compare-row`)
        [at + 1]?.querySelector<HTMLElement>('.row-name')
        ?.focus();
    });
  }

  function side(title: string, { label, interactions, steps, window }: Comparison['a']): TemplateResult {
    return html`<dl class="side">
      <dt>${title}</dt>
      <dd class="strong">${text(label)}</dd>
      <dd>${plural(interactions, 'interaction')}, ${count(steps)} steps</dd>
      <dd class="faint">${span(window, panel.timeZone)}</dd>
    </dl>`;
  }

  return {
    reset() {
      if (asked !== '' && !asked.startsWith(`[${JSON.stringify(panel.state.runId)},`)) {
        asked = '';
        asking?.abort();
        asking = undefined;
        [answer, problem, runs] = [undefined, undefined, undefined];
        opened.clear();
        scrolled.forget();
      }
    },
    update() {
      ask();
      update();
    },
    shown() {
      if (!isShown) list();
      isShown = true;
      ask();
      update();
    },
    hidden() {
      isShown = false;
    },
    focus() {
      root.querySelector<HTMLElement>('.row-name, .headline')?.focus();
    },
  };
}
