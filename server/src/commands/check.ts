/** `cxq check`: diagnostics of files. */
import { visibleText } from '../output/index.ts';
import type { CheckOutput } from '../protocol/checked.ts';
import { type CheckedDiagnostic, checkText } from '../run/index.ts';
import { checkContext, readCheckedProfile } from './connection.ts';
import { findFiles, readQueryFile } from './files.ts';
import { clockOf, EXIT, type ExitCode, type Io, printJson } from './io.ts';
import { plural } from './numbers.ts';

export interface CheckOptions {
  readonly files: readonly string[];
  readonly format: 'text' | 'json';
  readonly now?: string;
  readonly profile?: string;
}

type CheckedFile = CheckOutput['files'][number];

/** `file:line:column: error CXQ1003 message`, which editors and terminals make clickable. */
function line(io: Io, path: string, found: CheckedDiagnostic): string {
  const paint = {
    error: io.colour.red,
    warning: io.colour.yellow,
    information: io.colour.cyan,
    hint: io.colour.dim,
  };
  const { line: row, character } = found.range.start;
  const place = `${visibleText(path)}:${row + 1}:${character + 1}`;
  const fix = found.fixes[0];
  const remedy = fix === undefined ? '' : io.colour.dim(`  (fix: ${visibleText(fix.title)})`);
  return `${place}: ${paint[found.severity](found.severity)} ${found.code} ${visibleText(found.message)}${remedy}\n`;
}

export async function checkCommand(io: Io, options: CheckOptions): Promise<ExitCode> {
  const profile = await readCheckedProfile(io, options);
  const context = checkContext(profile, clockOf(io, options.now)(), options.profile !== undefined);
  const files: CheckedFile[] = [];
  for (const path of await findFiles(io, options.files)) {
    const text = await readQueryFile(io, path);
    files.push({ path, diagnostics: checkText(text, context) });
  }
  const all = files.flatMap((file) => file.diagnostics);
  const errorCount = all.filter((found) => found.severity === 'error').length;
  const warningCount = all.filter((found) => found.severity === 'warning').length;
  if (options.format === 'json') {
    await printJson(io, { schemaVersion: 1, files, errorCount, warningCount } satisfies CheckOutput);
  } else {
    for (const file of files) for (const found of file.diagnostics) io.out(line(io, file.path, found));
    const counted = `${plural(errorCount, 'error')}, ${plural(warningCount, 'warning')} in ${plural(files.length, 'file')}`;
    io.err(`${errorCount === 0 ? io.colour.green('✓') : io.colour.red('✗')} ${counted}\n`);
  }
  return errorCount === 0 ? EXIT.ok : EXIT.problems;
}
