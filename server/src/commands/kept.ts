/** Where this process keeps runs, their audit and what waits for webhooks; and on whose behalf. */
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { dataFolder, KEEP, type KeepLimits, type RunHost } from '../run/index.ts';
import type { Io } from './io.ts';
import { wholeNumber } from './numbers.ts';

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

const DAYS = 'CXQ_KEEP_DAYS';
const MEGABYTES = 'CXQ_KEEP_MB';
const MEGABYTE = 1_000_000;

/** How long and how much is kept, as the environment says. */
export function keepLimits({ env }: Io): KeepLimits {
  const given = (name: string, most: number): number | undefined => {
    const text = env[name] ?? '';
    return text === '' ? undefined : wholeNumber(name, text, 1, most);
  };
  const megabytes = given(MEGABYTES, 1_000_000_000);
  return {
    maxAgeDays: given(DAYS, 36_500) ?? KEEP.maxAgeDays,
    maxBytes: megabytes === undefined ? KEEP.maxBytes : megabytes * MEGABYTE,
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
