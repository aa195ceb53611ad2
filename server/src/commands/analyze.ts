/** `cxq analyze`: the analysis of a history file, without a tenant. */
import { resolve } from 'node:path';
import { visibleText } from '../output/index.ts';
import { analyseFile } from '../run/index.ts';
import { CommandError, EXIT, type ExitCode, type Io, printJson } from './io.ts';
import { type LogFlags, logOptions } from './log-options.ts';
import { wholeNumber } from './numbers.ts';
import { reportText } from './report-text.ts';
import { type ThresholdFlags, thresholdOptions } from './thresholds.ts';

export interface AnalyzeOptions extends LogFlags, ThresholdFlags {
  readonly file: string;
  readonly top: string;
  readonly format: 'text' | 'json';
}

export async function analyzeCommand(io: Io, options: AnalyzeOptions): Promise<ExitCode> {
  const rule = thresholdOptions(options);
  const top = wholeNumber('--top', options.top, 0, 1_000_000_000);
  const log = logOptions(options);
  if (options.file === '') throw new CommandError(EXIT.usage, 'The name of the history file is empty.');
  const source =
    options.file === '-'
      ? { name: 'Standard input', bytes: await io.readStdin() }
      : resolve(io.cwd, options.file);
  const analysed = await analyseFile(source, { ...rule, top, log });
  if (!analysed.ok) throw new CommandError(EXIT.failed, visibleText(analysed.error.message));
  const { report, findings, notes } = analysed.value;
  if (options.format === 'json') await printJson(io, report);
  else io.out(reportText(io, report, findings));
  for (const note of notes) io.err(`cxq: ${visibleText(note)}\n`);
  return EXIT.ok;
}
