/** Query files on the command line. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { CommandError, EXIT, type Io } from './io.ts';

/** Text of a query file without its byte-order mark; `-` is standard input. Bytes that are no UTF-8 are refused. */
export async function readQueryFile(io: Io, path: string): Promise<string> {
  if (path === '') throw new CommandError(EXIT.usage, 'The name of the query file is empty.');
  let bytes: Uint8Array;
  try {
    bytes = path === '-' ? await io.readStdin() : await readFile(resolve(io.cwd, path));
  } catch (error) {
    throw new CommandError(EXIT.usage, unreadable(path, error));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(EXIT.usage, `${path} is not UTF-8 text. Save it as UTF-8.`);
  }
}

function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `There is no file ${path}. Check the path.`;
  if (code === 'EISDIR') return `${path} is a folder; name a .cxq file in it.`;
  if (code === 'EACCES' || code === 'EPERM') {
    return `${path} may not be read by this user; check its permissions.`;
  }
  return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
}

/** Files by path or glob, each once, in the order given; a glob's in the order of their names. */
export async function findFiles(io: Io, patterns: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    if (pattern === '-' || !/[*?[\]{}!()]/.test(pattern)) {
      found.add(pattern);
      continue;
    }
    const matches = (await glob(pattern, { cwd: io.cwd, expandDirectories: false })).sort();
    if (matches.length === 0) throw new CommandError(EXIT.usage, `No file matches ${pattern}.`);
    for (const match of matches) found.add(match);
  }
  return [...found];
}
