/** Decision points and their outcomes. Drivers and rules are not worked out yet: empty and null say so. */
import type { DecisionReport } from '../protocol/report.ts';
import { DECISION_TYPES } from './bottlenecks.ts';
import { errorRate } from './errors.ts';
import type { Flow } from './flow.ts';
import type { Frame } from './frame.ts';
import { compareText } from './text.ts';

/** What a node leads to where its interaction ends there. */
const END = 'END';
/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.959963984540054;

/** Wilson's 95 % interval of a share: within 0 and 1, and sensible for few observations. */
export function wilson(count: number, n: number): { low: number; high: number } {
  const share = count / n;
  const z2 = Z95 * Z95;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return {
    low: count === 0 ? 0 : Math.max(0, centre - half),
    high: count === n ? 1 : Math.min(1, centre + half),
  };
}

/** H in bits. */
export function entropy(counts: readonly number[]): number {
  const n = counts.reduce((sum, count) => sum + count, 0);
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / n) * Math.log2(count / n);
  return Math.max(0, bits);
}

interface Tally {
  count: number;
  errors: number;
  known: number;
}

/** By visits, ties by id. Open last steps are left out everywhere: what they lead to is not known yet. */
export function reportDecisions(frame: Frame, flow: Flow, types: Int32Array): DecisionReport[] {
  const { nodeIds, nodeRank } = frame;
  const { texts } = frame.columns.texts;
  const named = hasOutcomes(frame);
  const points = decisionPoints(frame, flow, types);
  const tallies = tally(frame, points, named, (index) => texts[index] ?? '');
  return [...tallies]
    .map(([node, byOutcome]) => {
      const visits = [...byOutcome.values()].reduce((sum, outcome) => sum + outcome.count, 0);
      const ordered = [...byOutcome].sort(
        ([textA, a], [textB, b]) => b.count - a.count || compareText(textA, textB),
      );
      const report: DecisionReport = {
        nodeId: nodeIds[node] ?? '',
        visits,
        entropy: entropy(ordered.map(([, outcome]) => outcome.count)),
        outcomes: ordered.map(([outcome, { count, errors, known }]) => ({
          outcome,
          count,
          share: count / visits,
          ...wilson(count, visits),
          errorRate: errorRate(errors, known, count),
        })),
        drivers: [],
        rule: null,
      };
      return { node, report };
    })
    .sort((a, b) => b.report.visits - a.report.visits || (nodeRank[a.node] ?? 0) - (nodeRank[b.node] ?? 0))
    .map(({ report }) => report);
}

/** 1 for nodes of a decision type and for nodes with two or more followers, the end being one. */
function decisionPoints(frame: Frame, flow: Flow, types: Int32Array): Uint8Array {
  const { columns, live, nodeCount } = frame;
  const followers = new Int32Array(nodeCount);
  for (let edge = 0; edge < flow.edges.size; edge += 1) {
    const from = flow.edges.first.values[edge] ?? 0;
    followers[from] = (followers[from] ?? 0) + 1;
  }
  const ends = new Uint8Array(nodeCount);
  for (const i of live) {
    const last = (columns.firstStep.values[i + 1] ?? 0) - 1;
    if (last >= (columns.firstStep.values[i] ?? 0) && columns.open.values[i] === 0) {
      ends[columns.node.values[last] ?? 0] = 1;
    }
  }
  const decisionTypes = new Set(DECISION_TYPES.map((type) => columns.texts.find(type)));
  return Uint8Array.from(followers, (count, node) => {
    const type = types[node] ?? -1;
    return count + (ends[node] ?? 0) >= 2 || (type >= 0 && decisionTypes.has(type)) ? 1 : 0;
  });
}

/** 1 for nodes all of whose visits have an outcome from the tenant. */
function hasOutcomes(frame: Frame): Uint8Array {
  const { columns, nodeCount } = frame;
  const named = new Uint8Array(nodeCount).fill(1);
  eachClosedVisit(frame, (s) => {
    if (columns.outcome.values[s] === -1) named[columns.node.values[s] ?? 0] = 0;
  });
  return named;
}

function tally(
  frame: Frame,
  points: Uint8Array,
  named: Uint8Array,
  textOf: (index: number) => string,
): Map<number, Map<string, Tally>> {
  const { columns, nodeIds } = frame;
  const tallies = new Map<number, Map<string, Tally>>();
  for (const [node, isPoint] of points.entries()) if (isPoint === 1) tallies.set(node, new Map());
  eachClosedVisit(frame, (s, isLast) => {
    const node = columns.node.values[s] ?? 0;
    const byOutcome = tallies.get(node);
    if (byOutcome === undefined) return;
    const next = isLast ? END : (nodeIds[columns.node.values[s + 1] ?? 0] ?? END);
    const outcome = named[node] === 1 ? textOf(columns.outcome.values[s] ?? 0) : next;
    let held = byOutcome.get(outcome);
    if (held === undefined) {
      held = { count: 0, errors: 0, known: 0 };
      byOutcome.set(outcome, held);
    }
    const error = columns.error.values[s] ?? -1;
    held.count += 1;
    if (error === 1) held.errors += 1;
    if (error >= 0) held.known += 1;
  });
  return tallies;
}

function eachClosedVisit(frame: Frame, visit: (step: number, isLast: boolean) => void): void {
  const { columns, live } = frame;
  const offsets = columns.firstStep.values;
  for (let l = 0; l < live.length; l += 1) {
    const i = live[l] ?? 0;
    const last = (offsets[i + 1] ?? 0) - 1;
    const until = columns.open.values[i] === 1 ? last - 1 : last;
    for (let s = offsets[i] ?? 0; s <= until; s += 1) visit(s, s === last);
  }
}
