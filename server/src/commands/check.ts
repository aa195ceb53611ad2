/** `cxq check`: diagnostics of files. */
import { check, parse } from '../language/index.ts';
import { visibleText } from '../output/index.ts';
import type { CheckOutput, Severity } from '../protocol/checked.ts';
import { type CheckedDiagnostic, checkText } from '../run/index.ts';
import { checkContext, readCheckedProfile } from './connection.ts';
import { FileProblems, queryFiles } from './files.ts';
import { clockOf, EXIT, type ExitCode, type Io, printJson, writeParts } from './io.ts';
import { plural } from './numbers.ts';
import { SarifReport } from './sarif.ts';

export interface CheckOptions {
  readonly files: readonly string[];
  readonly format: 'text' | 'json' | 'sarif';
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

/** Checks files one after another; one that cannot be read hides no other. */
export async function checkCommand(io: Io, options: CheckOptions): Promise<ExitCode> {
  const profile = await readCheckedProfile(io, options);
  const context = checkContext(profile, clockOf(io, options.now)(), options.profile !== undefined);
  const problems = new FileProblems(io);
  const counts: Record<Severity, number> = { error: 0, warning: 0, information: 0, hint: 0 };
  const exitCode = (): ExitCode => {
    if (problems.messages.length > 0) return EXIT.usage;
    return counts.error === 0 ? EXIT.ok : EXIT.problems;
  };
  const given = queryFiles(io, options.files, { keepsMark: false, onProblem: problems.add });

  if (options.format === 'sarif') {
    const report = new SarifReport(io.cwd);
    for await (const { path, text } of given) {
      const document = parse(text);
      const diagnostics = check(document, context);
      for (const { severity } of diagnostics) counts[severity]++;
      report.add(path, document, diagnostics);
    }
    const code = exitCode();
    await printJson(io, report.log(code, problems.messages));
    return code;
  }

  const files: CheckedFile[] = [];
  let fileCount = 0;
  for await (const { path, text } of given) {
    const diagnostics = checkText(text, context);
    for (const { severity } of diagnostics) counts[severity]++;
    fileCount++;
    if (options.format === 'json') files.push({ path, diagnostics });
    else
      await writeParts(
        io,
        diagnostics.map((found) => line(io, path, found)),
      );
  }
  const code = exitCode();
  const { error: errorCount, warning: warningCount } = counts;
  if (options.format === 'json') {
    await printJson(io, { schemaVersion: 1, files, errorCount, warningCount } satisfies CheckOutput);
  } else {
    const counted = `${plural(errorCount, 'error')}, ${plural(warningCount, 'warning')} in ${plural(fileCount, 'file')}`;
    io.err(`${code === EXIT.ok ? io.colour.green('✓') : io.colour.red('✗')} ${counted}\n`);
  }
  return code;
}
