/** Editors that send what they should not: the server goes on serving, over real pipes. */

import { describe, expect, it } from 'vitest';
import type { Hover } from 'vscode-languageserver-protocol';
import { startSession } from './session.ts';

const URI = 'file:///strange/a.cxq';

describe('a strange editor', () => {
  it.each([
    ['without a version', { uri: URI, languageId: 'cxq', text: 'LAST 2h' }],
    ['whose text is none', { uri: URI, languageId: 'cxq', version: 1, text: 5 }],
    ['without a text', { uri: URI, languageId: 'cxq', version: 1 }],
  ])('may open a document %s', async (_, textDocument) => {
    const session = await startSession();
    await session.connection.sendNotification('textDocument/didOpen', { textDocument });
    // After everything that the server does in its own time with what was opened.
    await session.open('file:///strange/b.cxq', 'LAST 2h LIMT 5');
    expect(await session.diagnostics('file:///strange/b.cxq', 1)).toHaveLength(1);
    expect(await session.close()).toBe(0);
  });

  it('may change what lies behind the end of a text', async () => {
    const session = await startSession();
    await session.open(URI, '');
    const change = (version: number, line: number, text: string) =>
      session.connection.sendNotification('textDocument/didChange', {
        textDocument: { uri: URI, version },
        contentChanges: [
          { range: { start: { line, character: 0 }, end: { line: line + 1, character: 0 } }, text },
        ],
      });
    await change(2, 11, 'LAST 2h\n');
    await change(3, 40, 'LIMIT 5');
    const hover = await session.connection.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri: URI },
      position: { line: 1, character: 1 },
    });
    expect(hover.range).toEqual({ start: { line: 1, character: 0 }, end: { line: 1, character: 5 } });
    await change(4, 0, 'LAST 3h\n');
    const symbols = await session.connection.sendRequest<{ name: string }[]>('textDocument/documentSymbol', {
      textDocument: { uri: URI },
    });
    expect(JSON.stringify(symbols)).toContain('3h');
    expect(await session.close()).toBe(0);
  });
});
