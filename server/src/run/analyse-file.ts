/** The analysis of a history file, without a tenant. */
import type { AnalyseOptions } from '../analysis/index.ts';
import type { Finding } from '../protocol/panel-overview.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import { type LogOptions, parseHistory, readHistoryFile } from '../tenant/index.ts';
import type { HistorySource } from './analyser.ts';
import { analyseRecords } from './analysis-thread.ts';
import type { Outcome } from './host.ts';

export type { HistorySource } from './analyser.ts';

type History = Extract<Awaited<ReturnType<typeof readHistoryFile>>, { ok: true }>['history'];

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

/** Reads history of any format that is read: JSON in its forms, XES, OCEL, CSV, or gzip of one of these. */
export async function readHistory(source: HistorySource, log: LogOptions = {}): Promise<Outcome<History>> {
  const read =
    typeof source === 'string' ? await readHistoryFile(source, log) : await parseHistory(source.bytes, log);
  if (read.ok) return { ok: true, value: read.history };
  const { code, message } = read.error;
  return {
    ok: false,
    error: { code, message: typeof source === 'string' ? message : `${source.name} ${message}` },
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
