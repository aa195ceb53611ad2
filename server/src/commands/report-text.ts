/** The analysis and a run as a person reads them on a terminal. */
import { formatSeconds, headline } from '../analysis/index.ts';
import { visibleText } from '../output/index.ts';
import type { Finding } from '../protocol/panel-overview.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunOutput } from '../protocol/run.ts';
import { decisionsText } from './decisions-text.ts';
import type { Io } from './io.ts';
import { shorten, shortFilter } from './layout.ts';
import { grouped, plural } from './numbers.ts';
import { percent, table } from './table.ts';
import { sentence, title } from './text-parts.ts';
import { groupsText, trendText } from './trend-text.ts';

const MAX_INSIGHTS = 6;
const MAX_BOTTLENECKS = 5;
const MAX_OUTLIERS = 5;

/** What was asked for beside what every report has. */
export interface Asked {
  /** The trends are groups that were asked for. */
  readonly groups?: boolean;
  /** What the rules for outliers say. */
  readonly outliers?: boolean;
}

const seconds = (value: number | null): string => (value === null ? '–' : formatSeconds(value));

/** The report in sections: what it found, where the time goes, what decisions go with, which ways were taken. */
export function reportText(
  io: Io,
  report: AnalysisReport,
  findings: readonly Finding[],
  asked: Asked = {},
): string {
  const { colour } = io;
  let text = `${colour.bold(visibleText(headline(report)))}\n`;
  if (report.insights.length > 0) {
    text += title(io, 'What matters');
    for (const insight of report.insights.slice(0, MAX_INSIGHTS)) {
      text += sentence(io, insight.text, `  ${colour.cyan('•')} `);
    }
  }
  if (findings.length > 0) {
    text += title(io, 'Bottlenecks');
    findings.slice(0, MAX_BOTTLENECKS).forEach((finding, index) => {
      text += `  ${colour.red('▲')} ${index + 1}. ${visibleText(finding.text)}\n`;
      const example = finding.examples[0];
      if (example !== undefined) {
        text += colour.dim(
          `       e.g. ${visibleText(example.interactionId)}, ${formatSeconds(example.dwell)}\n`,
        );
      }
    });
  }
  for (const trend of report.trends) {
    text += asked.groups === true ? groupsText(io, report, trend) : trendText(io, report, trend);
  }
  const nodes = report.nodes.slice(0, 10);
  if (nodes.length > 0) {
    text += title(io, 'Nodes by total dwell');
    text += table(
      io,
      ['node', 'type', 'visits', 'median', 'p95', 'max', 'share', 'errors', 'bottlenecks'],
      [2, 3, 4, 5, 6, 7, 8],
      nodes.map((node) => [
        shorten(node.nodeName ?? node.nodeId, 34),
        shorten(node.nodeType ?? '–', 12),
        grouped(node.visits),
        seconds(node.dwell.median),
        node.dwell.n < 20 ? colour.dim(seconds(node.dwell.p95)) : seconds(node.dwell.p95),
        seconds(node.dwell.max),
        node.share === null ? '–' : percent(node.share),
        grouped(node.errors),
        node.bottlenecks > 0 ? colour.red(grouped(node.bottlenecks)) : '0',
      ]),
    );
  }
  text += decisionsText(io, report);
  if (asked.outliers === true) text += outliersText(io, report);
  if (report.paths.length > 0) {
    text += title(io, `Paths (${grouped(report.pathCount)})`);
    for (const path of report.paths.slice(0, 5)) {
      const chain = path.nodes.join(' → ');
      text += `  ${percent(path.share).padStart(6)}  ${shorten(chain, Math.max(40, io.columns - 12))}\n`;
    }
  }
  if (report.rejected.length > 0) {
    const first = report.rejected[0];
    text += title(io, `Set aside: ${plural(report.rejected.length, 'unreadable record')}`);
    if (first !== undefined) text += `  record ${first.index}: ${visibleText(first.reason)}\n`;
  }
  return text;
}

