/** TREND, and every analysis BY something: counts, dwell and bottlenecks by time or by group. */
import { MICROS_PER_DAY } from '../protocol/instant.ts';
import type { ChangePoint, TrendReport } from '../protocol/report.ts';
import type { FlaggedSteps } from './bottlenecks.ts';
import { findChangePoints } from './change-points.ts';
import type { Frame } from './frame.ts';
import { type Grouping, groupSteps, type Window } from './grouping.ts';
import { type Groups, groupOf, groupSorted, summarise } from './summary.ts';

/** A trend that nobody asked for is by the hour up to here, by the day beyond. */
const HOURS_UNTIL = 4 * MICROS_PER_DAY;
/** Of more cells than these, nodes by bucket are left out. */
const MAX_CELLS = 2_000_000;

export interface GroupedBy {
  /** TREND, NODES or BOTTLENECKS. */
  readonly analysis: string;
  /** HOUR, DAY, WEEKDAY, a field or a variable. */
  readonly by: string;
}

export interface TrendOptions {
  /** One report each; without any, one by hour or day. */
  readonly grouped?: readonly GroupedBy[];
  /** Of hours, days and weekdays; UTC unless given. */
  readonly timeZone?: string;
  /** What was asked for: all of its hours and days are there, empty ones too. */
  readonly window?: Window;
}

/** Since when nodes take longer or shorter, where no trend that was asked for tells it. */
export function unaskedChanges(
  frame: Frame,
  { timeZone = 'UTC', window = OPEN }: TrendOptions,
): ChangePoint[] {
  const grouping = groupSteps(frame, usualUnit(frame, window), timeZone, window);
  return grouping === undefined ? [] : findChangePoints(frame, grouping);
}

/** Whether a group is an hour or a day, one after another. */
export function isSeries({ by }: Pick<TrendReport, 'by'>): boolean {
  return /^(hour|day)$/i.test(by);
}

const OPEN: Window = { from: null, to: null };

export function reportTrends(frame: Frame, flagged: FlaggedSteps, options: TrendOptions): TrendReport[] {
  const { grouped = [], timeZone = 'UTC', window = OPEN } = options;
  const asked: readonly GroupedBy[] =
    grouped.length > 0 ? grouped : [{ analysis: 'TREND', by: usualUnit(frame, window) }];
  return asked.map(({ analysis, by }) => {
    const grouping = groupSteps(frame, by, timeZone, window);
    const isTime = /^(hour|day|weekday)$/i.test(by);
    const head = { analysis, by: isTime ? by.toUpperCase() : by, timeZone: isTime ? timeZone : null };
    if (grouping === undefined) {
      return { ...head, tooMany: true, untimed: 0, groups: [], changePoints: [] };
    }
    return {
      ...head,
      tooMany: false,
      untimed: grouping.untimed,
      groups: reportGroups(frame, grouping, flagged, analysis !== 'TREND'),
      changePoints: isSeries({ by }) ? findChangePoints(frame, grouping) : [],
    };
  });
}

function usualUnit({ columns, live }: Frame, window: Window): 'HOUR' | 'DAY' {
  let [from, to] = [window.from ?? Number.POSITIVE_INFINITY, window.to ?? Number.NEGATIVE_INFINITY];
  for (const i of live) {
    const [earliest, latest] = [
      columns.earliest.values[i] ?? Number.NaN,
      columns.latest.values[i] ?? Number.NaN,
    ];
    if (earliest < from) from = earliest;
    if (latest > to) to = latest;
  }
  return to - from <= HOURS_UNTIL ? 'HOUR' : 'DAY';
}

function reportGroups(
  frame: Frame,
  { groups, groupOfStep }: Grouping,
  flagged: FlaggedSteps,
  withNodes: boolean,
): TrendReport['groups'] {
  const { columns, live, nodeCount, nodeIds, nodeRank } = frame;
  const count = groups.length;
  const steps = new Int32Array(count);
  const errors = new Int32Array(count);
  const interactions = new Int32Array(count);
  const lastSeen = new Int32Array(count).fill(-1);
  for (const i of live) {
    const to = columns.firstStep.values[i + 1] ?? 0;
    for (let s = columns.firstStep.values[i] ?? 0; s < to; s += 1) {
      const group = groupOfStep[s] ?? -1;
      if (group < 0) continue;
      steps[group] = (steps[group] ?? 0) + 1;
      if (columns.error.values[s] === 1) errors[group] = (errors[group] ?? 0) + 1;
      if (lastSeen[group] === i) continue;
      lastSeen[group] = i;
      interactions[group] = (interactions[group] ?? 0) + 1;
    }
  }
  const bottlenecks = new Int32Array(count);
  for (const s of flagged.step) {
    const group = groupOfStep[s] ?? -1;
    if (group >= 0) bottlenecks[group] = (bottlenecks[group] ?? 0) + 1;
  }
  const dwells = groupSorted(groupOfStep, columns.dwell.values, columns.node.length, count, frame.byDwell());
  const cells =
    withNodes && count * nodeCount <= MAX_CELLS ? cellsOf(frame, groupOfStep, flagged, count) : undefined;
  const nodeOrder = Int32Array.from(nodeIds.keys()).sort((a, b) => (nodeRank[a] ?? 0) - (nodeRank[b] ?? 0));
  return groups.map((group, g) => ({
    ...group,
    interactions: interactions[g] ?? 0,
    steps: steps[g] ?? 0,
    errors: errors[g] ?? 0,
    bottlenecks: bottlenecks[g] ?? 0,
    dwell: summarise(groupOf(dwells, g)),
    ...(cells === undefined
      ? {}
      : {
          nodes: [...nodeOrder].flatMap((node) => {
            const cell = g * nodeCount + node;
            const visits = cells.visits[cell] ?? 0;
            if (visits === 0) return [];
            return {
              nodeId: nodeIds[node] ?? '',
              visits,
              errors: cells.errors[cell] ?? 0,
              bottlenecks: cells.bottlenecks[cell] ?? 0,
              dwell: summarise(groupOf(cells.dwells, cell)),
            };
          }),
        }),
  }));
}

interface Cells {
  readonly visits: Int32Array;
  readonly errors: Int32Array;
  readonly bottlenecks: Int32Array;
  readonly dwells: Groups;
}

/** By group and node. */
function cellsOf(frame: Frame, groupOfStep: Int32Array, { step }: FlaggedSteps, groups: number): Cells {
  const { columns, stepNode, nodeCount } = frame;
  const count = groups * nodeCount;
  const cellOfStep = Int32Array.from(groupOfStep, (group, s) =>
    group < 0 || (stepNode[s] ?? -1) < 0 ? -1 : group * nodeCount + (stepNode[s] ?? 0),
  );
  const tally = (steps: Iterable<number>): Int32Array => {
    const found = new Int32Array(count);
    for (const s of steps) {
      const cell = cellOfStep[s] ?? -1;
      if (cell >= 0) found[cell] = (found[cell] ?? 0) + 1;
    }
    return found;
  };
  return {
    visits: tally(cellOfStep.keys()),
    errors: tally(Array.from(cellOfStep.keys()).filter((s) => columns.error.values[s] === 1)),
    bottlenecks: tally(step),
    dwells: groupSorted(cellOfStep, columns.dwell.values, cellOfStep.length, count, frame.byDwell()),
  };
}
