/** Timeline: interactions as rows, steps as bars on a time axis. Rows are in the document, bars on one canvas. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { createRowList, type VisibleRow } from '../list.ts';
import { oncePerFrame } from '../parts.ts';
import type { CreateView, Selection } from '../view.ts';
import { zoomKey } from '../zoom-buttons.ts';
import { createCursor } from './cursor.ts';
import { isFar, labelOf, timelineElements } from './elements.ts';
import { listenToGestures } from './gestures.ts';
import { hitAt, tipOfHit } from './hits.ts';
import { watchInks } from './inks.ts';
import { paintLegend } from './legend.ts';
import { createMapData } from './map-data.ts';
import { createMinimap, renderAxis } from './minimap.ts';
import { createNavigation } from './navigation.ts';
import { type Brush, brushOf, preparedCanvas } from './paint.ts';
import { type PaintedRow, paintRows, ROW } from './paint-rows.ts';
import { createPlace } from './place.ts';
import { rowLabel, stepCellOf } from './row-labels.ts';
import { createRuler } from './ruler.ts';
import { createScenes, type Facts, type Scene } from './scene.ts';
import { createSlots } from './slots.ts';
import { createTimelineSource, PAGE } from './source.ts';
import type { Tick } from './ticks.ts';
import { timelineLegend, timelineTools } from './timeline-tools.ts';
import { tipOf } from './timeline-words.ts';
import { createTooltip } from './tooltip.ts';
import { axisName, stateOf, ticksOf } from './view-state.ts';
import { factorOf, resolutionOf } from './zoom.ts';

/** Width of the interactions' column: beside an editor the panel is narrow, and the time needs the room. */
const LABEL = { wide: 236, narrow: 148 } as const;
const NARROW = 640;
/** A panel that is no taller has its legend shown only when asked. */
const SHORT = 420;
/** Rows that keep their places in the document while they are scrolled. */
const BLOCK = 64;
const NO_BREAKS: Scene['layout']['clock']['breaks'] = [];

