/** The window on the map: what of it is in view, the pointer and the keyboard on it. */
import { html, nothing, render } from 'lit';
import type { FlowMeasure } from '../../../server/src/protocol/panel-requests.ts';
import type { FlowNode } from '../../../server/src/protocol/panel-views.ts';
import { brief } from '../format.ts';
import { oncePerFrame } from '../parts.ts';
import { type ZoomStep, zoomKey } from '../zoom-buttons.ts';
import type { Box, Point } from './geometry.ts';
import { listenForGestures } from './gestures.ts';
import { type Graph, keyOf, type Line } from './graph.ts';
import { type Labels, labelScale, labelsFor, type NodeLabels, type Ruler } from './labels.ts';
import { AT_ONCE, drawMap } from './map.ts';
import { edgeFacts, nameOf, nodeFacts } from './measures.ts';
import { createMenu, type MenuItem } from './menu.ts';
import { type Palette, readPalette } from './palette.ts';
import { createRuler } from './ruler.ts';
import { createTip } from './tip.ts';
import {
  anchored,
  fitted,
  type Size,
  showing,
  type Viewed,
  within,
  ZOOM_STEP,
  zoomedAt,
} from './viewport.ts';
import { ARROWS, isArrow, nextIn, readingOrder } from './walk.ts';

export interface PaneHost {
  /** As it was left; undefined to have all in view. */
  view(): Viewed | undefined;
  keep(view: Viewed | undefined): void;
  /** The view has to be drawn again. */
  changed(): void;
  pressed(key: string): boolean;
  choose(what: FlowNode | Line): void;
  actions(node: FlowNode): readonly MenuItem[];
  announce(sentence: string): void;
}

export interface Pane {
  draw(graph: Graph | undefined, measure: FlowMeasure): void;
  zoom(step: ZoomStep): void;
  /** "63 %". */
  zoomText(): string;
  palette(): Palette;
  readonly ruler: Ruler;
  /** Puts the keyboard on the box that it was on. */
  focus(): void;
  /** Another run: nothing of the one before counts. */
  forget(): void;
  away(): void;
  /** Shows a sentence below the map; empty for none. */
  tell(sentence: string): void;
}

/** Milliseconds of rest after which words are placed anew and the view is kept. */
const REST = 120;
/** Pixels that an arrow with a modifier moves the map. */
const PAN = 60;
/** Below this scale lines are drawn wider. */
const THIN = 0.6;

/** From near, lines grow less than boxes do. */
function boostAt(scale: number): number {
  const wanted = scale < 1 ? Math.max(1, THIN / scale) : scale ** -0.7;
  // In few steps: a change is a change of every line.
  return 2 ** Math.floor(Math.log2(wanted));
}

