/** What the boxes and lines of the map say, in numbers and in words. */
import { FLOW_MEASURES, type FlowMeasure } from '../../../server/src/protocol/panel-requests.ts';
import type { FlowEdge, FlowNode } from '../../../server/src/protocol/panel-views.ts';
import { brief, count, duration, nodeLabel, percent, plural } from '../format.ts';

interface Measure {
  readonly label: string;
  readonly value: (node: FlowNode) => number | null;
  readonly words: (value: number | null) => string;
  /** What lines say of the wait on them; without, how often they were taken. */
  readonly wait?: 'p50' | 'p95' | 'total';
}

const amount = (one: string) => (value: number | null) =>
  value === null ? '—' : plural(Math.round(value), one);

export const MEASURES: Readonly<Record<FlowMeasure, Measure>> = {
  frequency: { label: 'Visits', value: ({ visits }) => visits, words: amount('visit') },
  p50: { label: 'Dwell, p50', value: ({ p50 }) => p50, words: duration, wait: 'p50' },
  p95: { label: 'Dwell, p95', value: ({ p95 }) => p95, words: duration, wait: 'p95' },
  total: { label: 'Dwell, total', value: ({ total }) => total, words: duration, wait: 'total' },
  share: { label: 'Share of dwell', value: ({ share }) => share, words: percent },
  errors: { label: 'Errors', value: ({ errors }) => errors, words: amount('error') },
};

export function isMeasure(text: string): text is FlowMeasure {
  return FLOW_MEASURES.some((measure) => measure === text);
}

export interface Scale {
  readonly max: number;
  /** A value's place from 0 to 1; undefined where there is no value. */
  place(value: number | null): number | undefined;
  /** The value at a place. */
  value(place: number): number;
}

/** From nothing to the largest. By square root: the many small ones are told apart beside the few large ones. */
export function scaleFor(nodes: readonly FlowNode[], measure: FlowMeasure): Scale {
  const max = nodes.reduce(
    (most, node) => (node.kind === 'node' ? Math.max(most, MEASURES[measure].value(node) ?? 0) : most),
    0,
  );
  return {
    max,
    place: (value) => (value === null ? undefined : max > 0 ? Math.sqrt(Math.max(0, value) / max) : 0),
    value: (place) => max * place ** 2,
  };
}

/** Pixels at scale 1, by the logarithm of how often a line was taken. */
export function edgeWidth(times: number, most: number): number {
  const share = most > 1 ? Math.log(Math.max(1, times)) / Math.log(most) : 0;
  return 1 + 4 * share;
}

/** What stands on a line. */
export function edgeLabel(edge: FlowEdge, measure: FlowMeasure): string {
  const { wait } = MEASURES[measure];
  const seconds = wait === undefined || edge.p50 === null ? null : edge[wait];
  return seconds === null ? count(edge.count) : duration(seconds);
}

/** Of a box, on one line. */
export function nameOf(node: FlowNode): string {
  return node.kind === 'node' ? brief(nodeLabel(node), 120) : node.kind === 'start' ? 'Start' : 'End';
}

export type Facts = readonly (readonly [string, string])[];

/** All measures of a box, as its tooltip and its description say them. */
export function nodeFacts(node: FlowNode): Facts {
  if (node.kind !== 'node') {
    return [[node.kind === 'start' ? 'Begin here' : 'End here', plural(node.interactions, 'interaction')]];
  }
  return [
    ['Visits', `${count(node.visits)} in ${plural(node.interactions, 'interaction')}`],
    ['Dwell, p50', duration(node.p50)],
    ['Dwell, p95', duration(node.p95)],
    ['Dwell, total', duration(node.total)],
    ['Share of dwell', percent(node.share)],
    ['Errors', node.errors === 0 ? 'none' : `${count(node.errors)} (${percent(node.errorRate)})`],
    ['Bottlenecks', node.bottlenecks === 0 ? 'none' : count(node.bottlenecks)],
  ];
}

export function edgeFacts(edge: FlowEdge): Facts {
  return [
    ['Taken', plural(edge.count, 'time')],
    ['Interactions', `${count(edge.interactions)} (${percent(edge.share)})`],
    ...(edge.p50 === null
      ? []
      : ([
          ['Wait, p50', duration(edge.p50)],
          ['Wait, p95', duration(edge.p95)],
          ['Wait, total', duration(edge.total)],
        ] as const)),
  ];
}

/** "Visits 12, errors none": for those who hear it. */
export function spokenFacts(facts: Facts): string {
  return facts.map(([name, value]) => `${name} ${value}`).join(', ');
}
