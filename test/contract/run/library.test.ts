/** The library, as a program uses it. */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CxqError, createHistoryQuerier, type HistoryQuerierOptions } from '../../../server/src/index.ts';
import { runOutputSchema } from '../../../server/src/protocol/run.ts';
import { type Desk, deskOf, NOW, step } from '../cli/support.ts';

function querierOf(desk: Desk, more: HistoryQuerierOptions = {}) {
  const { baseUrl, clientId, clientSecret } = desk.tenant;
  return createHistoryQuerier({
    ...(more.profile === undefined ? { baseUrl } : {}),
    credentials: { clientId, clientSecret },
    runsFolder: desk.path('runs'),
    exportFolder: desk.folder,
    now: () => new Date(NOW),
    ...more,
  });
}

async function refusal(work: Promise<unknown> | (() => unknown)): Promise<CxqError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof CxqError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('createHistoryQuerier', () => {
  it('runs the queries of a text and gives typed reports', async () => {
    const desk = await deskOf();
    const phases = new Set<string>();
    const runs = await querierOf(desk).run('QUERY a LAST 24h LIMIT 9; QUERY b errorState = true LAST 24h', {
      onProgress: ({ phase }) => phases.add(phase),
    });
    expect(runs.map(({ query, outcome }) => [query, outcome])).toEqual([
      ['a', 'complete'],
      ['b', 'complete'],
    ]);
    const [a] = runs;
    if (a === undefined) throw new Error('no run');
    expect(runOutputSchema.parse(a).retrieval.accuracyRate).toBe(1);
    expect(a.records.length).toBe(9);
    expect(a.headline).toMatch(/9 interactions/);
    expect(a.folder).toBe(desk.path('runs', a.runId));
    expect(a.audit?.file).toBe(desk.path('runs', 'audit', 'audit-0001.jsonl'));
    expect([...phases]).toEqual(['connecting', 'retrieving', 'analysing', 'recording']);
  });

  it('takes a query by its name, parameters, and a signal', async () => {
    const desk = await deskOf();
    const text = 'PARAM lookback: DURATION QUERY a LAST $lookback; QUERY b LAST 1h';
    const querier = querierOf(desk);
    const [run] = await querier.run(text, { query: 'a', parameters: { lookback: '3h' }, source: 'a.cxq' });
    expect(run?.window.from).toBe('2026-11-20T07:30:00.000Z');
    const missing = await refusal(querier.run(text));
    expect([missing.code, missing.parameters]).toEqual([
      'parameters',
      [{ name: 'lookback', type: 'DURATION' }],
    ]);
    expect((await refusal(querier.run(text, { query: 'c' }))).code).toBe('usage');
    const [cancelled] = await querier.run('LAST 1h', { signal: AbortSignal.abort() });
    expect(cancelled).toMatchObject({ outcome: 'cancelled', error: { code: 'cancelled' } });
  });

  it('resolves with what went wrong at the tenant, and rejects where nothing could run', async () => {
    const desk = await deskOf();
    const [wrong] = await querierOf(desk, { credentials: { clientId: 'me', clientSecret: 'wrong' } }).run(
      'LAST 1h',
    );
    expect(wrong).toMatchObject({ outcome: 'failed', error: { code: 'auth' } });
    const codes = [
      await refusal(querierOf(desk).run('LAST 1h LIMIT 0')),
      await refusal(querierOf(desk).run('')),
      await refusal(querierOf(desk, { credentials: {} }).run('LAST 1h')),
    ].map(({ code, message }) => [code, message.length > 20]);
    expect(codes).toEqual([
      ['diagnostics', true],
      ['usage', true],
      ['credentials', true],
    ]);
  });

  it('asks for credentials when they are needed, for each profile once', async () => {
    const desk = await deskOf();
    const asked: string[] = [];
    const { baseUrl, clientId, clientSecret } = desk.tenant;
    const querier = querierOf(desk, {
      profile: { id: 'main', baseUrl },
      profiles: [{ id: 'other', baseUrl, limits: { maxPageSize: 5 } }],
      credentials: (profile) => {
        asked.push(profile.id);
        return profile.id === 'main' ? { clientId, clientSecret } : {};
      },
    });
    expect(asked).toEqual([]);
    const error = await refusal(
      querier.run('QUERY a LAST 1h; QUERY b LAST 2h; QUERY c USING other LAST 1h WITH pageSize = 5'),
    );
    // The third cannot begin: the two before it are not lost.
    expect([error.code, error.runs.map(({ query }) => query)]).toEqual(['credentials', ['a', 'b']]);
    expect(asked).toEqual(['main', 'other']);
  });

  it('refuses a connection that cannot be used', async () => {
    const refused = [
      await refusal(() => createHistoryQuerier({ baseUrl: 'nonsense' })),
      await refusal(() => createHistoryQuerier({ baseUrl: 'http://127.0.0.1:1', profile: {} })),
      await refusal(() => createHistoryQuerier({ profile: { limits: { retentionDays: -1 } } })),
      await refusal(() => createHistoryQuerier({})),
    ];
    expect(refused.map(({ code }) => code)).toEqual(['connection', 'connection', 'connection', 'connection']);
    expect(refused[2]?.message).toContain('limits.retentionDays');
  });

  it('checks and explains without sending anything', async () => {
    const desk = await deskOf();
    const querier = querierOf(desk, { defaultLimit: 42 });
    expect(querier.check('LAST 1h')).toEqual([]);
    expect(querier.check("SINCE '2026-01-01'")).toMatchObject([
      { code: 'CXQ3003', severity: 'error', range: { start: { line: 0 } } },
    ]);
    expect(querier.explain('PARAM p = 2h LAST $p', { parameters: { p: '1h' } })).toMatchObject([
      { limit: 42, window: { from: '2026-11-20T09:30:00.000Z', to: '2026-11-20T10:30:00.000Z' } },
    ]);
    expect((await refusal(() => querier.explain('LAST 1h', { parameters: { p: '1' } }))).code).toBe('usage');
    expect(desk.tenant.stats.requests).toBe(0);
    expect(querier.profile).toMatchObject({
      baseUrl: desk.tenant.baseUrl,
      limits: { maxConcurrentRequests: 5 },
    });
  });

  it('analyses a file', async () => {
    const desk = await deskOf();
    const record = { interactionId: 'a', steps: [step('menu', 'TASK', '09:00:00', '09:00:12')] };
    await writeFile(desk.path('h.json'), JSON.stringify([record]));
    const querier = querierOf(desk, { thresholdSeconds: 10 });
    expect(await querier.analyzeFile(desk.path('h.json'))).toMatchObject({
      interactions: 1,
      bottleneckCount: 0,
    });
    expect(await querier.analyzeFile(desk.path('h.json'), { types: ['TASK'] })).toMatchObject({
      bottleneckCount: 1,
    });
    const high = await querier.analyzeFile(desk.path('h.json'), { types: ['TASK'], thresholdSeconds: 12 });
    expect(high.bottleneckCount).toBe(0);
    expect((await refusal(querier.analyzeFile(desk.path('nowhere.json')))).code).toBe('missing');
  });

  it('analyses a table with its columns and dates as they are said', async () => {
    const desk = await deskOf();
    const table = desk.path('t.csv');
    await writeFile(table, 'ticket,action,opened,closed\n7,menu,03/04/2026 07:00:00Z,03/04/2026 07:00:12Z\n');
    const querier = querierOf(desk);
    const columns = { case: 'ticket', activity: 'action', start: 'opened', end: 'closed' };
    expect((await refusal(querier.analyzeFile(table))).code).toBe('not-history');
    const unclear = await refusal(querier.analyzeFile(table, { columns }));
    expect([unclear.code, unclear.message]).toEqual(['not-history', expect.stringContaining('03/04/2026')]);
    const found = await querier.analyzeFile(table, { columns, dates: 'day-first' });
    expect(found).toMatchObject({ interactions: 1, steps: 1, openSteps: 0 });
    expect(found.nodes.map(({ nodeId, dwell }) => [nodeId, dwell.sum])).toEqual([['menu', 12]]);
    const wrong = await refusal(querier.analyzeFile(table, { columns: { colour: 'ticket' } }));
    expect([wrong.code, wrong.message]).toEqual(['not-history', expect.stringContaining('colour')]);
  });
});
