/** One list of a comparison as an ARIA table: each row's old and new numbers, with the interval of the difference drawn. */
import { html, nothing, type TemplateResult } from 'lit';
import { inForce, toggle } from '../conditions.ts';
import { brief, count, duration, plural, visible } from '../format.ts';
import { icon } from '../parts.ts';
import type { Panel } from '../view.ts';
import {
  certainty,
  isSure,
  type Measure,
  type MeasureWords,
  pictureOf,
  type Row,
  reachOf,
  type Section,
  shareWords,
  timeWords,
  type Verdict,
} from './compare-model.ts';

/** Rows shown before all are asked for. */
export const FIRST = 10;

const SIGNS: Readonly<Record<Verdict, readonly [string, string]>> = {
  worse: ['arrow-up', 'worse'],
  better: ['arrow-down', 'better'],
  appeared: ['diff-added', 'appeared'],
  vanished: ['diff-removed', 'vanished'],
  commoner: ['triangle-up', 'commoner'],
  rarer: ['triangle-down', 'rarer'],
  unsure: ['dash', 'no sure change'],
};

export interface TableOptions {
  readonly section: Section;
  /** Sorted, and only those that differ for sure where these alone are shown. */
  readonly rows: readonly Row[];
  readonly isAll: boolean;
  readonly showAll: () => void;
  /** Shows those that may be chance, too. */
  readonly showUnsure: () => void;
}

export function compareTable(panel: Panel, options: TableOptions): TemplateResult {
  const { section, rows, isAll } = options;
  const id = `compare-${section.id}`;
  const shown = isAll ? rows : rows.slice(0, FIRST);
  const withTime = section.rows.some(({ time }) => time !== null);
  const timeReach = reachOf(
    section.rows.map(({ time }) => time),
    true,
  );
  const shareReach = reachOf(
    section.rows.map(({ share }) => share),
    false,
  );
  const sure = section.rows.filter((row) => row.isSure).length;
  const reach = (text: string): TemplateResult =>
    html`<span class="reach" aria-hidden="true"><span>−${text}</span><span>0</span><span>+${text}</span></span>`;
  return html`<section aria-labelledby=${id}>
    <h3 id=${id}>
      ${section.title}
      <span class="hint">${countWords(section, sure)}</span>
    </h3>
    ${
      rows.length === 0
        ? html`<p class="none">
            ${icon('pass')} Nothing here differs for sure.
            <button type="button" class="small-button" @click=${options.showUnsure}>
              ${icon('eye')}Show what may be chance (${count(section.rows.length)})
            </button>
          </p>`
        : html`<div
            class="compare-table ${section.id}"
            role="table"
            aria-labelledby=${id}
            aria-rowcount=${rows.length + 1}
            @keydown=${move}
            @focusin=${stop}
          >
            <div class="compare-row compare-head" role="row" aria-rowindex="1">
              <span role="columnheader">${HEADS[section.id]}</span>
              <span role="columnheader">Change</span>
              <span role="columnheader">
                ${withTime ? html`Median ${section.timeOf} ${reach(duration(timeReach))}` : nothing}
              </span>
              <span role="columnheader">
                Share ${section.shareOf} ${reach(`${(shareReach * 100).toFixed(0)}`)}
              </span>
            </div>
            ${shown.map((row, at) => tableRow(panel, row, at, { timeOf: section.timeOf, timeReach, shareReach }))}
          </div>`
    }
    ${
      rows.length > shown.length
        ? html`<p class="todo">
            <button type="button" class="small-button" @click=${options.showAll}>
              ${icon('chevron-down')}Show all ${count(rows.length)}
            </button>
          </p>`
        : nothing
    }
  </section>`;
}

const HEADS: Readonly<Record<Section['id'], string>> = {
  whole: 'Interactions',
  nodes: 'Node',
  edges: 'From and to',
  paths: 'Path',
  outcomes: 'Decision and outcome',
};

function countWords({ rows, count: all }: Section, sure: number): string {
  const cut = all > rows.length ? `, the first ${count(rows.length)} of ${count(all)} compared` : '';
  const of = all > rows.length ? count(rows.length) : count(all);
  return `${count(sure)} of ${of} ${sure === 1 ? 'differs' : 'differ'} for sure${cut}`;
}

