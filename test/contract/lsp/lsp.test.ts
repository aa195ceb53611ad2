import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type {
  ClientCapabilities,
  CodeAction,
  CodeLens,
  CompletionList,
  DocumentSymbol,
  FoldingRange,
} from 'vscode-languageserver-protocol';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import {
  auditVerifyResultSchema,
  explainResultSchema,
  METHODS,
  panelResultSchema,
  queriesResultSchema,
  type RunProgress,
  runResultSchema,
  testConnectionResultSchema,
} from '../../../server/src/protocol/lsp.ts';
import { type Sandbox, startSandbox } from '../../../server/src/sandbox/index.ts';
import { type Session, startSession } from './session.ts';

const URI = 'file:///somewhere/query.cxq';
const sessions: Session[] = [];

async function session(options?: unknown, capabilities?: ClientCapabilities): Promise<Session> {
  const started = await startSession(options, capabilities);
  sessions.push(started);
  return started;
}

afterEach(async () => {
  for (const one of sessions.splice(0)) expect(await one.close()).toBe(0);
});

describe('the language over stdio', () => {
  it('advertises what it serves, and works without any options', async () => {
    const { initialized, open, diagnostics } = await session();
    expect(initialized.serverInfo?.name).toBe('cxq');
    expect(Object.keys(initialized.capabilities).sort()).toEqual([
      'codeActionProvider',
      'codeLensProvider',
      'completionProvider',
      'declarationProvider',
      'definitionProvider',
      'documentFormattingProvider',
      'documentHighlightProvider',
      'documentLinkProvider',
      'documentOnTypeFormattingProvider',
      'documentRangeFormattingProvider',
      'documentSymbolProvider',
      'foldingRangeProvider',
      'hoverProvider',
      'inlayHintProvider',
      'positionEncoding',
      'referencesProvider',
      'renameProvider',
      'selectionRangeProvider',
      'semanticTokensProvider',
      'signatureHelpProvider',
      'textDocumentSync',
      'workspace',
      'workspaceSymbolProvider',
    ]);
    await open(URI, 'USING anywhere LAST 24h');
    expect(await diagnostics(URI, 1)).toEqual([]);
  });

  it('sends diagnostics as typed: the newest text wins', async () => {
    const { open, change, diagnostics } = await session();
    await open(URI, 'LAST 24h');
    await change(URI, 2, "WHERE nodeID = 'x'\nLIMT 5");
    await change(URI, 3, "-- 😀\nWHERE bogus = 'x'\nLAST 24h");
    const [found, ...more] = await diagnostics(URI, 3);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      code: 'CXQ2001',
      severity: 1,
      source: 'CXQ',
      range: { start: { line: 1, character: 6 }, end: { line: 1, character: 11 } },
    });
  });

  it('completes, outlines, folds and puts lenses over queries', async () => {
    const { open, connection } = await session(undefined, {
      textDocument: { documentSymbol: { hierarchicalDocumentSymbolSupport: true } },
    });
    const textDocument = { uri: URI };
    await open(URI, "QUERY first 'One'\nWHERE node\nLAST 24h;\n\nQUERY second\nLAST 1h\n");
    const { items } = await connection.sendRequest<CompletionList>('textDocument/completion', {
      textDocument,
      position: { line: 1, character: 10 },
    });
    expect(items.map((item) => item.label)).toEqual(expect.arrayContaining(['nodeId', 'nodeType']));
    const symbols = await connection.sendRequest<DocumentSymbol[]>('textDocument/documentSymbol', {
      textDocument,
    });
    expect(symbols.map((symbol) => symbol.name)).toEqual(['first', 'second']);
    const folds = await connection.sendRequest<FoldingRange[]>('textDocument/foldingRange', { textDocument });
    expect(folds).toContainEqual({ startLine: 0, endLine: 2, endCharacter: 8 });
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: URI, version: 2 },
      contentChanges: [
        { range: { start: { line: 1, character: 6 }, end: { line: 1, character: 10 } }, text: 'open' },
      ],
    });
    const ask = () => connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument });
    // An editor that did not say so does not have the commands.
    expect(await ask()).toEqual([]);
    const settings = { profiles: [], connection: null, dataFolder: '', user: 'tester', trusted: true };
    await connection.sendNotification(METHODS.configuration, { ...settings, clientCommands: true });
    const lenses = await ask();
    expect(lenses.map((lens) => [lens.command?.command, ...(lens.command?.arguments ?? [])])).toEqual([
      ['cxq.run', URI, 0],
      ['cxq.explain', URI, 0],
      ['cxq.exportResults', URI, 0],
      ['cxq.run', URI, 1],
      ['cxq.explain', URI, 1],
      ['cxq.exportResults', URI, 1],
    ]);
  });

  it('offers quick fixes, and all sure ones together', async () => {
    const { open, connection, diagnostics } = await session();
    await open(URI, 'WHERE outcome = "a" AND nodeIdd = \'x\'\nLAST 24h');
    const [first] = await diagnostics(URI, 1);
    const ask = (range: unknown, only: string[]) =>
      connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
        textDocument: { uri: URI },
        range,
        context: { diagnostics: [], only },
      });
    const [fix] = await ask(first?.range, ['quickfix']);
    expect(fix).toMatchObject({ kind: 'quickfix', diagnostics: [{ code: 'CXQ1004' }] });
    expect(fix?.edit?.changes?.[URI]?.[0]?.newText).toBe("'a'");
    const [all] = await ask({ start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, ['source']);
    // The nearest name is a guess, so it is not taken along.
    expect(all?.edit?.changes?.[URI]?.map((edit) => edit.newText)).toEqual(["'a'"]);
  });

  it('offers quick fixes whose new lines end as those of the file', async () => {
    const { open, connection, diagnostics } = await session();
    await open(URI, 'WHERE open\r\nLIMIT 5\r\n');
    const found = (await diagnostics(URI, 1)).find(({ code }) => code === 'CXQ3006');
    const [fix] = await connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri: URI },
      range: found?.range,
      context: { diagnostics: [], only: ['quickfix'] },
    });
    expect(fix?.edit?.changes?.[URI]?.map((edit) => edit.newText)).toEqual(['\r\nLAST 24h']);
  });

  it('says why a connection that is there cannot be used', async () => {
    const { open, connection, diagnostics } = await session();
    const settings = { connection: null, dataFolder: '', user: 'tester', trusted: true };
    const profiles = [{ id: 'bad', baseUrl: 'nowhere' }];
    await connection.sendNotification(METHODS.configuration, { ...settings, profiles });
    await open(URI, 'USING bad LAST 2h');
    const messages = (await diagnostics(URI, 1)).map(({ message }) => message);
    expect(messages).toEqual([expect.stringMatching(/^The connection profile `bad` cannot be used: \S/)]);
  });

  it('lists and explains queries', async () => {
    const { connection } = await session();
    const text = "QUERY a 'A' LAST 1h; QUERY b WHERE dwell > 5s LAST 2h";
    const listed = queriesResultSchema.parse(
      await connection.sendRequest<unknown>(METHODS.queries, { uri: URI, text }),
    );
    expect(listed.queries.map(({ name, title }) => [name, title])).toEqual([
      ['a', 'A'],
      ['b', null],
    ]);
    const explained = explainResultSchema.parse(
      await connection.sendRequest<unknown>(METHODS.explain, { uri: URI, text, index: 1 }),
    );
    expect(explained.text).toContain('dwell > 5s');
  });

  it('takes no notice of parameters after the one that it wants', async () => {
    const { connection } = await session();
    const listed = await connection.sendRequest<unknown>(
      METHODS.queries,
      { uri: URI, text: 'QUERY a LAST 1h' },
      null,
    );
    expect(queriesResultSchema.parse(listed).queries).toHaveLength(1);
  });

  it('refuses parameters that do not fit, and goes on', async () => {
    const { connection } = await session();
    await expect(connection.sendRequest(METHODS.explain, { uri: URI })).rejects.toThrow(/cxq\/explain/);
    const listed = await connection.sendRequest<unknown>(METHODS.queries, { uri: URI, text: 'LAST 1h' });
    expect(queriesResultSchema.parse(listed).queries).toHaveLength(1);
  });
});

