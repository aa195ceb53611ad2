/** The rule of a decision as code, what it is worth, and the visits that do not go by it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Drivers } from '../../../server/src/protocol/panel-views.ts';
import { count, percent, plural, visible } from '../format.ts';
import type { NameOf } from '../names.ts';
import { icon, text } from '../parts.ts';
import type { Panel } from '../view.ts';
import { ruleWords } from './words.ts';

type Rule = NonNullable<Drivers['rule']>;

/** @param found undefined while it is worked out */
export function ruleSection(
  panel: Panel,
  nodeId: string,
  found: Drivers | undefined,
  nameOf: NameOf,
): TemplateResult {
  const rule = found?.rule;
  return html`<section aria-labelledby="decision-rule" aria-busy=${found === undefined}>
    <h3 id="decision-rule">Rule</h3>
    ${rule ? known(panel, nodeId, rule, nameOf) : html`<p class="hint">${rule === null ? 'No rule: there are too few visits, or no variable tells where they go.' : 'Working out the rule…'}</p>`}
  </section>`;
}

function known(panel: Panel, nodeId: string, rule: Rule, nameOf: NameOf): TemplateResult {
  return html`<pre tabindex="0" aria-label="Rule as code"><code>${visible(rule.text)}</code></pre>
    <dl class="worth">
      ${worth('This rule', rule.accuracy, 'own')} ${worth('Commonest outcome', rule.baseline, 'base')}
    </dl>
    <p>${ruleWords(rule)}</p>
    ${
      rule.sampled === null
        ? nothing
        : html`<p class="hint">Made from a sample of ${plural(rule.sampled, 'visit')}, the same every time.</p>`
    }
    ${rule.exceptionCount === 0 ? html`<p class="hint">Every visit goes by it.</p>` : exceptions(panel, nodeId, rule, nameOf)}`;
}

function worth(label: string, share: number, kind: string): TemplateResult {
  return html`<div>
    <dt>${label}</dt>
    <dd>
      <span class="worth-bar"><span class=${kind} .style=${`width:${Math.max(0, Math.min(1, share)) * 100}%`}></span></span
      ><span class="numeric">${percent(share)}</span>
    </dd>
  </div>`;
}

function exceptions(
  panel: Panel,
  nodeId: string,
  { exceptionCount, exceptions: shown }: Rule,
  nameOf: NameOf,
): TemplateResult {
  const ids = [...new Set(shown.map(({ interactionId }) => interactionId))];
  const label = `exceptions to the rule of ${nameOf(nodeId)}`.slice(0, 400);
  const chosen = panel.condition('interactions')?.label === label;
  const toggle = (): void =>
    chosen ? panel.widen('interactions') : panel.narrow({ kind: 'interactions', ids, label });
  return html`<h4>
      <span
        >${plural(exceptionCount, 'exception')}${
          exceptionCount > shown.length
            ? html`<span class="faint">, the first ${count(shown.length)}</span>`
            : nothing
        }</span
      >
      ${
        ids.length === 0
          ? nothing
          : html`<button type="button" class="narrow" aria-pressed=${chosen} @click=${toggle}>
              ${icon('filter')}Only these
            </button>`
      }
    </h4>
    <ul class="exceptions">
      ${shown.map(
        ({ interactionId, sequence, expected, actual }) =>
          html`<li>
            <button
              type="button"
              class="link"
              title="Show the step in the timeline"
              @click=${() => panel.select({ interactionId, sequence }, 'timeline')}
            >
              ${text(interactionId, 'id mono')}<span class="dwell">step ${count(sequence + 1)}</span>
            </button>
            <span>${text(nameOf(actual))} <span class="faint">instead of ${text(nameOf(expected))}</span></span>
          </li>`,
      )}
    </ul>`;
}
