/** Paths: the variants, commonest first, each as a chain of its nodes; a click leaves the interactions on it. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { PathReport } from '../../../server/src/protocol/report.ts';
import { count, duration, percent, plural } from '../format.ts';
import { createRowList, rowFrame, type VisibleRow } from '../list.ts';
import { createNames } from '../names.ts';
import { empty, failed, icon, loading, oncePerFrame, text } from '../parts.ts';
import { createRowPages } from '../rows.ts';
import type { Panel, View } from '../view.ts';
import { type Chain, chainOf, chainWords, type Link, linksOf } from './chain.ts';

const ROW = 48;
const HEADER = 28;
/** Pixels, about: of a letter, of what is around a name and its arrow, of the widest link and of what stands for others. */
const LETTER = 7;
const AROUND = 32;
const WIDEST = 204;
const MORE = 56;
/** Fewer durations say little of their 95th percentile. */
const FEW = 20;

const sameNodes = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((node, at) => node === b[at]);

export function createPaths(root: HTMLElement, panel: Panel): View {
  let front = false;
  let active = 0;
  let focusNext = false;
  /** The row whose path shows in full; null for none. */
  let open: number | null = null;
  let shownRun = '';
  /** Place to be gone to once rows are there. */
  let place: number | null = 0;
  /** Where the list was before one path was chosen of it. */
  let before: { readonly top: number; readonly active: number } | undefined;
  let aborter = new AbortController();
  const names = createNames();

  const { frame, scroller, overlay } = rowFrame();
  const full = document.createElement('section');
  full.className = 'full-path';
  full.setAttribute('aria-label', 'Path in full');
  root.append(frame, full);

  const update = oncePerFrame(draw);
  const list = createRowList(scroller, ROW, HEADER, update);
  const pages = createRowPages<PathReport>(load, update);

  async function load(offset: number, rows: number) {
    const { filter } = panel.state;
    const answer = await panel.channel.ask({ kind: 'paths', filter, offset, count: rows }, aborter.signal);
    names.learn(answer.names);
    return answer;
  }

  function reset(more: boolean): void {
    aborter.abort();
    aborter = new AbortController();
    pages.reset(more);
    if (!more) {
      open = null;
      const { runId, paths } = panel.state;
      const again = shownRun === runId;
      shownRun = runId;
      const back = panel.condition('path') === undefined ? before : undefined;
      if (panel.condition('path') === undefined) before = undefined;
      // Another filter begins at its first path; the run as it was kept, where it was.
      place = back?.top ?? (again ? 0 : paths.top);
      active = back?.active ?? Math.ceil(place);
    }
    update();
  }

  function draw(): void {
    if (!front || root.offsetParent === null) return;
    if (!pages.settled) pages.want(0, 0);
    const total = pages.total ?? 0;
    if (pages.settled) active = Math.max(0, Math.min(active, total - 1));
    list.setCount(total);
    list.pin(scroller.contains(document.activeElement) ? active : -1);
    const held = scroller.contains(document.activeElement);
    const rows = list.visible();
    render(state(), overlay);
    scroller.classList.toggle('vacant', total === 0);
    render(body(rows, total), scroller);
    if (pages.settled && place !== null && total > 0) {
      const to = place;
      place = null;
      list.toRow(to);
    }
    const first = rows.find(({ index }) => index !== active || index >= Math.floor(list.top));
    const last = rows.at(-1);
    if (first !== undefined && last !== undefined) pages.want(first.index, last.index);
    if (pages.settled && place === null) keepTop();
    render(inFull(), full);
    full.hidden = open === null;
    if (held && !scroller.contains(document.activeElement)) focusNext = true;
    if (focusNext) focusActive();
  }

  function keepTop(): void {
    const top = Math.round(list.top);
    if (top !== panel.state.paths.top) panel.keep({ paths: { top } });
  }

  function state(): TemplateResult | typeof nothing {
    if (pages.error !== undefined) return failed(pages.error, () => reset(false));
    if (pages.total === undefined) return loading('Finding the paths…');
    if (pages.total > 0) return nothing;
    return panel.state.filter.length === 0
      ? empty(
          'No paths',
          'The query returned no interaction with steps. Widen the window or loosen WHERE, then run it again.',
        )
      : empty(
          'No path is left',
          'No interaction satisfies all that is filtered by.',
          html`<vscode-button secondary @click=${() => panel.filter([])}>Clear the filter</vscode-button>`,
        );
  }

  function body(rows: readonly VisibleRow[], total: number): TemplateResult {
    return html`<div class="columns-head" aria-hidden="true">
        <span class="c-rank">#</span><span class="c-chain">Path</span><span class="c-count">Interactions</span>
        <span class="c-share"><span>Share</span><span>so far</span></span><span class="c-p50">Median</span><span class="c-p95">p95</span>
        <span class="c-errors">Errors</span>
      </div>
      <ol
        class="rows"
        aria-label=${`Paths, ${count(total)}`}
        .style=${`height:${list.height}px`}
        @keydown=${onKey}
        @focusin=${onFocus}
      >
        ${repeat(rows, ({ index }) => index, row)}
      </ol>`;
  }

  function row({ index, top }: VisibleRow): TemplateResult {
    const path = pages.row(index);
    const style = `transform:translateY(${top}px)`;
    const total = pages.total ?? 0;
    if (path === undefined) {
      return html`<li class="row" aria-setsize=${total} aria-posinset=${index + 1} .style=${style}>
        <button type="button" class="cover" data-row=${index} tabindex=${tab(index)} aria-label=${`Path ${index + 1}, loading`}></button>
        <span class="c-rank numeric">${count(index + 1)}</span><span class="c-chain"><span class="placeholder"></span></span>
      </li>`;
    }
    const links = linksOf(path.nodes);
    const chain = chainOf(links, room() - MORE, widthOf);
    const pressed = isChosen(path);
    const { duration: time } = path;
    return html`<li
      class="row ${pressed ? 'selected' : ''} ${open === index ? 'open' : ''}"
      aria-setsize=${total}
      aria-posinset=${index + 1}
      .style=${style}
    >
      <button
        type="button"
        class="cover"
        data-row=${index}
        tabindex=${tab(index)}
        aria-pressed=${pressed}
        aria-label=${sentence(path, chain)}
        title=${pressed ? 'Click to take it away from the filter' : 'Click for only the interactions on this path'}
        @click=${() => choose(path, index)}
      ></button>
      <span class="c-rank numeric">${count(path.rank)}</span>
      <span class="c-chain">${pressed ? icon('filter-filled', 'in-force') : nothing}${drawn(chain, index)}</span>
      <span class="c-count numeric">${count(path.count)}</span>
      <span class="c-share">${shareBar(path)}<span class="numeric">${percent(path.share)}<span class="so-far">${percent(path.cumulativeShare)}</span></span></span>
      <span class="c-p50 numeric">${duration(time.median)}</span>
      <span class="c-p95 numeric ${time.n < FEW ? 'few' : ''}">${duration(time.p95)}</span>
      <span class="c-errors numeric ${path.errors > 0 ? 'ink-error' : 'faint'}"
        >${path.errors > 0 ? icon('error') : nothing}${count(path.errors)}</span
      >
    </li>`;
  }

  function tab(index: number): number {
    return index === active ? 0 : -1;
  }

  function room(): number {
    const width = scroller.clientWidth;
    return width > 760 ? width - 542 : width - 48;
  }

  function widthOf({ nodeId, times }: Link): number {
    return Math.min(WIDEST, names.of(nodeId).length * LETTER + AROUND + (times > 1 ? 24 : 0));
  }

  /** What has come before is drawn faint, this path's own share at the end of it. */
  function shareBar({ share, cumulativeShare }: PathReport): TemplateResult {
    const from = Math.max(0, cumulativeShare - share);
    return html`<span class="share-bar"
      ><span class="so-far-bar" .style=${`width:${from * 100}%`}></span
      ><span class="own-bar" .style=${`left:${from * 100}%;width:${share * 100}%`}></span
    ></span>`;
  }

  function drawn({ head, hidden, tail }: Chain, index: number): TemplateResult {
    if (head.length === 0) return html`<span class="faint">no steps</span>`;
    const steps = hidden.reduce((sum, { times }) => sum + times, 0);
    return html`<span class="chain">
      ${head.map(link)}
      ${
        hidden.length === 0
          ? nothing
          : html`<button
              type="button"
              class="more"
              tabindex="-1"
              aria-hidden="true"
              title=${`${plural(steps, 'more step')}: show the whole path`}
              @click=${() => show(open === index ? null : index)}
            >
              +${count(hidden.length)}
            </button>`
      }
      ${tail.map(link)}
    </span>`;
  }

  function link({ nodeId, times }: Link): TemplateResult {
    return html`<span class="link" title=${names.of(nodeId)}
      >${text(names.of(nodeId), 'name')}${times > 1 ? html`<span class="times">×${count(times)}</span>` : nothing}</span
    >`;
  }

  function sentence(path: PathReport, chain: Chain): string {
    const { duration: time } = path;
    const numbers = [
      plural(path.count, 'interaction'),
      percent(path.share),
      `${percent(path.cumulativeShare)} with those before`,
    ].join(', ');
    const times =
      time.n === 0
        ? 'duration not known'
        : `median ${duration(time.median)}, 95th percentile ${duration(time.p95)}${time.n < FEW ? ` of only ${time.n}` : ''}`;
    return `Path ${count(path.rank)}: ${numbers}; ${chainWords(chain, names.of) || 'no steps'}; ${times}; ${path.errors === 0 ? 'no errors' : plural(path.errors, 'error')}`;
  }

  function inFull(): TemplateResult | typeof nothing {
    const path = open === null ? undefined : pages.row(open);
    if (path === undefined) return nothing;
    const links = linksOf(path.nodes);
    const { duration: time } = path;
    return html`<header>
        <h2>Path ${count(path.rank)}</h2>
        <p class="faint">
          ${plural(path.nodes.length, 'step')}, ${plural(new Set(path.nodes).size, 'node')}; shortest
          ${duration(time.min)}, longest ${duration(time.max)}
        </p>
        <button type="button" class="tool" aria-label="Close the path" title="Close ( ← in the list )" @click=${() => show(null)}>
          ${icon('close')}
        </button>
      </header>
      <ol class="chain whole" tabindex="0" aria-label=${`Nodes of path ${path.rank}`}>
        ${links.map((one) => html`<li>${link(one)}</li>`)}
      </ol>`;
  }

  function isChosen(path: PathReport): boolean {
    const condition = panel.condition('path');
    return condition !== undefined && sameNodes(condition.nodes, path.nodes);
  }

  function choose(path: PathReport, index: number): void {
    active = index;
    focusNext = true;
    if (isChosen(path)) {
      panel.widen('path');
      return;
    }
    if (panel.condition('path') === undefined) before = { top: Math.round(list.top), active: index };
    panel.narrow({ kind: 'path', nodes: [...path.nodes] });
  }

  function show(index: number | null): void {
    open = index;
    if (index !== null) active = index;
    focusNext = true;
    const path = index === null ? undefined : pages.row(index);
    if (path !== undefined) {
      panel.announce(
        `Path ${count(path.rank)}: ${chainWords(
          chainOf(linksOf(path.nodes), 400, () => 1),
          names.of,
        )}`,
      );
    }
    update();
    // The pane took of the list's room.
    if (index !== null) requestAnimationFrame(() => list.uncover(index));
  }

  function onFocus(event: FocusEvent): void {
    const at = event.target instanceof HTMLElement ? Number(event.target.dataset['row']) : Number.NaN;
    if (Number.isInteger(at) && at !== active) {
      active = at;
      update();
    }
  }

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = (pages.total ?? 0) - 1;
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + list.page(),
      PageUp: active - list.page(),
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      active = Math.max(0, Math.min(last, to));
      if (open !== null) open = active;
      list.reveal(active);
      focusNext = true;
      // Keys may come faster than frames: what is there already has the keyboard at once.
      focusActive();
    } else if (focusNext && (event.key === 'Enter' || event.key === ' ')) {
      const path = pages.row(active);
      if (path !== undefined) choose(path, active);
    } else if (event.key === 'ArrowRight' && open !== active) show(active);
    else if (event.key === 'ArrowLeft' && open !== null) show(null);
    else return;
    event.preventDefault();
    update();
  }

  function focusActive(): void {
    const button = scroller.querySelector<HTMLElement>(`.cover[data-row="${active}"]`);
    if (button === null) return;
    focusNext = false;
    button.focus({ preventScroll: true });
  }

  return {
    reset,
    update,
    shown() {
      if (!front && shownRun === panel.state.runId && pages.settled) place = panel.state.paths.top;
      front = true;
      update();
    },
    hidden() {
      front = false;
    },
    focus() {
      focusNext = true;
      update();
    },
  };
}
