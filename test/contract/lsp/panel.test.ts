/** What the results panel asks of the language server: of a run that goes on, of several at once, and of none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CancellationTokenSource } from 'vscode-languageserver-protocol';
import {
  METHODS,
  panelQueryResultSchema,
  panelResultSchema,
  runResultSchema,
  runSnapshotSchema,
} from '../../../server/src/protocol/lsp.ts';
import type { PanelRequest } from '../../../server/src/protocol/panel-requests.ts';
import { startSandbox } from '../../../server/src/sandbox/index.ts';
import { startSession } from './session.ts';

const ALL: PanelRequest = {
  ...{ kind: 'timeline', filter: [], offset: 0, count: 1 },
  ...{ order: 'run', resolution: 0 },
};

async function desk(latencyMs = 0) {
  const sandbox = await startSandbox({ interactions: 300, seed: 7, auth: false, latencyMs });
  onTestFinished(() => sandbox.close());
  const home = await mkdtemp(join(tmpdir(), 'cxq-panel-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const session = await startSession({
    profiles: [{ id: 'sandbox', baseUrl: sandbox.baseUrl, auth: { kind: 'none' } }],
    connection: 'sandbox',
    dataFolder: home,
    user: 'tester',
    trusted: true,
  });
  const { connection } = session;
  const run = async (text: string) => {
    const params = { uri: 'untitled:Untitled-1', text, index: 0, token: 'one' };
    const { runs } = runResultSchema.parse(await connection.sendRequest<unknown>(METHODS.run, params));
    const [first] = runs;
    if (first === undefined) throw new Error('nothing ran');
    return first;
  };
  const panel = async (runId: string, request: PanelRequest, token = new CancellationTokenSource().token) =>
    panelResultSchema.parse(await connection.sendRequest<unknown>(METHODS.panel, { runId, request }, token));
  const totalOf = async (runId: string): Promise<number> => {
    const answer = await panel(runId, ALL);
    if (!('response' in answer) || answer.response.kind !== 'timeline')
      throw new Error(JSON.stringify(answer));
    return answer.response.total;
  };
  return { session, run, panel, totalOf };
}

describe('the results panel', () => {
  it('is answered while a run goes on, of what has come, and of all of it at the end', async () => {
    const { session, run, totalOf } = await desk(600);
    const totals: number[] = [];
    const asked: Promise<void>[] = [];
    session.connection.onNotification(METHODS.runSnapshot, (params: unknown) => {
      const { header } = runSnapshotSchema.parse(params).overview;
      asked.push(totalOf(header.runId).then((total) => void totals.push(total)));
    });
    const { runId, retrieval } = await run('LAST 29d LIMIT ALL WITH pageSize = 20, concurrency = 1');
    await Promise.all(asked);
    expect(totals[0]).toBeGreaterThan(0);
    expect(totals[0]).toBeLessThan(retrieval.records);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    await expect.poll(() => totalOf(runId)).toBe(retrieval.records);
    expect(await session.close()).toBe(0);
  });

  it('is answered of more runs than are held, all at once, in the right way', async () => {
    const { session, run, totalOf } = await desk();
    const runs = [];
    for (const limit of [11, 22, 33, 44, 55]) runs.push(await run(`LAST 29d LIMIT ${limit}`));
    const asked = [...runs, ...runs, ...runs.toReversed()];
    const totals = await Promise.all(asked.map(({ runId }) => totalOf(runId)));
    expect(totals).toEqual(asked.map(({ retrieval }) => retrieval.records));
    expect(await session.close()).toBe(0);
  });

  it('is told that a request was cancelled, or that its run is gone', async () => {
    const { session, run, panel } = await desk();
    const { runId } = await run('LAST 29d LIMIT ALL');
    const source = new CancellationTokenSource();
    const dropped = panel(runId, { kind: 'decisions', filter: [] }, source.token);
    source.cancel();
    expect(await dropped).toMatchObject({ error: { code: 'cancelled' } });
    expect(await panel('20261122T080000Z-ffffff', ALL)).toMatchObject({ error: { code: 'gone' } });
    expect(await panel(runId, { kind: 'compare', with: '20261122T080000Z-ffffff' })).toMatchObject({
      error: { code: 'gone' },
    });
    expect(await session.close()).toBe(0);
  });

  it('gets the query of what its filter leaves, which finds just that', async () => {
    const { session, run, panel, totalOf } = await desk();
    const { runId } = await run("QUERY slow 'Slow'\nWHERE dwell > 15s\nLAST 29d LIMIT ALL");
    const filter = [{ kind: 'mark' as const, mark: 'error' as const }];
    const { connection } = session;
    const asked = await connection.sendRequest<unknown>(METHODS.panelQuery, { runId, filter });
    const query = panelQueryResultSchema.parse(asked);
    if ('error' in query) throw new Error(query.error.message);
    expect(query.text).toContain('AND ANY(errorState = true)');
    const again = await run(query.text);
    const left = await panel(runId, { kind: 'overview', filter });
    const found = await totalOf(again.runId);
    expect(left).toMatchObject({ response: { interactions: found } });
    expect(found).toBeGreaterThan(0);
    expect(
      await connection.sendRequest<unknown>(METHODS.panelQuery, { runId: 'nothing', filter }),
    ).toMatchObject({ error: { code: 'gone' } });
    expect(await session.close()).toBe(0);
  });
});
