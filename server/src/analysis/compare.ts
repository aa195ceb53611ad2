/** Two sets: what takes longer or shorter, what became commoner or rarer, and whether that may be chance. */
import type { ComparedSide, Comparison, ShareComparison, TimeComparison } from '../protocol/comparison.ts';
import { toSeconds } from '../protocol/instant.ts';
import { createThresholdRule, flagSteps, type ThresholdOptions } from './bottlenecks.ts';
import { verdict } from './compare-words.ts';
import { traceFlow } from './flow.ts';
import { createFrame, type Frame } from './frame.ts';
import { commonestLabels } from './nodes.ts';
import { tracePaths } from './paths.ts';
import { medianDifference, rankSum } from './statistics/samples.ts';
import { compareShares, falseDiscovery, shareDifference } from './statistics/shares.ts';
import type { Store } from './store.ts';
import { groupOf, groupSorted, quantile } from './summary.ts';
import { compareText } from './text.ts';
import { decisionVisits } from './visits.ts';
import { reportWindow } from './window.ts';

const SEED = 1;
const DEFAULT_TOP = 100;
/** What is believed. */
const MAX_Q = 0.05;

export interface CompareOptions extends ThresholdOptions {
  /** Rows of each list; 100 unless given, 0 for all. */
  readonly top?: number;
}

/** A set with the name by which a person knows it. */
export interface Compared {
  readonly label: string;
  readonly store: Store;
}

/** What is compared of one kind, by a key: how many of how many, and how long they took (µs, ascending). */
interface Subject {
  readonly parts: readonly string[];
  readonly count: number;
  readonly n: number;
  readonly times: Float64Array;
}

type Subjects = ReadonlyMap<string, Subject>;

interface Side {
  readonly frame: Frame;
  readonly info: ComparedSide;
  readonly durations: Float64Array;
  readonly inError: number;
  readonly withBottleneck: number;
  readonly names: ReadonlyMap<string, string>;
  readonly nodes: Subjects;
  readonly edges: Subjects;
  readonly paths: Subjects;
  readonly outcomes: Subjects;
  /** Visits of each decision point. */
  readonly visits: ReadonlyMap<string, number>;
}

/**
 * `b` beside `a`: differences are b − a. Tests are corrected together within each list, shares and times apart. Rows that
 * differ for sure come first, by how much time they cost or how far their shares are apart.
 */
export function compare(a: Compared, b: Compared, options: CompareOptions = {}): Comparison {
  const [sideA, sideB] = [readSide(a, options), readSide(b, options)];
  const top = options.top ?? DEFAULT_TOP;
  const shareOf = (of: (side: Side) => number): ShareComparison =>
    compareShare([of(sideA), sideA.info.interactions], [of(sideB), sideB.info.interactions]);
  const all = (side: Side) => (): number => side.info.interactions;
  const rowsOf = (kind: 'nodes' | 'edges' | 'paths') =>
    compareSubjects(sideA[kind], sideB[kind], all(sideA), all(sideB));
  const visitsOf =
    ({ visits }: Side) =>
    ([node = '']: readonly string[]): number =>
      visits.get(node) ?? 0;
  const [nodes, edges, paths] = [rowsOf('nodes'), rowsOf('edges'), rowsOf('paths')];
  const outcomes = compareSubjects(sideA.outcomes, sideB.outcomes, visitsOf(sideA), visitsOf(sideB));
  const nameOf = (id: string): string | null => sideB.names.get(id) ?? sideA.names.get(id) ?? null;
  const cut = <T>(rows: readonly T[]): T[] => (top === 0 ? [...rows] : rows.slice(0, top));
  const found: Comparison = {
    schemaVersion: 1,
    a: sideA.info,
    b: sideB.info,
    verdict: [],
    duration: alone(compareTime(sideA.durations, sideB.durations)),
    errors: alone(shareOf(({ inError }) => inError)),
    bottlenecks: alone(shareOf(({ withBottleneck }) => withBottleneck)),
    nodes: nodes.map(({ parts: [nodeId = ''], row }) => ({ nodeId, nodeName: nameOf(nodeId), ...row })),
    edges: edges.map(({ parts: [from = '', to = ''], row }) => ({ from, to, ...row })),
    paths: paths.map(({ parts, row }) => ({ nodes: [...parts], ...row })),
    outcomes: outcomes.map(({ parts: [nodeId = '', outcome = ''], row }) => ({ nodeId, outcome, ...row })),
    counts: { nodes: nodes.length, edges: edges.length, paths: paths.length, outcomes: outcomes.length },
  };
  return {
    ...found,
    verdict: verdict(found, MAX_Q),
    ...{ nodes: cut(found.nodes), edges: cut(found.edges), paths: cut(found.paths) },
    outcomes: cut(found.outcomes),
  };
}

