/** A large text is run where it is looked at: in a thread of the server. Over real pipes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CancellationTokenSource,
  type CodeLens,
  LSPErrorCodes,
  type ResponseError,
} from 'vscode-languageserver-protocol';
import {
  METHODS,
  runProgressSchema,
  runResultSchema,
  runsResultSchema,
} from '../../../server/src/protocol/lsp.ts';
import { startSandbox } from '../../../server/src/sandbox/index.ts';
import { startSession } from './session.ts';

const DOOR = new URL('./large-door.ts', import.meta.url).pathname;
const URI = 'file:///large/run.cxq';
const textDocument = { uri: URI };
const LENGTH = 200;
const SMALL = 'QUERY all_of_it\nLAST 29d\nLIMIT ALL';
const LARGE = `-- ${'x'.repeat(LENGTH)}\n${SMALL}`;

/** An editor, and a tenant that wants a token and takes its time for each answer. */
async function desk(latencyMs = 0) {
  const sandbox = await startSandbox({ interactions: 200, seed: 7, latencyMs });
  onTestFinished(() => sandbox.close());
  const home = await mkdtemp(join(tmpdir(), 'cxq-large-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const session = await startSession(
    {
      profiles: [{ id: 'sandbox', baseUrl: sandbox.baseUrl }],
      connection: 'sandbox',
      dataFolder: home,
      user: 'tester',
      trusted: true,
      clientCommands: true,
    },
    {},
    {},
    [DOOR, String(LENGTH)],
  );
  onTestFinished(async () => expect(await session.close()).toBe(0));
  const { connection } = session;
  const { clientId, clientSecret } = sandbox;
  connection.onRequest(METHODS.credentials, () => ({ credentials: { clientId, clientSecret } }));
  const phases = new Set<string>();
  const began = new Promise<void>((resolve) => {
    connection.onNotification(METHODS.runProgress, (params: unknown) => {
      phases.add(runProgressSchema.parse(params).phase);
      resolve();
    });
  });
  const cancelling = new CancellationTokenSource();
  const run = async (text: string) => {
    const params = { uri: URI, text, index: 0, token: 'one' };
    const answer = await connection.sendRequest<unknown>(METHODS.run, params, cancelling.token);
    return runResultSchema.parse(answer);
  };
  const lenses = async () => {
    const found = await connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument });
    return found.flatMap(({ command }) => (command?.command === 'cxq.showResults' ? command.arguments : []));
  };
  return { sandbox, session, phases, began, cancelling, run, lenses };
}

describe('a large text', () => {
  it('runs as any other, asks for credentials, and tells how far it is', async () => {
    const { sandbox, phases, run } = await desk();
    const large = await run(LARGE);
    expect(large.runs).toMatchObject([{ outcome: 'complete', retrieval: { records: sandbox.retained } }]);
    expect([...phases]).toEqual(['connecting', 'retrieving', 'analysing', 'recording']);
    const small = await run(SMALL);
    const [one, other] = [large, small].map(({ runs: [only] }) => ({
      ...{ query: only?.query, outcome: only?.outcome, headline: only?.headline },
      ...{ compliance: only?.compliance, records: only?.retrieval.records },
    }));
    expect(one).toEqual(other);
  });

  it('has its lens in both threads', async () => {
    const { session, run, lenses } = await desk();
    await session.open(URI, LARGE);
    const { runs } = await run(LARGE);
    expect(await lenses()).toEqual([runs[0]?.runId]);
    // Short again, it comes back to the main thread.
    await session.change(URI, 2, SMALL);
    expect(await lenses()).toEqual([runs[0]?.runId]);
  });

  it('is cancelled with what came until then', async () => {
    const { began, cancelling, run } = await desk(300);
    const running = run(`${LARGE} WITH pageSize = 10, concurrency = 1`);
    await began;
    cancelling.cancel();
    expect((await running).runs).toMatchObject([{ outcome: 'cancelled', error: { code: 'cancelled' } }]);
  });

  it.each([
    ['after a small one that goes on', SMALL, LARGE],
    ['before a small one', LARGE, SMALL],
  ])('shares what may be sent at once with other runs: %s', async (_, first, second) => {
    const { sandbox, session, began, run } = await desk(250);
    const pages = ' WITH pageSize = 4, concurrency = 5';
    const one = run(first + pages);
    await began;
    const other = run(second + pages);
    // Its folder is made once the tenant has let it in.
    await expect
      .poll(
        async () => {
          const answer = await session.connection.sendRequest<unknown>(METHODS.runs, {});
          return runsResultSchema.parse(answer).runs[0]?.outcome;
        },
        { interval: 20, timeout: 20_000 },
      )
      .toBe('running');
    for (const { runs: ended } of await Promise.all([one, other])) {
      expect(ended).toMatchObject([{ outcome: 'complete', retrieval: { records: sandbox.retained } }]);
    }
    expect(sandbox.stats.maxConcurrent).toBe(5);
    expect(sandbox.stats.tokensIssued).toBe(1);
  });

  it('forgets its tokens with all the others', async () => {
    const { sandbox, session, run } = await desk();
    await session.open(URI, LARGE);
    await run(LARGE);
    await run(LARGE);
    expect(sandbox.stats.tokensIssued).toBe(1);
    await session.connection.sendNotification(METHODS.forget, { profile: 'sandbox' });
    await run(LARGE);
    expect(sandbox.stats.tokensIssued).toBe(2);
  });

  it('is said to have broken off when its thread ends', async () => {
    const { session, began, run } = await desk(300);
    await session.open(URI, LARGE);
    const running = run(`${LARGE} WITH pageSize = 10, concurrency = 1`).catch(
      ({ code, message }: ResponseError) => ({ code, message }),
    );
    await began;
    await session.change(URI, 2, `-- The end.\n${LARGE}`);
    expect(await running).toEqual({
      code: LSPErrorCodes.RequestFailed,
      message: expect.stringMatching(/^The run broke off: /),
    });
  });
});
