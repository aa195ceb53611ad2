/** The lock of an audit folder: one writer at a time, across processes. */
import { closeSync, openSync, rmdirSync, statSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type LockFileSystem, lock } from 'proper-lockfile';
import { errorCode } from '../files.ts';

/**
 * Each of these is done in a few microseconds, and the way to the thread pool and back takes fifty: four such ways are
 * longer than what makes a record durable. The lock is an empty file, not a folder as usual: to remove a folder takes
 * seven times as long.
 */
const fs: LockFileSystem = {
  mkdir: (path, done) => at(done, () => closeSync(openSync(path, 'wx', 0o600))),
  stat: (path, done) => at(done, () => statSync(path)),
  utimes: (path, accessed, modified, done) => at(done, () => utimesSync(path, accessed, modified)),
  rmdir: (path, done) => at(done, () => remove(path)),
  rmdirSync: remove,
};

/** Removes a lock, also one that is a folder. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'EISDIR' && errorCode(error) !== 'EPERM') throw error;
    rmdirSync(path);
  }
}

function at<T>(done: (error: unknown, result?: T) => void, work: () => T): void {
  let result: T;
  try {
    result = work();
  } catch (error) {
    done(error);
    return;
  }
  done(null, result);
}

/**
 * Takes the lock and returns what gives it back; `lost` is called when another process took it over. Throws ELOCKED
 * where another holds it, and what the file system says.
 */
export function lockFolder(folder: string, staleMs: number, lost: () => void): Promise<() => Promise<void>> {
  return lock(folder, {
    realpath: false,
    lockfilePath: join(folder, 'audit.lock'),
    stale: staleMs,
    update: 1_000,
    onCompromised: lost,
    fs,
  });
}
