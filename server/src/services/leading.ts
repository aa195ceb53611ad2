/** Where in the results each part of a query leads. */

import { type Analysis, clauseOf, type Expectation, type Query, type Span } from '../language/index.ts';
import { toSeconds } from '../protocol/instant.ts';
import type { Place } from '../protocol/panel.ts';

export interface LeadingPart extends Span {
  readonly clause: 'analyze' | 'expect' | 'compare';
  readonly place: Place;
}

/** By analysis: those that no tab is about are told in the overview. */
const BY_ANALYSIS: Readonly<Record<string, Place>> = {
  PATHS: { tab: 'paths' },
  LOOPS: { tab: 'flow' },
  FLOW: { tab: 'flow' },
  DECISIONS: { tab: 'decisions' },
  VARIABLES: { tab: 'variables' },
  ERRORS: { tab: 'table', filter: [{ kind: 'mark', mark: 'error' }] },
  OUTLIERS: { tab: 'timeline' },
};

const BY_METRIC: Readonly<Record<string, Place>> = {
  BOTTLENECKS: { tab: 'table', filter: [{ kind: 'mark', mark: 'bottleneck' }] },
  ERRORS: { tab: 'table', filter: [{ kind: 'mark', mark: 'error' }] },
  PATHS: { tab: 'paths', filter: [] },
  STEPS: { tab: 'table', filter: [] },
};

function placeOfAnalysis({ name }: Analysis): Place {
  return BY_ANALYSIS[name.text.toUpperCase()] ?? { tab: 'overview', filter: [] };
}

/** What speaks against a metric of times that had to stay low: the steps that took as long. */
function placeOfExpectation({ metric, operator, value }: Expectation): Place {
  const name = metric.name.text.toUpperCase();
  const known = BY_METRIC[name];
  if (known !== undefined) return known;
  const field = metric.argument?.text.toLowerCase();
  if (field === undefined) return { tab: 'overview', filter: [] };
  const isCeiling = operator === '<' || operator === '<=';
  const most = value?.kind === 'duration' ? value.micros : null;
  if (field !== 'dwell' || !isCeiling || most === null) return { tab: 'timeline', filter: [] };
  return { tab: 'table', filter: [{ kind: 'dwell', from: toSeconds(most), to: null }] };
}

function lead<T extends Span>(
  clause: LeadingPart['clause'],
  parts: readonly T[],
  placeOf: (part: T) => Place,
): LeadingPart[] {
  return parts.map((part) => ({ clause, start: part.start, end: part.end, place: placeOf(part) }));
}

/** The parts of a query that the results answer, in the order of the clauses. */
export function leadingParts(query: Query): LeadingPart[] {
  const [analyze, expected, compared] = [
    clauseOf(query, 'analyze'),
    clauseOf(query, 'expect'),
    clauseOf(query, 'compare'),
  ];
  return [
    ...(analyze === undefined ? [] : lead('analyze', analyze.analyses, placeOfAnalysis)),
    ...(expected === undefined ? [] : lead('expect', expected.expectations, placeOfExpectation)),
    ...(compared === undefined ? [] : lead('compare', [compared], () => ({ tab: 'compare' }))),
  ];
}
