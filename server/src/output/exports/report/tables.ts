/** The tables of bottlenecks, nodes and paths. */
import { counted, formatSeconds, percent } from '../../../protocol/figures.ts';
import type { AnalysisReport, Summary } from '../../../protocol/report.ts';
import { type Block, cutTable, type Inline, paragraph } from './blocks.ts';
import type { Names } from './names.ts';
import type { HistogramPicture } from './pictures.ts';

const MOST_BOTTLENECKS = 12;
const MOST_NODES = 25;
const MOST_PATHS = 10;
/** Below so many, p95 is one of the few longest and tells nothing of what is usual. */
const ENOUGH_FOR_P95 = 20;
const ENOUGH_FOR_P99 = 100;

export const number = (value: number): string => value.toLocaleString('en-GB');

export function p95Text({ n, p95 }: Summary): Inline {
  return n < ENOUGH_FOR_P95 && p95 !== null ? { few: formatSeconds(p95) } : formatSeconds(p95);
}

function p99Text({ n, p99 }: Summary): Inline {
  return n < ENOUGH_FOR_P99 && p99 !== null ? { few: formatSeconds(p99) } : formatSeconds(p99);
}

/** `3.3 % (2.5 to 4.3 %)`; shares from 0 to 1. */
export function intervalText(share: number, low: number | null, high: number | null): string {
  const digits = (value: number): string => (value * 100).toFixed(1);
  const between = low === null || high === null ? '' : ` (${digits(low)} to ${digits(high)} %)`;
  return `${digits(share)} %${between}`;
}

/** What each node holds beyond its threshold, the gravest first. */
export function bottlenecksTable({ ruleFindings }: AnalysisReport, names: Names): Block[] {
  const over = ruleFindings.filter(({ rule }) => rule === 'threshold');
  if (over.length === 0) {
    return [paragraph('No step of the nodes that are looked at took longer than its threshold.')];
  }
  const shares = new Map(
    ruleFindings.filter(({ rule }) => rule === 'sla').map((finding) => [finding.nodeId, finding]),
  );
  return cutTable(
    'Steps that took longer than their threshold, by node',
    [
      { name: 'Node' },
      { name: 'Threshold', numeric: true },
      { name: 'Over it', numeric: true },
      { name: 'Visits', numeric: true },
      { name: 'Share (95 % interval)', numeric: true },
      { name: 'Longest', numeric: true },
      { name: 'The longest in' },
    ],
    over,
    MOST_BOTTLENECKS,
    ({ nodeId, threshold, count, n, evidence }) => {
      const sla = shares.get(nodeId);
      const share = intervalText(n === 0 ? 0 : count / n, sla?.low ?? null, sla?.high ?? null);
      return [
        names.of(nodeId),
        formatSeconds(threshold),
        number(count),
        number(n),
        n < ENOUGH_FOR_P95 ? { few: share } : share,
        formatSeconds(evidence[0]?.dwell ?? null),
        { code: evidence[0]?.interactionId ?? '–' },
      ];
    },
    (count) => `${counted(count, 'node')} more with fewer.`,
  );
}

export function nodesTable({ nodes }: AnalysisReport, names: Names): Block[] {
  return cutTable(
    'Nodes by the time spent in them',
    [
      { name: 'Node' },
      { name: 'Visits', numeric: true },
      { name: 'Median', numeric: true },
      { name: 'p95', numeric: true },
      { name: 'p99', numeric: true },
      { name: 'Longest', numeric: true },
      { name: 'Of all time', numeric: true },
      { name: 'Time to win', numeric: true },
      { name: 'Errors', numeric: true },
    ],
    nodes,
    MOST_NODES,
    ({ nodeId, visits, dwell, share, impact, errors, errorRate }) => [
      names.of(nodeId),
      number(visits),
      formatSeconds(dwell.median),
      p95Text(dwell),
      p99Text(dwell),
      formatSeconds(dwell.max),
      share === null ? '–' : percent(share),
      formatSeconds(impact),
      errors === 0 ? '0' : `${number(errors)} (${percent(errorRate ?? 0)})`,
    ],
    (count) => `${counted(count, 'node')} more with less time are not listed.`,
  );
}

export function pathsTable({ paths, pathCount }: AnalysisReport, names: Names): Block[] {
  if (paths.length === 0) return [paragraph('There are no paths.')];
  const listed = paths.slice(0, MOST_PATHS);
  const rest = pathCount - listed.length;
  const cumulative = listed.at(-1)?.cumulativeShare ?? 1;
  const table: Block = {
    kind: 'table',
    caption: 'The commonest paths',
    columns: [
      { name: 'Path' },
      { name: 'Interactions', numeric: true },
      { name: 'Share', numeric: true },
      { name: 'Median', numeric: true },
      { name: 'Errors', numeric: true },
    ],
    rows: listed.map(({ nodes, count, share, duration, errors }) => [
      { path: nodes.map(names.of) },
      number(count),
      intervalText(share, null, null),
      formatSeconds(duration.median),
      number(errors),
    ]),
  };
  const words = `These are ${percent(cumulative)} of all interactions; ${counted(rest, 'rarer path')} ${rest === 1 ? 'is' : 'are'} not listed.`;
  return rest > 0 ? [table, paragraph(words)] : [table];
}

/** The picture in numbers, where none is drawn. */
export function histogramTable({ title, bars }: HistogramPicture): Block {
  return {
    kind: 'table',
    caption: title,
    columns: [
      { name: 'From' },
      { name: 'To below', numeric: true },
      { name: 'Steps', numeric: true },
      { name: 'Above their threshold', numeric: true },
    ],
    rows: bars.map(({ from, to, steps, over }) => [from, to, number(steps), number(over)]),
  };
}
