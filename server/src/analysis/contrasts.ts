/** With which value of a driver an outcome is commonest: what a person can look at, or ask for in a query. */
import type { Driver } from './drivers.ts';
import { categoryText, thresholdText, variableField } from './rule.ts';
import { compareShares } from './statistics/shares.ts';
import type { DecisionTable } from './visits.ts';

/** Of fewer visits with a value nothing is said. */
const MIN_VISITS = 20;
/** Times the values tried. */
const MAX_P = 0.01;

export interface Contrast {
  readonly outcome: string;
  readonly condition: string;
  readonly visits: number;
  readonly share: number;
  readonly otherwise: number;
}

/** By outcome, in their order; those without such a value are left out. */
export function findContrasts(driver: Driver, table: DecisionTable, outcomes: readonly string[]): Contrast[] {
  const column = table.columns.find(({ name }) => name === driver.variable);
  if (column === undefined) return [];
  const field = variableField(column.name);
  const { threshold } = driver;
  const conditions =
    threshold === null
      ? column.categories.map((_, category) => categoryText(column, category))
      : [`${field} <= ${thresholdText(threshold)}`, `${field} > ${thresholdText(threshold)}`];
  const choiceOf = (value: number): number => {
    if (threshold === null) return value;
    if (Number.isNaN(value)) return -1;
    return value <= threshold ? 0 : 1;
  };
  const kinds = table.outcomeCount;
  const counts = new Int32Array(conditions.length * kinds);
  const sizes = new Int32Array(conditions.length);
  const totals = new Int32Array(kinds);
  for (const [row, y] of table.outcome.entries()) {
    totals[y] = (totals[y] ?? 0) + 1;
    const choice = choiceOf(column.values[row] ?? Number.NaN);
    if (choice < 0) continue;
    sizes[choice] = (sizes[choice] ?? 0) + 1;
    counts[choice * kinds + y] = (counts[choice * kinds + y] ?? 0) + 1;
  }
  const n = table.outcome.length;
  return outcomes.flatMap((outcome, y) => {
    let best: Contrast | undefined;
    for (const [choice, condition] of conditions.entries()) {
      const visits = sizes[choice] ?? 0;
      const others = n - visits;
      if (visits < MIN_VISITS || others < MIN_VISITS) continue;
      const count = counts[choice * kinds + y] ?? 0;
      const rest = (totals[y] ?? 0) - count;
      const [share, otherwise] = [count / visits, rest / others];
      if (share <= otherwise || share - otherwise <= (best === undefined ? 0 : best.share - best.otherwise))
        continue;
      if (compareShares(rest, others, count, visits) * conditions.length >= MAX_P) continue;
      best = { outcome, condition, visits, share, otherwise };
    }
    return best ?? [];
  });
}
