/** Trends and groups on a terminal: a line of marks for time, a table for groups. */
import { changeSentence, formatSeconds } from '../analysis/index.ts';
import { visibleText } from '../output/index.ts';
import type { AnalysisReport, TrendReport } from '../protocol/report.ts';
import type { Io } from './io.ts';
import { shorten } from './layout.ts';
import { grouped, plural } from './numbers.ts';
import { percent, table } from './table.ts';
import { sentence, title } from './text-parts.ts';

const MARKS = Array.from('▁▂▃▄▅▆▇█');
/** So many hours or days stand in a table; more are a line of marks. */
const MAX_ROWS = 31;
const MAX_CHANGES = 3;
/** What stands beside the marks. */
const BESIDE = 40;
const NARROWEST = 20;

type Group = TrendReport['groups'][number];

/** One mark a value, as high as its share of the highest; a dot where there is none. */
export function sparkline(values: readonly (number | null)[]): string {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === null || (value === 0 && most > 0)) return '·';
      return most === 0
        ? MARKS[0]
        : MARKS[Math.min(MARKS.length - 1, Math.floor((value / most) * MARKS.length))];
    })
    .join('');
}

/** How the run went over time: steps, dwell and bottlenecks, and since when a node takes longer or shorter. */
export function trendText(io: Io, report: AnalysisReport, trend: TrendReport): string {
  const unit = trend.by.toLowerCase();
  if (trend.tooMany) {
    return (
      title(io, `Trend by ${unit}`) +
      sentence(io, `The ${unit}s would be too many to count one by one.`, '  ')
    );
  }
  const { groups, changePoints } = trend;
  const [first, last] = [groups[0], groups.at(-1)];
  if (first === undefined || last === undefined || groups.length < 2) return '';
  const size = Math.ceil(groups.length / Math.max(NARROWEST, io.columns - BESIDE));
  const parts = Array.from({ length: Math.ceil(groups.length / size) }, (_, i) =>
    groups.slice(i * size, (i + 1) * size),
  );
  const sums = (of: (group: Group) => number): number[] =>
    parts.map((part) => part.reduce((sum, group) => sum + of(group), 0));
  const each = size === 1 ? `${unit === 'hour' ? 'an' : 'a'} ${unit}` : `in ${size} ${unit}s`;
  const steps = sums(({ steps }) => steps);
  const bottlenecks = sums(({ bottlenecks }) => bottlenecks);
  const spent = sums(({ dwell }) => dwell.sum ?? 0);
  const timed = sums(({ dwell }) => dwell.n);
  const dwells = spent.map((sum, i) => ((timed[i] ?? 0) > 0 ? sum / (timed[i] ?? 1) : null));
  const known = dwells.filter((dwell) => dwell !== null);
  const line = (label: string, values: readonly (number | null)[], what: string): string =>
    `  ${label.padEnd(12)} ${sparkline(values)}  ${io.colour.dim(what)}\n`;
  let text = title(io, `Trend by ${unit}, ${first.label} to ${last.label} ${trend.timeZone ?? ''}`.trimEnd());
  text += line('steps', steps, `up to ${grouped(Math.max(...steps))} ${each}`);
  if (known.length > 0) {
    text += line(
      'mean dwell',
      dwells,
      `${formatSeconds(Math.min(...known))} to ${formatSeconds(Math.max(...known))}`,
    );
  }
  if (bottlenecks.some((count) => count > 0)) {
    text += line('bottlenecks', bottlenecks, `up to ${grouped(Math.max(...bottlenecks))} ${each}`);
  }
  for (const change of changePoints.slice(0, MAX_CHANGES)) {
    const mark = change.after.median > change.before.median ? io.colour.red('↗') : io.colour.green('↘');
    text += sentence(io, changeSentence(report, change), `  ${mark} `);
  }
  const further = changePoints.length - MAX_CHANGES;
  if (further > 0) text += io.colour.dim(`    ${plural(further, 'further change')}\n`);
  return text;
}

/** Groups that were asked for as a table; hours and days beyond a screen as a line of marks. */
export function groupsText(io: Io, report: AnalysisReport, trend: TrendReport): string {
  const { groups } = trend;
  const isTime = trend.by === 'HOUR' || trend.by === 'DAY';
  if (isTime && (trend.tooMany || groups.length > MAX_ROWS)) {
    const hint = `${grouped(groups.length)} ${trend.by.toLowerCase()}s; the JSON output has each.`;
    return trendText(io, report, trend) + (trend.tooMany ? '' : io.colour.dim(`  ${hint}\n`));
  }
  const zone = trend.timeZone === null ? '' : ` (${trend.timeZone})`;
  let text = title(
    io,
    `By ${shorten(isTime || trend.by === 'WEEKDAY' ? trend.by.toLowerCase() : trend.by, 60)}${zone}`,
  );
  text += table(
    io,
    ['', 'interactions', 'steps', 'median', 'p95', 'of all dwell', 'errors', 'bottlenecks'],
    [1, 2, 3, 4, 5, 6, 7],
    rowsOf(io, groups),
  );
  if (trend.untimed > 0) {
    text += io.colour.dim(`  ${plural(trend.untimed, 'step')} without a time: in none of them\n`);
  }
  for (const change of trend.changePoints.slice(0, MAX_CHANGES)) {
    text += sentence(io, changeSentence(report, change), `  ${io.colour.cyan('•')} `);
  }
  return text;
}

function rowsOf(io: Io, groups: readonly Group[]): string[][] {
  const { colour } = io;
  const all = groups.reduce((sum, { dwell }) => sum + (dwell.sum ?? 0), 0);
  const seconds = (value: number | null): string => (value === null ? '–' : formatSeconds(value));
  return groups.map((group) => {
    const { dwell, bottlenecks } = group;
    const p95 = seconds(dwell.p95);
    return [
      `${shorten(group.label, 30)}${group.partial ? colour.dim(' (part)') : ''}`,
      grouped(group.interactions),
      grouped(group.steps),
      seconds(dwell.median),
      dwell.n < 20 ? colour.dim(p95) : p95,
      all > 0 ? percent((dwell.sum ?? 0) / all) : '–',
      grouped(group.errors),
      bottlenecks > 0 ? colour.red(grouped(bottlenecks)) : '0',
    ];
  });
}

/** Names of fields or variables that no step has a value of, so that grouping by them tells nothing. */
export function withoutValues(trends: readonly TrendReport[]): string[] {
  return trends
    .filter(({ timeZone, groups }) => timeZone === null && groups.every(({ label }) => label === '(absent)'))
    .map(({ by }) => visibleText(by));
}