function readSide({ label, store }: Compared, options: ThresholdOptions): Side {
  const frame = createFrame(store);
  const { columns, live, nodeIds, stepNode, nodeCount } = frame;
  const flow = traceFlow(frame);
  const steps = columns.node.length;
  const n = live.length;

  const seen = new Int32Array(nodeCount).fill(-1);
  const visitors = new Int32Array(nodeCount);
  let inError = 0;
  for (const i of live) {
    if ((columns.errors.values[i] ?? 0) > 0) inError += 1;
    const to = columns.firstStep.values[i + 1] ?? 0;
    for (let s = columns.firstStep.values[i] ?? 0; s < to; s += 1) {
      const node = columns.node.values[s] ?? 0;
      if (seen[node] === i) continue;
      seen[node] = i;
      visitors[node] = (visitors[node] ?? 0) + 1;
    }
  }
  const dwells = groupSorted(stepNode, columns.dwell.values, steps, nodeCount);
  const nodes = new Map<string, Subject>();
  const names = new Map<string, string>();
  const labels = commonestLabels(frame, columns.name.values);
  for (const [node, id] of nodeIds.entries()) {
    const count = visitors[node] ?? 0;
    if (count > 0) nodes.set(id, { parts: [id], count, n, times: groupOf(dwells, node) });
    const name = columns.texts.texts[labels[node] ?? -1];
    if (name !== undefined) names.set(id, name);
  }

  const waits = groupSorted(flow.edgeOfStep, flow.waitOfStep, flow.edgeOfStep.length, flow.edges.size);
  const edges = new Map<string, Subject>();
  for (let edge = 0; edge < flow.edges.size; edge += 1) {
    const ends = [flow.edges.first.values[edge] ?? 0, flow.edges.second.values[edge] ?? 0];
    const parts = ends.map((node) => nodeIds[node] ?? '');
    const count = flow.interactions[edge] ?? 0;
    edges.set(JSON.stringify(parts), { parts, count, n, times: groupOf(waits, edge) });
  }

  const tree = tracePaths(frame);
  const durationsOf = groupSorted(tree.leafOf, columns.duration.values, tree.leafOf.length, tree.leaves);
  const paths = new Map<string, Subject>();
  for (const [leaf, count] of tree.counts.entries()) {
    if (count === 0) continue;
    const i = tree.example[leaf] ?? 0;
    const [from, to] = [columns.firstStep.values[i] ?? 0, columns.firstStep.values[i + 1] ?? 0];
    const parts = Array.from(columns.node.values.subarray(from, to), (node) => nodeIds[node] ?? '');
    paths.set(JSON.stringify(parts), { parts, count, n, times: groupOf(durationsOf, leaf) });
  }

  const outcomes = new Map<string, Subject>();
  const visits = new Map<string, number>();
  for (const { node, step, outcome, outcomes: texts } of decisionVisits(
    frame,
    flow,
    commonestLabels(frame, columns.type.values),
  )) {
    const id = nodeIds[node] ?? '';
    visits.set(id, step.length);
    const times = groupSorted(
      outcome,
      Float64Array.from(step, (s) => columns.dwell.values[s] ?? Number.NaN),
      step.length,
      texts.length,
    );
    const counts = new Int32Array(texts.length);
    for (const y of outcome) counts[y] = (counts[y] ?? 0) + 1;
    for (const [y, text] of texts.entries()) {
      const parts = [id, text];
      outcomes.set(JSON.stringify(parts), {
        parts,
        count: counts[y] ?? 0,
        n: step.length,
        times: groupOf(times, y),
      });
    }
  }

  return {
    frame,
    info: { label, interactions: n, steps: frame.steps, window: reportWindow(frame) },
    durations: Float64Array.from(live, (i) => columns.duration.values[i] ?? Number.NaN)
      .filter((duration) => !Number.isNaN(duration))
      .sort(),
    inError,
    withBottleneck: new Set(flagSteps(frame, createThresholdRule(options)).interaction).size,
    ...{ names, nodes, edges, paths, outcomes, visits },
  };
}

