/** What each bottleneck rule says of each node, with its threshold, numbers and the interactions that show it. */
import { toSeconds } from '../protocol/instant.ts';
import type { NodeReport, RuleFinding } from '../protocol/report.ts';
import { type FlaggedSteps, longest, type ThresholdRule } from './bottlenecks.ts';
import { counted, formatSeconds, percent } from './format.ts';
import type { Frame } from './frame.ts';
import { outlierFences } from './outliers.ts';
import { wilson } from './statistics/shares.ts';
import { ENOUGH_FOR_P95 } from './summary.ts';

const MAX_EVIDENCE = 10;
/** The share rule flags nodes that hold at least so much of all dwell. */
const MIN_SHARE = 0.1;

/** `threshold`, `sla`, `share`, `percentile`, `logTukey`, `logModifiedZ`; within a rule in the order of `nodes`. */
export function reportRules(
  frame: Frame,
  nodes: readonly NodeReport[],
  rule: ThresholdRule,
  flagged: FlaggedSteps,
): RuleFinding[] {
  const timed = timedSteps(frame);
  const ids = new Map(frame.nodeIds.map((id, node) => [id, node]));
  const visits = nodes.flatMap((node) => {
    const steps = timed.get(ids.get(node.nodeId) ?? -1);
    return steps === undefined ? [] : [{ node, steps }];
  });
  const over = byNode(frame, flagged);
  const looked = visits.map(({ node, steps }) => ({
    ...{ node, steps },
    flagged: over.get(ids.get(node.nodeId) ?? -1) ?? [],
    fences: outlierFences(Float64Array.from(steps, (s) => frame.columns.dwell.values[s] ?? 0).sort()),
  }));
  const head = (kind: RuleFinding['rule'], { nodeId, nodeName, nodeType, dwell }: NodeReport) => ({
    ...{ rule: kind, nodeId, nodeName, nodeType, n: dwell.n, few: dwell.n < ENOUGH_FOR_P95 },
    ...{ share: null, low: null, high: null, impact: null },
  });
  const found: RuleFinding[] = [];
  for (const { node, flagged: held } of looked) {
    if (held.length === 0) continue;
    const steps = held.map((f) => flagged.step[f] ?? 0);
    const threshold = toSeconds(leastThreshold(flagged, held));
    found.push({
      ...head('threshold', node),
      threshold,
      ...shown(frame, steps),
      text: told(
        node,
        `${ofVisits(steps.length, node)} took longer than ${formatSeconds(threshold)}, up to ${formatSeconds(node.dwell.max)}`,
      ),
    });
  }
  for (const { node, flagged: held } of looked) {
    if (held.length === 0 || rule(node.nodeId, node.nodeType) === null) continue;
    const steps = held.map((f) => flagged.step[f] ?? 0);
    const threshold = toSeconds(leastThreshold(flagged, held));
    const share = steps.length / node.dwell.n;
    const { low, high } = wilson(steps.length, node.dwell.n);
    found.push({
      ...head('sla', node),
      threshold,
      ...shown(frame, steps),
      ...{ share, low, high },
      text: told(
        node,
        `${exactPercent(share)} of the visits took longer than ${formatSeconds(threshold)} (95 % interval ${exactPercent(low)} to ${exactPercent(high)})`,
      ),
    });
  }
  let together = 0;
  for (const [place, { node, steps }] of looked.entries()) {
    const share = node.share ?? 0;
    together += share;
    if (share < MIN_SHARE) continue;
    const won = `${formatSeconds(node.impact)} would be won were its slower visits typical`;
    const rank = place === 0 ? '' : `, ${percent(together)} with those before it`;
    found.push({
      ...head('share', node),
      threshold: null,
      ...shown(frame, [...steps]),
      ...{ share, impact: node.impact },
      text: told(node, `${percent(share)} of all dwell${rank}; ${won}`),
    });
  }
  for (const kind of ['percentile', 'logTukey', 'logModifiedZ'] as const) {
    for (const { node, steps, fences } of looked) {
      const fence = fences[kind];
      if (fence === null || fence.count === 0) continue;
      const all = longest(frame, everyStep(frame, steps), fence.count).map((k) => steps[k] ?? 0);
      const threshold = toSeconds(fence.threshold);
      const word = {
        percentile: 'its own p95',
        logTukey: 'the log-Tukey fence',
        logModifiedZ: 'the fence of the modified z-score of logarithms',
      }[kind];
      found.push({
        ...head(kind, node),
        threshold,
        ...shown(frame, all),
        text: told(
          node,
          `${ofVisits(fence.count, node)} took longer than ${word}, ${formatSeconds(threshold)}`,
        ),
      });
    }
  }
  return found;
}

