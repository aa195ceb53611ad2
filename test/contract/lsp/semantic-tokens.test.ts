/** Semantic tokens and inlay hints over real pipes. */
import { afterEach, describe, expect, it } from 'vitest';
import type {
  ClientCapabilities,
  InlayHint,
  SemanticTokens,
  SemanticTokensDelta,
} from 'vscode-languageserver-protocol';
import { METHODS } from '../../../server/src/protocol/lsp.ts';
import { type Session, startSession } from './session.ts';

const URI = 'file:///w/a.cxq';
const sessions: Session[] = [];
afterEach(async () => {
  for (const one of sessions.splice(0)) expect(await one.close()).toBe(0);
});

const SETTINGS = { profiles: [], connection: null, dataFolder: '', user: 'tester', trusted: true };

async function opened(text: string, capabilities: ClientCapabilities = {}) {
  const session = await startSession(SETTINGS, capabilities);
  sessions.push(session);
  await session.open(URI, text);
  return session;
}

describe('semantic tokens', () => {
  const ask = <T>(session: Session, method: string, more: object = {}) =>
    session.connection.sendRequest<T>(`textDocument/semanticTokens/${method}`, {
      textDocument: { uri: URI },
      ...more,
    });

  it('are whole, then only what changed; an older answer is no base', async () => {
    const session = await opened('QUERY a\nLAST 1h;\n\nQUERY b\nLAST 2h');
    const first = await ask<SemanticTokens>(session, 'full');
    expect(first.data.length % 5).toBe(0);
    expect(first.data).toHaveLength(8 * 5);
    const same = await ask<SemanticTokensDelta>(session, 'full/delta', { previousResultId: first.resultId });
    expect(same.edits).toEqual([]);

    await session.change(URI, 2, 'QUERY a\nLAST 1h;\n\nQUERY b\nLAST 2h LIMIT 5');
    const delta = await ask<SemanticTokensDelta>(session, 'full/delta', { previousResultId: same.resultId });
    const [edit, ...others] = delta.edits;
    expect(others).toEqual([]);
    const patched = [...first.data];
    patched.splice(edit?.start ?? 0, edit?.deleteCount ?? 0, ...(edit?.data ?? []));
    expect(edit?.data).toHaveLength(10);

    const stale = await ask<SemanticTokens>(session, 'full/delta', { previousResultId: first.resultId });
    expect(stale.data).toEqual(patched);
    expect((await ask<SemanticTokens>(session, 'full')).data).toEqual(patched);
  });

  it('of a range are those of its lines, in the legend’s names', async () => {
    const session = await opened('QUERY a\nLAST 1h;\n\nQUERY b\nWHERE changed(limit)');
    const range = { start: { line: 3, character: 0 }, end: { line: 5, character: 0 } };
    const { data } = await ask<SemanticTokens>(session, 'range', { range });
    const names = session.initialized.capabilities.semanticTokensProvider?.legend.tokenTypes ?? [];
    const types = data.flatMap((number, index) => (index % 5 === 3 ? [names[number]] : []));
    expect(types).toEqual(['keyword', 'class', 'keyword', 'function', 'variable']);
    expect(data.slice(0, 2)).toEqual([3, 0]);
  });
});

describe('inlay hints', () => {
  const WHOLE = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
  const ask = (session: Session, range = WHOLE) =>
    session.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri: URI },
      range,
    });

  it('are those of the range, and of the kinds that are wanted', async () => {
    const session = await opened(
      'QUERY a\nLAST 1h\nLIMIT 50;\n\nQUERY b\nWHERE dwell > 1s\nLAST 2h\nLIMIT ALL',
      {
        workspace: { inlayHint: { refreshSupport: true } },
      },
    );
    let refreshed = 0;
    session.connection.onRequest('workspace/inlayHint/refresh', () => {
      refreshed += 1;
      return null;
    });
    const all = await ask(session);
    expect(all).toMatchObject([
      { position: { line: 0, character: 7 }, label: '≈ 1 request', paddingLeft: true },
      { position: { line: 1, character: 7 }, label: expect.stringMatching(/^since .*\d\d:\d\d$/) },
      { position: { line: 5, character: 16 }, label: 'runs locally' },
      { position: { line: 6, character: 7 }, label: expect.stringMatching(/^since /) },
    ]);
    const second = { start: { line: 4, character: 0 }, end: { line: 8, character: 0 } };
    expect((await ask(session, second)).map(({ position }) => position)).toEqual(
      all.slice(2).map(({ position }) => position),
    );

    const inlayHints = { instants: false, local: false };
    await session.connection.sendNotification(METHODS.configuration, { ...SETTINGS, inlayHints });
    await expect.poll(() => refreshed).toBe(1);
    expect((await ask(session)).map(({ label }) => label)).toEqual(['≈ 1 request']);
  });

  it('ask nothing of an editor that cannot draw them anew', async () => {
    const session = await opened('LAST 1h');
    let asked = false;
    session.connection.onRequest('workspace/inlayHint/refresh', () => {
      asked = true;
      return null;
    });
    await session.connection.sendNotification(METHODS.configuration, SETTINGS);
    expect(await ask(session)).toHaveLength(2);
    expect(asked).toBe(false);
  });
});
