/** The lens that says how a query ended last. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CodeLens } from 'vscode-languageserver-protocol';
import { METHODS, type RunResult, runResultSchema } from '../../../server/src/protocol/lsp.ts';
import { type Sandbox, startSandbox } from '../../../server/src/sandbox/index.ts';
import { type Session, startSession } from './session.ts';

const URI = 'untitled:Untitled-1';

describe('the lens of the last run', () => {
  let sandbox: Sandbox;
  let folder: string;
  const sessions: Session[] = [];
  beforeAll(async () => {
    sandbox = await startSandbox({ interactions: 400, seed: 7, auth: false });
    folder = await mkdtemp(join(tmpdir(), 'cxq-lens-'));
  });
  afterEach(async () => {
    for (const one of sessions.splice(0)) expect(await one.close()).toBe(0);
  });
  afterAll(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  /** A session with the sandbox and one that is down; counts how often lenses were asked to be drawn anew. */
  async function connected(refreshSupport = true) {
    const none = { auth: { kind: 'none' } };
    const session = await startSession(
      {
        profiles: [
          { id: 'sandbox', baseUrl: sandbox.baseUrl, ...none },
          { id: 'down', baseUrl: 'http://127.0.0.1:9', ...none },
        ],
        connection: 'sandbox',
        dataFolder: folder,
        user: 'tester',
        trusted: true,
        clientCommands: true,
      },
      refreshSupport ? { workspace: { codeLens: { refreshSupport } } } : {},
    );
    sessions.push(session);
    const { connection } = session;
    const drawn = { times: 0 };
    connection.onRequest('workspace/codeLens/refresh', () => {
      drawn.times += 1;
      return null;
    });
    const run = async (text: string, index: number | null): Promise<RunResult> =>
      runResultSchema.parse(
        await connection.sendRequest<unknown>(METHODS.run, { uri: URI, text, index, token: 'one' }),
      );
    const results = async () => {
      const lenses = await connection.sendRequest<CodeLens[]>('textDocument/codeLens', {
        textDocument: { uri: URI },
      });
      return lenses
        .filter(({ command }) => command?.command === 'cxq.showResults')
        .map(({ range, command }) => [range.start.line, command?.title, command?.arguments]);
    };
    return { session, drawn, run, results };
  }

  it('stands over the query that ran, opens its run, and stays with its name', async () => {
    const { session, drawn, run, results } = await connected();
    const text = 'QUERY a\nLAST 29d\nLIMIT ALL;\n\nQUERY b\nLAST 1h\n';
    await session.open(URI, text);
    expect(await results()).toEqual([]);
    const [first] = (await run(text, 0)).runs;
    const title = expect.stringMatching(/^[\d,]+ interactions · [\d,]+ bottlenecks? · \d+\.\d s$/);
    expect(await results()).toEqual([[0, title, [first?.runId]]]);
    await session.change(URI, 2, `QUERY before\nLAST 1h;\n\n${text}`);
    expect(await results()).toEqual([[3, title, [first?.runId]]]);
    const [second] = (await run(text, 0)).runs;
    expect(await results()).toEqual([[3, title, [second?.runId]]]);
    await expect.poll(() => drawn.times).toBe(2);
  });

  it('stands over each query of a file that ran as a whole', async () => {
    const { session, run, results } = await connected();
    const text = "interactionId IN ['no-such-one']; QUERY b\nLAST 29d\nEXPECT RECORDS >= 100000";
    await session.open(URI, text);
    const { runs } = await run(text, null);
    expect(await results()).toEqual([
      [0, expect.stringMatching(/^no interactions · \d+\.\d s$/), [runs[0]?.runId]],
      [
        0,
        expect.stringMatching(/^\$\(warning\) [\d,]+ interactions · .* 1 expectation not met/),
        [runs[1]?.runId],
      ],
    ]);
  });

  it('says that a run failed, without a word of what was not found out', async () => {
    const { session, run, results } = await connected();
    const text = 'QUERY q\nUSING down\nLAST 1h\nWITH retries = 0';
    await session.open(URI, text);
    const { runs } = await run(text, 0);
    expect(await results()).toEqual([
      [0, expect.stringMatching(/^\$\(error\) failed · \d+\.\d s$/), [runs[0]?.runId]],
    ]);
  });

  it('goes with a text that has no file, and asks nothing of an editor that cannot draw anew', async () => {
    const { session, drawn, run, results } = await connected(false);
    const text = 'LAST 1h';
    await session.open(URI, text);
    await run(text, 0);
    expect(await results()).toHaveLength(1);
    await session.connection.sendNotification('textDocument/didClose', { textDocument: { uri: URI } });
    await session.open(URI, text);
    expect(await results()).toEqual([]);
    expect(drawn.times).toBe(0);
  });
});
