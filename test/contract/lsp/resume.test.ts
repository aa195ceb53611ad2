/** Runs that an editor's server leaves behind: one that was killed with it, one that was cancelled. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CancellationTokenSource } from 'vscode-languageserver-protocol';
import {
  METHODS,
  panelResultSchema,
  type RunProgress,
  type RunResult,
  runResultSchema,
  runsResultSchema,
} from '../../../server/src/protocol/lsp.ts';
import { startSandbox } from '../../../server/src/sandbox/index.ts';
import { type Session, startSession } from './session.ts';

const TEXT = 'LAST 29d LIMIT ALL WITH pageSize = 10, concurrency = 1';

async function desk() {
  const sandbox = await startSandbox({ interactions: 300, seed: 7, auth: false, latencyMs: 10 });
  onTestFinished(() => sandbox.close());
  const home = await mkdtemp(join(tmpdir(), 'cxq-resume-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const start = async (): Promise<Session> => {
    const session = await startSession({
      profiles: [{ id: 'sandbox', baseUrl: sandbox.baseUrl, auth: { kind: 'none' } }],
      connection: 'sandbox',
      dataFolder: home,
      user: 'tester',
      trusted: true,
    });
    onTestFinished(() => {
      session.process.kill('SIGKILL');
    });
    return session;
  };
  return { start };
}

const params = (more: object = {}) => ({
  uri: 'untitled:Untitled-1',
  text: TEXT,
  index: 0,
  token: 'one',
  ...more,
});

async function run({ connection }: Session, more: object = {}): Promise<RunResult> {
  return runResultSchema.parse(await connection.sendRequest<unknown>(METHODS.run, params(more)));
}

/** Calls back once, when so many records have come. */
function at({ connection }: Session, records: number, then: () => void): void {
  let done = false;
  connection.onNotification(METHODS.runProgress, (progress: RunProgress) => {
    if (done || progress.records < records) return;
    done = true;
    then();
  });
}

describe('a server that is killed in the middle of a run', () => {
  it('leaves a run that the next one lists, shows and takes up', async () => {
    const { start } = await desk();
    const first = await start();
    at(first, 50, () => first.process.kill('SIGKILL'));
    first.connection.sendRequest(METHODS.run, params()).catch(() => undefined);
    await once(first.process, 'exit');
    const second = await start();
    const { runs } = runsResultSchema.parse(await second.connection.sendRequest<unknown>(METHODS.runs, {}));
    expect(runs).toMatchObject([{ outcome: 'failed', error: { code: 'killed' } }]);
    const runId = runs[0]?.runId ?? '';
    const shown = panelResultSchema.parse(
      await second.connection.sendRequest<unknown>(METHODS.panel, {
        runId,
        request: { kind: 'overview', filter: [] },
      }),
    );
    expect(
      'response' in shown && shown.response.kind === 'overview' && shown.response.interactions,
    ).toBeGreaterThan(20);
    const again = await run(second, { resume: runId });
    expect(again.runs).toMatchObject([{ runId, outcome: 'complete', resumable: false }]);
    expect(again.runs[0]?.notes.join(' ')).toMatch(/Resumed: \d+ interactions/);
    const refused = await run(second, { resume: runId });
    expect(refused).toMatchObject({
      runs: [],
      error: { code: 'usage', message: expect.stringMatching(/complete/) },
    });
    expect(await second.close()).toBe(0);
  });
});

describe('a run that was cancelled', () => {
  it('can be resumed, and says so', async () => {
    const { start } = await desk();
    const session = await start();
    const cancel = new CancellationTokenSource();
    at(session, 50, () => cancel.cancel());
    const cancelled = runResultSchema.parse(
      await session.connection.sendRequest<unknown>(METHODS.run, params(), cancel.token),
    );
    expect(cancelled.runs).toMatchObject([{ outcome: 'cancelled', resumable: true }]);
    const again = await run(session, { resume: cancelled.runs[0]?.runId });
    expect(again.runs).toMatchObject([{ outcome: 'complete', retrieval: { resumed: true } }]);
    expect(await session.close()).toBe(0);
  });
});
