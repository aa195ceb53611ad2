/** The variables that go with where a decision leads. */
import { html, nothing, type TemplateResult } from 'lit';
import type { DecisionOutcomes, Drivers } from '../../../server/src/protocol/panel-views.ts';
import { count, percent, plural, visible } from '../format.ts';
import type { NameOf } from '../names.ts';
import { icon, text } from '../parts.ts';
import { bits, chanceWords } from './words.ts';

type Driver = Drivers['drivers'][number];

/**
 * @param found undefined while it is worked out
 * @param problem what failed, in the place of what was found
 */
export function driversSection(
  decision: DecisionOutcomes,
  found: Drivers | undefined,
  nameOf: NameOf,
  problem: TemplateResult | typeof nothing,
): TemplateResult {
  const isBusy = found === undefined && problem === nothing;
  return html`<section aria-labelledby="decision-drivers" aria-busy=${isBusy}>
    <h3 id="decision-drivers">What goes with it</h3>
    ${
      isBusy
        ? html`<p class="hint" role="status">
            ${icon('loading', 'codicon-modifier-spin')} Working out what goes with it…
          </p>`
        : found === undefined
          ? problem
          : known(decision, found, nameOf)
    }
  </section>`;
}

function known(decision: DecisionOutcomes, { drivers, sampled }: Drivers, nameOf: NameOf): TemplateResult {
  return html`${
    drivers.length === 0
      ? html`<p class="hint">
            No variable before the step goes with where it leads: it may depend on something that is not recorded, or
            there are too few visits to tell.
          </p>`
      : html`<p class="hint">
              Variables before the step, by how much of the outcome they tell (gain ratio). It is no proof of a cause.
            </p>
            <div class="data-table drivers" role="table" aria-labelledby="decision-drivers">
              <div class="tr th" role="row">
                <span role="columnheader">Variable</span><span role="columnheader">Kind</span
                ><span role="columnheader">Tells of the outcome</span><span role="columnheader">Chance?</span>
              </div>
              ${drivers.map((driver) => row(driver, decision.entropy, nameOf))}
            </div>`
  }
    ${sampled === null ? nothing : html`<p class="hint">Worked out on a sample of ${plural(sampled, 'visit')}, the same every time.</p>`}`;
}

function row(driver: Driver, entropy: number, nameOf: NameOf): TemplateResult {
  const share = entropy > 0 ? Math.min(1, driver.gain / entropy) : 0;
  return html`<div class="tr" role="row">
    <span role="rowheader">${text(driver.variable, 'mono')}</span>
    <span role="cell">${driver.kind === 'numeric' ? 'number' : 'category'}${
      driver.threshold === null
        ? nothing
        : html`, <span class="faint">split at ${count(driver.threshold)}</span>`
    }</span>
    <span role="cell" class="gain">
      <span class="worth-bar"><span class="own" .style=${`width:${share * 100}%`}></span></span>
      <span class="numeric">${percent(share)} <span class="faint">${bits(driver.gain)} of ${bits(entropy)} bits</span></span>
    </span>
    <span role="cell" title=${testWords(driver)}>${chanceWords(driver)}</span>
    ${driver.contrasts.length === 0 ? nothing : contrasts(driver, nameOf)}
  </div>`;
}

function testWords({ p, permutedVisits, kind }: Driver): string {
  const test = kind === 'categorical' ? 'G-test' : 'permutations of the outcomes among interactions';
  const sample = permutedVisits === null ? '' : `, on ${plural(permutedVisits, 'visit')}`;
  return `p = ${p.toPrecision(2)} by ${test}${sample}; q is corrected for all variables of the node`;
}

function contrasts({ contrasts: all }: Driver, nameOf: NameOf): TemplateResult {
  return html`<span class="contrasts" role="cell">
    ${all.map(
      ({ outcome, condition, share, otherwise, visits }) =>
        html`<span class="contrast"
          >${text(nameOf(outcome), 'strong')}: <code>${visible(condition)}</code> in
          ${percent(share)} of its visits, ${percent(otherwise)} of all others
          <span class="faint">(${plural(visits, 'visit')})</span></span
        >`,
    )}
  </span>`;
}
