/** What a bench found, as rows of a table. */
import type { Times } from './measure.ts';

export interface Row {
  readonly what: string;
  readonly measured: string;
  /** What it is held against, measured in the same run. */
  readonly against: string;
  /** The bar of docs/benchmarks.md, and whether it was reached; null where there is none. */
  readonly bar: string;
  readonly reached: boolean | null;
}

export interface Section {
  readonly title: string;
  /** What was measured and how, a sentence or two. */
  readonly text: string;
  readonly rows: readonly Row[];
}

export function milliseconds({ median, p95 }: Times): string {
  return `${digits(median)} ms, p95 ${digits(p95)} ms`;
}

/** Three figures that mean something. */
export function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} KB`;
}

export function markdown({ title, text, rows }: Section): string {
  const cells = (values: readonly string[]): string => `| ${values.join(' | ')} |`;
  const verdict = ({ bar, reached }: Row): string =>
    reached === null ? bar : `${bar} ${reached ? '✓' : '✗'}`.trim();
  return [
    `## ${title}`,
    '',
    text,
    '',
    cells(['what', 'measured', 'against', 'bar']),
    cells(['---', '---', '---', '---']),
    ...rows.map((row) => cells([row.what, row.measured, row.against, verdict(row)])),
    '',
  ].join('\n');
}
