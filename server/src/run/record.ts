/** What proves a run and what it leaves: audit records and exports. */
import { deriveSteps } from '../analysis/index.ts';
import { type Audited, AuditLog, exportFormat, isWritten, writeExport } from '../output/index.ts';
import type { AuditEvent } from '../protocol/audit.ts';
import type { ExportedFile, RunError } from '../protocol/run.ts';
import type { RunHost } from './host.ts';
import { isProcessAlive, type KeptInteraction, readManifest } from './store.ts';

/** The audit of one run. A record that cannot be written never ends the run: it says "not audited". */
export class RunAudit {
  readonly #log: AuditLog;
  readonly #host: RunHost;
  /** Why a record is missing, for the run's notes. */
  failure: RunError | undefined;

  constructor(host: RunHost, secrets: () => readonly string[]) {
    this.#host = host;
    this.#log = new AuditLog(host.auditFolder, { secrets });
  }

  /** Closes runs whose process was killed, before a new one begins. */
  async closeAbandoned(): Promise<void> {
    const closed = await this.#log.closeAbandoned(async (started) => {
      const manifest = await readManifest(this.#host.runsFolder, started.run_id);
      return manifest?.outcome === 'running' && isProcessAlive(manifest.process);
    });
    if (closed.ok) for (const record of closed.value) this.#host.onAudited?.(record);
    else this.failure = closed.error;
  }

  async append(event: AuditEvent): Promise<Audited | undefined> {
    const written = await this.#log.append(event);
    if (written.ok) {
      this.#host.onAudited?.(written.value);
      return written.value;
    }
    this.failure = written.error;
    return undefined;
  }
}

export interface WantedExport {
  readonly path: string;
  readonly format: string | null;
}

/** Writes the exports of a run, whole; the first that fails is named and the others are written all the same. */
export async function writeExports(
  host: RunHost,
  audit: RunAudit,
  runId: string,
  wanted: readonly WantedExport[],
  kept: readonly KeptInteraction[],
  signal: AbortSignal,
): Promise<{ readonly files: ExportedFile[]; readonly error: RunError | undefined }> {
  const files: ExportedFile[] = [];
  let failed: RunError | undefined;
  for (const { path, format: named } of wanted) {
    const format = exportFormat(path, named);
    if (format === undefined || !isWritten(format)) {
      failed ??= {
        code: 'unserved',
        message: `The export ${path} has a format that this version does not write.`,
      };
      continue;
    }
    const items = kept.map(({ interaction }) => ({ interaction, steps: deriveSteps(interaction).steps }));
    const written = await writeExport(format, items, { base: host.exportFolder, path, signal });
    if (!written.ok) {
      failed ??= { code: 'export', message: written.error.message };
      continue;
    }
    files.push(written.value);
    await audit.append({
      event: 'export',
      run_id: runId,
      path: written.value.path,
      format: written.value.format,
      records: written.value.records,
      sha256: written.value.sha256,
      user: host.user,
    });
  }
  return { files, error: failed };
}
