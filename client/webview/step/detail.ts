/** One step in full: times, outcome, what it did to the variables, what changed outside of it, the record. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { VariableChange } from '../../../server/src/protocol/panel-views.ts';
import type { AnswerTo } from '../channel.ts';
import { isTyping } from '../filter/bar-keys.ts';
import { brief, count, duration, instant, nodeLabel, plural, visible } from '../format.ts';
import { chips, failed, icon, loading, spoken, text } from '../parts.ts';
import { narrowings, openRaw, queryAbout, type RowAction } from '../table/row-actions.ts';
import type { Panel, Selection } from '../view.ts';

type StepAnswer = AnswerTo<'step'>;

/** Variables drawn at first, and characters of the record and of a value: a step can have thousands. */
const ROWS = 200;
const RAW = 200_000;
const VALUE = 20_000;
/** Characters above which a value may need its own scrollbar. */
const LONG = 120;
/** What takes letters beside fields of text: a list goes to what begins with them. */
const TAKERS = 'select, dialog, vscode-single-select';

const KINDS: Readonly<Record<VariableChange['kind'], { readonly sign: string; readonly label: string }>> = {
  added: { sign: '+', label: 'added' },
  removed: { sign: '−', label: 'removed' },
  changed: { sign: '~', label: 'changed' },
  typeChanged: { sign: '≁', label: 'type changed' },
  same: { sign: '', label: 'unchanged' },
};

export interface Detail {
  readonly element: HTMLElement;
  show(selection: Selection | null): void;
}