describe('running from an editor', () => {
  let sandbox: Sandbox;
  let folder: string;
  beforeAll(async () => {
    sandbox = await startSandbox({ interactions: 400, seed: 7, latencyMs: 5 });
    folder = await mkdtemp(join(tmpdir(), 'cxq-lsp-'));
  });
  afterAll(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  const options = (more: object = {}) => ({
    profiles: [{ id: 'sandbox', baseUrl: sandbox.baseUrl }],
    connection: 'sandbox',
    dataFolder: folder,
    user: 'tester',
    trusted: true,
    ...more,
  });
  const params = (text: string, more: object = {}) => ({ uri: URI, text, index: 0, token: 'one', ...more });

  async function connected(more: object = {}, secret = sandbox.clientSecret): Promise<Session> {
    const started = await session(options(more));
    started.connection.onRequest(METHODS.credentials, () => ({
      credentials: { clientId: sandbox.clientId, clientSecret: secret },
    }));
    return started;
  }

  it('runs, tells of progress and of the audit record, and answers the panel', async () => {
    const { connection } = await connected();
    const progress: RunProgress[] = [];
    const audited: { line: string }[] = [];
    connection.onNotification(METHODS.runProgress, (one: RunProgress) => void progress.push(one));
    connection.onNotification(METHODS.audited, (one: { line: string }) => void audited.push(one));
    const result = runResultSchema.parse(
      await connection.sendRequest<unknown>(METHODS.run, params('LAST 29d LIMIT ALL')),
    );
    const [run] = result.runs;
    expect(run).toMatchObject({ outcome: 'complete', compliance: 'VERIFIED' });
    expect(run?.retrieval).toMatchObject({ accuracyRate: 1, rejected: 0 });
    expect(run?.headline).toMatch(/bottlenecks? in [\d,]+ interactions/);
    expect(progress.every((one) => one.token === 'one')).toBe(true);
    expect(progress.map((one) => one.phase)).toEqual(expect.arrayContaining(['retrieving', 'recording']));
    expect(audited.map((one) => one.line.split(' ')[2])).toEqual(['run.started', 'run.ended']);

    const ask = async (request: object) =>
      panelResultSchema.parse(
        await connection.sendRequest<unknown>(METHODS.panel, { runId: run?.runId, request }),
      );
    const overview = await ask({ kind: 'overview', filter: [] });
    expect(overview).toMatchObject({ response: { kind: 'overview', interactions: run?.retrieval.records } });
    expect(await ask({ kind: 'step', interactionId: 'nobody', sequence: 0 })).toMatchObject({
      error: { code: 'gone' },
    });
    const verified = auditVerifyResultSchema.parse(
      await connection.sendRequest<unknown>(METHODS.auditVerify, { known: [] }),
    );
    expect(verified).toMatchObject({ ok: true });
    const tampered = auditVerifyResultSchema.parse(
      await connection.sendRequest<unknown>(METHODS.auditVerify, {
        known: [{ file: verified.files[0], sequence: 99, hash: 'f'.repeat(64) }],
      }),
    );
    expect(tampered).toMatchObject({ ok: false });
  });

  it('cancel ends a run at once and keeps what came', async () => {
    const { connection } = await connected();
    const cancel = new CancellationTokenSource();
    connection.onNotification(METHODS.runProgress, ({ requests }: RunProgress) => {
      if (requests > 1) cancel.cancel();
    });
    const answered = connection.sendRequest<unknown>(
      METHODS.run,
      params('LAST 29d LIMIT ALL WITH pageSize = 2, concurrency = 1'),
      cancel.token,
    );
    const [run] = runResultSchema.parse(await answered).runs;
    expect(run?.outcome).toBe('cancelled');
    expect(run?.retrieval.records).toBeLessThan(400);
  });

  it.each([
    ['diagnostics', {}, 'WHERE bogus = 1 LAST 1h', /line 1, column 7: CXQ2001/],
    ['parameters', {}, 'PARAM p : DURATION QUERY q LAST $p', /\$p/],
    ['connection', { connection: null, profiles: [] }, 'LAST 1h', /sandbox/],
    ['untrusted', { trusted: false }, 'LAST 1h', /trusted workspace/],
  ])('refuses with %s, says why, and sends nothing', async (code, more, text, message) => {
    const before = sandbox.stats.requests;
    const { connection } = await connected(more);
    const result = runResultSchema.parse(await connection.sendRequest<unknown>(METHODS.run, params(text)));
    expect(result.runs).toEqual([]);
    expect(result.error?.code).toBe(code);
    expect(result.error?.message).toMatch(message);
    expect(sandbox.stats.requests).toBe(before);
  });

  it('wrong credentials: the run fails with what to check, and the test of a connection says so', async () => {
    const { connection } = await connected({}, 'wrong');
    const result = runResultSchema.parse(
      await connection.sendRequest<unknown>(METHODS.run, params('LAST 1h')),
    );
    expect(result.runs[0]).toMatchObject({ outcome: 'failed', error: { code: 'auth' } });
    expect(result.connection).toBe('sandbox');
    expect(JSON.stringify(result)).not.toContain(sandbox.clientSecret);
    const tested = testConnectionResultSchema.parse(
      await connection.sendRequest<unknown>(METHODS.testConnection, {
        profile: { id: 'sandbox', baseUrl: sandbox.baseUrl },
      }),
    );
    expect(tested.ok).toBe(false);
  });
});
