/** The analysis of a history file, without a tenant. */
import type { AnalyseOptions } from '../analysis/index.ts';
import type { Interaction } from '../protocol/history.ts';
import type { Finding } from '../protocol/panel-overview.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunError } from '../protocol/run.ts';
import { type LogOptions, streamBytes, streamHistory } from '../tenant/index.ts';
import type { HistorySource } from './analyser.ts';
import { analyseRecords } from './analysis-thread.ts';
import type { Outcome } from './host.ts';

export type { HistorySource } from './analyser.ts';

export interface AnalyseFileOptions extends AnalyseOptions {
  /** How many paths and bottlenecks are listed; 0 for all. */
  readonly top: number;
  /** How a log of another tool is to be understood. */
  readonly log?: LogOptions;
}

export interface AnalysedFile {
  readonly report: AnalysisReport;
  readonly findings: readonly Finding[];
  /** Sentences on what a person should know of the file. */
  readonly notes: readonly string[];
}

/** A history file that is being read. */
export interface OpenedHistory {
  /** Once, in order. Ends early where the file turns out to be unreadable: `end` then says why. */
  readonly interactions: AsyncGenerator<Interaction, void>;
  /** How it ended, once all interactions were taken. */
  readonly end: () => Outcome<{ readonly notes: readonly string[]; readonly rejected: number }>;
}

/**
 * Reads history of any format that is read: JSON in its forms, XES, OCEL, CSV, or gzip of one of these. What comes is
 * not held here (of CSV and OCEL rows are, until the end of the file). An error at the file's beginning is the outcome.
 */
export async function openHistory(
  source: HistorySource,
  log: LogOptions = {},
): Promise<Outcome<OpenedHistory>> {
  const stretches = typeof source === 'string' ? streamHistory(source, log) : streamBytes(source.bytes, log);
  let rejected = 0;
  let notes: readonly string[] = [];
  let error: RunError | undefined;
  /** The interactions of the next stretch; undefined at the end. */
  const take = async (): Promise<readonly Interaction[] | undefined> => {
    const { value: stretch } = await stretches.next();
    if (stretch?.kind === 'records') {
      rejected += stretch.rejected.length;
      return stretch.interactions;
    }
    if (stretch?.kind === 'end') ({ notes } = stretch);
    if (stretch?.kind !== 'error') return undefined;
    const { code, message } = stretch.error;
    error = { code, message: typeof source === 'string' ? message : `${source.name} ${message}` };
    return undefined;
  };
  const first = await take();
  if (error !== undefined) return { ok: false, error };
  async function* interactions(): AsyncGenerator<Interaction, void> {
    try {
      for (let taken = first; taken !== undefined; taken = await take()) yield* taken;
    } finally {
      await stretches.return();
    }
  }
  return {
    ok: true,
    value: {
      interactions: interactions(),
      end: () => (error === undefined ? { ok: true, value: { notes, rejected } } : { ok: false, error }),
    },
  };
}

/**
 * Analyses a history file: nothing of it is held but the columns (of CSV and OCEL their rows, too, until the end of the
 * file). Errors: those of the file, `too-large`, `analysis`.
 */
export function analyseFile(
  source: HistorySource,
  { log = {}, ...options }: AnalyseFileOptions,
): Promise<Outcome<AnalysedFile>> {
  return analyseRecords({ kind: 'history', source, log }, {}, options);
}
