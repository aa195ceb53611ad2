/** The metrics of EXPECT. */
export interface MetricSpec {
  readonly name: string;
  /** Takes `dwell`, `wait` or `duration`, and is a duration; else a number. */
  readonly ofField: boolean;
  /** One sentence. */
  readonly text: string;
}

export const METRIC_FIELDS = ['dwell', 'wait', 'duration'] as const;

function count(name: string, text: string): MetricSpec {
  return { name, ofField: false, text };
}
function statistic(name: string, text: string): MetricSpec {
  return { name, ofField: true, text };
}

export const METRICS: readonly MetricSpec[] = [
  count('RECORDS', 'Interactions kept.'),
  count('STEPS', 'Steps of the interactions kept.'),
  count('ERRORS', 'Steps in error.'),
  count('BOTTLENECKS', 'Steps above the bottleneck threshold.'),
  count('PATHS', 'Distinct paths.'),
  count('ACCURACY', 'Share of the expected records that were retrieved, 0 to 1.'),
  statistic('AVG', 'Mean of a time.'),
  statistic('MIN', 'Least of a time.'),
  statistic('MAX', 'Greatest of a time.'),
  statistic('P50', 'Median of a time.'),
  statistic('P90', '90th percentile of a time.'),
  statistic('P95', '95th percentile of a time.'),
  statistic('P99', '99th percentile of a time.'),
];

const byName = new Map(METRICS.map((known) => [known.name, known]));

/** A metric by its name in any case. */
export function metricNamed(name: string): MetricSpec | undefined {
  return byName.get(name.toUpperCase());
}
