/** A kept run, as a command line names it. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { dataFolder, isRunId, listRuns } from '../run/index.ts';
import { CommandError, EXIT, type Io } from './io.ts';
import { keptFolders } from './kept.ts';

/** A run with the folder that keeps it, or undefined for a history file. */
export interface NamedRun {
  readonly runId: string;
  readonly runs: string | undefined;
}

/** What the first argument names: a run's id, `latest`, a run's folder; else it is a file. */
export async function namedRun(
  io: Io,
  { source, runs }: { readonly source: string; readonly runs?: string },
): Promise<NamedRun | undefined> {
  if (source === '-') return undefined;
  const { runsFolder } = keptFolders(io, runs);
  if (source === 'latest') {
    const latest = (await listRuns(runsFolder)).find(({ outcome }) => outcome !== 'running');
    if (latest !== undefined) return { runId: latest.runId, runs };
    throw new CommandError(EXIT.usage, `No run is kept in ${runsFolder}.`);
  }
  const path = resolve(io.cwd, source);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) {
    const folder = dirname(path);
    const isHome = runs === undefined && folder === join(dataFolder(io.env), 'runs');
    if (isRunId(basename(path))) return { runId: basename(path), runs: isHome ? undefined : folder };
    throw new CommandError(EXIT.usage, `${source} is not the folder of a run: its name is no run's id.`);
  }
  if (found === undefined && isRunId(source)) return { runId: source, runs };
  if (found !== undefined) return undefined;
  throw new CommandError(
    EXIT.usage,
    `There is no run and no file ${source}. Name a run by its id, its folder or "latest", or a history file.`,
  );
}
