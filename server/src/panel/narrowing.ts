/** What a query has to know that asks for what a filter leaves. */
import { outcomeSteps } from './conditions.ts';
import type { PanelData } from './data.ts';
import type { Left } from './left.ts';

export interface Narrowing {
  /** Ids of the interactions that stay, as their records have them, each once. */
  readonly ids: readonly string[];
  /** Every step of the run that has an end has a start. */
  readonly allStart: boolean;
  /** The outcome of the filter is one that the tenant gave; true where there is none. */
  readonly outcomeGiven: boolean;
}

export function narrowingOf({ store }: PanelData, { filter, frame, whole }: Left): Narrowing {
  const { columns } = store;
  const outcome = filter.find((one) => one.kind === 'outcome');
  return {
    ids: [...new Set(Array.from(frame.live, (i) => columns.ids[i] ?? ''))],
    allStart: !columns.end.values
      .subarray(0, whole.stepCount)
      .some((end, s) => !Number.isNaN(end) && Number.isNaN(columns.start.values[s])),
    outcomeGiven: outcome === undefined || outcomeSteps(whole, outcome).isGiven,
  };
}