export const createTimeline: CreateView = (root, panel) => {
  let front = false;
  let answered: Facts | undefined;
  /** At the next drawing: the keyboard goes to the cursor; the cursor comes into view along the axis. */
  let focusNext = false;
  let bringNext = false;
  let revealing: Selection | null = null;
  /** Row to scroll to once there are rows. */
  let restoring: number | undefined;
  /** What was selected where the view comes back as it was left: it is not scrolled to. */
  let left: string | undefined;
  let known: { readonly runId: string; readonly filter: string } | undefined;
  let legend: boolean | undefined;
  let painted: readonly PaintedRow[] = [];
  /** Of the rows with their tracks, as it was at the last drawing: to ask for it lays the page out. */
  let size = { width: 0 };

  const { tools, head, corner, map, axis, frame, scroller, overlay, spacer, layer, grid, canvas } =
    timelineElements();
  root.append(tools, head, frame);

  const update = oncePerFrame(draw);
  const inks = watchInks(update);
  const list = createRowList(scroller, ROW, 0, update);
  const place = createPlace(panel);
  const slots = createSlots();
  const tooltip = createTooltip(root);
  const mapData = createMapData(panel, update);
  const source = createTimelineSource(
    async (offset, count, resolution, signal) => {
      const { filter } = panel.state;
      const { order } = place.settings;
      const slice = await panel.channel.ask(
        { kind: 'timeline', filter, offset, count, order, resolution },
        signal,
      );
      answered = slice;
      return slice;
    },
    (rows) => resolutionOf(scenes.secondsPerPixel(rows)),
    update,
  );
  const scenes = createScenes(
    () => place.settings,
    source,
    facts,
    () => mapData.density,
    () => Math.max(0, size.width - labelWidth()),
  );
  const cursor = createCursor(panel, scenes, source, list);
  const ruler = createRuler(panel, scenes, source);
  const navigation = createNavigation(
    panel,
    scenes,
    place,
    source,
    () => {
      const here = cursor.here();
      return here === undefined ? undefined : scenes.now().origin + here.bar.left;
    },
    () => {
      tooltip.hide();
      update();
    },
  );
  const minimap = createMinimap(map, {
    show: navigation.show,
    pan: (by) => navigation.panBy(by * scenes.now().scale),
    zoom: (into) => navigation.setZoom(into ? 'in' : 'out'),
  });

  /** Before the first answer, what the overview knows. */
  function facts(): Facts {
    if (answered !== undefined) return answered;
    const { max, p90 } = panel.overview?.duration ?? { max: null, p90: null };
    return { maxDuration: max ?? 0, typicalDuration: p90 ?? 0, from: null, to: null };
  }

  function labelWidth(): number {
    return size.width < NARROW ? LABEL.narrow : LABEL.wide;
  }

  function brush(context: CanvasRenderingContext2D): Brush {
    return brushOf(context, inks());
  }

  /** Asks anew; with `keep`, what shows stays until it comes. */
  function restart(keep: boolean): void {
    source.reset(keep);
    mapData.reset(keep);
    scenes.forget();
    tooltip.hide();
    update();
  }

  /** Other rows: from the first one on. */
  function toTop(): void {
    cursor.set(0, -1);
    list.toTop();
    restoring = undefined;
    place.move({ top: 0 });
  }

  function draw(): void {
    // Nothing is asked for or drawn behind another tab.
    if (!front || root.offsetParent === null || panel.overview === undefined) return;
    if (source.total === undefined) source.want(restoring ?? 0, restoring ?? 0);
    const total = source.total ?? 0;
    list.setCount(total);
    const { clientHeight, clientWidth, offsetWidth } = scroller;
    size = { width: clientWidth };
    spacer.style.height = `${Math.max(list.height, clientHeight)}px`;
    layer.style.height = `${clientHeight}px`;
    if (total > 0 && restoring !== undefined) {
      list.toRow(restoring);
      restoring = undefined;
    }
    const rows = list.visible();
    const near = rows.filter((_, at) => !isFar(rows, at));
    const [first, last] = [near[0], near.at(-1)];
    if (first !== undefined && last !== undefined) {
      source.want(first.index, last.index);
      const { top } = list;
      if (restoring === undefined && Math.abs(top - place.settings.top) > 0.001) place.move({ top });
    }
    mapData.want(clientWidth - labelWidth());
    if (cursor.arrive()) bringNext = true;
    const scene = scenes.now();
    const ticks = ticksOf(scene, panel.timeZone);
    const scrolled = scroller.scrollTop;
    painted = rows.map(({ index, top }) => ({ index, y: top - scrolled, row: source.row(index) }));
    root.style.setProperty('--label', `${labelWidth()}px`);
    root.style.setProperty('--scrollbar', `${offsetWidth - clientWidth}px`);
    render(toolbar(scene), tools);
    render(html`<span>${axisName(scene, panel.timeZone)}</span><span>Interaction</span>`, corner);
    render(
      stateOf(source, panel, () => restart(false)),
      overlay,
    );
    scroller.classList.toggle('vacant', total === 0);
    const hadFocus = grid.contains(document.activeElement);
    drawRows(rows, scene, scrolled, total);
    const context = preparedCanvas(canvas, scene.width, clientHeight);
    if (context !== undefined) {
      const chosen = panel.state.selection;
      paintRows(brush(context), { scene, rows: painted, ticks, height: clientHeight, chosen });
      ruler.paint(brush(context), scene, painted, clientHeight);
    }
    paintLegend(tools, brush, inks());
    drawHead(scene, ticks);
    // A row that came in the place of its placeholder took the focus with it.
    if (hadFocus && !grid.contains(document.activeElement)) focusNext = true;
    if (focusNext || bringNext) focusCursor(scene);
  }

  function drawRows(rows: readonly VisibleRow[], scene: Scene, scrolled: number, total: number): void {
    const taken = slots.take(rows.map(({ index }) => index));
    const middle = rows[rows.length >> 1];
    const base = middle === undefined ? 0 : Math.floor(middle.index / BLOCK) * BLOCK;
    const baseTop = middle === undefined ? 0 : middle.top - (middle.index - base) * ROW;
    const { selection } = panel.state;
    const line = ({ index, top }: VisibleRow): unknown => {
      const row = source.row(index);
      const y = top - baseTop;
      const isSelected = row !== undefined && selection?.interactionId === row.interactionId;
      const cell = index === cursor.row ? stepCellOf(cursor, scene, selection) : undefined;
      const key = cell === undefined || cell === null ? cell : Object.values(cell).join();
      return guard([row, index, y, isSelected, key], () => rowLabel({ index, y, row, isSelected, cell }));
    };
    render(
      html`<div
        role="grid"
        aria-label="Interactions, their steps as bars over time"
        aria-rowcount=${total}
        aria-colcount="-1"
        @keydown=${onKey}
        @focusin=${onFocus}
        @click=${onLabelClick}
        @dblclick=${onLabelDoubleClick}
      >
        <div class="rows" role="rowgroup" .style=${`transform:translateY(${baseTop - scrolled}px)`}>
          ${repeat(rows, ({ index }) => taken.get(index), line)}
        </div>
      </div>`,
      grid,
    );
  }

  function drawHead(scene: Scene, ticks: readonly Tick[]): void {
    const { extent, scale, layout } = scene;
    const breaks = layout.axis === 'clock' ? layout.clock.breaks : NO_BREAKS;
    minimap.draw({
      ...mapData.picture(scene, source),
      length: extent.longest,
      from: scale > 0 ? scene.left : 0,
      to: scale > 0 ? Math.min(extent.longest, scene.left + extent.width / scale) : 0,
      breaks,
      inks: inks(),
      width: scene.width,
      inView: navigation.inView(),
      brush,
    });
    renderAxis(axis, ticks, breaks, scene);
  }

  function toolbar(scene: Scene): TemplateResult {
    const { axis: shown, order, compressed, zoom } = place.settings;
    const isOpen = legend ?? (size.width >= NARROW && window.innerHeight >= SHORT);
    const factor = factorOf(zoom, scene.extent);
    const hasFound = painted.some(({ row }) => row?.steps.some(({ found }) => found !== undefined) === true);
    return html`${timelineTools({
      axis: shown,
      order,
      compressed,
      measuring: ruler.isOn,
      legend: isOpen,
      factor,
      inView: navigation.inView(),
      can: (step) => factorOf(navigation.after(step), scene.extent) !== factor,
      setAxis(value) {
        if (value === shown) return;
        place.set({ axis: value, zoom: 1, left: 0 });
        ruler.clear();
        update();
        panel.announce(axisName(scenes.now(), panel.timeZone));
      },
      setOrder(value) {
        place.set({ order: value });
        toTop();
        restart(true);
      },
      setCompressed(value) {
        const from = scene.layout.clock.seconds(scene.left);
        place.set({ compressed: value });
        ruler.clear();
        scenes.forget();
        const { layout } = scenes.now();
        place.move({ left: layout.axis === 'clock' ? layout.clock.at(from) : 0 });
        panel.announce(value ? 'Idle time is left out' : 'Idle time is shown');
        update();
      },
      setMeasuring(value) {
        ruler.turn(value);
        update();
      },
      setLegend(value) {
        legend = value;
        update();
      },
      setZoom: navigation.setZoom,
    })}${isOpen ? timelineLegend(({ key }) => (key !== 'found' || hasFound) && (key !== 'break' || compressed)) : nothing}`;
  }

  function focusCursor(scene: Scene): void {
    const line = grid.querySelector<HTMLElement>(`.row[data-row="${cursor.row}"]`);
    const cell = line?.querySelector<HTMLElement>('.step-cell') ?? line?.querySelector<HTMLElement>('.label');
    if (cell === null || cell === undefined) return;
    if (focusNext) cell.focus({ preventScroll: true });
    const isByKeyboard = focusNext && bringNext && cell.matches(':focus-visible');
    const isBrought = bringNext;
    focusNext = false;
    bringNext = false;
    const here = cursor.here();
    if (here === undefined) return;
    const { row, bar, entry } = here;
    const x = scene.origin + bar.left;
    if (isBrought && scene.scale > 0 && (x < 0 || x > scene.width - 60)) {
      navigation.moveTo(place.settings.zoom, scene.left + (x - scene.width / 4) / scene.scale);
    }
    // What the pane says already needs no tooltip.
    if (!isByKeyboard || panel.state.selection !== null) return;
    const box = (): DOMRect => cell.getBoundingClientRect();
    tooltip.about(
      `key ${cursor.row} ${cursor.sequence}`,
      () => tipOf(row, entry, entry.steps ?? 1, panel.timeZone),
      box,
    );
  }

  function onFocus({ target }: FocusEvent): void {
    const row = labelOf(target);
    if (row === undefined || (row === cursor.row && cursor.sequence < 0)) return;
    cursor.set(row, -1);
    update();
  }

  function pick(row: number, sequence: number): void {
    cursor.pick(row, sequence);
    focusNext = true;
    update();
  }

  function onLabelClick({ target }: MouseEvent): void {
    const row = labelOf(target);
    if (row !== undefined) pick(row, -1);
  }

  function onLabelDoubleClick({ target }: MouseEvent): void {
    const row = labelOf(target);
    if (row !== undefined) navigation.zoomTo(row);
  }

  function onKey(event: KeyboardEvent): void {
    if (keyDoes(event)) event.stopPropagation();
    else if (!cursor.move(event)) return;
    else {
      tooltip.hide();
      focusNext = true;
      bringNext = true;
    }
    event.preventDefault();
    update();
  }

  /** What a key does besides moving; false for those that do nothing. */
  function keyDoes(event: KeyboardEvent): boolean {
    const { key } = event;
    if (key === 'Escape') {
      const had = tooltip.shown;
      tooltip.hide();
      return ruler.clear() || had;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const zoom = zoomKey(event);
    if (key === 'Enter' && cursor.sequence < 0) navigation.zoomTo(cursor.row);
    else if (key === 'Enter' || key === ' ') pick(cursor.row, cursor.sequence);
    else if (key === 'm' || key === 'M') ruler.key(cursor);
    else if (event.shiftKey && (key === 'ArrowLeft' || key === 'ArrowRight')) {
      navigation.panBy(((key === 'ArrowLeft' ? -1 : 1) * scenes.now().width) / 8);
      panel.announce(navigation.inView());
    } else if (zoom === undefined) return false;
    else navigation.setZoom(zoom);
    return true;
  }

  /** A place in the window as one of the tracks. */
  function placeOf(event: MouseEvent): { readonly x: number; readonly y: number } {
    const box = layer.getBoundingClientRect();
    return { x: event.clientX - box.left - labelWidth(), y: event.clientY - box.top };
  }

  listenToGestures(scroller, ({ target }) => target !== scroller && labelOf(target) === undefined, {
    pan: navigation.panBy,
    zoom: (times, clientX) =>
      navigation.zoomBy(times, Math.max(0, clientX - layer.getBoundingClientRect().left - labelWidth())),
    measures: (event) => ruler.isOn || event.altKey || event.shiftKey,
    measure(phase, event) {
      const { x, y } = placeOf(event);
      ruler.drag(phase, x, y, painted);
      tooltip.hide();
      update();
    },
    click(event) {
      const { x, y } = placeOf(event);
      const hit = hitAt(painted, scenes.now(), x, y);
      if (hit?.kind === 'step') pick(hit.index, hit.step.sequence);
      else if (hit?.kind === 'beyond') {
        cursor.set(hit.index, hit.right ? Math.max(0, hit.row.stepCount - 1) : 0);
        focusNext = true;
        bringNext = true;
        update();
      }
    },
    hover(event) {
      const { x, y } = placeOf(event);
      const hit = labelOf(event.target) === undefined ? hitAt(painted, scenes.now(), x, y) : undefined;
      layer.style.cursor = hit?.kind === 'step' || hit?.kind === 'beyond' ? 'pointer' : '';
      if (hit === undefined) return tooltip.hide();
      const { key, tip } = tipOfHit(hit, panel.timeZone);
      const top = layer.getBoundingClientRect().top + hit.y;
      tooltip.about(key, tip, () => ({ left: event.clientX - 12, top: top + 8, bottom: top + ROW }));
    },
    leave: () => tooltip.hide(),
  });
  // Pressed beside its steps, the view keeps the keyboard.
  scroller.addEventListener('mousedown', (event) => {
    if (event.target === scroller || labelOf(event.target) !== undefined) return;
    event.preventDefault();
    focusNext = true;
    update();
  });
  scroller.addEventListener('scroll', () => tooltip.hide(), { passive: true });
  grid.addEventListener('focusout', () => tooltip.hide('key '));

  /** Puts the cursor on a step, asking for its row; with `scroll`, brings it into view. */
  async function locate(selection: Selection, focus: boolean, scroll: boolean): Promise<void> {
    revealing = selection;
    const resolution = resolutionOf(scenes.secondsPerPixel(undefined));
    const { filter } = panel.state;
    const { order } = place.settings;
    try {
      const slice = await panel.channel.ask({
        kind: 'timeline',
        ...{ filter, order, resolution, offset: 0, count: PAGE, at: selection.interactionId },
      });
      if (revealing !== selection || filter !== panel.state.filter) return;
      const found = slice.rows.findIndex((row) => row.interactionId === selection.interactionId);
      if (found < 0) {
        panel.announce('The filter leaves the interaction of this step out.');
        return;
      }
      answered = slice;
      source.prime(slice, resolution);
      cursor.set(slice.offset + found, selection.sequence);
      if (scroll) {
        restoring = undefined;
        draw();
        list.reveal(cursor.row, 'center');
        bringNext = true;
      }
      focusNext = focus;
      update();
    } catch {
      // The detail pane asks for the same step and says what is wrong.
    }
  }

  return {
    reset(more) {
      if (!more) {
        const { runId } = panel.state;
        const filter = JSON.stringify(panel.state.filter);
        place.restore();
        ruler.clear();
        if (known?.runId === runId && known.filter !== filter) toTop();
        else {
          const { top, left: at } = place.settings;
          restoring = top;
          left = top > 0 || at > 0 ? JSON.stringify(panel.state.selection) : undefined;
          cursor.set(Math.floor(top), -1);
        }
        known = { runId, filter };
      }
      restart(more);
    },
    update,
    shown() {
      if (!front) restoring ??= place.settings.top;
      front = true;
      update();
    },
    hidden() {
      front = false;
      place.flush();
      tooltip.hide();
    },
    reveal(selection, focus) {
      front = true;
      const isAsLeft = !focus && left === JSON.stringify(selection);
      left = undefined;
      void locate(selection, focus, !isAsLeft);
    },
    focus() {
      focusNext = true;
      update();
    },
  };
};
