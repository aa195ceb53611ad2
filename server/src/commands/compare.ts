/** `cxq compare`: two runs or history files beside each other. */
import { basename, resolve } from 'node:path';
import { formatSeconds } from '../analysis/index.ts';
import { visibleText } from '../output/index.ts';
import type { Comparison } from '../protocol/comparison.ts';
import { type ComparedSource, compareSources } from '../run/index.ts';
import { CommandError, EXIT, type ExitCode, type Io, printJson } from './io.ts';
import { keptFolders } from './kept.ts';
import { shorten, wrap } from './layout.ts';
import { type LogFlags, logOptions } from './log-options.ts';
import { namedRun } from './named-run.ts';
import { grouped, wholeNumber } from './numbers.ts';
import { percent, table } from './table.ts';
import { type ThresholdFlags, thresholdOptions } from './thresholds.ts';

export interface CompareFlags extends LogFlags, ThresholdFlags {
  readonly a: string;
  readonly b: string;
  readonly top: string;
  readonly runs?: string;
  readonly format: 'text' | 'json';
}

const SHOWN = 15;

async function sourceOf(io: Io, name: string, flags: CompareFlags): Promise<ComparedSource> {
  if (name === '') throw new CommandError(EXIT.usage, 'The name of a run or file is empty.');
  const { runs } = flags;
  const run = await namedRun(io, { source: name, ...(runs === undefined ? {} : { runs }) });
  if (run !== undefined) {
    return { label: run.runId, runId: run.runId, runsFolder: keptFolders(io, run.runs).runsFolder };
  }
  const log = logOptions(flags);
  if (name === '-') {
    const label = 'standard input';
    return { label, file: { name: 'Standard input', bytes: await io.readStdin() }, log };
  }
  return { label: basename(name), file: resolve(io.cwd, name), log };
}

function comparisonText(io: Io, { verdict, nodes, counts }: Comparison): string {
  const { colour } = io;
  const [first = '', ...rest] = verdict;
  let text = `${colour.bold(visibleText(first))}\n`;
  for (const sentence of rest) {
    const [head = '', ...more] = wrap(visibleText(sentence), io.columns - 4);
    text += `  ${colour.cyan('•')} ${head}\n${more.map((line) => `    ${line}\n`).join('')}`;
  }
  if (nodes.length === 0) return text;
  const shown = nodes.slice(0, SHOWN);
  const seconds = (value: number | null): string => (value === null ? '–' : formatSeconds(value));
  const sign = (value: number | null): string => {
    if (value === null) return '–';
    return value === 0 ? '0 s' : `${value < 0 ? '−' : '+'}${formatSeconds(Math.abs(value))}`;
  };
  text += `\n${colour.bold('Nodes')}${counts.nodes > shown.length ? colour.dim(` (${shown.length} of ${grouped(counts.nodes)})`) : ''}\n`;
  return (
    text +
    table(
      io,
      ['node', 'visited a', 'b', 'median a', 'b', 'difference', 'q'],
      [1, 2, 3, 4, 5, 6],
      shown.map(({ nodeId, nodeName, share, time }) => [
        shorten(nodeName ?? nodeId, 34),
        share.a.share === null ? '–' : percent(share.a.share),
        share.b.share === null ? '–' : percent(share.b.share),
        seconds(time.a.median),
        seconds(time.b.median),
        sign(time.difference),
        time.q === null ? '–' : time.q < 0.001 ? '< 0.001' : time.q.toFixed(3),
      ]),
    )
  );
}

export async function compareCommand(io: Io, flags: CompareFlags): Promise<ExitCode> {
  const thresholds = thresholdOptions(flags);
  const top = wholeNumber('--top', flags.top, 0, 1_000_000_000);
  if (flags.runs === '') throw new CommandError(EXIT.usage, '--runs names a folder; the name is empty.');
  if (flags.a === '-' && flags.b === '-') {
    throw new CommandError(
      EXIT.usage,
      'Standard input can be one side only; name a run or a file for the other.',
    );
  }
  const [a, b] = [await sourceOf(io, flags.a, flags), await sourceOf(io, flags.b, flags)];
  const compared = await compareSources(a, b, { ...thresholds, top });
  if (!compared.ok) {
    const { code, message } = compared.error;
    throw new CommandError(code === 'gone' ? EXIT.usage : EXIT.failed, visibleText(message));
  }
  const { comparison, notes } = compared.value;
  if (flags.format === 'json') await printJson(io, comparison);
  else io.out(comparisonText(io, comparison));
  for (const note of notes) io.err(`cxq: ${visibleText(note)}\n`);
  return EXIT.ok;
}
