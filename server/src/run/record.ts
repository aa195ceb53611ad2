/** What proves a run and what it leaves: audit records and exports. */
import { deriveSteps } from '../analysis/index.ts';
import type { Plan } from '../language/index.ts';
import { type Audited, AuditLog, type ReportDocument, writeExport, writeReport } from '../output/index.ts';
import type { AuditEvent } from '../protocol/audit.ts';
import { isReport, type RecordFormat, type ReportFormat } from '../protocol/formats.ts';
import type { Interaction } from '../protocol/history.ts';
import type { ExportedFile, RunError } from '../protocol/run.ts';
import type { Outcome, RunHost } from './host.ts';
import { isProcessAlive } from './process.ts';
import { readManifest } from './store.ts';

/** What the audit needs of a door. */
export type AuditHost = Pick<RunHost, 'auditFolder' | 'runsFolder' | 'user' | 'onAudited'>;

/** The audit of one run. A record that cannot be written never ends the run: it says "not audited". */
export class RunAudit {
  readonly #log: AuditLog;
  readonly #host: AuditHost;
  /** Why a record is missing, for the run's notes. */
  failure: RunError | undefined;

  constructor(host: AuditHost, secrets: () => readonly string[]) {
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

/** Where an export goes: a path below a folder that it must not leave. */
export interface ExportPlace {
  readonly base: string;
  readonly path: string;
  /** What the audit calls the file, where that is not the path below the base. */
  readonly name?: string;
}

/** Interactions as an export takes them, with what analysis says of their steps. */
export function exportItem(interaction: Interaction): {
  interaction: Interaction;
  steps: ReturnType<typeof deriveSteps>['steps'];
} {
  return { interaction, steps: deriveSteps(interaction).steps };
}

type ExportItem = ReturnType<typeof exportItem>;

/** What is written: interactions, or the report. */
export type Exportable =
  | {
      readonly format: RecordFormat;
      readonly items: () => Iterable<ExportItem> | AsyncIterable<ExportItem>;
    }
  | { readonly format: ReportFormat; readonly document: ReportDocument };

/** Writes one file, whole, and no record of it. */
export async function writeOne(
  what: Exportable,
  { base, path, name }: ExportPlace,
  signal: AbortSignal,
): Promise<Outcome<ExportedFile>> {
  const target = { base, path, signal };
  const written =
    'items' in what
      ? await writeExport(what.format, what.items(), target)
      : await writeReport(what.format, what.document, target);
  if (!written.ok) return written;
  return { ok: true, value: { ...written.value, ...(name === undefined ? {} : { path: name }) } };
}

/** Writes one export of a run, whole, and the record of it. Its audit says whether that could be written. */
export async function exportOne(
  { user }: AuditHost,
  audit: RunAudit,
  runId: string,
  what: Exportable,
  place: ExportPlace,
  signal: AbortSignal,
): Promise<Outcome<ExportedFile>> {
  const written = await writeOne(what, place, signal);
  if (!written.ok) return written;
  const file = written.value;
  await audit.append({
    event: 'export',
    run_id: runId,
    path: file.path,
    format: file.format,
    records: file.records,
    sha256: file.sha256,
    user,
  });
  return { ok: true, value: file };
}

/** Writes the exports that a plan asks for; the first that fails is named and the others are written all the same. */
export async function writeExports(
  host: RunHost,
  audit: RunAudit,
  runId: string,
  wanted: Plan['exports'],
  items: () => AsyncIterable<ExportItem>,
  document: () => ReportDocument,
  signal: AbortSignal,
): Promise<{ readonly files: ExportedFile[]; readonly error: RunError | undefined }> {
  const files: ExportedFile[] = [];
  let failed: RunError | undefined;
  for (const { path, format } of wanted) {
    const place = { base: host.exportFolder, path };
    const what = isReport(format) ? { format, document: document() } : { format, items };
    const written = await exportOne(host, audit, runId, what, place, signal);
    if (written.ok) files.push(written.value);
    else failed ??= { code: 'export', message: written.error.message };
  }
  return { files, error: failed };
}
