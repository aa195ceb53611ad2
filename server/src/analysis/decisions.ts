/** Decision points: where they lead, how long that takes, and what they hang on. */
import type { DecisionReport } from '../protocol/report.ts';
import { findContrasts } from './contrasts.ts';
import { entropy, findDrivers } from './drivers.ts';
import { errorRate } from './errors.ts';
import type { Flow } from './flow.ts';
import type { Frame } from './frame.ts';
import { findRule } from './rule.ts';
import { wilson } from './statistics/shares.ts';
import { groupOf, groupSorted, summarise } from './summary.ts';
import { compareText } from './text.ts';
import { matchesVariable } from './variables.ts';
import { type DecisionTable, decisionTable, decisionVisits, inStableOrder, type Visits } from './visits.ts';

/** Visits from which a rule is made; drivers are of all. */
const MAX_OF_RULE = 20_000;
const MAX_EXCEPTIONS = 10;

export interface DecisionOptions {
  /** Work out drivers and rules: it takes longer than all the rest. Default true. */
  readonly drivers?: boolean;
  /** Only variables that one of these names or patterns names (`DECISIONS ON`), and those whatever their gain. */
  readonly driversOn?: readonly string[];
}

/** By visits, ties by id. Open last steps are left out everywhere: what they lead to is not known yet. */
export function reportDecisions(
  frame: Frame,
  flow: Flow,
  types: Int32Array,
  options: DecisionOptions = {},
): DecisionReport[] {
  const { nodeIds, nodeRank } = frame;
  return decisionVisits(frame, flow, types)
    .sort((a, b) => b.step.length - a.step.length || (nodeRank[a.node] ?? 0) - (nodeRank[b.node] ?? 0))
    .map(
      (visits): DecisionReport => ({
        nodeId: nodeIds[visits.node] ?? '',
        visits: visits.step.length,
        ...reportOutcomes(frame, visits),
        ...reportDrivers(frame, visits, options),
      }),
    );
}

function reportOutcomes(
  { columns }: Frame,
  { step, interaction, outcome, outcomes }: Visits,
): Pick<DecisionReport, 'entropy' | 'outcomes'> {
  const kinds = outcomes.length;
  const dwells = groupSorted(
    outcome,
    Float64Array.from(step, (s) => columns.dwell.values[s] ?? Number.NaN),
    step.length,
    kinds,
  );
  const rest = Float64Array.from(step, (s, row) => {
    const end = columns.end.values[s] ?? Number.NaN;
    const from = Number.isNaN(end) ? (columns.start.values[s] ?? Number.NaN) : end;
    return Math.max(0, (columns.latest.values[interaction[row] ?? 0] ?? Number.NaN) - from);
  });
  const rests = groupSorted(outcome, rest, step.length, kinds);
  const [counts, errors, known] = [new Int32Array(kinds), new Int32Array(kinds), new Int32Array(kinds)];
  for (const [row, y] of outcome.entries()) {
    const state = columns.error.values[step[row] ?? 0] ?? -1;
    counts[y] = (counts[y] ?? 0) + 1;
    if (state === 1) errors[y] = (errors[y] ?? 0) + 1;
    if (state >= 0) known[y] = (known[y] ?? 0) + 1;
  }
  const reports = outcomes.map((text, y) => {
    const count = counts[y] ?? 0;
    return {
      outcome: text,
      count,
      share: count / step.length,
      ...wilson(count, step.length),
      errorRate: errorRate(errors[y] ?? 0, known[y] ?? 0, count),
      dwell: summarise(groupOf(dwells, y)),
      untilEnd: summarise(groupOf(rests, y)),
    };
  });
  return {
    entropy: entropy(reports.map(({ count }) => count)),
    outcomes: reports.sort((a, b) => b.count - a.count || compareText(a.outcome, b.outcome)),
  };
}

function reportDrivers(
  frame: Frame,
  visits: Visits,
  { drivers = true, driversOn = [] }: DecisionOptions,
): Pick<DecisionReport, 'drivers' | 'rule' | 'sampled'> {
  if (!drivers || visits.outcomes.length < 2) return { drivers: [], rule: null, sampled: null };
  const wanted = matchesVariable(driversOn);
  const ordered = inStableOrder(frame.columns, visits);
  const table = decisionTable(frame, ordered, wanted, Number.POSITIVE_INFINITY);
  const found = findDrivers(table, driversOn.length > 0);
  return {
    drivers: found.map((driver) => ({ ...driver, contrasts: findContrasts(driver, table, visits.outcomes) })),
    rule: reportRule(frame, ordered, wanted),
    sampled: table.sampledOf === null ? null : table.outcome.length,
  };
}

function reportRule(frame: Frame, visits: Visits, wanted: (name: string) => boolean): DecisionReport['rule'] {
  const table: DecisionTable = decisionTable(frame, visits, wanted, MAX_OF_RULE);
  const rule = findRule(table, visits.outcomes);
  if (rule === null) return null;
  const { columns } = frame;
  const { text, accuracy, baseline, exceptions } = rule;
  return {
    ...{ text, accuracy, baseline },
    sampled: table.sampledOf === null ? null : table.outcome.length,
    exceptionCount: exceptions.length,
    exceptions: exceptions.slice(0, MAX_EXCEPTIONS).map(({ row, expected }) => {
      const i = table.interaction[row] ?? 0;
      return {
        interactionId: columns.ids[i] ?? '',
        sequence: (table.step[row] ?? 0) - (columns.firstStep.values[i] ?? 0),
        expected: visits.outcomes[expected] ?? '',
        actual: visits.outcomes[table.outcome[row] ?? 0] ?? '',
      };
    }),
  };
}
