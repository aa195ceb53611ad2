/** `cxq runs`: the kept runs, and how latency and accuracy of each query went over time. */
import { visibleText } from '../output/index.ts';
import type { KeptRun, KeptRunsOutput, RunTrend } from '../protocol/kept.ts';
import { describeRuns } from '../run/index.ts';
import { CommandError, EXIT, type ExitCode, type Io, printJson, writeParts } from './io.ts';
import { keepLimits, keptFolders } from './kept.ts';
import { shorten, wrap } from './layout.ts';
import { grouped, plural } from './numbers.ts';
import { percent, table } from './table.ts';

export interface RunsOptions {
  readonly runs?: string;
  readonly format: 'text' | 'json';
}

const MARKS = {
  complete: '✓ complete',
  partial: '◐ partial',
  failed: '✗ failed',
  cancelled: '■ cancelled',
  running: '… running',
} as const;

const BARS = '▁▂▃▄▅▆▇█';

/** Runs that a sparkline shows. */
const SHOWN = 24;

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(0)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

function latency(ms: number | null): string {
  return ms === null ? '–' : `${(ms / 1000).toFixed(ms < 100 ? 3 : 1)} s`;
}

/** One bar a value, from the smallest to the largest; a dot where there is none. */
function sparkline(values: readonly (number | null)[], floor: number): string {
  const last = values.slice(-SHOWN);
  const top = Math.max(...last.map((value) => value ?? floor));
  return last
    .map((value) => {
      if (value === null) return '·';
      const height = top <= floor ? 0 : (value - floor) / (top - floor);
      return BARS[Math.max(0, Math.min(BARS.length - 1, Math.round(height * (BARS.length - 1))))];
    })
    .join('');
}

function trendText(io: Io, { query, connection, runs, latencyMs, accuracyRate }: RunTrend): string {
  const { colour } = io;
  const name = `${visibleText(query ?? '(unnamed)')} · ${visibleText(connection)}`;
  let text = `  ${colour.bold(name)}  ${colour.dim(`${plural(runs, 'complete run')}, the last on the right`)}\n`;
  const { last, median, values } = latencyMs;
  const change = median === null || median === 0 ? null : last / median - 1;
  const than =
    median === null || change === null
      ? ''
      : ` (median before ${latency(median)}, ${change < 0 ? '−' : '+'}${percent(Math.abs(change))})`;
  text += `    latency   ${sparkline(values, 0)}  ${latency(last)}${than}\n`;
  const rate = accuracyRate.last === null ? 'unknown' : percent(accuracyRate.last);
  const lowest = accuracyRate.lowest === null ? '' : ` (lowest ${percent(accuracyRate.lowest)})`;
  // What is lost is small: drawn from nought every run would look the same.
  const floor = Math.min(0.95, accuracyRate.lowest ?? 0);
  text += `    accuracy  ${sparkline(accuracyRate.values, floor)}  ${rate}${lowest}\n`;
  return text;
}

function row(io: Io, run: KeptRun): string[] {
  const { colour } = io;
  const mark = MARKS[run.outcome];
  const painted =
    run.outcome === 'complete'
      ? colour.green(mark)
      : run.outcome === 'failed'
        ? colour.red(mark)
        : colour.yellow(mark);
  const of = run.expected === null || run.expected === run.records ? '' : ` of ${grouped(run.expected)}`;
  return [
    run.runId,
    shorten(run.query ?? '–', 24),
    shorten(run.connection, 16),
    `${run.startedAt.slice(0, 16).replace('T', ' ')}Z`,
    run.resumable ? `${painted} ${colour.dim('(resumable)')}` : painted,
    run.records === null ? '–' : `${grouped(run.records)}${of}`,
    run.accuracyRate === null ? '–' : percent(run.accuracyRate),
    latency(run.latencyMs),
    size(run.bytes),
  ];
}

function runsText(io: Io, { folder, bytes, limits, runs, trends, unreadable }: KeptRunsOutput): string {
  const { colour } = io;
  if (runs.length + unreadable.length === 0) {
    return `No run is kept in ${visibleText(folder)}. cxq run keeps each run there.\n`;
  }
  const kept = `${plural(runs.length, 'run')}, ${size(bytes)}, in ${visibleText(folder)}`;
  const most = `kept for ${plural(limits.maxAgeDays, 'day')} and up to ${size(limits.maxBytes)}`;
  let text = `${colour.bold(kept)}  ${colour.dim(`(${most})`)}\n\n`;
  text += table(
    io,
    ['run', 'query', 'connection', 'started', 'outcome', 'records', 'accuracy', 'latency', 'size'],
    [5, 6, 7, 8],
    runs.map((run) => row(io, run)),
  );
  if (trends.length > 0) {
    text += `\n${colour.bold('Over time')}\n${trends.map((trend) => trendText(io, trend)).join('')}`;
  }
  if (unreadable.length > 0) {
    const which = `${plural(unreadable.length, 'folder')} cannot be read by this version: ${unreadable.join(', ')}. A later version may have written ${unreadable.length === 1 ? 'it' : 'them'}.`;
    text += `\n${wrap(which, io.columns - 4).join('\n')}\n`;
  }
  return text;
}

export async function runsCommand(io: Io, { runs, format }: RunsOptions): Promise<ExitCode> {
  if (runs === '') throw new CommandError(EXIT.usage, '--runs names a folder; the name is empty.');
  const { runsFolder } = keptFolders(io, runs);
  const described = await describeRuns(runsFolder, keepLimits(io));
  if (format === 'json') await printJson(io, described satisfies KeptRunsOutput);
  else await writeParts(io, [runsText(io, described)]);
  return EXIT.ok;
}
