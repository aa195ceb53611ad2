/** The analysis of a history file, without a tenant. */
import { type AnalyseOptions, analyse, createStore, rankFindings } from '../analysis/index.ts';
import type { Finding } from '../protocol/panel.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import { type LogOptions, parseHistory, readHistoryFile } from '../tenant/index.ts';
import type { Outcome } from './host.ts';

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

/** A history file's path, or bytes with the name under which messages speak of them. */
export type HistorySource = string | { readonly name: string; readonly bytes: Uint8Array };

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

/** Analyses a history file. */
export async function analyseFile(
  source: HistorySource,
  { top, log, ...thresholds }: AnalyseFileOptions,
): Promise<Outcome<AnalysedFile>> {
  const read = await readHistory(source, log);
  if (!read.ok) return read;
  const { value: history } = read;
  const store = createStore();
  for (const interaction of history.interactions) store.add(interaction);
  for (const rejected of history.rejected) store.addRejected(rejected);
  const report = analyse(store, { ...thresholds, top });
  const { conflicts } = store.counts;
  const twice = `${conflicts} interactions stand in the file twice with different steps; both were counted.`;
  const notes = conflicts > 0 ? [...history.notes, twice] : [...history.notes];
  return { ok: true, value: { report, findings: rankFindings(report, store, thresholds), notes } };
}
