/** Audit records as people read them. */
import { basename } from 'node:path';
import { type AuditRecord, auditRecordSchema } from '../../protocol/audit.ts';
import { visibleText } from '../text.ts';
import { readLines, resolveTargets } from './lines.ts';

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function said(record: AuditRecord): string {
  switch (record.event) {
    case 'run.started':
      return `${record.query_name ?? 'query'} started on ${record.connection} (${record.tenant_origin}) by ${record.user}`;
    case 'run.ended': {
      const rate = record.accuracy_rate === null ? 'unknown' : String(record.accuracy_rate);
      const parts = [
        `${record.query_name ?? 'query'} ${record.outcome}: ${plural(record.records_processed, 'record')}`,
        `${record.extraction_latency_ms} ms`,
        `accuracy ${rate} ${record.compliance_status}`,
        plural(record.requests, 'request'),
        ...(record.retries > 0 ? [`${record.retries} repeated`] : []),
        ...(record.throttled > 0 ? [`${record.throttled} throttled`] : []),
        ...(record.error === null ? [] : [record.error]),
      ];
      return parts.join(', ');
    }
    case 'export':
      return `${plural(record.records, 'record')} written to ${record.path} as ${record.format}, sha256 ${record.sha256.slice(0, 12)}`;
    case 'webhook': {
      const status = record.status === null ? '' : ` (HTTP ${record.status})`;
      return `${record.webhook_id} to ${record.url_origin}: attempt ${record.attempt} ${record.outcome}${status}`;
    }
  }
}

/** One readable line a record: when, its number, what, which run, and where to find it. */
export function showLine(record: AuditRecord, file?: string): string {
  const place = `${file === undefined ? '' : `${basename(file)} `}${record.hash.slice(0, 12)}`;
  const torn =
    record.torn === undefined
      ? ''
      : ` · after a crash, set aside: ${record.torn.map((t) => t.file).join(', ')}`;
  return visibleText(
    `${record.audit_timestamp} #${record.sequence} ${record.event} · ${said(record)}${torn} · run ${record.run_id} · ${place}`,
  );
}

/** Readable lines of files or folders, in order; what cannot be read is named, not left out. Throws on I/O. */
export async function showAudit(
  targets: string | readonly string[],
): Promise<{ readonly lines: string[]; readonly files: string[] }> {
  const files = await resolveTargets(typeof targets === 'string' ? [targets] : targets);
  const lines: string[] = [];
  for (const file of files) {
    for await (const line of readLines(file)) {
      const record = readRecord(line.bytes);
      lines.push(
        record === undefined
          ? visibleText(`${basename(file)} line ${line.number}: unreadable, run the verification`)
          : showLine(record, file),
      );
    }
  }
  return { lines, files };
}

/** A line as a record of this version, or undefined. */
export function readRecord(bytes: Buffer): AuditRecord | undefined {
  try {
    return auditRecordSchema.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
