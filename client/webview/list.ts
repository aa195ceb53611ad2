/** A virtual list of rows of one height below a sticky header, and the keys of a grid. */

/** Browsers stop laying out at 2²⁵ pixels: more rows than fit share the scrollbar. */
const TALLEST = 33_000_000;
/** Pixels at either end where a pixel of the scrollbar is a pixel of the rows, however many rows there are. */
const EXACT = 4_000_000;
/** Milliseconds without movement after which the rows rest. */
const REST = 150;
/** Rows drawn beyond either edge. */
const OVERSCAN = 6;

export interface VisibleRow {
  readonly index: number;
  /**
   * Pixels from the top of the scrolled content below the header. Of more rows than a browser lays out it changes
   * while they are scrolled: it has to be among what decides whether a row is drawn again.
   */
  readonly top: number;
}

export interface RowList {
  /** Pixels that the rows take in the scrolled content. */
  readonly height: number;
  /** The first row in view, with the part of it that is scrolled away. */
  readonly top: number;
  visible(): readonly VisibleRow[];
  setCount(count: number): void;
  /** Rows a page of PageUp and PageDown. */
  page(): number;
  /** Keeps this row in the document though it is scrolled away, so that focus is not lost; −1 for none. */
  pin(index: number): void;
  reveal(index: number, align?: 'auto' | 'center'): void;
  /** As `reveal`, by the size that the list has now: something may just have taken of its room. */
  uncover(index: number): void;
  /** Scrolls so that `top` is this; the content has to have its height already. */
  toRow(top: number): void;
  toTop(): void;
}

/** Where rows scroll, with a place over them for what stands in their stead. */
export function rowFrame(): {
  readonly frame: HTMLElement;
  readonly scroller: HTMLElement;
  readonly overlay: HTMLElement;
} {
  const frame = document.createElement('div');
  frame.className = 'frame';
  const scroller = document.createElement('div');
  scroller.className = 'scroller';
  const overlay = document.createElement('div');
  overlay.className = 'overlay';
  frame.append(scroller, overlay);
  return { frame, scroller, overlay };
}

/** Where a place among the rows is on the scrollbar, and back; pixels. */
interface Scrollbar {
  readonly height: number;
  rowsAt(scroll: number): number;
  scrollAt(rows: number): number;
}

/**
 * @param tall of all rows
 * @param view of them in view
 */
export function scrollbarOf(tall: number, view: number): Scrollbar {
  if (tall <= TALLEST) return { height: tall, rowsAt: (scroll) => scroll, scrollAt: (rows) => rows };
  const [scrolls, rows] = [TALLEST - view, tall - view];
  const ratio = (rows - 2 * EXACT) / (scrolls - 2 * EXACT);
  const map = (at: number, from: number, to: number, by: number): number => {
    if (at <= EXACT) return Math.max(0, at);
    if (at >= from - EXACT) return to - Math.max(0, from - at);
    return EXACT + (at - EXACT) * by;
  };
  return {
    height: TALLEST,
    rowsAt: (scroll) => map(scroll, scrolls, rows, ratio),
    scrollAt: (at) => map(at, rows, scrolls, 1 / ratio),
  };
}

/**
 * Calls `changed` when other rows may be in view.
 *
 * @param header height of the sticky header inside `scroller`, pixels
 */
