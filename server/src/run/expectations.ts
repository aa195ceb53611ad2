/** EXPECT: what a query promises of its result, compared with what came. */
import type { CompareOperator } from '../language/index.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { Expectation } from '../protocol/run.ts';

export interface ExpectedMetric {
  /** As written, in canonical spelling: `BOTTLENECKS <= 5`. */
  readonly text: string;
  readonly metric: string;
  readonly operator: CompareOperator;
  readonly value: number;
}

function actualOf(metric: string, report: AnalysisReport, accuracyRate: number | null): number | null {
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
    default:
      return null;
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

/** What is unknown (an accuracy that nothing tells) is not as expected. */
export function evaluateExpectations(
  expected: readonly ExpectedMetric[],
  report: AnalysisReport,
  accuracyRate: number | null,
): Expectation[] {
  return expected.map(({ text, metric, operator, value }) => {
    const actual = actualOf(metric, report, accuracyRate);
    return { text, actual, ok: actual !== null && holds(actual, operator, value) };
  });
}
