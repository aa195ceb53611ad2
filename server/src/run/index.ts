/** The room that knows all the others: plan → retrieve → analyse → record, and what is kept of it. */

export { analyseFile } from './analyse-file.ts';
export { microsOf } from './analysis-settings.ts';
export { type CheckedDiagnostic, checkText } from './checked.ts';
export { type ComparedSource, compareSources } from './compare-kept.ts';
export {
  chosenFormat,
  type ExportProgress,
  type ExportRequest,
  exportHistory,
  exportRun,
} from './export.ts';
export type { FinishedRun } from './finish.ts';
export { dataFolder } from './folders.ts';
export { fail, type Outcome, type RunHost } from './host.ts';
export { describeRuns, KEEP, type KeepLimits } from './kept.ts';
export { readKnownHistory } from './known-history.ts';
export { readKnownValues } from './known-values.ts';
export { lastRunOf } from './last-run.ts';
export { openHistory } from './open-history.ts';
export { deliverDue, dropWaiting, retryMessages } from './outbox.ts';
export { patterns } from './patterns.ts';
export { type Choice, type MissingParameter, parameterValues, type RunRequest } from './prepare.ts';
export { openResults, type Results } from './results.ts';
export { type RunsOutcome, resumeRun, runQueries } from './run.ts';
export { isRunId, listRuns, whyNotKept } from './store.ts';
