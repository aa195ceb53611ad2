/** What the charts of a report show. */
import { counted, formatSeconds, percent } from '../../../protocol/figures.ts';
import type { AnalysisReport, TrendReport } from '../../../protocol/report.ts';
import type { Names } from './names.ts';

const MOST_BARS = 12;

/** Time by node: bars. */
export interface SharePicture {
  readonly title: string;
  readonly description: string;
  readonly bars: readonly {
    readonly name: string;
    /** 0 to 1, of all dwell. */
    readonly share: number;
    readonly text: string;
  }[];
}

export function sharePicture({ nodes }: AnalysisReport, names: Names): SharePicture | undefined {
  const bars = nodes
    .flatMap(({ nodeId, share, dwell }) =>
      share === null || share === 0
        ? []
        : [{ name: names.of(nodeId), share, text: `${percent(share)} · ${formatSeconds(dwell.sum)}` }],
    )
    .slice(0, MOST_BARS);
  if (bars.length === 0) return undefined;
  const spelt = bars.slice(0, 5).map(({ name, text }) => `${name} ${text}`);
  return {
    title: 'Time by node',
    description: `Share of all time in steps, and its sum. ${spelt.join('; ')}.`,
    bars,
  };
}

/** Steps by how long they take: bars on a scale where each takes about twice as long as the one before. */
export interface HistogramPicture {
  readonly title: string;
  readonly description: string;
  readonly bars: readonly {
    /** From where, and below where. */
    readonly from: string;
    readonly to: string;
    readonly steps: number;
    /** Of them above their threshold. */
    readonly over: number;
  }[];
}

export function histogramPicture({ dwell, dwellHistogram }: AnalysisReport): HistogramPicture | undefined {
  const { edges, counts, bottlenecks } = dwellHistogram;
  const bars = counts.map((steps, bin) => ({
    from: formatSeconds(edges[bin] ?? null),
    to: formatSeconds(edges[bin + 1] ?? null),
    ...{ steps, over: bottlenecks[bin] ?? 0 },
  }));
  const [first, ...others] = bars;
  if (first === undefined || others.length === 0) return undefined;
  const most = others.reduce((best, bar) => (bar.steps > best.steps ? bar : best), first);
  const over = bars.reduce((sum, bar) => sum + bar.over, 0);
  return {
    title: 'How long steps take',
    description: `${counted(dwell.n, 'step')} from ${formatSeconds(dwell.min)} to ${formatSeconds(dwell.max)}, ${over === 0 ? 'none' : over.toLocaleString('en-GB')} of them above their threshold. Most take from ${most.from} to ${most.to}: ${most.steps.toLocaleString('en-GB')}.`,
    bars,
  };
}

/** Steps and median dwell over hours, days, weekdays or groups, with the changes marked. */
export interface TrendPicture {
  readonly title: string;
  readonly description: string;
  /** Groups follow each other in time: a line leads from one to the next. */
  readonly ordered: boolean;
  readonly groups: readonly {
    readonly label: string;
    readonly steps: number;
    /** Seconds. */
    readonly median: number | null;
    readonly partial: boolean;
  }[];
  /** Places in `groups` from which something is different, with what a person calls it. */
  readonly marks: readonly { readonly at: number; readonly text: string }[];
}

/** More bars than this are no picture. */
const MOST_GROUPS = 200;

export function trendPicture(trend: TrendReport, names: Names): TrendPicture | undefined {
  const { groups, by, changePoints } = trend;
  if (groups.length < 2 || groups.length > MOST_GROUPS) return undefined;
  const marks = changePoints.flatMap(({ nodeId, since, label }) => {
    const at = groups.findIndex((group) => group.from === since || group.label === label);
    return at < 0 ? [] : [{ at, text: `${names.of(nodeId)} since ${label}` }];
  });
  const most = groups.reduce((best, group) => (group.steps > best.steps ? group : best));
  const unit = by === 'HOUR' ? 'hour' : by === 'DAY' ? 'day' : by === 'WEEKDAY' ? 'weekday' : by;
  return {
    title: `Steps and median time of a step by ${unit}`,
    description: [
      `${groups.length} groups from ${groups[0]?.label ?? ''} to ${groups.at(-1)?.label ?? ''}; most steps in ${most.label}: ${most.steps.toLocaleString('en-GB')}.`,
      ...(marks.length === 0 ? [] : [`Marked: ${marks.map(({ text }) => text).join('; ')}.`]),
    ].join(' '),
    ordered: by === 'HOUR' || by === 'DAY' || by === 'WEEKDAY',
    groups: groups.map(({ label, steps, dwell, partial }) => ({
      label,
      steps,
      median: dwell.median,
      partial,
    })),
    marks,
  };
}
