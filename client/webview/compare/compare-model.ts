/** A comparison as rows to be shown: what each says, whether it is no chance, its place and its scale. Pure. */
import type { Comparison, ShareComparison, TimeComparison } from '../../../server/src/protocol/comparison.ts';
import type { Condition } from '../../../server/src/protocol/panel-filter.ts';
import { niceSeconds, niceTop } from '../charts.ts';
import { duration, percent } from '../format.ts';
import type { NameOf } from '../names.ts';

/** A picture may reach so many times a power of ten. */
const REACHES = [1, 1.5, 2, 3, 4, 5, 6, 8];
/** Below this q a difference is believed. */
const MAX_Q = 0.05;
/** Nodes of a path that one condition may name. */
const MAX_PATH = 2_000;

export type Verdict = 'worse' | 'better' | 'appeared' | 'vanished' | 'commoner' | 'rarer' | 'unsure';
export type Measure = TimeComparison | ShareComparison;

export interface Row {
  readonly key: string;
  readonly name: string;
  readonly verdict: Verdict;
  readonly isSure: boolean;
  readonly time: TimeComparison | null;
  readonly share: ShareComparison | null;
  /** What it stands for in the run that is shown; null where that has none of it. */
  readonly condition: Condition | null;
}

export interface Section {
  readonly id: 'whole' | 'nodes' | 'edges' | 'paths' | 'outcomes';
  readonly title: string;
  /** What its times and shares are of. */
  readonly timeOf: string;
  readonly shareOf: string;
  readonly rows: readonly Row[];
  /** How many there are, where the list is cut. */
  readonly count: number;
}

export const SORTS = ['matter', 'time', 'share', 'name'] as const;
export type SortBy = (typeof SORTS)[number];

export const isSure = (measure: Measure | null): boolean =>
  (measure?.q ?? 1) < MAX_Q && measure?.difference !== 0;

type Found = Pick<Comparison['nodes'][number], 'status' | 'time' | 'share'>;

export function sectionsOf(found: Comparison, nameOf: NameOf): readonly Section[] {
  const { nodes, edges, paths, outcomes, counts } = found;
  const row = (key: string, name: string, one: Found, condition: Condition | null): Row => ({
    ...{ key, name, time: one.time, share: one.share },
    ...verdictOf(one),
    condition: one.status === 'vanished' ? null : condition,
  });
  const of = 'of interactions';
  const sections: Section[] = [
    {
      id: 'whole',
      title: 'Whole interactions',
      timeOf: 'duration',
      shareOf: of,
      rows: wholeRows(found),
      count: 3,
    },
    {
      ...{ id: 'nodes', title: 'Nodes', timeOf: 'dwell', shareOf: of, count: counts.nodes },
      rows: nodes.map((node) =>
        row(node.nodeId, nameOf(node.nodeId), node, { kind: 'node', nodeId: node.nodeId }),
      ),
    },
    {
      ...{ id: 'edges', title: 'Ways from node to node', timeOf: 'wait', shareOf: of, count: counts.edges },
      rows: edges.map((edge) => {
        const { from, to } = edge;
        const name = `${nameOf(from)} → ${nameOf(to)}`;
        return row(JSON.stringify([from, to]), name, edge, { kind: 'edge', from, to });
      }),
    },
    {
      ...{ id: 'paths', title: 'Paths', timeOf: 'duration', shareOf: of, count: counts.paths },
      rows: paths.map((path) => {
        const name = path.nodes.length === 0 ? '(no steps)' : path.nodes.map(nameOf).join(' → ');
        const condition: Condition = { kind: 'path', nodes: path.nodes };
        return row(JSON.stringify(path.nodes), name, path, path.nodes.length > MAX_PATH ? null : condition);
      }),
    },
    {
      ...{ id: 'outcomes', title: 'Decision outcomes', timeOf: 'dwell there', count: counts.outcomes },
      shareOf: 'of the visits',
      rows: outcomes.map((one) => {
        const { nodeId, outcome } = one;
        const name = `${nameOf(nodeId)}: ${nameOf(outcome)}`;
        return row(JSON.stringify([nodeId, outcome]), name, one, { kind: 'outcome', nodeId, outcome });
      }),
    },
  ];
  return sections.filter(({ rows }) => rows.length > 0);
}

