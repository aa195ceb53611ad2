/** EXPECT: what a query promises of its result, compared with what came. */
import type { CompareOperator } from '../language/index.ts';
import { toSeconds } from '../protocol/instant.ts';
import type { AnalysisReport, Summary } from '../protocol/report.ts';
import type { Expectation } from '../protocol/run.ts';

export interface ExpectedMetric {
  /** As written, in canonical spelling: `BOTTLENECKS <= 5`. */
  readonly text: string;
  readonly metric: string;
  /** `dwell`, `wait` or `duration`, for the statistics of a time. */
  readonly argument: string | null;
  readonly operator: CompareOperator;
  /** µs where the metric is that of a time. */
  readonly value: number;
}

/** Names of the statistics in a summary. */
const STATISTICS: ReadonlyMap<string, keyof Summary> = new Map([
  ['AVG', 'mean'],
  ['MIN', 'min'],
  ['MAX', 'max'],
  ['P50', 'median'],
  ['P90', 'p90'],
  ['P95', 'p95'],
  ['P99', 'p99'],
]);

function summaryOf(argument: string | null, report: AnalysisReport): Summary | undefined {
  if (argument === 'duration') return report.duration;
  if (argument === 'dwell') return report.dwell;
  return argument === 'wait' ? report.wait : undefined;
}

function actualOf(
  { metric, argument }: ExpectedMetric,
  report: AnalysisReport,
  accuracyRate: number | null,
): number | null {
  switch (metric.toUpperCase()) {
    case 'RECORDS':
      return report.interactions;
    case 'STEPS':
      return report.steps;
    case 'ERRORS':
      return report.errors;
    case 'BOTTLENECKS':
      return report.bottleneckCount;
    case 'PATHS':
      return report.pathCount;
    case 'ACCURACY':
      return accuracyRate;
    default: {
      const statistic = STATISTICS.get(metric.toUpperCase());
      return statistic === undefined ? null : (summaryOf(argument, report)?.[statistic] ?? null);
    }
  }
}

function holds(actual: number, operator: CompareOperator, value: number): boolean {
  switch (operator) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '<':
      return actual < value;
    case '<=':
      return actual <= value;
    case '>':
      return actual > value;
    case '>=':
      return actual >= value;
  }
}

/** What is unknown (an accuracy that nothing tells, the median of nothing) is not as expected. Times are in seconds. */
export function evaluateExpectations(
  expected: readonly ExpectedMetric[],
  report: AnalysisReport,
  accuracyRate: number | null,
): Expectation[] {
  return expected.map((one) => {
    const actual = actualOf(one, report, accuracyRate);
    const value = STATISTICS.has(one.metric.toUpperCase()) ? toSeconds(one.value) : one.value;
    return { text: one.text, actual, ok: actual !== null && holds(actual, one.operator, value) };
  });
}
