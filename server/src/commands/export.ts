/** `cxq export`: a kept run, or a history file, as a file of another format. */
import { isAbsolute, relative, resolve } from 'node:path';
import { grouped } from '../language/index.ts';
import { isWithin, visibleText } from '../output/index.ts';
import type { ExportedFile, RunError } from '../protocol/run.ts';
import {
  chosenFormat,
  type ExportProgress,
  type ExportRequest,
  exportHistory,
  exportRun,
} from '../run/index.ts';
import { CommandError, EXIT, type ExitCode, type Io } from './io.ts';
import { keptFolders, userName } from './kept.ts';
import { type LogFlags, logOptions } from './log-options.ts';
import { type NamedRun, namedRun } from './named-run.ts';

export interface ExportOptions extends LogFlags {
  readonly source: string;
  readonly as?: string;
  /** The same as `as`. */
  readonly format?: string;
  readonly out: string;
  readonly runs?: string;
}

/** As EXPORT writes it where it lies below the working directory; elsewhere it is the person's own choice. */
function outPath(io: Io, out: string): string {
  const full = resolve(io.cwd, out);
  return !isAbsolute(out) && isWithin(io.cwd, full) ? relative(io.cwd, full) : full;
}

function refuse({ code, message }: RunError): never {
  throw new CommandError(
    code === 'format' || code === 'gone' ? EXIT.usage : EXIT.failed,
    visibleText(message),
  );
}

function describe(io: Io, { path, format, records, bytes, sha256 }: ExportedFile): string {
  const what = `${grouped(records)} interaction${records === 1 ? '' : 's'}`;
  const size = `${format}, ${grouped(bytes)} byte${bytes === 1 ? '' : 's'}`;
  const mark = io.colour.green('✓');
  return `${mark} ${what} exported to ${visibleText(path)} (${size})\n${io.colour.dim(`  sha256 ${sha256}`)}\n`;
}

/** Shows on one line of the terminal how far it is; nothing where stderr is no terminal. */
function progressOf(io: Io): {
  readonly show: (progress: ExportProgress) => void;
  readonly clear: () => void;
} {
  if (!io.progress) return { show: () => undefined, clear: () => undefined };
  let shown = '';
  return {
    show: ({ records, share }) => {
      const text = `${Math.floor(share * 100)} %`;
      if (text === shown) return;
      shown = text;
      io.err(`\r\u001b[Kexporting ${text}, ${grouped(records)} interactions`);
    },
    clear: () => {
      if (shown !== '') io.err('\r\u001b[K');
    },
  };
}

async function exportKept(io: Io, { runId, runs }: NamedRun, request: ExportRequest): Promise<ExitCode> {
  const progress = progressOf(io);
  const host = { ...keptFolders(io, runs), exportFolder: io.cwd, profiles: new Map(), user: userName(io) };
  const exported = await exportRun(host, runId, request, io.signal, progress.show).finally(progress.clear);
  if (!exported.ok) refuse(exported.error);
  const { file, notes, audited } = exported.value;
  io.out(describe(io, file));
  for (const note of notes) io.err(`cxq: ${visibleText(note)}\n`);
  return audited ? EXIT.ok : EXIT.problems;
}

async function exportFile(
  io: Io,
  { source, ...flags }: ExportOptions,
  request: ExportRequest,
): Promise<ExitCode> {
  const from =
    source === '-' ? { name: 'Standard input', bytes: await io.readStdin() } : resolve(io.cwd, source);
  const exported = await exportHistory(io.cwd, from, request, io.signal, logOptions(flags));
  if (!exported.ok) refuse(exported.error);
  const { file, notes, rejected } = exported.value;
  io.out(describe(io, file));
  for (const note of notes) io.err(`cxq: ${visibleText(note)}\n`);
  if (rejected === 0) return EXIT.ok;
  const records = rejected === 1 ? '1 record' : `${grouped(rejected)} records`;
  io.err(`cxq: ${records} could not be read and are not in the file; cxq analyze says why.\n`);
  return EXIT.problems;
}

export async function exportCommand(io: Io, options: ExportOptions): Promise<ExitCode> {
  if (options.source === '') throw new CommandError(EXIT.usage, 'The name of the run or file is empty.');
  if (options.out === '') throw new CommandError(EXIT.usage, '--out names a file; the name is empty.');
  if (options.runs === '') throw new CommandError(EXIT.usage, '--runs names a folder; the name is empty.');
  const request = { format: options.as ?? options.format ?? null, path: outPath(io, options.out) };
  const format = chosenFormat(request);
  if (!format.ok) refuse(format.error);
  logOptions(options);
  const run = await namedRun(io, options);
  return run === undefined ? exportFile(io, options, request) : exportKept(io, run, request);
}
