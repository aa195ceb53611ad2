/** The files of an audit folder and their lines. */
import { readSync } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const NAME = /^audit-(\d{4,9})\.jsonl$/;
const CHUNK = 65_536;
const NEWLINE = 0x0a;
/** Holds a last line of usual length. */
const LAST = 4_096;

/** `audit-0001.jsonl` for 1. */
export function auditFileName(number: number): string {
  return `audit-${String(number).padStart(4, '0')}.jsonl`;
}

/** The number in an audit file's name. */
export function auditFileNumber(name: string): number {
  return Number(NAME.exec(name)?.[1] ?? 0);
}

/** Full paths of a folder's audit files, oldest first. Throws where the folder cannot be read. */
export async function auditFiles(folder: string): Promise<string[]> {
  return sortAuditFiles(folder, await readdir(folder));
}

/** The audit files among the names of a folder, as full paths, oldest first. */
export function sortAuditFiles(folder: string, names: readonly string[]): string[] {
  return names
    .filter((name) => NAME.test(name))
    .sort((a, b) => auditFileNumber(a) - auditFileNumber(b))
    .map((name) => join(resolve(folder), name));
}

/** Files as given, a folder as its audit files. */
export async function resolveTargets(targets: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const target of targets) {
    const path = resolve(target);
    files.push(...((await lstat(path)).isDirectory() ? await auditFiles(path) : [path]));
  }
  return files;
}

export interface AuditLine {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  /** Without its line feed. */
  readonly bytes: Buffer;
  /** False for a last line that does not end in a line feed. */
  readonly ended: boolean;
}

/** Lines of a file as bytes, whatever its size; a line's limit is memory. */
export function readLines(file: string): AsyncGenerator<AuditLine> {
  return linesOf(file, chunksOf(file));
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r');
  try {
    for (;;) {
      const chunk = Buffer.alloc(CHUNK);
      const { bytesRead } = await handle.read(chunk, 0, CHUNK);
      if (bytesRead === 0) break;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Lines of what a file has in it, in pieces cut anywhere. */
export async function* linesOf(
  file: string,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<AuditLine> {
  let pending: Buffer[] = [];
  let number = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end));
      yield { file, number: ++number, bytes: Buffer.concat(pending), ended: true };
      pending = [];
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
  }
  const bytes = Buffer.concat(pending);
  if (bytes.length > 0) yield { file, number: ++number, bytes, ended: false };
}

export interface Tail {
  /** The last line that ends in a line feed. */
  readonly line: Buffer | undefined;
  /** What follows it: empty, or what a crash left. */
  readonly rest: Buffer;
  /** Offset at which `rest` begins. */
  readonly end: number;
}

/** The end of an open file of `size` bytes, read backwards: a few kilobytes, unless its last line is longer. */
export function readTail(file: number, size: number): Tail {
  for (let window = Math.min(size, LAST); ; window = Math.min(size, window * 4)) {
    const buffer = Buffer.alloc(window);
    let filled = 0;
    while (filled < window) {
      const read = readSync(file, buffer, filled, window - filled, size - window + filled);
      if (read === 0) break;
      filled += read;
    }
    const end = buffer.lastIndexOf(NEWLINE);
    const before = end > 0 ? buffer.lastIndexOf(NEWLINE, end - 1) : -1;
    if (window < size && before < 0) continue;
    return {
      line: end < 0 ? undefined : buffer.subarray(before + 1, end),
      rest: buffer.subarray(end + 1),
      end: size - window + end + 1,
    };
  }
}
