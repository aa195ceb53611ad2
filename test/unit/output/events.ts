import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '../../../server/src/protocol/audit.ts';

export function started(runId: string): AuditEvent {
  return {
    event: 'run.started',
    run_id: runId,
    query_name: 'failing',
    query_text_sha256: 'ab'.repeat(32),
    connection: 'sandbox',
    tenant_origin: 'http://127.0.0.1:1',
    user: 'ada',
    query_filter: "interactionId IN ['a1']",
  };
}

export function ended(runId: string, error: string | null = null): AuditEvent {
  return {
    ...started(runId),
    event: 'run.ended',
    query_filter: 'errorState = true',
    query_name: 'failing',
    query_text_sha256: 'ab'.repeat(32),
    connection: 'sandbox',
    tenant_origin: 'http://127.0.0.1:1',
    user: 'ada',
    interaction_id: ['a1'],
    records_processed: 12,
    extraction_latency_ms: 34.5,
    accuracy_rate: 1,
    compliance_status: 'VERIFIED',
    requests: 3,
    retries: 1,
    throttled: 0,
    outcome: error === null ? 'complete' : 'failed',
    error,
  };
}

export async function emptyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'cxq-output-'));
}
