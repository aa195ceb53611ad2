/** Runs of made interactions, as the panel's views are answered from. */
import { type AnalyseOptions, createStore } from '../../../server/src/analysis/index.ts';
import type { PanelData } from '../../../server/src/panel/data.ts';
import { type Left, leftBy } from '../../../server/src/panel/left.ts';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import type { Filter } from '../../../server/src/protocol/panel-filter.ts';
import { interaction, step } from '../analysis/support.ts';

export function dataOf(interactions: readonly Interaction[], options: AnalyseOptions = {}): PanelData {
  const store = createStore({ reconcile: false });
  for (const one of interactions) store.add(one);
  const names = interactions.map(({ interactionId }) => interactionId);
  return { store, names, matching: new Uint8Array(store.columns.node.length), options };
}

export function leftOf(data: PanelData, filter: Filter = []): Left {
  return leftBy(data, filter);
}

/** Interactions that visit nodes one after the other, ten seconds each; `ab` visits `a`, then `b`. */
export function visiting(...paths: readonly (string | readonly string[])[]): Interaction[] {
  return paths.map((path, index) =>
    interaction(`i${index}`, ...[...path].map((node, at) => step(node, 10 * at, 10 * at + 10))),
  );
}
