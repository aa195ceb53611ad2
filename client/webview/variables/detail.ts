/** The chosen variable: by kind, from what to what, and at which nodes; each leads to the interactions with it. */
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Condition } from '../../../server/src/protocol/panel-filter.ts';
import type { VariableReport } from '../../../server/src/protocol/report.ts';
import { count, percent, plural } from '../format.ts';
import type { NameOf } from '../names.ts';
import { icon, text } from '../parts.ts';
import type { Panel } from '../view.ts';
import { KINDS, type Kind } from './kinds.ts';
import { isLong, jsonOf, valueText, variableName } from './values.ts';

type Change = Extract<Condition, { kind: 'variable' }>;

/** @param whole transitions whose values show whole, @param expand shows or cuts the values of one */
export function variableDetail(
  panel: Panel,
  variable: VariableReport,
  nameOf: NameOf,
  whole: ReadonlySet<number>,
  expand: (at: number) => void,
): TemplateResult {
  const total = KINDS.reduce((sum, kind) => sum + kind.count(variable), 0);
  return html`<header class="master-head">
      <h2>${variableName(variable.name)}</h2>
      ${narrowing(panel, { kind: 'variable', name: variable.name, change: null, before: null, after: null }, html`${icon('filter')}Only where it changes`)}
      <p class="faint">${plural(total, 'change')} at ${plural(variable.nodes.length, 'node')}</p>
    </header>
    <div class="kinds" role="group" aria-label="Kinds of change">
      ${repeat(
        KINDS.filter((kind) => kind.count(variable) > 0),
        ({ kind }) => kind,
        (kind) => ofKind(panel, variable, kind),
      )}
    </div>
    ${variable.outsideStep > 0 ? outside(variable) : nothing} ${transitions(panel, variable, whole, expand)}
    ${nodes(panel, variable, nameOf)}`;
}

const isSame = (a: Change | undefined, b: Change): boolean =>
  a !== undefined &&
  a.name === b.name &&
  a.change === b.change &&
  a.before === b.before &&
  a.after === b.after;

function narrowing(panel: Panel, condition: Change, content: TemplateResult): TemplateResult {
  const pressed = isSame(panel.condition('variable'), condition);
  return html`<button
    type="button"
    class="narrow"
    aria-pressed=${pressed}
    title=${pressed ? 'Take it away from the filter' : 'Only interactions with it'}
    @click=${() => (pressed ? panel.widen('variable') : panel.narrow(condition))}
  >
    ${content}
  </button>`;
}

function ofKind(
  panel: Panel,
  variable: VariableReport,
  { kind, label, icon: name, count: of }: Kind,
): TemplateResult {
  return narrowing(
    panel,
    { kind: 'variable', name: variable.name, change: kind, before: null, after: null },
    html`${icon(name)}<span>${label} <span class="numeric strong">${count(of(variable))}</span></span>`,
  );
}

function outside({ outsideStep }: VariableReport): TemplateResult {
  return html`<div class="outside-note" role="note">
    ${icon('zap')}
    <p>
      <strong>Changed outside a step ${outsideStep === 1 ? 'once' : `${count(outsideStep)} times`}:</strong> its value
      after one step is not its value before the next. Something else wrote it in between, such as another interaction,
      a script or an integration: look there first when a decision goes wrong.
    </p>
  </div>`;
}

function transitions(
  panel: Panel,
  variable: VariableReport,
  whole: ReadonlySet<number>,
  expand: (at: number) => void,
): TemplateResult {
  const most = Math.max(1, ...variable.transitions.map(({ count: times }) => times));
  return html`<section aria-labelledby="variable-transitions">
    <h3 id="variable-transitions">From what to what</h3>
    ${
      variable.transitions.length === 0
        ? html`<p class="hint">It was only added or removed: there is no value before and after.</p>`
        : html`<ul class="transitions">
            ${repeat(
              variable.transitions,
              ({ before, after }) => JSON.stringify([before, after]),
              ({ before, after, count: times }, at) => {
                const [from, to] = [jsonOf(before), jsonOf(after)];
                return html`<li>
                <div class="transition">
                  ${narrowing(
                    panel,
                    { kind: 'variable', name: variable.name, change: null, before: from, after: to },
                    html`<span class="values"
                      >${valueText(from, whole.has(at))}${icon('arrow-right')}<span class="sr-only"> to </span>${valueText(to, whole.has(at))}</span
                    >`,
                  )}
                  ${
                    isLong(from) || isLong(to)
                      ? html`<button type="button" class="link" aria-expanded=${whole.has(at)} @click=${() => expand(at)}>
                          <span class="id">${whole.has(at) ? 'Less' : 'All of it'}</span>
                        </button>`
                      : nothing
                  }
                </div>
                ${bar(times, most)}
              </li>`;
              },
            )}
          </ul>`
    }
  </section>`;
}

function nodes(panel: Panel, { nodes: all }: VariableReport, nameOf: NameOf): TemplateResult {
  const most = Math.max(1, ...all.map(({ count: times }) => times));
  const sum = all.reduce((total, { count: times }) => total + times, 0);
  return html`<section aria-labelledby="variable-nodes">
    <h3 id="variable-nodes">Where it changes</h3>
    <ul class="transitions">
      ${repeat(
        all,
        ({ nodeId }) => nodeId,
        ({ nodeId, count: times }) => {
          const pressed = panel.condition('node')?.nodeId === nodeId;
          const toggle = (): void => (pressed ? panel.widen('node') : panel.narrow({ kind: 'node', nodeId }));
          return html`<li title=${`${percent(sum === 0 ? null : times / sum)} of those listed`}>
          <div class="transition">
            <button
              type="button"
              class="narrow"
              aria-pressed=${pressed}
              title=${pressed ? 'Take it away from the filter' : 'Only interactions that visit the node'}
              @click=${toggle}
            >
              ${icon(pressed ? 'filter-filled' : 'filter')}${text(nameOf(nodeId), 'name')}
            </button>
          </div>
          ${bar(times, most)}
        </li>`;
        },
      )}
    </ul>
  </section>`;
}

function bar(times: number, most: number): TemplateResult {
  return html`<span class="times-bar"
    ><span class="worth-bar"><span .style=${`width:${(times / most) * 100}%`}></span></span
    ><span class="numeric">${count(times)}</span></span
  >`;
}
