/** `cxq audit verify` and `cxq audit show`. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { showAudit, verifyAudit, visibleText } from '../output/index.ts';
import type { AuditVerifyOutput } from '../protocol/audit.ts';
import { CommandError, EXIT, type ExitCode, type Io, printJson } from './io.ts';

export interface AuditVerifyOptions {
  readonly files: readonly string[];
  readonly fromHash?: string;
  /** `SEQUENCE:HASH` of a record that was kept elsewhere. */
  readonly anchor?: string;
  readonly format: 'text' | 'json';
}

const HASH = /^[0-9a-f]{64}$/;

function readAnchor(text: string): { readonly sequence: number; readonly hash: string } {
  const [, sequence = '', hash = ''] = /^#?(\d{1,15}):(.*)$/.exec(text.trim().toLowerCase()) ?? [];
  if (sequence !== '' && HASH.test(hash)) return { sequence: Number(sequence), hash };
  throw new CommandError(
    EXIT.usage,
    `--anchor takes the number and the hash of a record, as "cxq run" prints them behind "audited": 12:9f3c… with all 64 digits. It cannot read ${text}.`,
  );
}

/** Full paths. A name under which there is nothing ends the command: no verdict on a chain is meant. */
async function existing(io: Io, files: readonly string[]): Promise<string[]> {
  const paths = files.map((file) => resolve(io.cwd, file));
  for (const path of paths) {
    const found = await stat(path).catch((error: unknown) => error);
    if (!(found instanceof Error) || !('code' in found)) continue;
    if (found.code === 'ENOENT' || found.code === 'ENOTDIR') {
      throw new CommandError(EXIT.usage, `There is no file or folder ${path}: there are no audit records.`);
    }
  }
  return paths;
}

export async function auditVerifyCommand(io: Io, options: AuditVerifyOptions): Promise<ExitCode> {
  const { anchor } = options;
  const fromHash = options.fromHash?.trim().toLowerCase();
  if (fromHash !== undefined && !HASH.test(fromHash)) {
    throw new CommandError(EXIT.usage, `--from-hash takes the 64 digits of a hash, not ${options.fromHash}.`);
  }
  const result = await verifyAudit(await existing(io, options.files), {
    ...(fromHash === undefined ? {} : { fromHash }),
    ...(anchor === undefined ? {} : { anchor: readAnchor(anchor) }),
  });
  if (options.format === 'json')
    await printJson(io, { schemaVersion: 1, ...result } satisfies AuditVerifyOutput);
  else {
    const { green, red, yellow } = io.colour;
    const mark = !result.ok ? red('✗') : result.records === 0 ? yellow('–') : green('✓');
    io.out(`${mark} ${visibleText(result.message)}\n`);
    if (result.head !== null) {
      io.out(io.colour.dim(`  head ${result.head.sequence}:${result.head.hash}\n`));
    }
  }
  return result.ok ? EXIT.ok : EXIT.problems;
}

export interface AuditShowOptions {
  readonly files: readonly string[];
}

export async function auditShowCommand(io: Io, options: AuditShowOptions): Promise<ExitCode> {
  try {
    const shown = await showAudit(await existing(io, options.files));
    if (shown.lines.length === 0) io.err('cxq: There are no audit records.\n');
    for (const line of shown.lines) io.out(`${line}\n`);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      EXIT.failed,
      `The audit records could not be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}
