import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunProgress } from '../../../server/src/protocol/lsp.ts';
import { runQueries } from '../../../server/src/run/index.ts';
import { profileFromEnvironment } from '../../../server/src/tenant/index.ts';
import { cli, type Desk, deskOf, NOW_MICROS } from './support.ts';

type Progress = Omit<RunProgress, 'token'>;

/** Runs a text and cancels it as soon as its progress is as wanted. */
async function cancelledWhen(desk: Desk, text: string, when: (progress: Progress) => boolean) {
  const controller = new AbortController();
  const connection = profileFromEnvironment(desk.env, { baseUrl: desk.tenant.baseUrl });
  if (!connection.ok) throw new Error('no profile');
  const seen: string[] = [];
  const result = await runQueries(
    {
      profiles: new Map([[connection.profile.id, connection.profile]]),
      inForce: connection.profile,
      credentials: async () => ({ ok: true, value: connection.credentials }),
      runsFolder: desk.path('runs'),
      auditFolder: desk.path('runs', 'audit'),
      outboxFolder: desk.path('runs', 'outbox'),
      exportFolder: desk.folder,
      user: 'tester',
      now: () => NOW_MICROS,
      defaultLimit: 1000,
      thresholdMicros: 15_000_000,
      webhookAllow: [desk.tenant.baseUrl],
      onProgress: (progress) => {
        seen.push(progress.phase);
        if (when(progress)) controller.abort();
      },
    },
    { text, source: null, choice: { kind: 'all' }, parameters: {}, confirmed: true },
    controller.signal,
  );
  if (!result.ok) throw new Error(result.error.message);
  expect(controller.signal.aborted).toBe(true);
  const [run] = result.runs;
  if (run === undefined) throw new Error('no run');
  const manifest = JSON.parse(await desk.read('runs', run.output.runId, 'manifest.json')) as {
    outcome: string;
  };
  const kept = await desk.read('runs', run.output.runId, 'interactions.ndjson');
  const audit = (await desk.read('runs', 'audit', 'audit-0001.jsonl')).trimEnd().split('\n');
  const ended = audit
    .map((line) => JSON.parse(line) as { event: string; outcome: string })
    .find(({ event }) => event === 'run.ended');
  return { runs: result.runs, output: run.output, manifest, ended, kept: kept.split('\n').length - 1, seen };
}

describe('a cancel', () => {
  it('before the token: nothing came, and that is on record', async () => {
    const desk = await deskOf();
    const run = await cancelledWhen(desk, 'LAST 24h', ({ phase }) => phase === 'connecting');
    expect(run.output).toMatchObject({
      outcome: 'cancelled',
      error: { code: 'cancelled' },
      compliance: 'REVIEW_REQUIRED',
    });
    expect([run.manifest.outcome, run.ended?.outcome, run.kept]).toEqual(['cancelled', 'cancelled', 0]);
    expect(desk.tenant.stats.historyRequests).toBe(0);
  });

  it('while the token is asked for', async () => {
    const controller = new AbortController();
    const server = createServer(() => controller.abort());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const desk = await deskOf({ interactions: 5 });
    await writeFile(desk.path('query.cxq'), 'LAST 1h');
    const args = ['run', 'query.cxq', '--base-url', `http://127.0.0.1:${port}`, '--runs', 'runs'];
    const ran = await cli(args, { cwd: desk.folder, env: desk.env, signal: controller.signal });
    expect([ran.code, ran.out]).toEqual([130, expect.stringMatching(/^■ cancelled/)]);
  });

  it('while the first page is on its way', async () => {
    const desk = await deskOf({ latencyMs: 2000 });
    const run = await cancelledWhen(desk, 'LAST 24h', ({ phase }) => phase === 'retrieving');
    expect([run.output.outcome, run.kept]).toEqual(['cancelled', 0]);
  });

  it('at a later page: what came is kept, analysed, and not exported', async () => {
    const desk = await deskOf({ interactions: 600 });
    const text = "LAST 29d LIMIT ALL WITH pageSize = 20, concurrency = 1 EXPORT TO 'all.csv'";
    const run = await cancelledWhen(desk, text, ({ records }) => records >= 60);
    expect(run.output.outcome).toBe('cancelled');
    expect(run.kept).toBeGreaterThanOrEqual(60);
    expect(run.output.retrieval.records).toBe(run.kept);
    expect(run.output.analysis.interactions).toBe(run.kept);
    expect(run.output.retrieval.accuracyRate).toBeLessThan(1);
    expect([run.manifest.outcome, run.ended?.outcome]).toEqual(['cancelled', 'cancelled']);
    expect(run.output.exports).toEqual([]);
    expect(run.output.notes).toContain('Nothing was exported: an export holds a whole result.');
  });

  it('while the ids of another query are asked for', async () => {
    const desk = await deskOf({ interactions: 600 });
    const text = `QUERY q interactionId IN base LAST 29d;
QUERY base LAST 29d LIMIT ALL WITH pageSize = 20, concurrency = 1`;
    const run = await cancelledWhen(desk, text, ({ records }) => records >= 60);
    expect([run.output.outcome, run.output.error?.code, run.runs.length]).toEqual([
      'cancelled',
      'cancelled',
      1,
    ]);
    expect(run.kept).toBe(0);
  });

  it('while it is analysed or exported: everything is kept, nothing exported', async () => {
    for (const wanted of ['analysing', 'exporting'] as const) {
      const desk = await deskOf();
      const run = await cancelledWhen(desk, "LAST 24h EXPORT TO 'all.csv'", ({ phase }) => phase === wanted);
      expect(run.output, wanted).toMatchObject({
        outcome: 'cancelled',
        exports: [],
        error: { code: 'cancelled' },
      });
      expect(run.kept).toBe(run.output.retrieval.records);
      expect(run.ended?.outcome).toBe('cancelled');
    }
  });

  it('while it is recorded: the record stands, the webhook waits, later queries do not begin', async () => {
    const desk = await deskOf();
    const text = `QUERY a LAST 24h NOTIFY '${desk.tenant.baseUrl}/hooks/cxq'; QUERY b LAST 24h`;
    const run = await cancelledWhen(desk, text, ({ phase }) => phase === 'recording');
    expect(run.runs.length).toBe(1);
    expect([run.output.outcome, run.manifest.outcome, run.ended?.outcome]).toEqual([
      'complete',
      'complete',
      'complete',
    ]);
    expect(run.output.webhook?.status).toBe('pending');
    expect((await desk.files('runs/outbox')).size).toBe(1);
  });
});
