/** Files that must not follow links, be read by others, or be left half written. */
import { randomBytes } from 'node:crypto';
import { constants, lstatSync } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { OutputError } from './result.ts';

/** Absent on Windows, where creating a symbolic link takes a privilege; there callers look with `lstat`. */
export const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** The `code` of an error of the operating system (`ENOSPC`, …), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const REASONS: Readonly<Record<string, readonly [code: string, reason: string]>> = {
  ENOSPC: ['disk-full', 'the disk is full; free some space and try again'],
  EDQUOT: ['disk-full', 'the disk quota is used up; free some space and try again'],
  EFBIG: ['disk-full', 'the file may not grow any further; raise its limit'],
  EROFS: ['read-only', 'the file system is read-only; choose another folder'],
  EACCES: ['read-only', 'the folder may not be written to; check its owner and permissions'],
  EPERM: ['read-only', 'the folder may not be written to; check its owner and permissions'],
  ELOOP: ['symlink', 'a symbolic link stands in its place; remove the link'],
  ENOTDIR: ['not-a-folder', 'a part of the path is a file, not a folder'],
  EEXIST: ['not-a-folder', 'a file stands in its place'],
  EISDIR: ['not-a-file', 'a folder stands in its place'],
  ENOENT: ['missing', 'it does not exist'],
  ELOCKED: ['locked', 'another process holds its lock; close other windows that use it and try again'],
};

/** Puts a failed file operation into words: `what` is the start of the sentence. */
export function fileError(error: unknown, what: string): OutputError {
  const code = errorCode(error);
  const known = code === undefined ? undefined : REASONS[code];
  if (known !== undefined) return { code: known[0], message: `${what}: ${known[1]}.` };
  const detail = error instanceof Error ? error.message : String(error);
  return { code: 'io', message: `${what}: ${detail}.` };
}

/**
 * Creates a folder and those above it, for their owner alone (0700). Not Node's own recursion, which never ends where
 * a folder that is there takes no other (`/proc`).
 */
export async function makeFolders(folder: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(folder, { mode: 0o700 }).catch(async (error: unknown) => {
      if (errorCode(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
    });
  try {
    await make();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolders(dirname(folder));
    await make();
  }
}

/** Throws ELOOP where a symbolic link stands; what is not there is no link. */
export async function refuseLink(path: string): Promise<void> {
  const status = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (status?.isSymbolicLink() === true) throw linkInPlace();
}

/** The same at once, where the way to the thread pool and back would take longer than the look. */
export function refuseLinkNow(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) throw linkInPlace();
}

function linkInPlace(): Error {
  return Object.assign(new Error('symbolic link'), { code: 'ELOOP' });
}

/**
 * Creates a folder for its owner alone (0700), and closes one that was open to others. The folder itself may not be a
 * link; those above it may.
 */
export async function privateFolder(folder: string): Promise<void> {
  await makeFolders(folder);
  await refuseLink(folder);
  if (process.platform === 'win32') return;
  const status = await stat(folder);
  if ((status.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/** Writes all bytes or throws: a short write means that the disk is full. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, offset);
    if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
    offset += bytesWritten;
  }
}

/** Makes a created or renamed name durable; a no-op where folders cannot be synced. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a file that must not exist yet, not even as a dangling link. */
export async function createFile(path: string, mode: number): Promise<FileHandle> {
  return open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, mode);
}

/** A name beside `path` that nobody else uses; a reader that lists the folder skips it by its leading dot. */
export function temporaryName(path: string): string {
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
  return `${path.slice(0, cut)}.${path.slice(cut)}.${randomBytes(6).toString('hex')}.tmp`;
}

/** Replaces a file as a whole: after a crash there is the old content or the new one, never a part. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = temporaryName(path);
  const handle = await createFile(temporary, mode);
  try {
    await writeAll(handle, Buffer.from(text));
    await handle.datasync();
    await handle.close();
    await rename(temporary, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}
