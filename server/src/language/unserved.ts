/** What the language has and this version does not run yet. Such a query is refused: it never runs silently. */
import { formatNamed } from './formats.ts';
import { metricNamed } from './metrics.ts';
import type { Plan } from './plan.ts';

export interface Unserved {
  readonly clause: 'EXPORT' | 'EXPECT';
  /** A sentence: what is not served, and what to do. */
  readonly message: string;
}

/** The clauses of a plan that this version does not serve. */
export function unserved(plan: Plan): readonly Unserved[] {
  const found: Unserved[] = [];
  for (const { format } of plan.exports) {
    if (formatNamed(format)?.served === true) continue;
    const message = `EXPORT as ${format === '' ? 'this format' : format} is not served yet in this version: JSON, NDJSON and CSV are.`;
    found.push({ clause: 'EXPORT', message });
  }
  for (const { metric, text } of plan.expectations) {
    if (metricNamed(metric)?.served === true) continue;
    const message = `EXPECT ${text} is not served yet in this version: RECORDS, STEPS, ERRORS, BOTTLENECKS, PATHS and ACCURACY are.`;
    found.push({ clause: 'EXPECT', message });
  }
  return found;
}
