/** The files of a run's folder. */

/** Those that its manifest names. */
export const RUN_FILES = {
  interactions: 'interactions.ndjson',
  rejected: 'rejected.ndjson',
  matches: 'matches.ndjson',
  report: 'report.json',
} as const;

export const MANIFEST = 'manifest.json';

/** Those that are there while the run can be taken up again. */
export const JOURNAL_FILES = {
  request: 'request.json',
  checkpoint: 'checkpoint.slots',
  seen: 'seen.ndjson',
  replaced: 'replaced.ndjson',
} as const;

/** What came, in the order in which it came, where the run ended with another. */
export const ARRIVED_FILES = {
  interactions: 'arrived-interactions.ndjson',
  matches: 'arrived-matches.ndjson',
} as const;

/** Files that grow as pages come. */
export const GROWING_FILES = {
  interactions: RUN_FILES.interactions,
  matches: RUN_FILES.matches,
  rejected: RUN_FILES.rejected,
  seen: JOURNAL_FILES.seen,
  replaced: JOURNAL_FILES.replaced,
} as const;
export type GrowingFile = keyof typeof GROWING_FILES;
