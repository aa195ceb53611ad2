/** A disk that gives up in the middle of a run. */
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, planQuery, profileFacts } from '../../../server/src/language/index.ts';
import { createMask } from '../../../server/src/output/index.ts';
import { gather } from '../../../server/src/run/gather.ts';
import { type RunHost, runQueries } from '../../../server/src/run/index.ts';
import { retrievalRequest, type Session, selectionOf } from '../../../server/src/run/session.ts';
import { NO_TRAFFIC } from '../../../server/src/run/take-up.ts';
import { createTenant, profileFromEnvironment } from '../../../server/src/tenant/index.ts';
import { type Desk, deskOf, NOW_MICROS } from '../cli/support.ts';
import { allOf } from '../support/records.ts';

function connectionOf(desk: Desk) {
  const connection = profileFromEnvironment(desk.env, { baseUrl: desk.tenant.baseUrl });
  if (!connection.ok) throw new Error('no profile');
  return connection;
}

function hostOf(desk: Desk, more: Partial<RunHost>): RunHost {
  const { profile, credentials } = connectionOf(desk);
  return {
    profiles: new Map([[profile.id, profile]]),
    inForce: profile,
    credentials: async () => ({ ok: true, value: credentials }),
    runsFolder: desk.path('runs'),
    auditFolder: desk.path('audit'),
    outboxFolder: desk.path('outbox'),
    exportFolder: desk.folder,
    user: 'tester',
    now: () => NOW_MICROS,
    defaultLimit: 1000,
    thresholdMicros: 15_000_000,
    webhookAllow: [],
    ...more,
  };
}

describe('a disk that is full', () => {
  it('at the third page: asking stops, what was read is there, and the error is the disk’s', async () => {
    const desk = await deskOf({ interactions: 600 });
    const { profile, credentials } = connectionOf(desk);
    const document = parse('LAST 29d LIMIT ALL WITH pageSize = 20, concurrency = 1');
    const context = { now: NOW_MICROS, profile: profileFacts(profile) };
    const [query] = document.queries;
    const planned = query === undefined ? undefined : planQuery(document, query, context);
    if (planned?.ok !== true) throw new Error('no plan');
    const session: Pick<Session, 'sets'> = { sets: new Map() };
    const selection = selectionOf(session, planned.plan);
    let pages = 0;
    const gathered = await gather({
      tenant: createTenant(profile, credentials),
      profile,
      request: retrievalRequest(planned.plan, selection),
      selection,
      mask: createMask([]),
      now: NOW_MICROS,
      keeping: {
        digest: (record) => JSON.stringify(record),
        before: NO_TRAFFIC,
        writer: {
          folder: desk.folder,
          kept: 0,
          resumable: false,
          append: async () => {
            pages += 1;
            if (pages === 3)
              throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
            return { lines: new Uint8Array(), kept: [], replaced: [] };
          },
          rewrite: async () => {
            throw new Error('nothing is written to a disk that is full');
          },
          restart: async () => undefined,
          report: async () => undefined,
          finish: async () => undefined,
          forget: async () => undefined,
          close: async () => undefined,
        },
      },
      signal: new AbortController().signal,
    });
    expect(gathered.diskError?.message).toContain('ENOSPC');
    expect(gathered.retrieval).toMatchObject({ outcome: 'partial', error: { code: 'consumer' } });
    expect([pages, gathered.kept.length]).toEqual([3, 60]);
    expect(desk.tenant.stats.historyRequests).toBeLessThan(10);
  });

  it('when the analysis is written: the run is partial before it is audited, and the closing failure is told', async () => {
    const desk = await deskOf();
    const host = hostOf(desk, {
      onProgress: ({ phase }) => {
        if (phase !== 'analysing') return;
        // The folder goes away under the run, before it writes again.
        rmSync(desk.path('runs'), { recursive: true });
        writeFileSync(desk.path('runs'), '');
      },
    });
    const request = {
      text: "LAST 24h EXPORT TO 'a.csv'",
      source: null,
      choice: { kind: 'only' },
      parameters: {},
      confirmed: true,
    } as const;
    const result = await runQueries(host, request, new AbortController().signal);
    if (!result.ok) throw new Error(result.error.message);
    const [run] = result.runs;
    expect(run?.output).toMatchObject({ outcome: 'partial', error: { code: 'disk' } });
    expect(run?.output.notes.join(' ')).toContain('could not be closed');
    // What had come was analysed; where it was kept it can no longer be read.
    expect(run?.output.analysis.interactions).toBe(run?.output.retrieval.records);
    await expect(allOf(run?.records)).rejects.toThrow(/ENOTDIR|ENOENT/);
    const lines = (await desk.read('audit', 'audit-0001.jsonl')).trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      event: 'run.ended',
      outcome: 'partial',
      compliance_status: 'REVIEW_REQUIRED',
      error: expect.stringContaining('could not be written'),
    });
  });
});