/** @param walk selects another step of the interaction and brings it into view, the keyboard staying where it is */
export function createDetail(panel: Panel, walk: (selection: Selection) => void): Detail {
  let asking: AbortController | undefined;
  const element = document.createElement('aside');
  element.className = 'detail';
  element.setAttribute('aria-label', 'Step');
  element.hidden = true;

  let current: Selection | null = null;
  let answer: StepAnswer | undefined;
  let error: string | undefined;
  let unchanged = false;
  let all = false;

  async function load(selection: Selection): Promise<void> {
    asking?.abort();
    asking = new AbortController();
    const { interactionId, sequence } = selection;
    try {
      const got = await panel.channel.ask({ kind: 'step', interactionId, sequence }, asking.signal);
      if (current !== selection) return;
      answer = got;
      const { step } = got;
      panel.announce(
        `${brief(nodeLabel(step), 80)}, ${place(got)}, ${duration(step.dwell)}${spoken(step)}, ${changes(got.variables)}`,
      );
    } catch (reason) {
      if (current !== selection) return;
      error = reason instanceof Error ? reason.message : 'The step could not be read.';
    }
    draw();
  }

  function show(selection: Selection | null): void {
    if (
      selection !== null &&
      current?.interactionId === selection.interactionId &&
      current.sequence === selection.sequence &&
      error === undefined
    ) {
      // What it is filtered by may have changed.
      draw();
      return;
    }
    current = selection;
    error = undefined;
    all = false;
    // The step before stays until the next one is there: no flicker while walking through steps.
    if (selection === null) answer = undefined;
    element.hidden = selection === null;
    draw();
    if (selection !== null) void load(selection);
  }

  function draw(): void {
    render(current === null ? nothing : body(), element);
  }

  function body(): TemplateResult {
    const at = current?.sequence ?? 0;
    const steps = answer?.interactionId === current?.interactionId ? answer?.steps : undefined;
    return html`<div class="detail-head">
        <h2>${answer === undefined ? 'Step' : text(nodeLabel(answer.step))}</h2>
        <div class="detail-tools" role="toolbar" aria-label="Step">
          ${toolButton('arrow-up', 'Previous step', 'k', () => go(-1), at === 0)}
          <span class="amount">${answer === undefined ? nothing : place(answer)}</span>
          ${toolButton('arrow-down', 'Next step', 'j', () => go(1), steps === undefined || at + 1 >= steps)}
          ${toolButton('close', 'Close step', 'Escape', close, false)}
        </div>
      </div>
      <div class="detail-body" tabindex="0" role="region" aria-label="Step in full" @keydown=${onKey}>
        ${content()}
      </div>`;
  }

  function toolButton(
    name: string,
    label: string,
    key: string,
    run: () => void,
    off: boolean,
  ): TemplateResult {
    // Not disabled at either end: the keyboard would be lost.
    return html`<button
      type="button"
      class="tool"
      title=${`${label} (${key})`}
      aria-label=${label}
      aria-disabled=${off ? 'true' : nothing}
      @click=${off ? nothing : run}
    >
      ${icon(name)}
    </button>`;
  }

  /** To the step before or after it in its interaction. */
  function go(by: -1 | 1): void {
    if (current === null) return;
    const { interactionId, sequence } = current;
    const to = sequence + by;
    const steps = answer?.interactionId === interactionId ? answer.steps : undefined;
    if (to < 0 || (by > 0 && (steps === undefined || to >= steps))) {
      panel.announce(by < 0 ? 'This is the first step' : 'This is the last step');
      return;
    }
    walk({ interactionId, sequence: to });
  }

  function content(): TemplateResult {
    if (error !== undefined && current !== null) {
      const again = current;
      return failed(error, () => show({ ...again }));
    }
    if (answer === undefined) return loading('Reading the step…');
    return html`${facts(answer)} ${actions(answer)} ${variables(answer)} ${outside(answer)} ${record(answer)}`;
  }

  function actions({ step }: StepAnswer): TemplateResult {
    const button = ({ label, icon: name, pressed, run }: RowAction): TemplateResult =>
      html`<button type="button" class="action" aria-pressed=${pressed} @click=${run}>
        ${icon(name)}<span>${label}</span>
      </button>`;
    const leads = (label: string, name: string, title: string, run: () => void): TemplateResult =>
      html`<button type="button" class="action" title=${title} @click=${run}>
        ${icon(name)}<span>${label}</span>
      </button>`;
    return html`<div class="actions" role="group" aria-label="What to do with this step">
      ${narrowings(panel, step).map(button)}
      ${leads('Query about it', 'go-to-file', 'Opens a CXQ query of this node in this interaction', () => queryAbout(panel, step))}
      ${leads('Open record', 'json', 'Opens the step’s record as JSON in an editor (o)', () => openRaw(panel, step))}
    </div>`;
  }

  function facts({ step, interactionId, steps }: StepAnswer): TemplateResult {
    const zone = panel.timeZone;
    return html`<p class="chips">
        ${step.nodeType === null ? nothing : html`<span class="pill">${text(step.nodeType)}</span>`} ${chips(step)}
      </p>
      <dl class="facts">
        <dt>Interaction</dt>
        <dd class="mono">${text(interactionId)}</dd>
        <dt>Node</dt>
        <dd class="mono">${text(step.nodeId)}</dd>
        ${step.workflowName === null ? nothing : html`<dt>Workflow</dt><dd>${text(step.workflowName)}</dd>`}
        <dt>Step</dt>
        <dd>${count(step.sequence + 1)} of ${count(steps)}</dd>
        <dt>Start</dt>
        <dd>${instant(step.startTime, zone, 'millis')}</dd>
        <dt>End</dt>
        <dd>${step.open ? 'still open' : instant(step.endTime, zone, 'millis')}</dd>
        <dt>Dwell</dt>
        <dd class=${step.bottleneck ? 'ink-bottleneck strong' : ''}>
          ${duration(step.dwell)}${step.bottleneck ? ' · above the threshold' : ''}
        </dd>
        <dt>Wait before</dt>
        <dd>${duration(step.wait)}</dd>
        <dt>Outcome</dt>
        <dd>${step.outcome === null ? '—' : text(step.outcome)}</dd>
      </dl>`;
  }

  function variables({ variables }: StepAnswer): TemplateResult {
    const same = variables.filter((change) => change.kind === 'same').length;
    const shown = unchanged ? variables : variables.filter((change) => change.kind !== 'same');
    return html`<section aria-labelledby="variables">
      <div class="section-head">
        <h3 id="variables">Variables</h3>
        <span class="amount">${changes(variables)}</span>
        ${
          same > 0
            ? html`<vscode-checkbox
              .label=${`Unchanged (${count(same)})`}
              .checked=${unchanged}
              @change=${toggleUnchanged}
            ></vscode-checkbox>`
            : nothing
        }
      </div>
      ${
        shown.length > 0
          ? diff(shown, 'Variables before and after this step')
          : html`<p class="hint">
            ${variables.length === 0 ? 'This step has no variables.' : 'This step changed no variable.'}
          </p>`
      }
    </section>`;
  }

  function outside({ outside, step }: StepAnswer): TemplateResult | typeof nothing {
    if (outside.length === 0) return nothing;
    return html`<section class="outside" aria-labelledby="outside">
      <h3 id="outside">${icon('warning')} Changed outside a step</h3>
      <p class="hint">
        Between step ${count(step.sequence)} and this one, with no step to account for it: a script, another
        interaction or a race.
      </p>
      ${diff(outside, 'Variables that changed outside a step')}
    </section>`;
  }

  function diff(rows: readonly VariableChange[], caption: string): TemplateResult {
    const drawn = all ? rows : rows.slice(0, ROWS);
    return html`<table class="diff">
        <caption class="sr-only">
          ${caption}
        </caption>
        <thead>
          <tr>
            <th scope="col"><span class="sr-only">Change</span></th>
            <th scope="col">Variable</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          ${drawn.map((change) => {
            const kind = KINDS[change.kind];
            return html`<tr class=${change.kind}>
              <td class="sign" title=${kind.label}>
                <span aria-hidden="true">${kind.sign}</span><span class="sr-only">${kind.label}</span>
              </td>
              <th scope="row" title=${brief(change.path)}>${text(pointer(change.path), 'path')}</th>
              <td class="before">${value(change.before)}</td>
              <td class="after">${value(change.after)}</td>
            </tr>`;
          })}
        </tbody>
      </table>
      ${
        drawn.length < rows.length
          ? html`<vscode-button secondary @click=${showAll}>Show all ${count(rows.length)}</vscode-button>`
          : nothing
      }`;
  }

  function record({ raw }: StepAnswer): TemplateResult {
    return html`<details class="raw">
      <summary>Record as JSON</summary>
      <pre tabindex="0" aria-label="Record as JSON">${visible(raw.slice(0, RAW))}</pre>
      ${cut(raw, RAW)}
    </details>`;
  }

  function toggleUnchanged(event: Event): void {
    const { currentTarget } = event;
    unchanged =
      currentTarget instanceof HTMLElement && 'checked' in currentTarget && currentTarget.checked === true;
    draw();
  }

  function showAll(): void {
    all = true;
    draw();
  }

  function close(): void {
    panel.select(null);
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') close();
  }

  /** Wherever the keyboard is beside it, as long as nothing is typed. */
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (current === null || !element.checkVisibility() || isTyping(event, TAKERS)) return;
    const does = {
      j: () => go(1),
      k: () => go(-1),
      o: () => {
        if (current !== null) openRaw(panel, current);
      },
    }[event.key.toLowerCase()];
    if (does === undefined) return;
    event.preventDefault();
    does();
  });

  return { element, show };
}