export function createPane(map: HTMLElement, host: PaneHost): Pane {
  map.className = 'flow-map';
  map.setAttribute('role', 'application');
  map.setAttribute('aria-roledescription', 'process map');
  map.setAttribute('aria-label', 'Flow');
  map.setAttribute('aria-describedby', 'flow-help');
  const help = document.createElement('p');
  help.id = 'flow-help';
  help.className = 'sr-only';
  help.textContent =
    'Arrows go from node to node, Page Up and Page Down through all of them, Enter filters by it, Shift+F10 opens its actions, plus and minus zoom, 0 shows all. The same as a table: Flow as a list.';
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  picture.setAttribute('class', 'picture');
  picture.setAttribute('role', 'presentation');
  const note = document.createElement('p');
  note.className = 'flow-note';
  map.append(help, picture, note);
  const tip = createTip(map);
  const menu = createMenu(map);

  let graph: Graph | undefined;
  let measure: FlowMeasure = 'p95';
  let view: Viewed = { x: 0, y: 0, scale: 1 };
  /** The whole map is in view because nobody moved it. */
  let fits = true;
  let labels: Labels | undefined;
  /** Lines in the picture. */
  let drawn = 0;
  let labelled: readonly unknown[] = [];
  let area: Box = { x: 0, y: 0, width: 0, height: 0 };
  const known = new Map<FlowNode, NodeLabels>();
  let palette: Palette | undefined;
  let active = '';
  let focusNext = false;
  let pressing = false;
  let timer = 0;

  const ruler = createRuler(() => colours().fonts);

  function colours(): Palette {
    palette ??= readPalette(map);
    return palette;
  }

  const space = (): Size => ({ width: map.clientWidth, height: map.clientHeight });
  const size = (): Size => graph?.picture ?? { width: 1, height: 1 };
  const activePlace = (): number => {
    const nodes = graph?.nodes ?? [];
    const found = nodes.findIndex((node) => keyOf(node) === active);
    return found >= 0
      ? found
      : Math.max(
          0,
          nodes.findIndex(({ kind }) => kind === 'start'),
        );
  };

  const apply = oncePerFrame(() => {
    picture.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  });

  function move(to: Viewed): void {
    if (graph === undefined) return;
    const next = within(to, size(), space());
    if (next.x === view.x && next.y === view.y && next.scale === view.scale) return;
    view = next;
    fits = false;
    tip.hide();
    menu.close();
    // Only while it moves: at rest the browser draws letters sharp for the scale that they are at.
    picture.classList.add('moving');
    apply();
    // Far from where it began there are no words yet.
    if (labelScale(view.scale) === labelled[2] && !isLabelled()) host.changed();
    window.clearTimeout(timer);
    timer = window.setTimeout(settle, REST);
  }

  function zoomText(): string {
    return `${String(Math.max(1, Math.round(view.scale * 100)))} %`;
  }

  function settle(): void {
    picture.classList.remove('moving');
    host.keep(fits ? undefined : view);
    host.changed();
  }

  function zoom(step: ZoomStep): void {
    if (graph === undefined) return;
    const room = space();
    if (step === 'all') {
      move(fitted(size(), room));
      fits = true;
    } else {
      const node = graph.nodes[activePlace()];
      const focused = map.contains(document.activeElement) ? node : undefined;
      const middle = { x: room.width / 2, y: room.height / 2 };
      const at = focused === undefined ? middle : onScreen(focused);
      const factor = step === 'in' ? ZOOM_STEP : step === 'out' ? 1 / ZOOM_STEP : 1 / view.scale;
      move(zoomedAt(view, factor, at, size(), room));
    }
    window.clearTimeout(timer);
    settle();
    host.announce(`Zoom ${zoomText()}`);
  }

  function onScreen({ x, y }: Point): Point {
    return { x: view.x + x * view.scale, y: view.y + y * view.scale };
  }

  /** The same box stays in the same place: the one that has the keyboard, else the one nearest to the middle. */
  function follow(before: Graph, after: Graph): void {
    const room = space();
    const places = new Map(after.nodes.map((node) => [keyOf(node), node]));
    const away = (node: FlowNode): number => {
      const at = onScreen(node);
      return Math.hypot(at.x - room.width / 2, at.y - room.height / 2);
    };
    const old = before.nodes.find((node) => keyOf(node) === active && places.has(active));
    const anchor =
      old !== undefined && away(old) < Math.hypot(room.width, room.height) / 2
        ? old
        : before.nodes
            .filter((node) => places.has(keyOf(node)))
            .reduce<FlowNode | undefined>(
              (best, node) => (best === undefined || away(node) < away(best) ? node : best),
              undefined,
            );
    const now = anchor === undefined ? undefined : places.get(keyOf(anchor));
    if (anchor === undefined || now === undefined) fits = true;
    else view = anchored(view, anchor, now);
  }

  function draw(next: Graph | undefined, by: FlowMeasure): void {
    measure = by;
    const room = space();
    const other = next !== graph;
    if (next !== undefined && other) {
      drawn = 0;
      const kept = host.view();
      if (graph !== undefined && !fits) follow(graph, next);
      else if (graph === undefined) {
        fits = kept === undefined;
        if (kept !== undefined) view = kept;
      }
      tip.hide();
    }
    graph = next;
    if (next === undefined) {
      render(nothing, picture);
      return;
    }
    if (room.width === 0 || room.height === 0) return;
    view = fits ? fitted(size(), room) : within(view, size(), room);
    picture.setAttribute('width', String(size().width));
    picture.setAttribute('height', String(size().height));
    picture.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    place();
    const focused = document.activeElement;
    const had = focused instanceof Element && picture.contains(focused);
    const lines = labels;
    if (lines === undefined) return;
    drawn = Math.min(next.lines.length, drawn + AT_ONCE);
    if (drawn < next.lines.length) host.changed();
    // All in the picture inherits it: it changes in few steps.
    picture.style.setProperty('--unit', String(2 ** Math.round(-Math.log2(view.scale))));
    render(
      drawMap({
        graph: next,
        measure,
        labels: lines,
        palette: colours(),
        boost: boostAt(labelScale(view.scale)),
        lines: drawn,
        active: activePlace(),
        pressedNode: (node) => host.pressed(keyOf(node)),
        pressedEdge: (line) => host.pressed(line.key),
      }),
      picture,
    );
    // The box that had the keyboard is gone.
    if (had && !picture.contains(document.activeElement)) focusNext = true;
    if (focusNext) focusActive();
  }

  /** What is in view, and so many windows on each side of it. Units of the layout. */
  function seen(more: number): Box {
    const { width, height } = space();
    const { x, y, scale } = view;
    const times = (1 + 2 * more) / scale;
    return {
      ...{ x: (width / 2 - x) / scale, y: (height / 2 - y) / scale },
      ...{ width: width * times, height: height * times },
    };
  }

  /** All that is in view has its words. */
  function isLabelled(): boolean {
    const now = seen(0);
    return (
      Math.abs(now.x - area.x) * 2 <= area.width - now.width &&
      Math.abs(now.y - area.y) * 2 <= area.height - now.height
    );
  }

  /** Words again only for another map, measure, theme or a scale far enough from the last one. */
  function place(): void {
    if (graph === undefined) return;
    const scale = labelScale(view.scale);
    const now = [graph, measure, scale, colours().fonts];
    const same = now.every((part, at) => part === labelled[at]);
    if (labels !== undefined && same && isLabelled()) return;
    if (!same) known.clear();
    labelled = now;
    area = seen(1);
    labels = labelsFor(graph, measure, scale, ruler.width, area, known);
  }

  function boxAt(place: number): SVGElement | null {
    return picture.querySelector<SVGElement>(`[data-node="${place}"]`);
  }

  function focusActive(): void {
    const found = boxAt(activePlace());
    if (found === null) return;
    focusNext = false;
    found.focus({ preventScroll: true });
  }

  function placeOf(target: EventTarget | null, name: 'node' | 'line'): number {
    const found = target instanceof Element ? target.closest(`[data-${name}]`) : null;
    return found === null || !picture.contains(found) ? -1 : Number(found.getAttribute(`data-${name}`));
  }

  function goTo(place: number): void {
    const node = graph?.nodes[place];
    if (node === undefined) return;
    active = keyOf(node);
    focusNext = true;
    reveal(node);
    host.changed();
  }

  function reveal(node: FlowNode): void {
    const moved = showing(view, node, space());
    if (moved.x !== view.x || moved.y !== view.y) move(moved);
  }

  function openMenu(place: number, at: Point | undefined): void {
    const node = graph?.nodes[place];
    if (node?.kind !== 'node') return;
    active = keyOf(node);
    tip.hide();
    // A key that led here a moment ago takes the focus from no menu later.
    focusNext = false;
    const corner = onScreen({ x: node.x - node.width / 2, y: node.y + node.height / 2 });
    menu.open(`Actions for ${nameOf(node)}`, host.actions(node), at ?? corner, focusActive);
  }

  function tellOf(place: number, line: number, at: () => Point): void {
    const node = graph?.nodes[place];
    const edge = graph?.lines[line];
    if (node !== undefined) {
      const id = node.nodeName === null ? '' : brief(node.nodeId, 80);
      const about = [node.nodeType === null ? '' : brief(node.nodeType, 60), id].filter(
        (part) => part !== '',
      );
      tip.show(nameOf(node), about.join(' · '), nodeFacts(node), at);
    } else if (edge !== undefined) tip.show(edge.name, '', edgeFacts(edge.edge), at);
    else tip.hide();
  }

  /** Lines at a box stand out while it has the pointer or the keyboard. */
  function light(place: number): void {
    for (const lit of picture.querySelectorAll('.edge[data-near]')) lit.removeAttribute('data-near');
    if (graph === undefined || place < 0) return;
    const near = new Set(graph.at.get(place));
    for (const [at, line] of graph.lines.entries()) {
      if (near.has(line)) picture.querySelector(`[data-line="${at}"]`)?.setAttribute('data-near', '');
    }
  }

  map.addEventListener('click', ({ target }) => {
    const node = graph?.nodes[placeOf(target, 'node')];
    const line = graph?.lines[placeOf(target, 'line')];
    const what = node ?? line;
    if (what !== undefined) host.choose(what);
  });
  map.addEventListener('contextmenu', (event) => {
    const place = placeOf(event.target, 'node');
    event.preventDefault();
    // Of the keyboard's key for it, which is answered where it is pressed.
    if (place < 0 || event.button !== 2) return;
    const { left, top } = map.getBoundingClientRect();
    openMenu(place, { x: event.clientX - left, y: event.clientY - top });
  });
  map.addEventListener('pointerover', (event) => {
    if (event.buttons !== 0) return;
    const place = placeOf(event.target, 'node');
    const { left, top } = map.getBoundingClientRect();
    const at = { x: event.clientX - left, y: event.clientY - top };
    tellOf(place, placeOf(event.target, 'line'), () => at);
    light(place);
  });
  map.addEventListener('pointerleave', () => {
    tip.hide();
    light(-1);
  });
  map.addEventListener('pointerdown', () => {
    pressing = true;
    tip.hide();
  });
  window.addEventListener('pointerup', () => {
    pressing = false;
  });
  // On the picture itself they would make it a stop of Tab.
  map.addEventListener('focusin', ({ target }) => {
    const place = placeOf(target, 'node');
    const node = graph?.nodes[place];
    if (node === undefined) return;
    light(place);
    if (keyOf(node) !== active) {
      active = keyOf(node);
      host.changed();
    }
    if (pressing) return;
    reveal(node);
    tellOf(place, -1, () => onScreen({ x: node.x + node.width / 2, y: node.y }));
  });
  map.addEventListener('focusout', () => {
    tip.hide();
    light(-1);
  });

  map.addEventListener('keydown', (event) => {
    const place = placeOf(event.target, 'node');
    const node = graph?.nodes[place];
    if (node === undefined || graph === undefined) return;
    const { key } = event;
    const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    const step = zoomKey(event);
    const done = (): void => event.preventDefault();
    if (isArrow(key) && modified) {
      done();
      const by = ARROWS[key];
      move({ ...view, x: view.x - by.x * PAN, y: view.y - by.y * PAN });
    } else if (isArrow(key)) {
      done();
      const next = nextIn(key, place, graph.nodes, graph.linked.get(place));
      if (next >= 0) goTo(next);
    } else if (key === 'PageDown' || key === 'PageUp') {
      done();
      const order = readingOrder(graph.nodes);
      goTo(order[order.indexOf(place) + (key === 'PageDown' ? 1 : -1)] ?? place);
    } else if (key === 'Home' || key === 'End') {
      done();
      goTo(graph.nodes.findIndex(({ kind }) => kind === (key === 'Home' ? 'start' : 'end')));
    } else if (key === 'ContextMenu' || (key === 'F10' && event.shiftKey)) {
      done();
      openMenu(place, undefined);
    } else if (key === 'Enter' || key === ' ') {
      done();
      focusNext = true;
      host.choose(node);
    } else if (key === 'Escape' && tip.shown) {
      event.stopPropagation();
      tip.hide();
    } else if (step !== undefined) {
      done();
      zoom(step);
    }
  });

  listenForGestures(map, {
    pan: (dx, dy) => move({ ...view, x: view.x + dx, y: view.y + dy }),
    zoom: (factor, point) => move(zoomedAt(view, factor, point, size(), space())),
    done() {},
  });

  new ResizeObserver(() => {
    if (graph !== undefined) host.changed();
  }).observe(map);
  // The workbench says that its theme changed by the page's class and properties.
  const restyled = new MutationObserver(() => {
    palette = undefined;
    ruler.forget();
    host.changed();
  });
  restyled.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
  restyled.observe(document.body, { attributeFilter: ['class'] });

  return {
    draw,
    zoom,
    zoomText,
    palette: colours,
    ruler: ruler.width,
    focus() {
      focusNext = true;
      host.changed();
    },
    forget() {
      graph = undefined;
      labels = undefined;
      active = '';
      fits = true;
      tell('');
    },
    away() {
      tip.hide();
      menu.close();
    },
    tell,
  };

  function tell(sentence: string): void {
    render(html`${sentence.trim()}`, note);
    note.hidden = sentence.trim() === '';
  }
}
