/** Exporting a kept run from an editor. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource, type CodeLens } from 'vscode-languageserver-protocol';
import { z } from 'zod';
import {
  exportProgressSchema,
  exportResultSchema,
  lastRunResultSchema,
  METHODS,
  type RunResult,
  runResultSchema,
} from '../../../server/src/protocol/lsp.ts';
import { runManifestSchema } from '../../../server/src/protocol/run.ts';
import { type Sandbox, startSandbox } from '../../../server/src/sandbox/index.ts';
import { type Session, startSession } from './session.ts';

const URI = 'untitled:Untitled-1';

describe('exporting from an editor', () => {
  let sandbox: Sandbox;
  let home: string;
  let out: string;
  const sessions: Session[] = [];
  beforeAll(async () => {
    sandbox = await startSandbox({ interactions: 400, seed: 7, auth: false });
  });
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cxq-export-home-'));
    out = await mkdtemp(join(tmpdir(), 'cxq-export-'));
  });
  afterEach(async () => {
    for (const one of sessions.splice(0)) expect(await one.close()).toBe(0);
    await rm(home, { recursive: true });
    await rm(out, { recursive: true });
  });
  afterAll(() => sandbox.close());

  async function connected(more: object = {}) {
    const session = await startSession({
      profiles: [{ id: 'sandbox', baseUrl: sandbox.baseUrl, auth: { kind: 'none' } }],
      connection: 'sandbox',
      dataFolder: home,
      user: 'tester',
      trusted: true,
      clientCommands: true,
      ...more,
    });
    sessions.push(session);
    const { connection } = session;
    const run = async (text: string, index: number | null = 0): Promise<RunResult> =>
      runResultSchema.parse(
        await connection.sendRequest<unknown>(METHODS.run, { uri: URI, text, index, token: 'one' }),
      );
    const last = async (text: string, index = 0) =>
      lastRunResultSchema.parse(
        await connection.sendRequest<unknown>(METHODS.lastRun, { uri: URI, text, index }),
      ).run;
    const exported = async (runId: string, name: string, format: string | null = null) =>
      exportResultSchema.parse(
        await connection.sendRequest<unknown>(METHODS.export, {
          runId,
          path: join(out, name),
          format,
          token: 'two',
        }),
      );
    return { session, connection, run, last, exported };
  }

  it('finds the run of a query as it stands, after a restart of the server too, and writes it', async () => {
    const first = await connected();
    const text = 'QUERY a LAST 29d LIMIT 20 MASK (queue);\n\nQUERY b LAST 29d LIMIT 10';
    expect(await first.last(text)).toBeNull();
    const { runs } = await first.run(text, null);
    const { connection, last, exported } = await connected();
    const audited: string[] = [];
    connection.onNotification(METHODS.audited, ({ line }: { line: string }) => void audited.push(line));
    expect((await last(text, 0))?.runId).toBe(runs[0]?.runId);
    expect((await last('query b\n  last 29d\n  limit 10'))?.runId).toBe(runs[1]?.runId);
    expect(await last('QUERY b LAST 29d LIMIT 11')).toBeNull();
    expect(await last(text, 7)).toBeNull();

    const runId = runs[0]?.runId ?? '';
    const done = await exported(runId, 'a.json');
    const bytes = await readFile(join(out, 'a.json'));
    expect(done).toEqual({
      file: {
        path: join(out, 'a.json'),
        format: 'JSON',
        records: 20,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      },
      notes: [],
      audited: true,
    });
    const queues = bytes.toString().match(/"queue":"[^"]*"/g) ?? [];
    expect(queues.length).toBeGreaterThan(0);
    expect(queues.filter((one) => !/"\*{3}[0-9a-f]{8}"$/.test(one))).toEqual([]);
    expect(audited).toEqual([expect.stringMatching(/export.*a\.json/)]);
    const chain = await readFile(join(home, 'audit', 'audit-0001.jsonl'), 'utf8');
    expect(JSON.parse(chain.trim().split('\n').at(-1) ?? '')).toMatchObject({
      event: 'export',
      run_id: runId,
      path: join(out, 'a.json'),
      user: 'tester',
    });
    expect(await exported(runId, 'a.txt', 'csv')).toMatchObject({ file: { format: 'CSV' } });
  });

  it('says why it does not, and writes nothing', async () => {
    const { run, exported } = await connected();
    const runId = (await run('LAST 1h')).runs[0]?.runId ?? '';
    await mkdir(join(out, 'folder.csv'));
    await writeFile(join(out, 'file'), '');
    const refused = [
      await exported(runId, 'a.docx'),
      await exported(runId, 'a'),
      await exported('20200101T000000Z-000000', 'a.csv'),
      await exported('../../etc', 'a.csv'),
      await exported(runId, 'none/a.csv'),
      await exported(runId, 'file/a.csv'),
      await exported(runId, 'folder.csv'),
    ].map((one) => ('error' in one ? one.error.code : 'written'));
    expect(refused).toEqual(['format', 'format', 'gone', 'gone', 'missing', 'missing', 'not-a-file']);
    const untrusted = await connected({ trusted: false });
    expect(await untrusted.exported(runId, 'a.csv')).toMatchObject({ error: { code: 'untrusted' } });
    expect((await readdir(out)).toSorted()).toEqual(['file', 'folder.csv']);
  });

  it('tells how far it is, and ends at a cancel with nothing left behind', async () => {
    const { connection, run } = await connected();
    const runId = (await run('LAST 29d LIMIT 50')).runs[0]?.runId ?? '';
    // As many records as take a while.
    const file = join(home, 'runs', runId, 'interactions.ndjson');
    const records = await readFile(file, 'utf8');
    await writeFile(file, records.repeat(400));
    const cancel = new CancellationTokenSource();
    const shares: number[] = [];
    connection.onNotification(METHODS.exportProgress, (params: unknown) => {
      const { token, share } = exportProgressSchema.parse(params);
      expect(token).toBe('three');
      shares.push(share);
      cancel.cancel();
    });
    const params = { runId, path: join(out, 'a.csv.gz'), format: null, token: 'three' };
    const answered = await connection.sendRequest<unknown>(METHODS.export, params, cancel.token);
    expect(exportResultSchema.parse(answered)).toMatchObject({ error: { code: 'cancelled' } });
    expect(shares[0]).toBeLessThan(1);
    expect(await readdir(out)).toEqual([]);
    const manifest = join(home, 'runs', runId, 'manifest.json');
    expect(runManifestSchema.parse(JSON.parse(await readFile(manifest, 'utf8'))).outcome).toBe('complete');
  });

  it('has its lens over each query that can run, beside Run and Explain', async () => {
    const { session, connection } = await connected();
    await session.open(URI, 'QUERY a\nLAST 1h;\n\nQUERY b LAST;\nQUERY c\nLAST 1h');
    const lenses = await connection.sendRequest<CodeLens[]>('textDocument/codeLens', {
      textDocument: { uri: URI },
    });
    const arguments_ = z.tuple([z.string(), z.number()]);
    expect(
      lenses.map(({ command }) => [
        command?.title,
        arguments_.parse(command?.arguments)[1],
        command?.command,
      ]),
    ).toEqual(
      [0, 2].flatMap((index) => [
        ['$(play) Run', index, 'cxq.run'],
        ['Explain', index, 'cxq.explain'],
        ['Export', index, 'cxq.exportResults'],
      ]),
    );
  });
});
