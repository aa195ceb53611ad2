/** `cxq analyze`: the analysis of a history file, without a tenant. */
import { resolve } from 'node:path';
import { visibleText } from '../output/index.ts';
import { analyseFile } from '../run/index.ts';
import { isTimeZone } from '../tenant/index.ts';
import { CommandError, EXIT, type ExitCode, type Io, printJson } from './io.ts';
import { type LogFlags, logOptions } from './log-options.ts';
import { wholeNumber } from './numbers.ts';
import { reportText } from './report-text.ts';
import { type ThresholdFlags, thresholdOptions } from './thresholds.ts';
import { withoutValues } from './trend-text.ts';

export interface AnalyzeOptions extends LogFlags, ThresholdFlags {
  readonly file: string;
  readonly top: string;
  /** HOUR, DAY, WEEKDAY, a field or a variable; one table each. */
  readonly by: readonly string[];
  readonly timeZone?: string;
  readonly format: 'text' | 'json';
}

export async function analyzeCommand(io: Io, options: AnalyzeOptions): Promise<ExitCode> {
  const rule = thresholdOptions(options);
  const top = wholeNumber('--top', options.top, 0, 1_000_000_000);
  const log = logOptions(options);
  if (options.file === '') throw new CommandError(EXIT.usage, 'The name of the history file is empty.');
  const { by, timeZone } = options;
  if (by.includes(''))
    throw new CommandError(EXIT.usage, '--by names HOUR, DAY, WEEKDAY, a field or a variable.');
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw new CommandError(
      EXIT.usage,
      `--time-zone is an IANA name such as UTC or Europe/Berlin; ${timeZone} is none.`,
    );
  }
  const source =
    options.file === '-'
      ? { name: 'Standard input', bytes: await io.readStdin() }
      : resolve(io.cwd, options.file);
  const grouped = by.map((one) => ({ analysis: 'TREND', by: one }));
  const analysed = await analyseFile(source, {
    ...rule,
    ...{ top, log, grouped },
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  if (!analysed.ok) throw new CommandError(EXIT.failed, visibleText(analysed.error.message));
  const { report, findings, notes } = analysed.value;
  if (options.format === 'json') await printJson(io, report);
  else io.out(reportText(io, report, findings, { groups: by.length > 0 }));
  for (const note of notes) io.err(`cxq: ${visibleText(note)}\n`);
  for (const name of withoutValues(report.trends)) {
    io.err(
      `cxq: No step has a value of ${name}: --by takes a field such as nodeType, or a variable such as priority.\n`,
    );
  }
  return EXIT.ok;
}
