/** Where this process keeps runs, their audit and what waits for webhooks; and on whose behalf. */
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { dataFolder, type RunHost } from '../run/index.ts';
import type { Io } from './io.ts';

/** The folders of the user's data, or those of `--runs`, which holds all of them. */
export function keptFolders(
  io: Io,
  runs: string | undefined,
): Pick<RunHost, 'runsFolder' | 'auditFolder' | 'outboxFolder'> {
  const home = runs === undefined ? dataFolder(io.env) : undefined;
  const runsFolder = home === undefined ? resolve(io.cwd, runs ?? '.') : join(home, 'runs');
  return {
    runsFolder,
    auditFolder: join(home ?? runsFolder, 'audit'),
    outboxFolder: join(home ?? runsFolder, 'outbox'),
  };
}

/** Who runs this process. */
export function userName(io: Io): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return io.env['USER'] ?? 'unknown';
  }
}
