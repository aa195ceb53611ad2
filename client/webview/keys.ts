/** The keyboard map: what `?` shows and docs/results.md lists. The views do as it says, which tests hold them to. */
import type { PanelTab } from '../../server/src/protocol/panel-state.ts';

export interface KeyRow {
  /** Ways to the same: each a chord of keys with + between; `Ctrl` is Cmd on a Mac. */
  readonly keys: readonly string[];
  readonly does: string;
}

export interface KeyGroup {
  /** Absent where the keys work in every tab. */
  readonly tab?: PanelTab;
  readonly title: string;
  readonly rows: readonly KeyRow[];
}

export const KEYS: readonly KeyGroup[] = [
  {
    title: 'Everywhere',
    rows: [
      { keys: ['?'], does: 'Show these keys' },
      { keys: ['/', 'Ctrl+F'], does: 'Search: ids, nodes, types, outcomes' },
      { keys: ['Ctrl+Z'], does: 'Go back to the filter before' },
      { keys: ['Escape'], does: 'Clear the search, while in its field; else close the step’s pane' },
      { keys: ['Tab', 'Shift+Tab'], does: 'Next or previous part of the panel' },
    ],
  },
  {
    title: 'Filter bar',
    rows: [
      { keys: ['ArrowLeft', 'ArrowRight'], does: 'Next or previous button' },
      { keys: ['Home', 'End'], does: 'First or last button' },
      { keys: ['Enter', 'Space'], does: 'Press the button' },
      { keys: ['Delete', 'Backspace'], does: 'On a condition: take it away' },
    ],
  },
  {
    title: 'Tabs',
    rows: [
      { keys: ['ArrowLeft', 'ArrowRight'], does: 'Next or previous tab' },
      { keys: ['Home', 'End'], does: 'Open the first or last tab' },
      { keys: ['Enter', 'Space'], does: 'Open the tab' },
    ],
  },
  {
    title: 'Edge of the step’s pane',
    rows: [
      { keys: ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'], does: 'Make the pane larger or smaller' },
      { keys: ['Home', 'End'], does: 'Smallest or largest' },
      { keys: ['Enter'], does: 'Size at first' },
    ],
  },
  {
    tab: 'overview',
    title: 'Charts of the overview',
    rows: [
      { keys: ['ArrowLeft', 'ArrowRight'], does: 'Previous or next column' },
      { keys: ['PageUp', 'PageDown'], does: 'Ten columns back or on' },
      { keys: ['Home', 'End'], does: 'First or last column' },
      { keys: ['Enter', 'Space'], does: 'Only the interactions with such steps; again: all' },
      { keys: ['Shift+Enter'], does: 'All from the columns chosen to this one' },
    ],
  },
  {
    tab: 'timeline',
    title: 'Timeline',
    rows: [
      { keys: ['ArrowUp', 'ArrowDown'], does: 'Previous or next interaction' },
      { keys: ['ArrowLeft', 'ArrowRight'], does: 'Previous or next step; before the first: the interaction' },
      { keys: ['PageUp', 'PageDown'], does: 'A page of interactions up or down' },
      { keys: ['Home', 'End'], does: 'Beginning or end of the row; with Ctrl: of all' },
      { keys: ['Enter', 'Space'], does: 'Choose the step; Enter on an interaction: zoom to it' },
      { keys: ['+', '-', '0', '1'], does: 'Zoom in, out, to all, back to the scale at first' },
      { keys: ['Shift+ArrowLeft', 'Shift+ArrowRight'], does: 'Earlier or later' },
      { keys: ['M'], does: 'Measure from here, and to here' },
      { keys: ['Escape'], does: 'Stop measuring; else close the step’s pane' },
    ],
  },
  {
    tab: 'timeline',
    title: 'Map above the timeline',
    rows: [
      { keys: ['ArrowLeft', 'ArrowRight'], does: 'A tenth of the view earlier or later' },
      { keys: ['PageUp', 'PageDown'], does: 'A view later or earlier' },
      { keys: ['Home', 'End'], does: 'Beginning or end' },
      { keys: ['+', '-'], does: 'Zoom in or out' },
    ],
  },
  {
    tab: 'flow',
    title: 'Flow',
    rows: [
      { keys: ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'], does: 'The node in that direction' },
      { keys: ['PageUp', 'PageDown'], does: 'Previous or next node in reading order' },
      { keys: ['Home', 'End'], does: 'Where interactions begin or end' },
      { keys: ['Enter', 'Space'], does: 'Only the interactions that visit the node; again: all' },
      { keys: ['Shift+F10', 'ContextMenu'], does: 'What else to do with the node' },
      { keys: ['Ctrl+ArrowLeft', 'Shift+ArrowLeft'], does: 'Move the map; likewise the other arrows' },
      { keys: ['+', '-', '0', '1'], does: 'Zoom in, out, to all of the map, to full size' },
      { keys: ['Escape'], does: 'Close the tooltip' },
    ],
  },
  {
    tab: 'paths',
    title: 'Paths',
    rows: [
      { keys: ['ArrowUp', 'ArrowDown'], does: 'Previous or next path' },
      { keys: ['PageUp', 'PageDown'], does: 'A page of paths up or down' },
      { keys: ['Home', 'End'], does: 'First or last path' },
      { keys: ['ArrowRight', 'ArrowLeft'], does: 'Show all of a long path, or its ends only' },
      { keys: ['Enter', 'Space'], does: 'Only the interactions on the path; again: all' },
    ],
  },
  {
    tab: 'decisions',
    title: 'Decisions',
    rows: [
      { keys: ['ArrowUp', 'ArrowDown'], does: 'Previous or next decision' },
      { keys: ['Home', 'End'], does: 'First or last decision' },
      { keys: ['Enter', 'Space'], does: 'On an outcome: only the interactions that go there; again: all' },
    ],
  },
  {
    tab: 'variables',
    title: 'Variables',
    rows: [
      { keys: ['ArrowUp', 'ArrowDown'], does: 'Previous or next variable' },
      { keys: ['PageUp', 'PageDown'], does: 'A page of variables up or down' },
      { keys: ['Home', 'End'], does: 'First or last variable' },
      {
        keys: ['Enter', 'Space'],
        does: 'On a kind of change, a transition or a node: only the interactions with it; again: all',
      },
    ],
  },
  {
    tab: 'table',
    title: 'Table',
    rows: [
      { keys: ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'], does: 'The cell in that direction' },
      { keys: ['PageUp', 'PageDown'], does: 'A page of steps up or down' },
      { keys: ['Home', 'End'], does: 'First or last cell of the row; with Ctrl: of all' },
      { keys: ['Enter', 'Space'], does: 'Choose the step; on a heading: sort by it' },
      { keys: ['Shift+ArrowUp', 'Shift+ArrowDown'], does: 'Choose several rows' },
      { keys: ['Ctrl+C'], does: 'Copy the rows, tab separated' },
      { keys: ['N'], does: 'Only the interactions that visit the node' },
      { keys: ['U'], does: 'Only the interactions with the outcome' },
      { keys: ['I'], does: 'Only this interaction' },
      { keys: ['O'], does: 'Open the record as it came' },
      { keys: ['Shift+F10', 'ContextMenu'], does: 'All that can be done with the cell' },
      { keys: ['Escape'], does: 'One row again; else close the step’s pane' },
    ],
  },
  {
    title: 'Step’s pane',
    rows: [
      { keys: ['J', 'K'], does: 'Next or previous step of the interaction' },
      { keys: ['O'], does: 'Open the record as it came' },
      { keys: ['Escape'], does: 'Close' },
    ],
  },
  {
    tab: 'compare',
    title: 'Compare',
    rows: [
      { keys: ['ArrowUp', 'ArrowDown'], does: 'Previous or next row of a list' },
      { keys: ['Home', 'End'], does: 'First or last row' },
      { keys: ['Enter', 'Space'], does: 'Only the interactions with it; again: all' },
    ],
  },
];

const SHOWN: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
  ContextMenu: 'Menu',
};

/** A chord as its keys are labelled: "Ctrl+Arrow left" as Ctrl and ←. */
export function keyCaps(chord: string, mac = false): readonly string[] {
  return chord.split(/(?<=[^+])\+(?=.)/).map((key) => (mac && key === 'Ctrl' ? 'Cmd' : (SHOWN[key] ?? key)));
}