function wholeRows({ duration: time, errors, bottlenecks }: Comparison): Row[] {
  const marked = (mark: 'error' | 'bottleneck', name: string, share: ShareComparison): Row => ({
    ...{ key: mark, name, time: null, share, isSure: isSure(share) },
    verdict: isSure(share) ? ((share.difference ?? 0) > 0 ? 'worse' : 'better') : 'unsure',
    condition: share.b.count === 0 ? null : { kind: 'mark', mark },
  });
  return [
    {
      ...{ key: 'duration', name: 'Duration', time, share: null, isSure: isSure(time) },
      verdict: isSure(time) ? ((time.difference ?? 0) > 0 ? 'worse' : 'better') : 'unsure',
      condition: null,
    },
    marked('error', 'With an error', errors),
    marked('bottleneck', 'With a bottleneck', bottlenecks),
  ];
}

/** Time decides where it is no chance: that something is commoner is neither good nor bad. */
function verdictOf({ status, time, share }: Found): Pick<Row, 'verdict' | 'isSure'> {
  if (status !== 'both') return { verdict: status, isSure: isSure(share) };
  if (isSure(time)) return { verdict: (time.difference ?? 0) > 0 ? 'worse' : 'better', isSure: true };
  if (isSure(share)) return { verdict: (share.difference ?? 0) > 0 ? 'commoner' : 'rarer', isSure: true };
  return { verdict: 'unsure', isSure: false };
}

/** `matter` is the order in which the comparison comes: what is no chance first, by what it costs. */
export function sorted(rows: readonly Row[], by: SortBy): readonly Row[] {
  const size = (measure: Measure | null): number => {
    const difference = measure?.difference ?? null;
    return difference === null ? -1 : Math.abs(difference);
  };
  switch (by) {
    case 'matter':
      return rows;
    case 'time':
      return [...rows].sort((a, b) => size(b.time) - size(a.time));
    case 'share':
      return [...rows].sort((a, b) => size(b.share) - size(a.share));
    case 'name':
      return [...rows].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }
}

/** How far a picture reaches to either side: to the ends of what is no chance; where there is none, of all. */
export function reachOf(measures: readonly (Measure | null)[], ofTime: boolean): number {
  const ends = (of: readonly (Measure | null)[]): number =>
    Math.max(0, ...of.flatMap((one) => [Math.abs(one?.low ?? 0), Math.abs(one?.high ?? 0)]));
  const most = ends(measures.filter(isSure)) || ends(measures);
  return ofTime ? niceSeconds(most, REACHES) : niceTop(most, REACHES);
}

export interface Picture {
  /** Per cent from the left of the picture, whose middle is no difference. */
  readonly low: number;
  readonly high: number;
  readonly at: number;
  /** It goes on beyond the picture. */
  readonly isCutLow: boolean;
  readonly isCutHigh: boolean;
}

export function pictureOf({ difference, low, high }: Measure, reach: number): Picture | null {
  if (difference === null || low === null || high === null) return null;
  const place = (value: number): number => Math.max(0, Math.min(100, 50 + (value / reach) * 50));
  return {
    low: place(low),
    high: place(high),
    at: place(difference),
    isCutLow: low < -reach * 1.001,
    isCutHigh: high > reach * 1.001,
  };
}

/** How sure, in words. */
export function certainty({ q }: Measure): string {
  if (q === null) return 'not tested';
  if (q < 0.001) return 'very sure, q < 0.001';
  if (q < MAX_Q) return `sure, q = ${q.toFixed(3)}`;
  return `unsure, q = ${q.toFixed(2)}`;
}

export interface MeasureWords {
  readonly before: string;
  readonly after: string;
  /** "+5.6 s"; empty where there is nothing on one side. */
  readonly difference: string;
  /** "+3.6 s to +8 s", the 95 % interval; empty where it is not known. */
  readonly interval: string;
}

/** What is rounded to nothing has no direction. */
function signed(value: number, text: (absolute: number) => string): string {
  const words = text(Math.abs(value));
  if (/^0( s)?$/.test(words)) return `±${words}`;
  return `${value > 0 ? '+' : '−'}${words}`;
}

const points = (share: number): string => {
  const value = share * 100;
  return value.toFixed(value < 9.95 ? 1 : 0).replace(/\.0$/, '');
};

function wordsOf(
  { difference, low, high }: Measure,
  before: string,
  after: string,
  text: (absolute: number) => string,
  unit: string,
): MeasureWords {
  return {
    before,
    after,
    difference: difference === null ? '' : `${signed(difference, text)}${unit}`,
    interval:
      difference === null || low === null || high === null
        ? ''
        : `${signed(low, text)} to ${signed(high, text)}`,
  };
}

export function timeWords(time: TimeComparison): MeasureWords {
  return wordsOf(time, duration(time.a.median), duration(time.b.median), duration, '');
}

export function shareWords(share: ShareComparison): MeasureWords {
  return wordsOf(share, percent(share.a.share), percent(share.b.share), points, ' points');
}