export function createRowList(
  scroller: HTMLElement,
  rowHeight: number,
  header: number,
  changed: () => void,
): RowList {
  let pinned = -1;
  let count = 0;
  /** Pixels of the rows above the view, and the scroll position that this was at. */
  let offset = 0;
  let seen = 0;
  /** Timer that runs from the end of a movement until the scrollbar is put right. */
  let resting: number | undefined;

  const view = (): number => Math.max(0, scroller.clientHeight - header);
  const bar = (): Scrollbar => scrollbarOf(count * rowHeight, view());
  const inside = (rows: number): number => Math.max(0, Math.min(count * rowHeight - view(), rows));
  const isScaled = (): boolean => count * rowHeight > TALLEST;

  /** A step of the wheel moves the rows by as much; a jump of the scrollbar goes to the same share of them. */
  const sync = (): void => {
    // Behind another tab there is no scroll position.
    if (scroller.clientHeight === 0) return;
    const at = scroller.scrollTop;
    if (at === seen) return;
    const delta = at - seen;
    const { height, rowsAt } = bar();
    const isStep = Math.abs(delta) <= 3 * scroller.clientHeight && at > 0 && at < height - view() - 1;
    offset = isScaled() && isStep ? inside(offset + delta) : rowsAt(at);
    seen = at;
  };

  const goTo = (rows: number): void => {
    const wanted = inside(rows);
    scroller.scrollTop = bar().scrollAt(wanted);
    seen = scroller.scrollTop;
    offset = isScaled() ? wanted : seen;
    changed();
  };

  /** Puts the scrollbar where the rows are. */
  const settle = (): void => {
    if (!isScaled() || scroller.clientHeight === 0) return;
    sync();
    const at = bar().scrollAt(offset);
    if (Math.abs(at - seen) <= 1) return;
    scroller.scrollTop = at;
    seen = scroller.scrollTop;
    changed();
  };
  /** Settles after a pause, since that would cut short a movement that is under way. */
  const rest = (): void => {
    window.clearTimeout(resting);
    const pause = window.setTimeout(() => {
      const before = scroller.scrollTop;
      // The next frame brings what was scrolled while the page had no time for it.
      requestAnimationFrame(() => {
        if (pause !== resting) return;
        resting = undefined;
        if (scroller.scrollTop === before) settle();
        else rest();
      });
    }, REST);
    resting = pause;
  };
  // The end of one movement may be told of when the next one has begun.
  const restLonger = (): void => {
    if (resting !== undefined) rest();
  };

  scroller.addEventListener(
    'scroll',
    () => {
      sync();
      changed();
      restLonger();
    },
    { passive: true },
  );
  scroller.addEventListener('wheel', restLonger, { passive: true });
  scroller.addEventListener('scrollend', () => {
    if (isScaled()) rest();
  });
  new ResizeObserver(changed).observe(scroller);

  const reveal = (index: number, align: 'auto' | 'center' = 'auto'): void => {
    sync();
    const top = index * rowHeight;
    const space = view();
    if (align === 'center') goTo(top + rowHeight / 2 - space / 2);
    else if (top < offset) goTo(top);
    else if (top + rowHeight > offset + space) goTo(top + rowHeight - space);
  };

  return {
    get height() {
      return bar().height;
    },
    get top() {
      sync();
      return offset / rowHeight;
    },
    visible() {
      sync();
      const space = view();
      if (space === 0 || count === 0) return [];
      const first = Math.max(0, Math.floor(offset / rowHeight) - OVERSCAN);
      const last = Math.min(count - 1, Math.ceil((offset + space) / rowHeight) - 1 + OVERSCAN);
      const row = (index: number): VisibleRow => ({ index, top: index * rowHeight - offset + seen });
      const rows = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => row(first + at));
      // Far away it must not make the content any taller.
      const kept = (): VisibleRow => ({
        index: pinned,
        top: Math.max(-2 * rowHeight, Math.min(bar().height - rowHeight, row(pinned).top)),
      });
      if (pinned >= 0 && pinned < count && pinned < first) rows.unshift(kept());
      if (pinned >= 0 && pinned < count && pinned > last) rows.push(kept());
      return rows;
    },
    setCount(rows) {
      if (rows === count) return;
      count = rows;
      offset = inside(offset);
    },
    page: () => Math.max(1, Math.floor(view() / rowHeight) - 1),
    pin(index) {
      pinned = index;
    },
    reveal,
    uncover: (index) => reveal(index),
    toRow: (top) => goTo(top * rowHeight),
    toTop: () => goTo(0),
  };
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** What the keys need to know of the grid; `firstRow` is −1 where the header takes part. */
export interface GridShape {
  readonly rows: number;
  readonly firstRow: number;
  readonly page: number;
  columns(row: number): number;
}

/** Where a key leads from a cell, as in the ARIA grid pattern; undefined for keys that do not move. */
export function moveInGrid(event: KeyboardEvent, at: Cell, grid: GridShape): Cell | undefined {
  const ctrl = event.ctrlKey || event.metaKey;
  if (event.altKey) return undefined;
  const lastRow = grid.rows - 1;
  const to = (row: number, column: number): Cell => {
    const inside = Math.max(grid.firstRow, Math.min(lastRow, row));
    return { row: inside, column: Math.max(0, Math.min(grid.columns(inside) - 1, column)) };
  };
  switch (event.key) {
    case 'ArrowDown':
      return to(at.row + 1, at.column);
    case 'ArrowUp':
      return to(at.row - 1, at.column);
    case 'ArrowRight':
      return to(at.row, at.column + 1);
    case 'ArrowLeft':
      return to(at.row, at.column - 1);
    case 'PageDown':
      return to(at.row + grid.page, at.column);
    case 'PageUp':
      return to(at.row - grid.page, at.column);
    case 'Home':
      return ctrl ? to(0, 0) : to(at.row, 0);
    case 'End':
      return ctrl ? to(lastRow, Number.MAX_SAFE_INTEGER) : to(at.row, Number.MAX_SAFE_INTEGER);
    default:
      return undefined;
  }
}
