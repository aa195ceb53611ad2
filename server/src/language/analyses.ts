/** The analyses of ANALYZE and the parts that each takes. */
import type { AnalysisPart } from './tree.ts';

export interface AnalysisSpec {
  readonly name: string;
  readonly parts: readonly AnalysisPart['kind'][];
  /** Buckets that BY takes beside fields and variables. */
  readonly buckets: readonly string[];
  /** BY must be there. */
  readonly needsBy: boolean;
  readonly signature: string;
  /** One sentence. */
  readonly text: string;
}

const TIME = ['HOUR', 'DAY', 'WEEKDAY'];

function analysis(
  name: string,
  parts: AnalysisSpec['parts'],
  signature: string,
  text: string,
  more: Partial<AnalysisSpec> = {},
): AnalysisSpec {
  return { name, parts, buckets: [], needsBy: false, signature, text, ...more };
}

export const ANALYSES: readonly AnalysisSpec[] = [
  analysis(
    'BOTTLENECKS',
    ['over', 'on', 'by'],
    'BOTTLENECKS [OVER duration] [ON (nodeType, …)] [BY HOUR|DAY|WEEKDAY|field]',
    'Steps that took longer than a threshold.',
    { buckets: TIME },
  ),
  analysis('NODES', ['by'], 'NODES [BY HOUR|DAY|WEEKDAY|field]', 'Times and counts of each node.', {
    buckets: TIME,
  }),
  analysis(
    'TREND',
    ['by'],
    'TREND BY HOUR|DAY|field',
    'Counts, dwell and bottlenecks over time or by group.',
    {
      buckets: ['HOUR', 'DAY'],
      needsBy: true,
    },
  ),
  analysis('PATHS', ['top'], 'PATHS [TOP n]', 'The ways that interactions took, the commonest first.'),
  analysis('DECISIONS', ['on'], 'DECISIONS [ON (variable, …)]', 'Outcomes of decision points.'),
  analysis('VARIABLES', ['patterns'], 'VARIABLES [(pattern, …)]', 'Which variables changed, and where.'),
  analysis('FLOW', [], 'FLOW', 'Which node follows which, and how often.'),
  analysis('ERRORS', [], 'ERRORS', 'Where steps are in error.'),
  analysis('LOOPS', [], 'LOOPS', 'Nodes visited again.'),
  analysis('OUTLIERS', [], 'OUTLIERS', 'Steps that took unusually long for their node.'),
];

const byName = new Map(ANALYSES.map((known) => [known.name, known]));

/** An analysis by its name in any case. */
export function analysisNamed(name: string): AnalysisSpec | undefined {
  return byName.get(name.toUpperCase());
}

/** How a part of an analysis is written. */
export const PART_WORDS: Readonly<Record<AnalysisPart['kind'], string>> = {
  over: 'OVER',
  on: 'ON',
  top: 'TOP',
  by: 'BY',
  patterns: '(…)',
};
