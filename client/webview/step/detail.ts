/** One step in full: times, outcome, what it did to the variables, what changed outside of it, the record. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { VariableChange } from '../../../server/src/protocol/panel-views.ts';
import type { StepAnswer } from '../channel.ts';
import { brief, count, duration, instant, nodeLabel, plural, visible } from '../format.ts';
import { chips, failed, icon, loading, spoken, text } from '../parts.ts';
import type { Panel, Selection } from '../view.ts';

/** Variables drawn at first, and characters of the record: a step can have thousands. */
const ROWS = 200;
const RAW = 200_000;
/** Characters above which a value may need its own scrollbar. */
const LONG = 120;

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

export function createDetail(panel: Panel): Detail {
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
    try {
      const got = await panel.channel.step(selection);
      if (current !== selection) return;
      answer = got;
      const { step } = got;
      panel.announce(
        `${brief(nodeLabel(step), 80)}, step ${step.sequence + 1}, ${duration(step.dwell)}${spoken(step)}, ${changes(got.variables)}`,
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
    return html`<div class="detail-head">
        <h2>${answer === undefined ? 'Step' : text(nodeLabel(answer.step))}</h2>
        <button type="button" class="tool" title="Close (Escape)" aria-label="Close step" @click=${close}>
          ${icon('close')}
        </button>
      </div>
      <div class="detail-body" tabindex="0" role="region" aria-label="Step in full" @keydown=${onKey}>
        ${content()}
      </div>`;
  }

  function content(): TemplateResult {
    if (error !== undefined && current !== null) {
      const again = current;
      return failed(error, () => show({ ...again }));
    }
    if (answer === undefined) return loading('Reading the step…');
    return html`${facts(answer)} ${variables(answer)} ${outside(answer)} ${record(answer)}`;
  }

  function facts({ step, interactionId }: StepAnswer): TemplateResult {
    const zone = panel.timeZone;
    return html`<p class="chips">
        ${step.nodeType === null ? nothing : html`<span class="pill">${text(step.nodeType)}</span>`} ${chips(step)}
      </p>
      <dl class="facts">
        <dt>Interaction</dt>
        <dd class="mono">${text(interactionId)}</dd>
        <dt>Node</dt>
        <dd class="mono">${text(step.nodeId)}</dd>
        <dt>Step</dt>
        <dd>${count(step.sequence + 1)}</dd>
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
    const cut = raw.length > RAW;
    return html`<details class="raw">
      <summary>Record as JSON</summary>
      <pre tabindex="0" aria-label="Record as JSON">${visible(cut ? raw.slice(0, RAW) : raw)}</pre>
      ${cut ? html`<p class="hint">The first ${count(RAW)} of ${count(raw.length)} characters.</p>` : nothing}
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

  return { element, show };
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
  return html`<bdi class="value" tabindex=${json.length > LONG ? 0 : nothing}>${visible(json)}</bdi>`;
}
