/** A virtual list of rows of one height below a sticky header, and the keys of a grid. */
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';

/** Browsers stop laying out at 2²⁵ pixels; rows beyond are reached by filter, sort and search. */
const TALLEST = 33_000_000;

export interface VisibleRow {
  readonly index: number;
  /** Pixels from the top of the rows. */
  readonly top: number;
}

export interface RowList {
  readonly height: number;
  /** How many of the rows fit in the scrollable height. */
  readonly reach: number;
  visible(): readonly VisibleRow[];
  setCount(count: number): void;
  /** Rows a page of PageUp and PageDown. */
  page(): number;
  /** Keeps this row in the document though it is scrolled away, so that focus is not lost; −1 for none. */
  pin(index: number): void;
  reveal(index: number, align?: 'auto' | 'center'): void;
  /** As `reveal`, by the size that the list has now: something may just have taken of its room. */
  uncover(index: number): void;
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

/** @param header height of the sticky header inside `scroller`, pixels */
export function createRowList(
  scroller: HTMLElement,
  rowHeight: number,
  header: number,
  changed: () => void,
): RowList {
  let pinned = -1;
  const limit = Math.floor(TALLEST / rowHeight);
  const virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
    count: 0,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 6,
    scrollMargin: header,
    scrollPaddingStart: header,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: changed,
    rangeExtractor: ({ startIndex, endIndex, overscan, count }) => {
      const first = Math.max(0, startIndex - overscan);
      const last = Math.min(count - 1, endIndex + overscan);
      const indexes = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
      if (pinned >= 0 && pinned < count && pinned < first) indexes.unshift(pinned);
      if (pinned >= 0 && pinned < count && pinned > last) indexes.push(pinned);
      return indexes;
    },
  });
  virtualizer._didMount();
  virtualizer._willUpdate();

  return {
    get height() {
      return virtualizer.options.count * rowHeight;
    },
    reach: limit,
    visible: () =>
      virtualizer.getVirtualItems().map((item) => ({ index: item.index, top: item.start - header })),
    setCount(count) {
      const shown = Math.min(count, limit);
      if (shown === virtualizer.options.count) return;
      virtualizer.setOptions({ ...virtualizer.options, count: shown });
      virtualizer._willUpdate();
    },
    page: () => Math.max(1, Math.floor((scroller.clientHeight - header) / rowHeight) - 1),
    pin(index) {
      pinned = index;
    },
    reveal: (index, align = 'auto') => virtualizer.scrollToIndex(index, { align }),
    uncover(index) {
      const top = index * rowHeight;
      const space = scroller.clientHeight - header;
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (top + rowHeight > scroller.scrollTop + space) scroller.scrollTop = top + rowHeight - space;
    },
    toTop: () => virtualizer.scrollToOffset(0),
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
