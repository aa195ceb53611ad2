/** What can be done with a step of the table: narrow to what it has in common with others, go on with it elsewhere. */
import type { Condition } from '../../../server/src/protocol/panel-filter.ts';
import type { TableColumn } from '../../../server/src/protocol/panel-requests.ts';
import type { TableRow } from '../../../server/src/protocol/panel-views.ts';
import { inForce, toggle } from '../conditions.ts';
import type { MenuItem } from '../flow/menu.ts';
import { brief, nodeLabel, plural, visible } from '../format.ts';
import type { Panel, Selection } from '../view.ts';
import { cellText, columnOf } from './columns.ts';

export interface RowAction {
  readonly label: string;
  readonly icon: string;
  /** In force already: doing it again takes it away. */
  readonly pressed: boolean;
  readonly run: () => void;
}

type Told = Pick<TableRow, 'interactionId' | 'nodeId' | 'nodeName' | 'outcome'>;

/** Characters of a name in a menu. */
const LONG = 40;

export const selectionOf = ({ interactionId, sequence }: Selection): Selection => ({
  interactionId,
  sequence,
});

export function isSame(a: Selection | null, b: Selection | null): boolean {
  return a?.interactionId === b?.interactionId && a?.sequence === b?.sequence;
}

function nodeCondition({ nodeId }: Told): Condition {
  return { kind: 'node', nodeId };
}

function outcomeCondition({ nodeId, outcome }: Told): Condition | undefined {
  return outcome === null ? undefined : { kind: 'outcome', nodeId, outcome };
}

function interactionCondition({ interactionId }: Pick<Told, 'interactionId'>): Condition {
  return { kind: 'interactions', ids: [interactionId], label: brief(`interaction ${interactionId}`, 200) };
}

/** Narrowing to what a step stands for; each says what a second press does. */
export function narrowings(panel: Panel, row: Told): readonly RowAction[] {
  const outcome = outcomeCondition(row);
  const action = (condition: Condition, what: string, icon: string): RowAction => {
    const pressed = inForce(panel, [condition]);
    return {
      label: pressed ? `Not only ${what}` : `Only ${what}`,
      icon: pressed ? 'clear-all' : icon,
      pressed,
      run: () => toggle(panel, [condition]),
    };
  };
  return [
    action(nodeCondition(row), `node ${brief(nodeLabel(row), LONG)}`, 'filter'),
    ...(outcome === undefined
      ? []
      : [action(outcome, `outcome ${brief(row.outcome ?? '', LONG)} of this node`, 'git-branch')]),
    action(interactionCondition(row), 'this interaction', 'list-selection'),
  ];
}

/** A query of the visits of this node in this interaction. */
export function queryAbout(panel: Panel, row: Told): void {
  panel.act({ kind: 'openQuery', filter: [interactionCondition(row), nodeCondition(row)] });
}

export function openRaw(panel: Panel, step: Selection): void {
  panel.act({ kind: 'openRaw', step: selectionOf(step) });
}

interface Place {
  readonly panel: Panel;
  readonly row: TableRow;
  /** Of the cell that the menu is at. */
  readonly column: TableColumn;
  /** Chosen to be copied. */
  readonly rows: number;
  readonly copy: () => void;
}

/** The menu at a cell. */
export function menuItems({ panel, row, column, rows, copy }: Place): readonly MenuItem[] {
  const value = cellText(row, column, panel.timeZone);
  const copyValue = (): void => {
    navigator.clipboard.writeText(visible(value)).then(
      () => panel.announce('Copied'),
      () => panel.announce('It could not be copied: the clipboard is not allowed here'),
    );
  };
  return [
    ...narrowings(panel, row),
    { label: 'Query about it', icon: 'go-to-file', run: () => queryAbout(panel, row) },
    {
      label: 'Show in the timeline',
      icon: 'watch',
      run: () => panel.select(selectionOf(row), 'timeline'),
    },
    { label: 'Open record as JSON', icon: 'json', run: () => openRaw(panel, row) },
    { label: `Copy ${columnOf(column).label}: ${brief(value, LONG)}`, icon: 'copy', run: copyValue },
    { label: rows > 1 ? `Copy ${plural(rows, 'row')}` : 'Copy row', icon: 'copy', run: copy },
  ];
}
