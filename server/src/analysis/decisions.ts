/** Decision points: where they lead, how long that takes, and what they hang on. */
import type { DecisionReport } from '../protocol/report.ts';
import { findContrasts } from './contrasts.ts';
import { entropy, findDrivers } from './drivers.ts';
import { errorRate } from './errors.ts';
import type { Flow } from './flow.ts';
import type { Frame } from './frame.ts';
import { findRule } from './rule.ts';
import { wilson } from './statistics/shares.ts';
import { summarise } from './summary.ts';
import { compareText } from './text.ts';
import { matchesVariable } from './variables.ts';
import { type DecisionTable, decisionTable, decisionVisits, type Visits } from './visits.ts';

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
  const rows = outcomes.map((): number[] => []);
  for (const [row, y] of outcome.entries()) rows[y]?.push(row);
  const lengths = (of: readonly number[], lengthOf: (row: number) => number): Float64Array =>
    Float64Array.from(of, lengthOf)
      .filter((length) => !Number.isNaN(length))
      .sort();
  const dwellOf = (row: number): number => columns.dwell.values[step[row] ?? 0] ?? Number.NaN;
  const restOf = (row: number): number => {
    const s = step[row] ?? 0;
    const end = columns.end.values[s] ?? Number.NaN;
    const from = Number.isNaN(end) ? (columns.start.values[s] ?? Number.NaN) : end;
    return Math.max(0, (columns.latest.values[interaction[row] ?? 0] ?? Number.NaN) - from);
  };
  const reports = outcomes.map((text, y) => {
    const of = rows[y] ?? [];
    const states = of.map((row) => columns.error.values[step[row] ?? 0] ?? -1);
    const errors = states.filter((state) => state === 1).length;
    const known = states.filter((state) => state >= 0).length;
    return {
      outcome: text,
      count: of.length,
      share: of.length / step.length,
      ...wilson(of.length, step.length),
      errorRate: errorRate(errors, known, of.length),
      dwell: summarise(lengths(of, dwellOf)),
      untilEnd: summarise(lengths(of, restOf)),
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
  const table = decisionTable(frame, visits, wanted, Number.POSITIVE_INFINITY);
  const found = findDrivers(table, driversOn.length > 0);
  return {
    drivers: found.map((driver) => ({ ...driver, contrasts: findContrasts(driver, table, visits.outcomes) })),
    rule: reportRule(frame, visits, wanted),
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
