/** The threshold rule: a step at a node of the chosen types that took strictly longer than its threshold. */
import { formatInstant, MICROS_PER_SECOND, type Micros, toSeconds } from '../protocol/instant.ts';
import type { Bottleneck } from '../protocol/report.ts';
import type { Frame } from './frame.ts';
import { compareText } from './text.ts';

export const DEFAULT_THRESHOLD: Micros = 15 * MICROS_PER_SECOND;
/** Types of nodes where a decision is made: the ones that the rule looks at unless told otherwise. */
export const DECISION_TYPES: readonly string[] = ['DECISION', 'ROUTING', 'CONDITION'];

/** Among types it stands for steps without one. */
export const UNTYPED = '';

export interface ThresholdOptions {
  /** `OVER`; 15 s unless given. */
  readonly thresholdMicros?: Micros;
  /** `ON`; compared exactly, `UNTYPED` for steps without a type. The decision types unless given. */
  readonly types?: readonly string[];
  /** By node type and by node id: the most specific one wins. They do not widen `types`. */
  readonly typeThresholds?: ReadonlyMap<string, Micros>;
  readonly nodeThresholds?: ReadonlyMap<string, Micros>;
}

/** The threshold for a node in µs, or null where the rule does not look at it. */
export type ThresholdRule = (nodeId: string, nodeType: string | null) => Micros | null;

export function createThresholdRule(options: ThresholdOptions = {}): ThresholdRule {
  const types = new Set(options.types ?? DECISION_TYPES);
  const general = options.thresholdMicros ?? DEFAULT_THRESHOLD;
  return (nodeId, nodeType) => {
    const type = nodeType ?? UNTYPED;
    if (!types.has(type)) return null;
    return options.nodeThresholds?.get(nodeId) ?? options.typeThresholds?.get(type) ?? general;
  };
}

/** Steps that the rule flags, unordered, with the interaction and threshold of each. */
export interface FlaggedSteps {
  readonly count: number;
  readonly step: Int32Array;
  readonly interaction: Int32Array;
  readonly threshold: Float64Array;
}

export function flagSteps(frame: Frame, rule: ThresholdRule): FlaggedSteps {
  const { columns, live, nodeIds } = frame;
  const { texts } = columns.texts;
  const node = columns.node.values;
  const type = columns.type.values;
  const dwell = columns.dwell.values;
  const offsets = columns.firstStep.values;
  const thresholds = new Map<number, number>();
  const thresholdOf = (n: number, t: number): number => {
    const key = n * (texts.length + 1) + t + 1;
    let threshold = thresholds.get(key);
    if (threshold === undefined) {
      threshold = rule(nodeIds[n] ?? '', t < 0 ? null : (texts[t] ?? null)) ?? Number.POSITIVE_INFINITY;
      thresholds.set(key, threshold);
    }
    return threshold;
  };
  const step: number[] = [];
  const interaction: number[] = [];
  const threshold: number[] = [];
  for (let l = 0; l < live.length; l += 1) {
    const i = live[l] ?? 0;
    const to = offsets[i + 1] ?? 0;
    for (let s = offsets[i] ?? 0; s < to; s += 1) {
      const length = dwell[s] ?? Number.NaN;
      if (!(length >= 0)) continue;
      const limit = thresholdOf(node[s] ?? 0, type[s] ?? -1);
      if (length <= limit) continue;
      step.push(s);
      interaction.push(i);
      threshold.push(limit);
    }
  }
  return {
    count: step.length,
    step: Int32Array.from(step),
    interaction: Int32Array.from(interaction),
    threshold: Float64Array.from(threshold),
  };
}

/** The longest first; ties by node, interaction and place in it. At most `top` (0 for all). */
export function reportBottlenecks(frame: Frame, flagged: FlaggedSteps, top: number): Bottleneck[] {
  return longest(frame, flagged, top).map((f) => describe(frame, flagged, f));
}

/** Indexes into `flagged` (all, or the given ones) in the order of the report. */
export function longest(
  frame: Frame,
  flagged: FlaggedSteps,
  top: number,
  among: readonly number[] = Array.from(flagged.step.keys()),
): number[] {
  const { columns, nodeRank } = frame;
  const dwellOf = (f: number): number => columns.dwell.values[flagged.step[f] ?? 0] ?? 0;
  const rankOf = (f: number): number => nodeRank[columns.node.values[flagged.step[f] ?? 0] ?? 0] ?? 0;
  const idOf = (f: number): string => columns.ids[flagged.interaction[f] ?? 0] ?? '';
  let candidates = [...among];
  if (top > 0 && candidates.length > top) {
    // A numeric sort of bare lengths is far cheaper than one that compares names: it leaves only who can be shown.
    const lengths = Float64Array.from(candidates, dwellOf).sort();
    const least = lengths[lengths.length - top] ?? 0;
    candidates = candidates.filter((f) => dwellOf(f) >= least);
  }
  candidates.sort(
    (a, b) =>
      dwellOf(b) - dwellOf(a) ||
      rankOf(a) - rankOf(b) ||
      compareText(idOf(a), idOf(b)) ||
      (flagged.step[a] ?? 0) - (flagged.step[b] ?? 0),
  );
  return top > 0 ? candidates.slice(0, top) : candidates;
}

function describe(frame: Frame, flagged: FlaggedSteps, f: number): Bottleneck {
  const { columns, nodeIds } = frame;
  const { texts } = columns.texts;
  const s = flagged.step[f] ?? 0;
  const i = flagged.interaction[f] ?? 0;
  const name = columns.name.values[s] ?? -1;
  const type = columns.type.values[s] ?? -1;
  const start = columns.start.values[s] ?? Number.NaN;
  return {
    rule: 'threshold',
    interactionId: columns.ids[i] ?? '',
    sequence: s - (columns.firstStep.values[i] ?? 0),
    nodeId: nodeIds[columns.node.values[s] ?? 0] ?? '',
    nodeName: name < 0 ? null : (texts[name] ?? null),
    nodeType: type < 0 ? null : (texts[type] ?? null),
    dwell: toSeconds(columns.dwell.values[s] ?? 0),
    threshold: toSeconds(flagged.threshold[f] ?? 0),
    startTime: Number.isNaN(start) ? null : formatInstant(start),
  };
}
