/** What a report is made of: the analysis, and what it is of. */
import type { Comparison } from '../../../protocol/comparison.ts';
import type { AnalysisReport } from '../../../protocol/report.ts';
import type { Expectation, RetrievalReport, RunManifest, RunOutput } from '../../../protocol/run.ts';

/** The run that the report is of. Instants are RFC 3339. */
export interface ReportedRun {
  readonly kind: 'run';
  readonly runId: string;
  /** The query as it ran, with its parameters. */
  readonly text: string;
  readonly connection: string;
  readonly tenant: string;
  readonly timeZone: string;
  readonly startedAt: string;
  readonly window: RunManifest['window'];
  /** As the tenant was asked; empty for none. */
  readonly filter: string;
  readonly outcome: RunManifest['outcome'];
  /** Why it is not complete, in a sentence. */
  readonly error: string | null;
  /** null where the run was stopped before it could say. */
  readonly retrieval: RetrievalReport | null;
  readonly compliance: RunOutput['compliance'] | null;
  /** Of the run's end. A report that the run itself exports is written before its record. */
  readonly audit: RunOutput['audit'];
}

/** The history file that the report is of. */
export interface ReportedFile {
  readonly kind: 'file';
  readonly name: string;
}

/** One value, from which HTML and Markdown are made: the same one gives the same bytes. */
export interface ReportDocument {
  /** The query's name or title, or the file's name. */
  readonly title: string;
  /** What was found, in a sentence. */
  readonly headline: string;
  readonly of: ReportedRun | ReportedFile;
  readonly report: AnalysisReport;
  readonly comparison: Comparison | null;
  readonly expectations: readonly Expectation[];
  /** Sentences on what a person should know: what was cut, clamped or kept apart. */
  readonly notes: readonly string[];
}
