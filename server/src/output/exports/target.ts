/** Where an export may be written: inside its base folder, by name and on the disk. */
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { errorCode, fileError } from '../files.ts';
import { failure, type Result, success } from '../result.ts';

/**
 * Reads a path of EXPORT without looking at the disk. Both kinds of slash separate, on every system, so that a
 * query means the same everywhere. Returns its parts below the base folder, or why it is refused (CXQ5003).
 */
export function exportPath(path: string): Result<readonly string[]> {
  const refuse = (why: string): Result<never> => failure('CXQ5003', `The export path "${path}" ${why}.`);
  if (path.trim() === '' || path.includes('\0')) return refuse('names no file');
  if (/^([A-Za-z]:|[\\/]|~[\\/])/.test(path)) return refuse('is absolute; give one below the folder');
  const parts: string[] = [];
  for (const part of path.split(/[\\/]/)) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.pop() === undefined) return refuse('leaves the folder');
    if (part !== '..') parts.push(part);
  }
  // A colon names a stream or a drive on Windows.
  if (parts.some((part) => part.includes(':')))
    return refuse('contains a colon, which some systems read as a drive');
  return parts.length === 0 || /[\\/]$/.test(path) ? refuse('names no file') : success(parts);
}

interface PreparedTarget {
  /** Full path, links resolved. */
  readonly file: string;
  /** Relative to the base, with slashes. */
  readonly path: string;
}

/**
 * The full path to write to, its folders created. Refused where a link on the way leads out of the base folder, or
 * where the file itself is a link.
 */
export async function prepareTarget(base: string, path: string): Promise<Result<PreparedTarget>> {
  const parts = exportPath(path);
  if (!parts.ok) return parts;
  try {
    const root = await realpath(base);
    let folder = root;
    for (const part of parts.value.slice(0, -1)) {
      folder = join(folder, part);
      await mkdir(folder).catch((error: unknown) => {
        if (errorCode(error) !== 'EEXIST') throw error;
      });
      // Resolved step by step: nothing is created beyond a link that leads out.
      folder = await realpath(folder);
      if (!isWithin(root, folder))
        return failure('CXQ5003', `The export path "${path}" leaves the folder by a link.`);
    }
    const target = join(folder, parts.value.at(-1) ?? '');
    const status = await lstat(target).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (status?.isSymbolicLink() === true) {
      return failure(
        'symlink',
        `The export path "${path}" is a symbolic link; remove it or name another file.`,
      );
    }
    if (status !== undefined && !status.isFile()) {
      return failure('not-a-file', `The export path "${path}" is no file; name another one.`);
    }
    return success({ file: target, path: parts.value.join('/') });
  } catch (error) {
    return { ok: false, error: fileError(error, `The export "${path}" cannot be written`) };
  }
}

/** Whether a full path lies in a folder, or is it, by their names alone. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || /^([A-Za-z]:|[\\/])/.test(way));
}
