/** A button that narrows stands for conditions: pressed while all of them are in force, a second press takes them away. */
import type { Condition } from '../../server/src/protocol/panel-filter.ts';
import type { Panel } from './view.ts';

function same(a: Condition, b: Condition | undefined): boolean {
  if (b === undefined) return false;
  const others = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a).every(([key, value]) => JSON.stringify(others.get(key)) === JSON.stringify(value));
}

export function inForce(panel: Panel, conditions: readonly Condition[]): boolean {
  const { filter } = panel.state;
  return conditions.every((one) =>
    same(
      one,
      filter.find(({ kind }) => kind === one.kind),
    ),
  );
}

/** Puts the conditions in force, each in the place of one of its kind, in one step that can be undone. */
export function narrowTo(panel: Panel, conditions: readonly Condition[]): void {
  const kinds = new Set(conditions.map(({ kind }) => kind));
  const others = panel.state.filter.filter(({ kind }) => !kinds.has(kind));
  panel.filter([...others, ...conditions]);
}

/** As `narrowTo`, or, where all of them are in force, takes them away. */
export function toggle(panel: Panel, conditions: readonly Condition[]): void {
  if (!inForce(panel, conditions)) {
    narrowTo(panel, conditions);
    return;
  }
  const kinds = new Set(conditions.map(({ kind }) => kind));
  panel.filter(panel.state.filter.filter(({ kind }) => !kinds.has(kind)));
}
