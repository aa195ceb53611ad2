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
const MAX_OF_RULE = 10_000;
const MAX_EXCEPTIONS = 10;

/** What is known of a decision at once. */
export type DecisionOutcomes = Pick<DecisionReport, 'nodeId' | 'visits' | 'entropy' | 'outcomes'>;
/** What it hangs on. */
export type DecisionDrivers = Pick<DecisionReport, 'drivers' | 'rule' | 'sampled'>;

/** A decision point whose drivers are worked out when they are asked for. */
export interface Decision {
  readonly known: DecisionOutcomes;
  readonly visits: Visits;
}

export interface DecisionOptions {
  /** Work out drivers and rules: it takes longer than all the rest. Default true. */
  readonly drivers?: boolean;
  /** Only variables that one of these names or patterns names (`DECISIONS ON`), and those whatever their gain. */
  readonly driversOn?: readonly string[];
}

/** What decisions without drivers have: those where nothing is to be told, or is not asked for. */
const NO_DRIVERS: DecisionDrivers = { drivers: [], rule: null, sampled: null };

/** Those of `findDecisions`, each with what it hangs on. */
export function reportDecisions(
  frame: Frame,
  flow: Flow,
  types: Int32Array,
  options: DecisionOptions = {},
): DecisionReport[] {
  const { drivers = true } = options;
  return findDecisions(frame, flow, types).map(({ known, visits }) => ({
    ...known,
    ...(drivers ? findDecisionDrivers(frame, visits, options) : NO_DRIVERS),
  }));
}

/** By visits, ties by id. Open last steps are left out everywhere: what they lead to is not known yet. */
export function findDecisions(frame: Frame, flow: Flow, types: Int32Array): Decision[] {
  const { nodeIds, nodeRank } = frame;
  const visits = decisionVisits(frame, flow, types);
  const outcomes = reportOutcomes(frame, visits);
  return visits
    .map((one, place) => ({ one, ...outcomes[place] }))
    .sort(
      ({ one: a }, { one: b }) =>
        b.step.length - a.step.length || (nodeRank[a.node] ?? 0) - (nodeRank[b.node] ?? 0),
    )
    .map(({ one, entropy: bits = 0, outcomes: reports = [] }) => ({
      known: {
        ...{ nodeId: nodeIds[one.node] ?? '', visits: one.step.length },
        ...{ entropy: bits, outcomes: reports },
      },
      visits: one,
    }));
}

/** Of each decision point, in the order given. Those of all are put together at once, for one sort is faster. */
function reportOutcomes(
  frame: Frame,
  all: readonly Visits[],
): Pick<DecisionReport, 'entropy' | 'outcomes'>[] {
  const { columns } = frame;
  const count = columns.node.length;
  const keys = new Int32Array(count).fill(-1);
  const rest = new Float64Array(count).fill(Number.NaN);
  let kinds = 0;
  const firsts = all.map(({ step, interaction, outcome, outcomes }) => {
    for (const [row, s] of step.entries()) {
      const end = columns.end.values[s] ?? Number.NaN;
      const from = Number.isNaN(end) ? (columns.start.values[s] ?? Number.NaN) : end;
      keys[s] = kinds + (outcome[row] ?? 0);
      rest[s] = Math.max(0, (columns.latest.values[interaction[row] ?? 0] ?? Number.NaN) - from);
    }
    const first = kinds;
    kinds += outcomes.length;
    return first;
  });
  const dwells = groupSorted(keys, columns.dwell.values, count, kinds, frame.byDwell());
  const rests = groupSorted(keys, rest, count, kinds);
  const [counts, errors, known] = [new Int32Array(kinds), new Int32Array(kinds), new Int32Array(kinds)];
  for (const [s, key] of keys.entries()) {
    if (key < 0) continue;
    const state = columns.error.values[s] ?? -1;
    counts[key] = (counts[key] ?? 0) + 1;
    if (state === 1) errors[key] = (errors[key] ?? 0) + 1;
    if (state >= 0) known[key] = (known[key] ?? 0) + 1;
  }
  return all.map(({ step, outcomes }, place) => {
    const reports = outcomes.map((outcome, y) => {
      const key = (firsts[place] ?? 0) + y;
      const n = counts[key] ?? 0;
      return {
        ...{ outcome, count: n, share: n / step.length, ...wilson(n, step.length) },
        errorRate: errorRate(errors[key] ?? 0, known[key] ?? 0, n),
        dwell: summarise(groupOf(dwells, key)),
        untilEnd: summarise(groupOf(rests, key)),
      };
    });
    return {
      entropy: entropy(reports.map(({ count: n }) => n)),
      outcomes: reports.sort((a, b) => b.count - a.count || compareText(a.outcome, b.outcome)),
    };
  });
}

/** Of one decision point: whatever the others are, for q is corrected for the variables of the node alone. */
export function findDecisionDrivers(
  frame: Frame,
  visits: Visits,
  { driversOn = [] }: Pick<DecisionOptions, 'driversOn'> = {},
): DecisionDrivers {
  if (visits.outcomes.length < 2) return NO_DRIVERS;
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
