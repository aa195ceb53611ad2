/** `cxq audit verify` and `cxq audit show`. */
import { resolve } from 'node:path';
import { showAudit, verifyAudit, visibleText } from '../output/index.ts';
import type { AuditVerifyOutput } from '../protocol/audit.ts';
import { CommandError, EXIT, type ExitCode, type Io, printJson } from './io.ts';

export interface AuditVerifyOptions {
  readonly files: readonly string[];
  readonly fromHash?: string;
  readonly format: 'text' | 'json';
}

export async function auditVerifyCommand(io: Io, options: AuditVerifyOptions): Promise<ExitCode> {
  const files = options.files.map((file) => resolve(io.cwd, file));
  const result = await verifyAudit(
    files,
    options.fromHash === undefined ? {} : { fromHash: options.fromHash },
  );
  if (options.format === 'json')
    await printJson(io, { schemaVersion: 1, ...result } satisfies AuditVerifyOutput);
  else {
    const mark = result.ok ? io.colour.green('✓') : io.colour.red('✗');
    io.out(`${mark} ${visibleText(result.message)}\n`);
    if (result.head !== null) {
      io.out(io.colour.dim(`  head #${result.head.sequence} ${result.head.hash}\n`));
    }
  }
  return result.ok ? EXIT.ok : EXIT.problems;
}

export interface AuditShowOptions {
  readonly files: readonly string[];
}

export async function auditShowCommand(io: Io, options: AuditShowOptions): Promise<ExitCode> {
  try {
    const shown = await showAudit(options.files.map((file) => resolve(io.cwd, file)));
    for (const line of shown.lines) io.out(`${line}\n`);
    return EXIT.ok;
  } catch (error) {
    throw new CommandError(
      EXIT.failed,
      `The audit records could not be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}
