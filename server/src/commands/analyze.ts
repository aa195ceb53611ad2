/** `cxq analyze`: the analysis of a history file, without a tenant. */
import { resolve } from 'node:path';
import { analyse, createStore, rankFindings, type ThresholdOptions } from '../analysis/index.ts';
import { parseDuration } from '../language/index.ts';
import { readHistoryFile } from '../tenant/index.ts';
import { CommandError, EXIT, type ExitCode, type Io, printJson } from './io.ts';
import { wholeNumber } from './numbers.ts';
import { reportText } from './report-text.ts';

export interface AnalyzeOptions {
  readonly file: string;
  readonly over: string;
  readonly types?: string;
  readonly top: string;
  readonly format: 'text' | 'json';
}

function thresholds(options: AnalyzeOptions): ThresholdOptions {
  const over = parseDuration(options.over);
  if (over === undefined) {
    throw new CommandError(EXIT.usage, `--over is a duration such as 10s or 1m30s; ${options.over} is not.`);
  }
  const types = options.types
    ?.split(',')
    .map((type) => type.trim())
    .filter((type) => type !== '');
  if (types?.length === 0) throw new CommandError(EXIT.usage, '--types names one node type or more.');
  return { thresholdMicros: over, ...(types === undefined ? {} : { types }) };
}

export async function analyzeCommand(io: Io, options: AnalyzeOptions): Promise<ExitCode> {
  const rule = thresholds(options);
  const top = wholeNumber('--top', options.top, 0, 1_000_000_000);
  const read = await readHistoryFile(options.file === '-' ? '-' : resolve(io.cwd, options.file));
  if (!read.ok) throw new CommandError(EXIT.failed, read.error.message);
  const { history } = read;
  const store = createStore();
  for (const interaction of history.interactions) store.add(interaction);
  for (const rejected of history.rejected) store.addRejected(rejected);
  const report = analyse(store, { ...rule, top });
  if (options.format === 'json') printJson(io, report);
  else io.out(reportText(io, report, rankFindings(report, store, rule)));
  for (const note of history.notes) io.err(`cxq: ${note}\n`);
  const { conflicts } = store.counts;
  if (conflicts > 0) {
    io.err(
      `cxq: ${conflicts} interactions stand in the file twice with different steps; both were counted.\n`,
    );
  }
  return EXIT.ok;
}
