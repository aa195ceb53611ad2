/** Hover and signature help over real pipes, in editors that can much and in those that can little. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ClientCapabilities, Hover, SignatureHelp } from 'vscode-languageserver-protocol';
import { type Session, startSession } from './session.ts';

const URI = 'file:///w/a.cxq';
const RICH: ClientCapabilities = {
  textDocument: {
    hover: { contentFormat: ['markdown', 'plaintext'] },
    signatureHelp: {
      contextSupport: true,
      signatureInformation: {
        documentationFormat: ['markdown'],
        parameterInformation: { labelOffsetSupport: true },
        noActiveParameterSupport: true,
      },
    },
  },
};

const sessions: Session[] = [];
afterEach(async () => {
  for (const one of sessions.splice(0)) expect(await one.close()).toBe(0);
});

async function opened(text: string, capabilities: ClientCapabilities = {}, options?: unknown) {
  const session = await startSession(options, capabilities);
  sessions.push(session);
  await session.open(URI, text);
  const at = (line: number, character: number) => ({
    textDocument: { uri: URI },
    position: { line, character },
  });
  const { connection } = session;
  return {
    session,
    hover: (line: number, character: number) =>
      connection.sendRequest<Hover | null>('textDocument/hover', at(line, character)),
    help: (line: number, character: number, context?: object) =>
      connection.sendRequest<SignatureHelp | null>('textDocument/signatureHelp', {
        ...at(line, character),
        ...(context === undefined ? {} : { context }),
      }),
  };
}

describe('hover', () => {
  it('is markdown where the editor shows it, with the range of the word', async () => {
    const { hover, session } = await opened('-- a\r\nWHERE 😀 dwell > 1s\r\nLAST 1h', RICH);
    expect(session.initialized.capabilities.hoverProvider).toBe(true);
    expect(await hover(1, 11)).toEqual({
      contents: { kind: 'markdown', value: expect.stringMatching(/^```cxq\ndwell: DURATION\n```\n/) },
      range: { start: { line: 1, character: 9 }, end: { line: 1, character: 14 } },
    });
    expect(await hover(0, 3)).toBeNull();
    expect(await hover(1, 6)).toBeNull();
  });

  it('is text where the editor has no markdown, and nothing for a text that is not open', async () => {
    const { hover, session } = await opened('WHERE dwell > 1s');
    const found = await hover(0, 7);
    expect(found?.contents).toMatchObject({
      kind: 'plaintext',
      value: expect.stringMatching(/^ {2}dwell: DURATION\n/),
    });
    await session.connection.sendNotification('textDocument/didClose', { textDocument: { uri: URI } });
    expect(await hover(0, 7)).toBeNull();
  });

  it('knows the connection in force', async () => {
    const options = {
      profiles: [
        { id: 'mine', variables: { tenant: 't' }, timeZone: 'Asia/Tokyo', limits: { maxPageSize: 77 } },
      ],
      connection: 'mine',
      dataFolder: '',
      user: 'tester',
      trusted: true,
    };
    const { hover } = await opened('USING mine\nLAST 1h\nWITH pageSize = 5', {}, options);
    expect(JSON.stringify(await hover(0, 7))).toContain('Time zone: Asia/Tokyo');
    expect(JSON.stringify(await hover(1, 6))).toContain('(Asia/Tokyo, UTC+09:00)');
    expect(JSON.stringify(await hover(2, 7))).toContain('1 to 77');
  });
});

describe('signature help', () => {
  const blank = { triggerKind: 2, triggerCharacter: ' ', isRetrigger: false };

  it('says which part is written, as the editor can take it', async () => {
    const { help, session } = await opened('WHERE SEQUENCE(open, ', RICH);
    expect(session.initialized.capabilities.signatureHelpProvider?.triggerCharacters).toEqual([
      '(',
      ',',
      ' ',
    ]);
    const found = await help(0, 21);
    expect(found).toMatchObject({ activeSignature: 0, activeParameter: 1 });
    const [signature] = found?.signatures ?? [];
    expect(signature).toMatchObject({
      label: 'SEQUENCE(predicate, predicate, …): BOOLEAN',
      documentation: { kind: 'markdown' },
      parameters: [{ label: [9, 18] }, { label: [20, 29] }, { label: [31, 32] }],
    });
    await session.change(URI, 2, 'WHERE nodeTimestamp > now(');
    expect(await help(0, 26)).toMatchObject({ activeParameter: null, signatures: [{ parameters: [] }] });
  });

  it('is text for an editor that can little', async () => {
    const { help } = await opened('WHERE changed(');
    const found = await help(0, 14);
    expect(found).toMatchObject({
      activeParameter: 0,
      signatures: [{ documentation: { kind: 'plaintext' }, parameters: [{ label: 'NAME' }] }],
    });
  });

  it('comes with a blank only where something with parts begins, and stays once it is there', async () => {
    const { help, session } = await opened('LAST 1h WITH ', RICH);
    expect(await help(0, 13, blank)).toMatchObject({ signatures: [{ label: 'WITH option = value, …' }] });
    await session.change(URI, 2, 'LAST 1h WITH pageSize = ');
    expect(await help(0, 24, blank)).toBeNull();
    expect(await help(0, 24, { ...blank, isRetrigger: true })).toMatchObject({ activeParameter: 1 });
    expect(await help(0, 24, { triggerKind: 1, isRetrigger: false })).not.toBeNull();
    await session.change(URI, 3, 'WHERE dwell ');
    expect(await help(0, 12, blank)).toBeNull();
  });
});