function place({ step, steps }: StepAnswer): string {
  return `step ${count(step.sequence + 1)} of ${count(steps)}`;
}

function changes(variables: readonly VariableChange[]): string {
  const parts = (['changed', 'typeChanged', 'added', 'removed'] as const)
    .map((kind) => ({ kind, n: variables.filter((change) => change.kind === kind).length }))
    .filter((part) => part.n > 0)
    .map((part) => `${count(part.n)} ${KINDS[part.kind].label}`);
  return parts.length > 0 ? parts.join(', ') : plural(variables.length, 'variable', 'variables');
}

/** As reports name variables: a JSON Pointer without its leading slash. */
function pointer(path: string): string {
  return path.replace(/^\//, '');
}

function value(json: string | null): TemplateResult {
  if (json === null) return html`<span class="none">—</span>`;
  // A long value scrolls by itself, so the keyboard must reach it.
  return html`<bdi class="value" tabindex=${json.length > LONG ? 0 : nothing}>${visible(json.slice(0, VALUE))}</bdi>${cut(json, VALUE)}`;
}

/** Long texts hold up the page when they are laid out: the record as it came has all of them. */
function cut(text: string, most: number): TemplateResult | typeof nothing {
  return text.length > most
    ? html`<p class="hint">The first ${count(most)} of ${count(text.length)} characters.</p>`
    : nothing;
}
