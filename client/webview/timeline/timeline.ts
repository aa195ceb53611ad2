/** Timeline: interactions as rows, steps as bars on a time axis that starts with each interaction. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import { type Bar, layoutBars, tickStep } from './bars.ts';
import { brief, count, duration, nodeLabel, plural, visible } from '../format.ts';
import { type Cell, createRowList, moveInGrid, rowFrame, type VisibleRow } from '../list.ts';
import { empty, failed, icon, idText, loading, MARKS, oncePerFrame } from '../parts.ts';
import { createRowPages, PAGE } from '../rows.ts';
import { timelineTools, type ZoomStep, zoomKey } from './timeline-tools.ts';
import { describe, lasting, nameOf } from './timeline-words.ts';
import type { Only, Panel, Selection, View } from '../view.ts';
import { type Extent, factorOf, scaleOf, type Zoom, zoomed } from './zoom.ts';

const ROW = 36;
const AXIS = 28;
/** Width of the interactions' column: beside an editor the panel is narrow, and the time needs the room. */
const LABEL = { wide: 236, narrow: 148 } as const;
const NARROW = 640;
/** Free pixels right of the axis, for open steps and rounding. */
const MARGIN = 40;

export function createTimeline(root: HTMLElement, panel: Panel): View {
  let span: Pick<Extent, 'longest' | 'typical'> = { longest: 0, typical: 0 };
  let front = false;
  /** Column 0 is the interaction itself, 1… its bars. */
  let active: Cell = { row: 0, column: 0 };
  let focusNext = false;
  let revealing: Selection | null = null;

  const tools = document.createElement('div');
  const { frame, scroller, overlay } = rowFrame();
  root.append(tools, frame);

  const update = oncePerFrame(draw);
  const list = createRowList(scroller, ROW, AXIS, update);
  const pages = createRowPages<TimelineRow>(async (offset, rows) => {
    const { order, only } = panel.timeline;
    const slice = await panel.channel.timeline({ offset, count: rows, order, only });
    span = spanOf(slice);
    return slice;
  }, update);
  new ResizeObserver(update).observe(scroller);

  function labelWidth(): number {
    return scroller.clientWidth < NARROW ? LABEL.narrow : LABEL.wide;
  }

  function extent(): Extent {
    return { ...span, width: Math.max(120, scroller.clientWidth - labelWidth() - MARGIN) };
  }

  function axisWidth(): number {
    return Math.max(extent().width, span.longest * scale());
  }

  function scale(): number {
    return scaleOf(panel.timeline.zoom, extent());
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
    const label = labelWidth();
    const ticks = scale() > 0 ? tickStep(scale(), 84) : 0;
    render(
      html`<div
        class="grid"
        role="grid"
        aria-label="Interactions, their steps as bars over time"
        aria-rowcount=${total}
        .style=${`width:${label + width + MARGIN}px;--label:${label}px`}
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
    if (panel.timeline.only === 'all') {
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
    const { only, order, zoom } = panel.timeline;
    return timelineTools({
      only,
      order,
      amount: amount(),
      zoom: `${factorText()}×`,
      inView: inView(),
      can: (step) => factorOf(afterStep(step), extent()) !== factorOf(zoom, extent()),
      setOnly,
      setOrder(value) {
        panel.keep({ timeline: { ...panel.timeline, order: value } });
        restart(true);
      },
      setZoom,
    });
  }

  function factorText(): string {
    const factor = factorOf(panel.timeline.zoom, extent());
    return factor >= 0.995
      ? String(Math.round(factor))
      : String(Number(factor.toPrecision(factor < 0.1 ? 1 : 2)));
  }

  function inView(): string {
    return scale() > 0 ? `${duration(extent().width / scale())} in view` : 'No times to show';
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
    const from = Math.max(0, Math.floor((scroller.scrollLeft - labelWidth()) / pixels));
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
    const beyond =
      found !== undefined &&
      (found.duration ?? 0) * scale() > scroller.scrollLeft + scroller.clientWidth - labelWidth();
    return guard([found, scale(), selected, here, beyond], () =>
      interaction(found, index, top, selected, here, beyond),
    );
  }

  function interaction(
    row: TimelineRow | undefined,
    index: number,
    top: number,
    selected: number,
    here: number,
    beyond: boolean,
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
        title=${brief(nameOf(row), 300)}
        aria-label=${nameOf(row)}
        @click=${() => pick(index, 0)}
      >
        ${idText(row.interactionId)}
        <span class="facts">
          <span>${lasting(row)}</span>
          ${row.bottlenecks > 0 ? html`<span class="ink-bottleneck">${icon('flame')}${row.bottlenecks}</span>` : nothing}
          ${row.errors > 0 ? html`<span class="ink-error">${icon('error')}${row.errors}</span>` : nothing}
        </span>
      </div>
      <div class="track" role="presentation">
        ${layoutBars(row.steps, scale()).map((bar, at) => step(bar, index, at + 1, here, selected))}
        ${beyond ? goesOn(row, index) : nothing}
      </div>
    </div>`;
  }

  /** At the right edge; to the keyboard and in words it is the End key and the row's duration. */
  function goesOn(row: TimelineRow, index: number): TemplateResult {
    return html`<span
      class="beyond"
      aria-hidden="true"
      title=${`Goes on until +${duration(row.duration)}: go to its last step`}
      @click=${() => goToEnd(index)}
      >${icon('chevron-right')}</span
    >`;
  }

  function goToEnd(row: number): void {
    active = { row, column: barsOf(row).length };
    list.pin(row);
    focusNext = true;
    update();
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
    list.uncover(row);
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
    const zoom = zoomKey(event);
    if (zoom !== undefined) {
      event.preventDefault();
      setZoom(zoom);
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
    const space = scroller.clientWidth - labelWidth();
    if (left < scroller.scrollLeft || left > scroller.scrollLeft + space - 60) {
      scroller.scrollLeft = Math.max(0, left - space / 4);
    }
  }

  function afterStep(step: ZoomStep): Zoom {
    const { zoom } = panel.timeline;
    if (step === 'first') return 1;
    return step === 'all' ? 'all' : zoomed(zoom, step === 'in', extent());
  }

  /** Zooms around the step that the keyboard is on, else the start while it is in view, else the middle. */
  function setZoom(step: ZoomStep): void {
    const from = scroller.scrollLeft;
    const space = scroller.clientWidth - labelWidth();
    const at = active.column === 0 ? undefined : barsOf(active.row)[active.column - 1]?.left;
    const inside = at !== undefined && at >= from && at <= from + space;
    const anchor = inside ? at : from === 0 ? 0 : from + space / 2;
    const before = scale();
    panel.keep({ timeline: { ...panel.timeline, zoom: afterStep(step) } });
    const ratio = before > 0 ? scale() / before : 1;
    draw();
    scroller.scrollLeft = Math.max(0, anchor * ratio - (anchor - from));
    panel.announce(inView());
    update();
  }

  function setOnly(value: Only): void {
    panel.keep({ timeline: { ...panel.timeline, only: value } });
    restart(true);
  }

  async function locate(selection: Selection, focus: boolean): Promise<void> {
    revealing = selection;
    const { order, only } = panel.timeline;
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
        span = spanOf(slice);
        pages.prime(slice);
        const bars = layoutBars(slice.rows[found]?.steps ?? [], scale());
        const bar = bars.findIndex((candidate) => candidate.step.sequence >= selection.sequence);
        active = { row: slice.offset + found, column: Math.max(0, bar + 1) };
        draw();
        list.pin(active.row);
        list.reveal(active.row, 'center');
        list.uncover(active.row);
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

function cellOf(target: EventTarget | null): Cell | undefined {
  if (!(target instanceof HTMLElement)) return undefined;
  const { row, column } = target.dataset;
  return row === undefined || column === undefined ? undefined : { row: Number(row), column: Number(column) };
}

/** An editor's side that gives no typical duration has the whole axis in view at first. */
function spanOf(slice: {
  readonly maxDuration: number;
  readonly typicalDuration?: number | undefined;
}): Pick<Extent, 'longest' | 'typical'> {
  const longest = Math.max(slice.maxDuration, 0);
  return { longest, typical: slice.typicalDuration ?? longest };
}
