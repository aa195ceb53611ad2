/** `cxq format`: the canonical layout of files. */
import { access, chmod, chown, constants, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { applied, format } from '../language/editing.ts';
import { type ParsedDocument, parse } from '../language/index.ts';
import { replaceFile, visibleText } from '../output/index.ts';
import { FileProblems, queryFiles } from './files.ts';
import { CommandError, EXIT, type ExitCode, type Io, writeParts } from './io.ts';
import { grouped, plural } from './numbers.ts';

export interface FormatOptions {
  readonly files: readonly string[];
  /** Rewrites the files that change. */
  readonly write?: boolean;
  /** Lists the files that would change. */
  readonly check?: boolean;
}

/**
 * Without an option the texts are printed, one after another. Exit code 1 where `--check` finds a file that is not in
 * order, or where syntax errors leave a query as it is.
 */
export async function formatCommand(io: Io, options: FormatOptions): Promise<ExitCode> {
  const write = options.write === true;
  if (write && options.files.includes('-')) {
    throw new CommandError(EXIT.usage, 'Standard input cannot be rewritten: leave --write out.');
  }
  const problems = new FileProblems(io);
  const prints = !write && options.check !== true;
  let count = 0;
  let changed = 0;
  let broken = 0;
  const given = queryFiles(io, options.files, { keepsMark: true, onProblem: problems.add });
  for await (const { path, text } of given) {
    const document = parse(text);
    const changes = format(document);
    const result = changes.length === 0 ? text : applied(text, changes);
    let isNew = false;
    count++;
    if (prints) await writeParts(io, [result]);
    else if (result !== text) {
      const problem = write ? await rewrite(resolve(io.cwd, path), path, result) : undefined;
      if (problem === undefined) {
        await writeParts(io, [`${visibleText(path)}\n`]);
        changed++;
        isNew = write;
      } else problems.add(problem);
    }
    // Places are those of the file as it is now.
    const left = leftAsItIs(path, isNew ? parse(result) : document);
    for (const message of left) io.err(`${visibleText(message)}\n`);
    if (left.length > 0) broken++;
  }
  const code =
    problems.messages.length > 0
      ? EXIT.usage
      : broken > 0 || (options.check === true && changed > 0)
        ? EXIT.problems
        : EXIT.ok;
  if (!prints) {
    const done = write ? 'formatted' : 'not in their layout';
    const mark = code === EXIT.ok ? io.colour.green('✓') : io.colour.red('✗');
    io.err(`${mark} ${plural(changed, 'file')} of ${grouped(count)} ${done}\n`);
  }
  return code;
}

/** One line for each query with syntax errors, and for what belongs to none. */
function leftAsItIs(path: string, document: ParsedDocument): string[] {
  const text = TextDocument.create('', 'cxq', 0, document.text);
  const mark = document.text.startsWith('\uFEFF') ? 1 : 0;
  const said = new Set<unknown>();
  const messages: string[] = [];
  for (const found of document.syntax) {
    if (found.severity !== 'error') continue;
    const item = document.items.findLast(({ start }) => start <= found.start);
    const query = item?.broken === true ? item : undefined;
    if (said.has(query)) continue;
    said.add(query);
    const { line, character } = text.positionAt(found.start);
    const place = `${path}:${line + 1}:${character + 1 - (line === 0 ? mark : 0)}`;
    const kind = query?.kind === 'parameter' ? 'parameter' : 'query';
    const name = query?.name == null ? `This ${kind}` : `The ${kind} ${query.name.text}`;
    const what = query === undefined ? 'What belongs to no query' : name;
    messages.push(`${place}: ${what} stays as it is, because of a syntax error. ${found.message}`);
  }
  return messages;
}

/** Replaces a file as a whole, where a link points to, with the rights that it has; gives what went wrong. */
async function rewrite(file: string, path: string, text: string): Promise<string | undefined> {
  try {
    const target = await realpath(file);
    const before = await stat(target);
    if (!before.isFile()) return `${path} is no ordinary file, so it cannot be rewritten.`;
    // The folder may allow what the file does not.
    await access(target, constants.W_OK);
    const mode = before.mode & 0o7777;
    await replaceFile(target, text, mode);
    await chmod(target, mode);
    const { uid, gid } = await stat(target);
    if (uid !== before.uid || gid !== before.gid) {
      await chown(target, before.uid, before.gid).catch(() => undefined);
    }
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      return `${path} may not be written by this user; check its permissions.`;
    }
    return `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