interface Row {
  readonly status: 'both' | 'appeared' | 'vanished';
  readonly share: ShareComparison;
  readonly time: TimeComparison;
}

function compareSubjects(
  a: Subjects,
  b: Subjects,
  ofA: (parts: readonly string[]) => number,
  ofB: (parts: readonly string[]) => number,
): { parts: readonly string[]; row: Row }[] {
  const none = new Float64Array();
  const rows = [...new Set([...a.keys(), ...b.keys()])].map((key) => {
    const [inA, inB] = [a.get(key), b.get(key)];
    const parts = inA?.parts ?? inB?.parts ?? [];
    const share = compareShare(
      [inA?.count ?? 0, inA?.n ?? ofA(parts)],
      [inB?.count ?? 0, inB?.n ?? ofB(parts)],
    );
    const time = compareTime(inA?.times ?? none, inB?.times ?? none);
    const status: Row['status'] = inA === undefined ? 'appeared' : inB === undefined ? 'vanished' : 'both';
    return { key, parts, status, share, time };
  });
  const shares = corrected(rows.map(({ share }) => share.p));
  const times = corrected(rows.map(({ time }) => time.p));
  return rows
    .map(({ key, parts, status, share, time }, i) => ({
      key,
      parts,
      row: { status, share: { ...share, q: shares[i] ?? null }, time: { ...time, q: times[i] ?? null } },
    }))
    .sort(
      (one, other) =>
        Number(isSure(other.row)) - Number(isSure(one.row)) ||
        cost(other.row) - cost(one.row) ||
        compareText(one.key, other.key),
    );
}

function isSure({ share, time }: Row): boolean {
  return (share.q ?? 1) < MAX_Q || (time.q ?? 1) < MAX_Q;
}

/** Seconds that the difference of medians makes over all of b, and where no time tells, how far the shares are apart. */
function cost({ share, time }: Row): number {
  return Math.abs(time.difference ?? 0) * time.b.n + Math.abs(share.difference ?? 0);
}

/** q of each p; null where there is none. */
function corrected(ps: readonly (number | null)[]): (number | null)[] {
  const known = ps.filter((p) => p !== null);
  const qs = falseDiscovery(known);
  let next = 0;
  return ps.map((p) => {
    if (p === null) return null;
    next += 1;
    return qs[next - 1] ?? null;
  });
}

/** A test that stands by itself needs no correction. */
function alone<T extends { readonly p: number | null }>(one: T): T & { q: number | null } {
  return { ...one, q: one.p };
}

type Part = readonly [count: number, n: number];

function compareShare([countA, nA]: Part, [countB, nB]: Part): ShareComparison {
  const part = (count: number, n: number): ShareComparison['a'] => ({
    count,
    n,
    share: n > 0 ? count / n : null,
  });
  const [a, b] = [part(countA, nA), part(countB, nB)];
  if (a.share === null || b.share === null) {
    return { a, b, ...{ difference: null, ratio: null, low: null, high: null, p: null, q: null } };
  }
  return {
    ...{ a, b, difference: b.share - a.share, ratio: a.share > 0 ? b.share / a.share : null },
    ...shareDifference(countA, nA, countB, nB),
    ...{ p: compareShares(countA, nA, countB, nB), q: null },
  };
}

function compareTime(a: Float64Array, b: Float64Array): TimeComparison {
  const [medianA, medianB] = [quantile(a, 0.5), quantile(b, 0.5)];
  const times = (of: Float64Array, median: number): TimeComparison['a'] => ({
    n: of.length,
    median: of.length > 0 ? toSeconds(median) : null,
  });
  const sides = { a: times(a, medianA), b: times(b, medianB) };
  if (a.length === 0 || b.length === 0) {
    return { ...sides, ...{ difference: null, ratio: null, low: null, high: null, p: null, q: null } };
  }
  const { low, high } = medianDifference(a, b, SEED);
  return {
    ...sides,
    ...{ difference: toSeconds(medianB - medianA), ratio: medianA > 0 ? medianB / medianA : null },
    ...{ low: toSeconds(low), high: toSeconds(high), p: rankSum(a, b), q: null },
  };
}
