/** What a run's results say of its query in the Problems view. No editor in here: tested alone. */
import type { FoundQuery, RunResult } from '../../../server/src/protocol/lsp.ts';
import { visible } from '../text.ts';

type Run = RunResult['runs'][number];

export interface RunProblem {
  /** null for the query as a whole, else the place of an expectation among those of the query. */
  readonly expectation: number | null;
  readonly message: string;
}

/** `7`, `0.981`, `1,204`. */
function figure(value: number): string {
  return value.toLocaleString('en-GB', { maximumFractionDigits: 3 });
}

/** What a person should not overlook: expectations that were not met, and that the results are not whole. */
export function problemsOf({ outcome, expectations, error, notes }: Run): RunProblem[] {
  const whole =
    outcome === 'partial' ? (error?.message ?? notes[0] ?? 'not all interactions came') : undefined;
  return [
    ...(whole === undefined
      ? []
      : [{ expectation: null, message: visible(`The results of the last run are partial: ${whole}`) }]),
    ...expectations.flatMap(({ ok, text, actual }, expectation): RunProblem[] => {
      if (ok) return [];
      const was = actual === null ? 'there was nothing to measure it by' : `it was ${figure(actual)}`;
      return [{ expectation, message: visible(`${text} was not met in the last run: ${was}.`) }];
    }),
  ];
}

/** Where a problem stands; undefined where its query is another one by now. */
export function placeOf({ expectation }: RunProblem, query: FoundQuery): FoundQuery['range'] | undefined {
  if (expectation === null) return query.head;
  return query.clauses.find(({ kind }) => kind === 'expect')?.parts[expectation];
}
