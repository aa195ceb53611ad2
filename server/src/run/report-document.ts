/** The report of a run or of a history file, as a person sends it on: what stands in it. */
import { headline } from '../analysis/index.ts';
import type { ReportDocument } from '../output/index.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunManifest, RunOutput } from '../protocol/run.ts';

type Reported = Pick<
  RunManifest,
  | 'runId'
  | 'query'
  | 'title'
  | 'text'
  | 'connection'
  | 'tenant'
  | 'timeZone'
  | 'startedAt'
  | 'window'
  | 'filter'
  | 'outcome'
  | 'error'
>;

/** What a run's end tells. */
type Ended = Pick<RunOutput, 'retrieval' | 'compliance' | 'notes' | 'audit' | 'expectations'> & {
  readonly comparison?: RunOutput['comparison'];
};

/** Of a run; one that was stopped before its end tells less. */
export function runDocument(
  run: Reported,
  report: AnalysisReport,
  ended: Ended | undefined,
  notes: readonly string[] = [],
): ReportDocument {
  const { runId, text, connection, tenant, timeZone, startedAt, window, filter, outcome, error } = run;
  return {
    title: run.title ?? run.query ?? 'Query results',
    headline: headline(report),
    of: {
      kind: 'run',
      ...{ runId, text, connection, tenant, timeZone, startedAt, window, filter, outcome },
      error: error?.message ?? null,
      retrieval: ended?.retrieval ?? null,
      compliance: ended?.compliance ?? null,
      audit: ended?.audit ?? null,
    },
    report,
    comparison: ended?.comparison ?? null,
    expectations: ended?.expectations ?? [],
    notes: [...notes, ...(ended?.notes ?? [])],
  };
}

/** Of a history file. */
export function fileDocument(name: string, report: AnalysisReport, notes: readonly string[]): ReportDocument {
  return {
    ...{ title: name, headline: headline(report), of: { kind: 'file', name }, report },
    ...{ comparison: null, expectations: [], notes },
  };
}