/** What the rules for outliers say, of each the nodes with most of them. */
function outliersText(io: Io, { ruleFindings }: AnalysisReport): string {
  const text = (['logTukey', 'logModifiedZ'] as const).flatMap((rule) =>
    ruleFindings
      .filter((finding) => finding.rule === rule)
      .sort((a, b) => b.count - a.count)
      .slice(0, MAX_OUTLIERS)
      .map((finding) => sentence(io, finding.text, `  ${io.colour.yellow('◆')} `)),
  );
  return (
    title(io, 'Outliers') +
    (text.length === 0 ? '  No visit took unusually long for its node.\n' : text.join(''))
  );
}

/** A run: how it went, what it found, where the proof is. */
export function runText(io: Io, run: RunOutput, findings: readonly Finding[], asked: Asked = {}): string {
  const { colour } = io;
  const { retrieval } = run;
  const marks = {
    complete: colour.green('✓ complete'),
    partial: colour.yellow('◐ partial'),
    failed: colour.red('✗ failed'),
    cancelled: colour.yellow('■ cancelled'),
  };
  const name = run.query === null ? 'query' : run.query;
  let text = `${marks[run.outcome]} ${colour.bold(visibleText(name))}  ${colour.dim(run.runId)}\n`;
  if (run.error !== undefined) text += sentence(io, run.error.message, '  ', colour.red);
  // Three lines of a filter are enough to know it by; the whole is in the JSON and in the manifest.
  const filter = run.filter === '' ? '(no filter)' : shortFilter(run.filter, (io.columns - 4) * 3);
  text += sentence(io, filter, '  ', colour.dim);
  const accuracy =
    retrieval.accuracyRate === null ? 'accuracy unknown' : `accuracy ${percent(retrieval.accuracyRate)}`;
  const parts = [
    `${plural(retrieval.records, 'record')} in ${plural(retrieval.requests, 'request')}`,
    `${(retrieval.latencyMs / 1000).toFixed(1)} s`,
    accuracy,
  ];
  if (retrieval.retries > 0) parts.push(plural(retrieval.retries, 'retry', 'retries'));
  if (retrieval.throttled > 0) parts.push(`${grouped(retrieval.throttled)} × throttled`);
  if (retrieval.duplicates > 0) parts.push(`${plural(retrieval.duplicates, 'duplicate')} dropped`);
  if (retrieval.rejected > 0) parts.push(`${plural(retrieval.rejected, 'record')} set aside`);
  text += `  ${parts.join(' · ')}\n`;
  for (const note of run.notes) text += sentence(io, note, `  ${colour.cyan('i')} `);
  for (const expectation of run.expectations) {
    const mark = expectation.ok ? colour.green('✓') : colour.red('✗');
    const actual = expectation.actual === null ? 'unknown' : String(expectation.actual);
    text += `  ${mark} EXPECT ${visibleText(expectation.text)}  ${colour.dim(`(is ${actual})`)}\n`;
  }
  if (run.comparison !== undefined) {
    const [whole = '', ...rest] = run.comparison.verdict;
    text += `\n${sentence(io, whole, '  ', colour.bold)}`;
    for (const one of rest) text += sentence(io, one, `  ${colour.cyan('•')} `);
  }
  text += `\n${reportText(io, run.analysis, findings, asked)}`;
  for (const file of run.exports) {
    text += `\n${colour.dim('exported')} ${visibleText(file.path)} ${colour.dim(`(${plural(file.records, 'interaction')}, ${plural(file.bytes, 'byte')})`)}`;
  }
  if (run.webhook !== undefined) {
    text += `\n${colour.dim('webhook')} ${run.webhook.status} ${colour.dim(`after ${plural(run.webhook.attempts, 'attempt')}`)}`;
  }
  text +=
    run.audit === null
      ? `\n${colour.red('not audited: the audit record could not be written')}\n`
      : `\n${colour.dim('audited')} ${visibleText(run.audit.file)} ${colour.dim(`${run.audit.sequence}:${run.audit.hash}`)}\n`;
  return text;
}