interface RowShape {
  readonly timeOf: string;
  readonly timeReach: number;
  readonly shareReach: number;
}

function tableRow(
  panel: Panel,
  row: Row,
  at: number,
  { timeOf, timeReach, shareReach }: RowShape,
): TemplateResult {
  const [sign, word] = SIGNS[row.verdict];
  const { condition, time, share } = row;
  return html`<div class="compare-row ${row.isSure ? 'sure' : ''}" role="row" aria-rowindex=${at + 2}>
    <span role="rowheader" class="what">
      ${
        condition === null
          ? html`<bdi class="plain-name" title=${brief(row.name, 400)}>${visible(row.name)}</bdi>`
          : html`<button
              type="button"
              class="link row-name"
              tabindex="-1"
              aria-pressed=${inForce(panel, [condition])}
              title=${`Only interactions with it: ${brief(row.name, 400)}`}
              @click=${() => toggle(panel, [condition])}
            >
              <bdi class="id">${visible(row.name)}</bdi>
            </button>`
      }
    </span>
    <span role="cell" class="verdict ${row.verdict}">${icon(sign)}<span>${word}</span></span>
    <span role="cell" class="measure">
      ${time === null ? nothing : measureCell(`Median ${timeOf}`, time, timeWords(time), timeReach, countsOf(time.a.n, time.b.n))}
    </span>
    <span role="cell" class="measure">
      ${
        share === null
          ? nothing
          : measureCell('Share', share, shareWords(share), shareReach, countsOf(share.a.count, share.b.count))
      }
    </span>
  </div>`;
}

const countsOf = (a: number, b: number): string => `${count(a)} before, ${plural(b, 'time')} in this run`;

function measureCell(
  name: string,
  measure: Measure,
  words: MeasureWords,
  reach: number,
  counts: string,
): TemplateResult {
  const picture = pictureOf(measure, reach);
  const isFirm = isSure(measure);
  return html`<span class="numbers ${isFirm ? '' : 'faint'}" title=${counts}>
      <span class="measure-name" aria-hidden="true">${name}</span>
      <span class="change"><span>${words.before}</span> <span aria-hidden="true">→</span><span class="sr-only">to</span> <span>${words.after}</span></span>
      ${
        words.difference === ''
          ? nothing
          : html`<span class="by"
              ><span>${words.difference}</span>${
                words.interval === ''
                  ? nothing
                  : html`<span class="sr-only">, 95 % interval</span> <span>(${words.interval})</span>`
              }</span
            >`
      }
    </span>
    ${
      picture === null
        ? nothing
        : html`<span class="proof">
            <span class="interval ${isFirm ? 'firm' : ''}" aria-hidden="true">
              <span
                class="reached ${picture.isCutLow ? 'cut-low' : ''} ${picture.isCutHigh ? 'cut-high' : ''}"
                .style=${`left:${picture.low}%;right:${100 - picture.high}%`}
              ></span>
              <span class="dot" .style=${`left:${picture.at}%`}></span>
            </span>
            <span class="certainty">${certainty(measure)}</span>
          </span>`
    }`;
}

/** One stop of the Tab key a table: arrows go from name to name. */
function move(event: KeyboardEvent): void {
  const { currentTarget, target } = event;
  if (!(currentTarget instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  const names = [...currentTarget.querySelectorAll<HTMLElement>('.row-name')];
  const at = target instanceof HTMLElement ? names.indexOf(target) : -1;
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: names.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  names[Math.max(0, Math.min(names.length - 1, to))]?.focus();
}

function stop(event: FocusEvent): void {
  const { currentTarget, target } = event;
  if (!(currentTarget instanceof HTMLElement) || !(target instanceof HTMLElement)) return;
  if (target.classList.contains('row-name')) setStop(currentTarget, target);
}

function setStop(table: Element, stop: Element | null): void {
  for (const name of table.querySelectorAll<HTMLElement>('.row-name')) name.tabIndex = name === stop ? 0 : -1;
}

/** After a drawing: each table has one name that Tab comes to, the first unless it was left at another. */
export function keepStops(root: HTMLElement): void {
  for (const table of root.querySelectorAll('.compare-table')) {
    setStop(table, table.querySelector('.row-name[tabindex="0"]') ?? table.querySelector('.row-name'));
  }
}
