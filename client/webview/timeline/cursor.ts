/** The step or the name that the keyboard is on, and how it moves through the rows. */
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import { moveInGrid, type RowList } from '../list.ts';
import type { Panel } from '../view.ts';
import { type Bar, barOf, entryOf, type TimelineStep } from './bars.ts';
import type { Scenes } from './scene.ts';
import type { TimelineSource } from './source.ts';

/** Milliseconds after which the detail follows. */
const FOLLOW = 80;

export interface Cursor {
  readonly row: number;
  /** Of the step; −1 for the row's name. */
  readonly sequence: number;
  /** Puts it somewhere; the keyboard follows at the next drawing if `focus`. */
  set(row: number, sequence: number): void;
  /** What it is on; undefined for a name, and while the row is on its way. */
  here(): { readonly row: TimelineRow; readonly bar: Bar; readonly entry: TimelineStep } | undefined;
  /** Takes a key that moves; false for others. */
  move(event: KeyboardEvent): boolean;
  /** Before drawing: a row that was gone to may have come. True where it did. */
  arrive(): boolean;
  /** Selects a step; of −1 the first remarkable one. */
  pick(row: number, sequence: number): void;
}

export function createCursor(panel: Panel, scenes: Scenes, source: TimelineSource, list: RowList): Cursor {
  let at = { row: 0, sequence: -1 };
  /** Place on the axis that going up and down keeps. */
  let goal = 0;
  /** The row gone to is not there yet. */
  let isAwaited = false;
  let timer = 0;

  const placeOf = (row: TimelineRow, step: TimelineStep): number =>
    scenes
      .now()
      .line(row)
      .at(step.start ?? 0);

  const set = (row: number, sequence: number): void => {
    at = { row, sequence };
    isAwaited = false;
    list.pin(row);
    const known = source.row(row);
    const entry = known === undefined || sequence < 0 ? undefined : entryOf(known.steps, sequence);
    if (known !== undefined && entry !== undefined) goal = placeOf(known, entry);
  };

  const nearest = (row: TimelineRow): number => {
    let best = -1;
    let distance = Number.POSITIVE_INFINITY;
    for (const step of row.steps) {
      const away = Math.abs(placeOf(row, step) - goal);
      if (away >= distance) continue;
      distance = away;
      best = step.sequence;
    }
    return best;
  };

  const select = (row: TimelineRow, sequence: number): void => {
    window.clearTimeout(timer);
    panel.select({ interactionId: row.interactionId, sequence });
  };

  /** While a step is shown in full, it is the one that the keyboard is on. */
  const follow = (): void => {
    window.clearTimeout(timer);
    const { row: index, sequence } = at;
    if (panel.state.selection === null || sequence < 0) return;
    timer = window.setTimeout(() => {
      const row = source.row(index);
      // What the pane was closed of meanwhile does not open it again.
      if (row !== undefined && panel.state.selection !== null) select(row, sequence);
    }, FOLLOW);
  };

  return {
    get row() {
      return at.row;
    },
    get sequence() {
      return at.sequence;
    },
    set,
    here() {
      const row = source.row(at.row);
      if (row === undefined || at.sequence < 0) return undefined;
      const bar = barOf(scenes.now().bars(row), at.sequence);
      const entry = entryOf(row.steps, at.sequence);
      return bar === undefined || entry === undefined ? undefined : { row, bar, entry };
    },
    move(event) {
      const rows = source.total ?? 0;
      const to = moveInGrid(
        event,
        { row: at.row, column: at.sequence + 1 },
        { rows, firstRow: 0, page: list.page(), columns: (row) => (source.row(row)?.stepCount ?? 0) + 1 },
      );
      if (to === undefined || rows === 0) return false;
      const isByRow =
        !event.ctrlKey &&
        !event.metaKey &&
        ['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown'].includes(event.key);
      const wasAtStep = at.sequence >= 0 || isAwaited;
      const row = source.row(to.row);
      if (!isByRow) set(to.row, to.column - 1);
      else {
        at = { row: to.row, sequence: wasAtStep && row !== undefined ? nearest(row) : -1 };
        isAwaited = wasAtStep && row === undefined;
        list.pin(to.row);
      }
      list.reveal(at.row);
      follow();
      return true;
    },
    arrive() {
      const row = source.row(at.row);
      if (!isAwaited || row === undefined) return false;
      isAwaited = false;
      at = { row: at.row, sequence: nearest(row) };
      follow();
      return true;
    },
    pick(index, sequence) {
      const row = source.row(index);
      if (row === undefined) return;
      set(index, sequence);
      // The interaction itself stands for its first remarkable step.
      const remarkable = row.steps.find((step) => step.bottleneck || step.error)?.sequence ?? 0;
      if (row.stepCount > 0) select(row, sequence >= 0 ? sequence : remarkable);
      list.uncover(index);
    },
  };
}
