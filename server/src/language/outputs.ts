/** What a query wants made of what was read: analyses, expectations, exports, notices, a comparison. */
import type { Micros } from '../protocol/instant.ts';
import { ANALYSES, analysisNamed } from './analyses.ts';
import { fieldNamed } from './fields.ts';
import { type Format, formatNamed, formatOfPath } from './formats.ts';
import { metricNamed } from './metrics.ts';
import { operandText } from './print.ts';
import { durationOf, type Environment, literalOf } from './resolve.ts';
import type { CompareOperator, Query } from './tree.ts';

export interface PlannedAnalysis {
  readonly name: string;
  readonly over: Micros | null;
  /** Node types, or variables as dotted paths. */
  readonly on: readonly string[];
  readonly top: number | null;
  readonly by: string | null;
  readonly patterns: readonly string[];
}

export interface PlannedExpectation {
  /** As CXQ, `BOTTLENECKS <= 5`. */
  readonly text: string;
  readonly metric: string;
  readonly argument: string | null;
  readonly operator: CompareOperator;
  /** Microseconds where the metric is a duration. */
  readonly value: number;
}

/** The outputs of a query; without ANALYZE every analysis with its defaults. */
export function readOutputs(query: Query, environment: Environment) {
  const analyses: PlannedAnalysis[] = [];
  const expectations: PlannedExpectation[] = [];
  const exports: { path: string; format: Format }[] = [];
  const notify: string[] = [];
  let compare: string | null = null;
  for (const clause of query.clauses) {
    if (clause.kind === 'analyze') {
      for (const analysis of clause.analyses) {
        const name = analysisNamed(analysis.name.text)?.name ?? analysis.name.text;
        let planned: PlannedAnalysis = { name, over: null, on: [], top: null, by: null, patterns: [] };
        for (const part of analysis.parts) {
          if (part.kind === 'over' && part.amount !== null) {
            planned = { ...planned, over: durationOf(part.amount, environment) ?? null };
          }
          if (part.kind === 'on') planned = { ...planned, on: part.items.map((item) => item.path.join('.')) };
          if (part.kind === 'top') planned = { ...planned, top: part.count?.value ?? null };
          if (part.kind === 'by') planned = { ...planned, by: part.name?.text ?? null };
          if (part.kind === 'patterns')
            planned = { ...planned, patterns: part.patterns.map((one) => one.text) };
        }
        analyses.push(planned);
      }
    }
    if (clause.kind === 'expect') {
      for (const { metric, operator, value } of clause.expectations) {
        const name = metricNamed(metric.name.text)?.name ?? metric.name.text;
        const literal = value === null ? undefined : literalOf(value, environment);
        const number =
          literal?.kind === 'number' ? literal.value : literal?.kind === 'duration' ? literal.micros : null;
        if (operator === null || value === null || number == null) continue;
        const argument = metric.argument === null ? null : (fieldNamed(metric.argument.text)?.name ?? null);
        const text = `${name}${argument === null ? '' : `(${argument})`} ${operator} ${operandText(value)}`;
        expectations.push({ text, metric: name, argument, operator, value: number });
      }
    }
    if (clause.kind === 'export' && clause.path !== null) {
      const format =
        clause.format === null ? formatOfPath(clause.path.value) : formatNamed(clause.format.text);
      if (format !== undefined) exports.push({ path: clause.path.value, format: format.name });
    }
    if (clause.kind === 'notify' && clause.url !== null) notify.push(clause.url.value);
    if (clause.kind === 'compare' && clause.target !== null) {
      compare = clause.target.text.toUpperCase() === 'PREVIOUS' ? 'PREVIOUS' : clause.target.text;
    }
  }
  const defaults = ANALYSES.map(
    ({ name }): PlannedAnalysis => ({ name, over: null, on: [], top: null, by: null, patterns: [] }),
  );
  return { analyses: analyses.length > 0 ? analyses : defaults, expectations, exports, notify, compare };
}
