import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  DocumentDiagnosticReport,
  InitializeParams,
  WorkspaceDiagnosticReport,
  WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver-protocol';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { METHODS } from '../../../server/src/protocol/lsp.ts';
import { type Session, startSession } from './session.ts';

const PULLS = { textDocument: { diagnostic: {} }, workspace: { diagnostics: { refreshSupport: true } } };
const WRONG = 'LIMT 5';

let folder: string;
let sessions: Session[];
beforeEach(async () => {
  sessions = [];
  folder = await mkdtemp(join(tmpdir(), 'cxq-pull-'));
});
afterEach(async () => {
  for (const one of sessions) expect(await one.close()).toBe(0);
  await rm(folder, { recursive: true });
});

async function session(more: Partial<InitializeParams> = {}): Promise<Session> {
  const started = await startSession(undefined, PULLS, {
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'queries' }],
    ...more,
  });
  sessions.push(started);
  return started;
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return pathToFileURL(path).href;
}

function pull(
  { connection }: Session,
  uri: string,
  previousResultId?: string,
): Promise<DocumentDiagnosticReport> {
  return connection.sendRequest('textDocument/diagnostic', {
    textDocument: { uri },
    ...(previousResultId === undefined ? {} : { previousResultId }),
  });
}

function pullAll(
  { connection }: Session,
  known: readonly WorkspaceDocumentDiagnosticReport[] = [],
  token = new CancellationTokenSource().token,
): Promise<WorkspaceDiagnosticReport> {
  const previousResultIds = known.map(({ uri, resultId }) => ({ uri, value: resultId }));
  return connection.sendRequest('workspace/diagnostic', { previousResultIds }, token);
}

function codes(report: DocumentDiagnosticReport | WorkspaceDocumentDiagnosticReport | undefined) {
  return report?.kind === 'full' ? report.items.map(({ code }) => code) : report?.kind;
}

describe('diagnostics that an editor asks for', () => {
  it('are those of the text that is open, also where an earlier one had the same version', async () => {
    const asking = await session();
    const uri = pathToFileURL(join(folder, 'again.cxq')).href;
    await asking.open(uri, 'LAST 2h LIMT 5');
    expect(codes(await pull(asking, uri))).toEqual(['CXQ1003']);
    await asking.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
    await asking.open(uri, 'LAST 2h LIMIT 5');
    expect(codes(await pull(asking, uri))).toEqual([]);
  });

  it('are promised to it alone', async () => {
    const asking = await session();
    expect(asking.initialized.capabilities.diagnosticProvider).toEqual({
      identifier: 'cxq',
      interFileDependencies: false,
      workspaceDiagnostics: true,
    });
    const other = await startSession();
    sessions.push(other);
    expect(other.initialized.capabilities.diagnosticProvider).toBeUndefined();
  });

  it('of an open text come with a name, and are not sent again while they are the same', async () => {
    const asking = await session();
    const uri = 'untitled:one';
    await asking.open(uri, WRONG);
    const first = await pull(asking, uri);
    expect(codes(first)).toEqual(['CXQ1003']);
    await asking.change(uri, 2, `${WRONG} -- other words`);
    expect(await pull(asking, uri, first.resultId)).toEqual({
      kind: 'unchanged',
      resultId: first.resultId,
    });
    await asking.change(uri, 3, 'LAST 24h');
    const last = await pull(asking, uri, first.resultId);
    expect(codes(last)).toEqual([]);
    expect(last.resultId).not.toBe(first.resultId);
  });

  it('have those of regular expressions soon after the start, which does not wait for them', async () => {
    const asking = await session();
    const uri = 'untitled:pattern';
    await asking.open(uri, "nodeId MATCHES '(' LAST 2h");
    let found = codes(await pull(asking, uri));
    while (!found?.includes('CXQ2016')) found = codes(await pull(asking, uri));
    expect(found).toEqual(['CXQ2016']);
  });

  it('of a closed file are those of what is on disk, of one that is gone none', async () => {
    const asking = await session();
    const uri = await file('a b.cxq', WRONG);
    expect(codes(await pull(asking, uri))).toEqual(['CXQ1003']);
    await rm(join(folder, 'a b.cxq'));
    expect(codes(await pull(asking, uri))).toEqual([]);
  });

  it('of the workspace: every file at first, then only what is another', async () => {
    const asking = await session();
    const good = await file('good.cxq', 'LAST 24h');
    const bad = await file('bad.cxq', WRONG);
    const { items } = await pullAll(asking);
    expect(items.map((one) => [one.uri, codes(one)]).sort()).toEqual([
      [bad, ['CXQ1003']],
      [good, []],
    ]);
    const known = new Map(items.map((one) => [one.uri, one]));
    const next = pullAll(asking, items);
    let answered = false;
    void next.then(() => {
      answered = true;
    });
    // The server has had its turn, and still holds the request.
    await pull(asking, good);
    expect(answered).toBe(false);
    await file('good.cxq', 'LAST 24h LIMIT 0');
    await rm(join(folder, 'bad.cxq'));
    await asking.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [
        { uri: good, type: 2 },
        { uri: bad, type: 3 },
      ],
    });
    // The server may have looked at one of them before the other had changed.
    const changed = new Map<string, WorkspaceDocumentDiagnosticReport>();
    for (let answer = await next; ; answer = await pullAll(asking, [...known.values()])) {
      for (const one of answer.items) {
        changed.set(one.uri, one);
        known.set(one.uri, one);
      }
      if (changed.size === 2) break;
    }
    expect([...changed].map(([uri, one]) => [uri, codes(one)]).sort()).toEqual([
      [bad, []],
      [good, ['CXQ4001']],
    ]);
  });

  it('of the workspace can be cancelled while they wait, and come in parts where that is asked for', async () => {
    const asking = await session();
    const uri = await file('one.cxq', WRONG);
    const parts: WorkspaceDocumentDiagnosticReport[] = [];
    asking.connection.onNotification('$/progress', (one: { value: WorkspaceDiagnosticReport }) => {
      parts.push(...one.value.items);
    });
    const answer = await asking.connection.sendRequest('workspace/diagnostic', {
      previousResultIds: [],
      partialResultToken: 'parts',
    });
    expect(answer).toEqual({ items: [] });
    expect(parts.map((one) => [one.uri, codes(one)])).toEqual([[uri, ['CXQ1003']]]);
    const source = new CancellationTokenSource();
    const waiting = pullAll(asking, parts, source.token);
    await pull(asking, uri);
    source.cancel();
    await expect(waiting).rejects.toThrow(/cancelled/i);
  });

  it('are asked for again when settings change', async () => {
    const asking = await session();
    const uri = 'untitled:one';
    await asking.open(uri, 'errorState = true');
    expect(codes(await pull(asking, uri))).toContain('CXQ3006');
    const refreshed = new Promise<void>((resolve) => {
      asking.connection.onRequest('workspace/diagnostic/refresh', () => {
        resolve();
        return null;
      });
    });
    await asking.connection.sendNotification(METHODS.configuration, {
      profiles: [],
      connection: null,
      dataFolder: folder,
      user: 'someone',
      trusted: true,
      severities: { CXQ3006: 'off' },
    });
    await refreshed;
    expect(codes(await pull(asking, uri))).not.toContain('CXQ3006');
  });
});