function told({ nodeName, nodeId, dwell }: NodeReport, what: string): string {
  const few = dwell.n < ENOUGH_FOR_P95 ? `; only ${counted(dwell.n, 'timed visit')}, too few to rely on` : '';
  return `${nodeName ?? nodeId}: ${what}${few}.`;
}

function ofVisits(count: number, { dwell }: NodeReport): string {
  return `${count.toLocaleString('en-GB')} of ${counted(dwell.n, 'visit')}`;
}

function exactPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A node whose visits have several types may have several thresholds: the lowest holds for all. */
function leastThreshold(flagged: FlaggedSteps, among: readonly number[]): number {
  return among.reduce((least, f) => Math.min(least, flagged.threshold[f] ?? 0), Number.POSITIVE_INFINITY);
}

/** By node, the steps with a dwell. */
function timedSteps({ columns, stepNode }: Frame): Map<number, Int32Array> {
  const lists = new Map<number, number[]>();
  for (let s = 0; s < columns.node.length; s += 1) {
    const node = stepNode[s] ?? -1;
    if (node < 0 || !((columns.dwell.values[s] ?? Number.NaN) >= 0)) continue;
    const list = lists.get(node);
    if (list === undefined) lists.set(node, [s]);
    else list.push(s);
  }
  return new Map([...lists].map(([node, steps]) => [node, Int32Array.from(steps)]));
}

/** By node, places in `flagged`. */
function byNode({ columns }: Frame, flagged: FlaggedSteps): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (let f = 0; f < flagged.count; f += 1) {
    const node = columns.node.values[flagged.step[f] ?? 0] ?? 0;
    const list = found.get(node);
    if (list === undefined) found.set(node, [f]);
    else list.push(f);
  }
  return found;
}

function everyStep(frame: Frame, step: Int32Array): FlaggedSteps {
  return {
    count: step.length,
    step,
    interaction: step.map((s) => interactionOf(frame, s)),
    threshold: new Float64Array(step.length),
  };
}

/** By search among the first steps of the interactions. */
function interactionOf({ columns }: Frame, step: number): number {
  const { values } = columns.firstStep;
  let [low, high] = [0, columns.ids.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= step) low = middle;
    else high = middle;
  }
  return low;
}

/** How many steps, of how many interactions, and the longest of them. */
function shown(
  frame: Frame,
  steps: readonly number[],
): Pick<RuleFinding, 'count' | 'interactions' | 'evidence'> {
  const { columns } = frame;
  const all = everyStep(frame, Int32Array.from(steps));
  return {
    count: steps.length,
    interactions: new Set(Array.from(all.interaction, (i) => columns.ids[i] ?? '')).size,
    evidence: longest(frame, all, MAX_EVIDENCE).map((k) => {
      const s = all.step[k] ?? 0;
      const i = all.interaction[k] ?? 0;
      return {
        interactionId: columns.ids[i] ?? '',
        sequence: s - (columns.firstStep.values[i] ?? 0),
        dwell: toSeconds(columns.dwell.values[s] ?? 0),
      };
    }),
  };
}
