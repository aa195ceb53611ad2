/** The end of a folder's chain: where the next record goes, and what a crash left there. */
import { constants, fstatSync, readdirSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { AuditRecord } from '../../protocol/audit.ts';
import { createFile, errorCode, NO_FOLLOW, refuseLink, syncFolder, writeAll } from '../files.ts';
import { failure, type Result, success } from '../result.ts';
import { type AuditHead, follows, isIntact, readLink, sha256 } from './chain.ts';
import { auditFileName, auditFileNumber, readTail, sortAuditFiles } from './lines.ts';
import { OpenFile } from './open-file.ts';

export interface ChainEnd {
  /** The last file, open for appending. The caller closes it. */
  handle: OpenFile;
  file: string;
  size: number;
  readonly head: AuditHead | undefined;
  /** Names in the folder. */
  readonly names: string[];
}

/** A last line that was read or written before, and what it says: whoever finds it again need not read it again. */
export interface KnownLine extends AuditHead {
  /** Without its line feed. */
  readonly bytes: Buffer;
}

/** Links are refused by the flag; Windows has none, so there the name is looked at first. */
const LOOK_FIRST = NO_FOLLOW === 0;
const TORN = /^audit-torn-(\d+)(?:-\d+)?\.txt$/;

/**
 * Opens the last file (the first one is created) and finds the chain's head. A torn last line is set aside in a
 * file of its own. Refuses a last line that is no record: nothing can be chained to it. Under the folder's lock.
 */
export async function openEnd(folder: string, known?: KnownLine): Promise<Result<ChainEnd>> {
  const names = readdirSync(folder);
  const files = sortAuditFiles(folder, names);
  const file = files.at(-1) ?? join(folder, auditFileName(1));
  const { handle, size } = await openAppend(folder, file, files.length === 0);
  try {
    const { line, rest, end } = readTail(handle.descriptor, size);
    const head = line === undefined ? await headOf(files.slice(0, -1)) : readHead(line, known);
    if (head === 'damaged') {
      handle.close();
      const message = `The last line of ${file} is no audit record, so nothing can be chained to it; verify the chain, then move the folder away to begin a new one.`;
      return failure('damaged', message);
    }
    if (rest.length === 0) return success({ handle, file, size, head, names });
    const link = readLink(rest);
    if (link !== undefined && follows(link, head) && isIntact(link)) {
      // Only its line feed is missing: an editor took it, or a crash at the last byte.
      handle.write(Buffer.from('\n'));
      const { sequence, hash } = link;
      return success({ handle, file, size: size + 1, head: { sequence, hash }, names });
    }
    names.push(await setAside(folder, rest, (head?.sequence ?? -1) + 1));
    handle.truncate(end);
    return success({ handle, file, size: end, head, names });
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** Goes on in a new file. */
export async function nextFile(folder: string, end: ChainEnd): Promise<void> {
  const file = join(folder, auditFileName(auditFileNumber(basename(end.file)) + 1));
  const { handle } = await openAppend(folder, file, true);
  end.handle.close();
  end.handle = handle;
  end.file = file;
  end.size = 0;
}

/**
 * Torn lines that were set aside before the record to come, found by name: a crash right after setting one aside
 * loses no note.
 */
export async function tornBefore(folder: string, end: ChainEnd): Promise<AuditRecord['torn']> {
  const sequence = (end.head?.sequence ?? -1) + 1;
  const names = end.names.filter((name) => Number(TORN.exec(name)?.[1] ?? -1) === sequence);
  if (names.length === 0) return undefined;
  return Promise.all(
    names.sort().map(async (file) => {
      const bytes = await readFile(join(folder, file));
      return { file, bytes: bytes.length, sha256: sha256(bytes) };
    }),
  );
}

/** The head of a chain's files: of the last one that is not empty, since a crash can leave a new file empty. */
export async function headOf(files: readonly string[]): Promise<AuditHead | undefined | 'damaged'> {
  for (const file of [...files].reverse()) {
    const handle = await open(file, constants.O_RDONLY | NO_FOLLOW);
    try {
      const { line, rest } = readTail(handle.fd, fstatSync(handle.fd).size);
      const whole = rest.length > 0 ? readLink(rest) : undefined;
      if (whole !== undefined && isIntact(whole)) return { sequence: whole.sequence, hash: whole.hash };
      if (line !== undefined) return readHead(line);
    } finally {
      await handle.close();
    }
  }
  return undefined;
}

function readHead(line: Uint8Array, known?: KnownLine): AuditHead | 'damaged' {
  if (known?.bytes.equals(line) === true) return { sequence: known.sequence, hash: known.hash };
  const link = readLink(line);
  return link === undefined ? 'damaged' : { sequence: link.sequence, hash: link.hash };
}

/** Opens an audit file for appending; never through a link, never anything but a file, closed to others. */
async function openAppend(
  folder: string,
  file: string,
  create: boolean,
): Promise<{ readonly handle: OpenFile; readonly size: number }> {
  if (LOOK_FIRST) await refuseLink(file);
  const handle = OpenFile.append(file, create);
  try {
    const status = handle.status();
    if (!status.isFile()) throw Object.assign(new Error('no file'), { code: 'EISDIR' });
    if (!LOOK_FIRST && (status.mode & 0o077) !== 0) handle.closeToOthers();
    if (create) await syncFolder(folder);
    return { handle, size: status.size };
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** Keeps a torn line's bytes under the number of the record that comes instead of it; returns the file's name. */
async function setAside(folder: string, rest: Buffer, sequence: number): Promise<string> {
  const stem = `audit-torn-${String(sequence).padStart(6, '0')}`;
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? `${stem}.txt` : `${stem}-${attempt}.txt`;
    try {
      const handle = await createFile(join(folder, name), 0o600);
      try {
        await writeAll(handle, rest);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await syncFolder(folder);
      return name;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' || attempt >= 100) throw error;
    }
  }
}
