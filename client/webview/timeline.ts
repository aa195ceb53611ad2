/** Timeline: interactions as rows, steps as bars on a time axis that starts with each interaction. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { PanelRequest, TimelineRow } from '../../server/src/protocol/panel.ts';
import { type Bar, layoutBars, tickStep } from './bars.ts';
import { brief, count, duration, nodeLabel, plural, visible } from './format.ts';
import { type Cell, createRowList, moveInGrid, type VisibleRow } from './list.ts';
import { empty, failed, icon, loading, MARKS, oncePerFrame, spoken } from './parts.ts';
import { createRowPages, PAGE } from './rows.ts';
import { isOnly, ONLY, type Only, type Panel, type Selection, type View } from './view.ts';

type Order = Extract<PanelRequest, { kind: 'timeline' }>['order'];

const ORDERS: readonly { readonly value: Order; readonly label: string }[] = [
  { value: 'run', label: 'As returned' },
  { value: 'duration', label: 'Longest first' },
  { value: 'bottlenecks', label: 'Most bottlenecks first' },
];
const ROW = 36;
const AXIS = 28;
const LABEL = 236;
/** Free pixels right of the axis, for open steps and rounding. */
const MARGIN = 40;
const ZOOMS = [1, 2, 4, 8, 16, 32, 64, 128] as const;

