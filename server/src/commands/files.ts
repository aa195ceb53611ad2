/** Query files on the command line. */
import { lstat, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { visibleText } from '../output/index.ts';
import { CommandError, EXIT, type Io } from './io.ts';

/** The text of a file, or a sentence about why there is none. */
export type ReadText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

/** Text of a query file; `-` is standard input. Bytes that are no UTF-8 are refused. */
export async function readText(
  io: Io,
  path: string,
  { keepsMark }: { readonly keepsMark: boolean },
): Promise<ReadText> {
  if (path === '') return { ok: false, message: 'The name of the query file is empty.' };
  let bytes: Uint8Array;
  try {
    bytes = path === '-' ? await io.readStdin() : await readFile(resolve(io.cwd, path));
  } catch (error) {
    if (io.signal.aborted) throw error;
    return { ok: false, message: unreadable(path, error) };
  }
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: keepsMark }).decode(bytes) };
  } catch {
    return { ok: false, message: `${path} is not UTF-8 text. Save it as UTF-8.` };
  }
}

/** Text of a query file without its byte-order mark, or the end of the command. */
export async function readQueryFile(io: Io, path: string): Promise<string> {
  const read = await readText(io, path, { keepsMark: false });
  if (!read.ok) throw new CommandError(EXIT.usage, read.message);
  return read.text;
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

/** A file of a command line, with its text. */
export interface QueryFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The files that paths and globs name, each once, in the order given (a glob's in the order of their names), one at a
 * time. What cannot be read is handed to `onProblem`, and the others follow all the same.
 */
export async function* queryFiles(
  io: Io,
  patterns: readonly string[],
  { keepsMark, onProblem }: { readonly keepsMark: boolean; readonly onProblem: (message: string) => void },
): AsyncGenerator<QueryFile> {
  const seen = new Set<string>();
  for (const pattern of patterns) {
    const paths = await pathsOf(io, pattern);
    if (paths.length === 0) onProblem(`No file matches ${pattern}.`);
    for (const path of paths) {
      const key = path === '-' || path === '' ? path : resolve(io.cwd, path);
      if (seen.has(key)) continue;
      seen.add(key);
      io.signal.throwIfAborted();
      const read = await readText(io, path, { keepsMark });
      if (read.ok) yield { path, text: read.text };
      else onProblem(read.message);
    }
  }
}

/** What a path or glob names. A file whose name looks like a glob is that file. */
async function pathsOf(io: Io, pattern: string): Promise<readonly string[]> {
  if (pattern === '-' || !/[*?[\]{}!()]/.test(pattern)) return [pattern];
  const exists = await lstat(resolve(io.cwd, pattern)).then(
    () => true,
    () => false,
  );
  return exists ? [pattern] : (await glob(pattern, { cwd: io.cwd, expandDirectories: false })).sort();
}

/** Collects what cannot be read, and says it at once. */
export class FileProblems {
  readonly messages: string[] = [];
  readonly #io: Io;

  constructor(io: Io) {
    this.#io = io;
  }

  readonly add = (message: string): void => {
    this.messages.push(message);
    this.#io.err(`cxq: ${visibleText(message)}\n`);
  };
}
