/** Formatting as an editor asks for it. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Range, TextEdit } from 'vscode-languageserver-protocol';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { EXAMPLE } from '../../language/example.ts';
import { type Session, startSession } from './session.ts';

const URI = 'file:///somewhere/query.cxq';
const OPTIONS = { tabSize: 8, insertSpaces: false };
const sessions: Session[] = [];

async function session(text: string): Promise<Session> {
  const started = await startSession();
  sessions.push(started);
  await started.open(URI, text);
  return started;
}

afterEach(async () => {
  for (const one of sessions.splice(0)) expect(await one.close()).toBe(0);
});

function edited(text: string, edits: TextEdit[] | null): string {
  return TextDocument.applyEdits(TextDocument.create(URI, 'cxq', 1, text), edits ?? []);
}

function line(from: number, to = from): Range {
  return { start: { line: from, character: 0 }, end: { line: to, character: 1_000 } };
}

describe('formatting over stdio', () => {
  it('is offered whole, in ranges, and after a semicolon and a new line', async () => {
    const { initialized } = await session('');
    expect(initialized.capabilities).toMatchObject({
      documentFormattingProvider: true,
      documentRangeFormattingProvider: { rangesSupport: true },
      documentOnTypeFormattingProvider: { firstTriggerCharacter: ';', moreTriggerCharacter: ['\n'] },
    });
  });

  it('gives the canonical layout, whatever the tab size', async () => {
    const text = `\t${EXAMPLE.toLowerCase().replaceAll("'decision', 'routing', 'condition'", "'😀'").replaceAll('\n', '\r\n\t')}`;
    const { connection } = await session(text);
    const edits = await connection.sendRequest<TextEdit[]>('textDocument/formatting', {
      textDocument: { uri: URI },
      options: OPTIONS,
    });
    const result = edited(text, edits);
    expect(result.split('\r\n').slice(2, 7)).toEqual([
      "QUERY failing 'interactions that failed at a decision'",
      'WHERE errorState = true',
      "  AND nodeType IN ['😀']",
      'LAST 24h',
      'LIMIT 500;',
    ]);
    expect(result).not.toMatch(/\t|[^\r]\n/);
  });

  it('formats the clauses of ranges, and nothing else', async () => {
    const text = 'query  a\nwhere  open\nand errorState\nlast  1h\nlimit  5\n';
    const { connection } = await session(text);
    const one = await connection.sendRequest<TextEdit[]>('textDocument/rangeFormatting', {
      textDocument: { uri: URI },
      range: line(2),
      options: OPTIONS,
    });
    expect(edited(text, one)).toBe('query  a\nWHERE open\n  AND errorState\nlast  1h\nlimit  5\n');
    const two = await connection.sendRequest<TextEdit[]>('textDocument/rangesFormatting', {
      textDocument: { uri: URI },
      ranges: [line(0), line(4)],
      options: OPTIONS,
    });
    expect(edited(text, two)).toBe('QUERY a\nwhere  open\nand errorState\nlast  1h\nLIMIT 5\n');
  });

  it('puts in order what a semicolon and a new line end', async () => {
    const text = 'query  a\nlast  1h;\n';
    const { connection } = await session(text);
    const typed = (ch: string, at: number, character: number) =>
      connection.sendRequest<TextEdit[]>('textDocument/onTypeFormatting', {
        textDocument: { uri: URI },
        position: { line: at, character },
        ch,
        options: OPTIONS,
      });
    expect(edited(text, await typed(';', 1, 9))).toBe('QUERY a\nLAST 1h;\n');
    expect(edited(text, await typed('\n', 1, 0))).toBe('QUERY a\nlast  1h;\n');
  });

  it('has no edits for a text that is not open, or already in order', async () => {
    const { connection } = await session(EXAMPLE);
    const ask = (uri: string) =>
      connection.sendRequest('textDocument/formatting', { textDocument: { uri }, options: OPTIONS });
    expect(await ask(URI)).toEqual([]);
    expect(await ask('file:///elsewhere.cxq')).toBeNull();
  });

  it('ends when it is cancelled, and when the text changes', async () => {
    const { connection, change } = await session(EXAMPLE.replaceAll(/^/gm, ' ').repeat(1_500));
    const ask = (source = new CancellationTokenSource()) =>
      connection.sendRequest(
        'textDocument/formatting',
        { textDocument: { uri: URI }, options: OPTIONS },
        source.token,
      );
    const source = new CancellationTokenSource();
    const cancelled = ask(source);
    source.cancel();
    await expect(cancelled).rejects.toMatchObject({ code: -32_800 });
    const outdated = ask();
    await change(URI, 2, EXAMPLE);
    await expect(outdated).rejects.toMatchObject({ code: -32_801 });
    expect(await ask()).toEqual([]);
  });
});