export function createTimeline(root: HTMLElement, panel: Panel): View {
  let order: Order = 'run';
  let only: Only = 'all';
  let zoom = 0;
  let longest = 0;
  let front = false;
  /** Column 0 is the interaction itself, 1… its bars. */
  let active: Cell = { row: 0, column: 0 };
  let focusNext = false;
  let revealing: Selection | null = null;

  const scroller = document.createElement('div');
  scroller.className = 'scroller';
  const tools = document.createElement('div');
  const overlay = document.createElement('div');
  overlay.className = 'overlay';
  root.append(tools, scroller, overlay);

  const update = oncePerFrame(draw);
  const list = createRowList(scroller, ROW, AXIS, update);
  const pages = createRowPages<TimelineRow>(async (offset, rows) => {
    const slice = await panel.channel.timeline({ offset, count: rows, order, only });
    longest = Math.max(slice.maxDuration, 0);
    return slice;
  }, update);
  new ResizeObserver(update).observe(scroller);

  function axisWidth(): number {
    return Math.max(120, scroller.clientWidth - LABEL - MARGIN) * (ZOOMS[zoom] ?? 1);
  }

  function scale(): number {
    return longest > 0 ? axisWidth() / longest : 0;
  }

  function restart(keep: boolean): void {
    pages.reset(keep);
    active = { row: 0, column: 0 };
    list.toTop();
    scroller.scrollLeft = 0;
    update();
  }

  function draw(): void {
    // Nothing is asked for or drawn behind another tab.
    if (!front || root.offsetParent === null || panel.overview === undefined) return;
    if (!pages.settled) pages.want(0, 0);
    const total = pages.total ?? 0;
    list.setCount(total);
    const rows = list.visible();
    const first = rows[0];
    const last = rows.at(-1);
    if (first !== undefined && last !== undefined) {
      const inView = rows.filter((row) => row.index !== active.row || row === first || row === last);
      pages.want(inView[0]?.index ?? first.index, last.index);
    }
    const focused = scroller.contains(document.activeElement);
    render(toolbar(), tools);
    render(state(), overlay);
    scroller.classList.toggle('vacant', total === 0);
    const width = axisWidth();
    const ticks = scale() > 0 ? tickStep(scale(), 84) : 0;
    render(
      html`<div
        class="grid"
        role="grid"
        aria-label="Interactions, their steps as bars over time"
        aria-rowcount=${total}
        .style=${`width:${LABEL + width + MARGIN}px`}
        @keydown=${onKey}
        @focusin=${onFocus}
      >
        <div class="axis" aria-hidden="true">
          <div class="corner">Interaction</div>
          <div class="ticks">${axis(ticks, width)}</div>
        </div>
        <div
          class="rows"
          role="rowgroup"
          .style=${`height:${list.height}px;--tick:${Math.max(1, ticks * scale())}px`}
        >
          ${repeat(rows, (row) => row.index, row)}
        </div>
      </div>`,
      scroller,
    );
    // A row that came in the place of its placeholder took the focus with it.
    if (focused && !scroller.contains(document.activeElement)) focusNext = true;
    if (focusNext) focusActive();
  }

  function state(): TemplateResult | typeof nothing {
    if (pages.error !== undefined) return failed(pages.error, () => restart(false));
    if (pages.total === undefined) return loading('Reading the interactions…');
    if (pages.total > 0) return nothing;
    if (only === 'all') {
      return empty(
        'No interactions',
        'The query returned nothing in its window. Widen WHEN or loosen WHERE, then run it again.',
      );
    }
    return empty(
      'Nothing left by this filter',
      'No interaction of this run has such a step.',
      html`<vscode-button secondary @click=${() => setOnly('all')}>Show all</vscode-button>`,
    );
  }

  function toolbar(): TemplateResult {
    return html`<div class="toolbar">
        <label class="field">
          <span>Show</span>
          <vscode-single-select label="Show" .value=${only} @change=${changeOnly}>
            ${ONLY.map((option) => html`<vscode-option value=${option.value}>${option.label}</vscode-option>`)}
          </vscode-single-select>
        </label>
        <label class="field">
          <span>Order</span>
          <vscode-single-select label="Order" .value=${order} @change=${changeOrder}>
            ${ORDERS.map((option) => html`<vscode-option value=${option.value}>${option.label}</vscode-option>`)}
          </vscode-single-select>
        </label>
        <span class="amount">${amount()}</span>
        <div class="buttons" role="group" aria-label="Zoom">
          <button type="button" class="tool" title="Zoom out (−)" aria-label="Zoom out" ?disabled=${zoom === 0}
            @click=${() => setZoom(zoom - 1)}>${icon('zoom-out')}</button>
          <span class="zoom">${ZOOMS[zoom]}×</span>
          <button type="button" class="tool" title="Zoom in (+)" aria-label="Zoom in"
            ?disabled=${zoom === ZOOMS.length - 1} @click=${() => setZoom(zoom + 1)}>${icon('zoom-in')}</button>
        </div>
      </div>
      <ul class="legend" aria-label="Legend">
        <li><span class="bar sample"></span>step</li>
        ${MARKS.map(
          (mark) => html`<li>
            <span class="bar sample ${mark.flag}"></span>${icon(mark.icon, `ink-${mark.flag}`)}${mark.label}
          </li>`,
        )}
      </ul>`;
  }

  function amount(): string {
    const total = pages.total;
    if (total === undefined) return '';
    const all = panel.overview?.interactions ?? total;
    const shown =
      total === all ? plural(total, 'interaction') : `${count(total)} of ${plural(all, 'interaction')}`;
    return total > list.reach
      ? `${shown}; the first ${count(list.reach)} can be reached, filter for the rest`
      : shown;
  }

  function axis(step: number, width: number): TemplateResult[] {
    const pixels = step * scale();
    if (pixels <= 0) return [];
    // Only the ticks in view: a zoomed axis has thousands.
    const from = Math.max(0, Math.floor((scroller.scrollLeft - LABEL) / pixels));
    const to = Math.min(
      Math.floor(width / pixels),
      Math.ceil((scroller.scrollLeft + scroller.clientWidth) / pixels),
    );
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at).map(
      (at) =>
        html`<span class="tick" .style=${`left:${at * pixels}px`}>${at === 0 ? '0' : `+${duration(at * step)}`}</span>`,
    );
  }

  /** A row is drawn again only when something in it changed: scrolling touches the new rows alone. */
  function row({ index, top }: VisibleRow): unknown {
    const found = pages.row(index);
    const { selection } = panel;
    const selected =
      selection !== null && selection.interactionId === found?.interactionId ? selection.sequence : -1;
    const here = active.row === index ? active.column : -1;
    return guard([found, scale(), selected, here], () => interaction(found, index, top, selected, here));
  }

  function interaction(
    row: TimelineRow | undefined,
    index: number,
    top: number,
    selected: number,
    here: number,
  ): TemplateResult {
    const style = `transform:translateY(${top}px)`;
    if (row === undefined) {
      return html`<div class="row ghost" role="row" aria-rowindex=${index + 1} aria-busy="true" .style=${style}>
        <div role="gridcell" class="label" data-row=${index} data-column="0" tabindex=${here >= 0 ? 0 : -1}>
          <span class="placeholder"></span><span class="sr-only">Loading</span>
        </div>
      </div>`;
    }
    return html`<div
      class="row ${selected >= 0 ? 'selected' : ''} ${row.bottlenecks > 0 ? 'has-bottleneck' : ''}"
      role="row"
      aria-rowindex=${index + 1}
      .style=${style}
    >
      <div
        class="label"
        role="rowheader"
        data-row=${index}
        data-column="0"
        tabindex=${here === 0 ? 0 : -1}
        title=${brief(row.interactionId)}
        @click=${() => pick(index, 0)}
      >
        <bdi class="id">${visible(row.interactionId)}</bdi>
        <span class="facts">
          <span>${row.duration === null ? 'no times' : duration(row.duration)}</span>
          ${
            row.bottlenecks > 0
              ? html`<span class="ink-bottleneck" title=${plural(row.bottlenecks, 'bottleneck')}
                >${icon('flame')}${row.bottlenecks}<span class="sr-only"> ${row.bottlenecks === 1 ? 'bottleneck' : 'bottlenecks'}</span></span
              >`
              : nothing
          }
          ${
            row.errors > 0
              ? html`<span class="ink-error" title=${plural(row.errors, 'error')}
                >${icon('error')}${row.errors}<span class="sr-only"> ${row.errors === 1 ? 'error' : 'errors'}</span></span
              >`
              : nothing
          }
        </span>
      </div>
      <div class="track" role="presentation">
        ${layoutBars(row.steps, scale()).map((bar, at) => step(bar, index, at + 1, here, selected))}
      </div>
    </div>`;
  }

  function step(bar: Bar, row: number, column: number, here: number, selected: number): TemplateResult {
    const { step } = bar;
    const name = nodeLabel(step);
    const chosen = selected >= step.sequence && selected < step.sequence + bar.steps;
    const flags = MARKS.filter((mark) => step[mark.flag]);
    const label = describe(bar);
    return html`<div
      class="bar ${bar.shape} ${flags.map((mark) => mark.flag).join(' ')} ${chosen ? 'chosen' : ''} ${
        bar.steps > 1 ? 'crowd' : ''
      } ${column % 2 === 0 ? 'even' : ''}"
      role="gridcell"
      aria-label=${label}
      aria-selected=${chosen ? 'true' : 'false'}
      title=${label}
      data-row=${row}
      data-column=${column}
      tabindex=${here === column ? 0 : -1}
      .style=${`left:${bar.left}px;width:${bar.width}px`}
      @click=${() => pick(row, column)}
    >
      ${
        flags.length > 0
          ? html`<span class="marks ${bar.width >= 20 * flags.length ? 'inside' : ''}"
              >${flags.map((mark) => icon(mark.icon, `ink-${mark.flag}`))}</span
            >`
          : nothing
      }
      ${
        bar.width >= 44 + 16 * flags.length && bar.steps === 1
          ? html`<bdi class="name">${visible(name)}</bdi>`
          : nothing
      }
    </div>`;
  }

  function barsOf(row: number): readonly Bar[] {
    const found = pages.row(row);
    return found === undefined ? [] : layoutBars(found.steps, scale());
  }

  function pick(row: number, column: number): void {
    const found = pages.row(row);
    if (found === undefined) return;
    active = { row, column };
    // The interaction itself stands for its first remarkable step.
    const step =
      column > 0
        ? barsOf(row)[column - 1]?.step
        : (found.steps.find((candidate) => candidate.bottleneck || candidate.error) ?? found.steps[0]);
    if (step !== undefined) panel.select({ interactionId: found.interactionId, sequence: step.sequence });
    focusNext = true;
    update();
  }

  function onFocus(event: FocusEvent): void {
    const at = cellOf(event.target);
    if (at === undefined || (at.row === active.row && at.column === active.column)) return;
    active = at;
    list.pin(at.row);
    update();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      pick(active.row, active.column);
      return;
    }
    if ((event.key === '+' || event.key === '-') && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      setZoom(zoom + (event.key === '+' ? 1 : -1));
      focusNext = true;
      return;
    }
    const rows = Math.min(pages.total ?? 0, list.reach);
    const to = moveInGrid(event, active, {
      rows,
      firstRow: 0,
      page: list.page(),
      columns: (row) => barsOf(row).length + 1,
    });
    if (to === undefined || rows === 0) return;
    event.preventDefault();
    active = to.row === active.row || active.column === 0 ? to : { row: to.row, column: nearest(active, to) };
    list.pin(active.row);
    list.reveal(active.row);
    focusNext = true;
    update();
  }

  /** Going up and down keeps the place on the axis, not the number of the bar. */
  function nearest(from: Cell, to: Cell): number {
    const left = barsOf(from.row)[from.column - 1]?.left ?? 0;
    let best = 0;
    let distance = Number.POSITIVE_INFINITY;
    barsOf(to.row).forEach((bar, at) => {
      if (Math.abs(bar.left - left) < distance) {
        distance = Math.abs(bar.left - left);
        best = at + 1;
      }
    });
    return best;
  }

  function focusActive(): void {
    const row = `[data-row="${active.row}"]`;
    const cell =
      scroller.querySelector<HTMLElement>(`${row}[data-column="${active.column}"]`) ??
      scroller.querySelector<HTMLElement>(`${row}[data-column="0"]`);
    if (cell === null) return;
    focusNext = false;
    cell.focus({ preventScroll: true });
    const left = active.column === 0 ? 0 : (barsOf(active.row)[active.column - 1]?.left ?? 0);
    bringIntoView(left);
  }

  function bringIntoView(left: number): void {
    const space = scroller.clientWidth - LABEL;
    if (left < scroller.scrollLeft || left > scroller.scrollLeft + space - 60) {
      scroller.scrollLeft = Math.max(0, left - space / 4);
    }
  }

  function setZoom(next: number): void {
    const middle = (scroller.clientWidth - LABEL) / 2;
    const before = ZOOMS[zoom] ?? 1;
    zoom = Math.max(0, Math.min(ZOOMS.length - 1, next));
    const ratio = (ZOOMS[zoom] ?? 1) / before;
    const target = (scroller.scrollLeft + middle) * ratio - middle;
    draw();
    scroller.scrollLeft = zoom === 0 ? 0 : Math.max(0, target);
    panel.announce(`Zoom ${ZOOMS[zoom]} times`);
    update();
  }

  function setOnly(value: Only): void {
    only = value;
    restart(true);
  }

  function changeOnly(event: Event): void {
    const value = chosen(event);
    if (isOnly(value) && value !== only) setOnly(value);
  }

  function changeOrder(event: Event): void {
    const found = ORDERS.find((option) => option.value === chosen(event));
    if (found === undefined || found.value === order) return;
    order = found.value;
    restart(true);
  }

  async function locate(selection: Selection, focus: boolean): Promise<void> {
    revealing = selection;
    try {
      for (const filter of new Set<Only>([only, 'all'])) {
        const slice = await panel.channel.timeline({
          offset: 0,
          count: PAGE,
          order,
          only: filter,
          at: selection.interactionId,
        });
        if (revealing !== selection) return;
        const found = slice.rows.findIndex((row) => row.interactionId === selection.interactionId);
        if (found < 0) continue;
        if (filter !== only) setOnly(filter);
        longest = slice.maxDuration;
        pages.prime(slice);
        const bars = layoutBars(slice.rows[found]?.steps ?? [], scale());
        const bar = bars.findIndex((candidate) => candidate.step.sequence >= selection.sequence);
        active = { row: slice.offset + found, column: Math.max(0, bar + 1) };
        draw();
        list.pin(active.row);
        list.reveal(active.row, 'center');
        focusNext = focus;
        bringIntoView(bars[bar]?.left ?? 0);
        update();
        return;
      }
    } catch {
      // The detail pane asks for the same step and says what is wrong.
    }
  }

  scroller.addEventListener('scroll', update, { passive: true });

  return {
    reset: () => restart(false),
    update,
    shown() {
      front = true;
      update();
    },
    reveal(selection, focus) {
      front = true;
      void locate(selection, focus);
    },
    focus() {
      focusNext = true;
      update();
    },
  };
}

function describe(bar: Bar): string {
  const { step } = bar;
  if (bar.steps > 1)
    return `${bar.steps} short steps from step ${step.sequence + 1} on; zoom in to tell them apart`;
  const dwell = step.dwell === null ? 'dwell unknown' : duration(step.dwell);
  const from = step.start === null ? 'no time' : `at +${duration(step.start)}`;
  return `${brief(nodeLabel(step), 80)}, step ${step.sequence + 1}, ${dwell}, ${from}${spoken(step)}`;
}

function cellOf(target: EventTarget | null): Cell | undefined {
  if (!(target instanceof HTMLElement)) return undefined;
  const { row, column } = target.dataset;
  return row === undefined || column === undefined ? undefined : { row: Number(row), column: Number(column) };
}

function chosen(event: Event): string {
  const { currentTarget } = event;
  return currentTarget instanceof HTMLElement && 'value' in currentTarget ? String(currentTarget.value) : '';
}
