/** Large texts, which a thread of the server answers for. Over real pipes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CancellationToken,
  CancellationTokenSource,
  type ClientCapabilities,
  LSPErrorCodes,
  type ResponseError,
  type SemanticTokens,
} from 'vscode-languageserver-protocol';
import { validText } from '../../bench/texts.ts';
import { type Session, startSession } from './session.ts';

const DOOR = new URL('./large-door.ts', import.meta.url).pathname;
const EXAMPLE = new URL('../../../examples/getting-started.cxq', import.meta.url);
const URI = 'file:///large/one.cxq';
const textDocument = { uri: URI };
const options = { tabSize: 2, insertSpaces: true };
const OPTIONS = {
  profiles: [],
  connection: null,
  dataFolder: '',
  user: 'analyst',
  trusted: true,
  clientCommands: true,
};
const PULLS: ClientCapabilities = {
  textDocument: {
    diagnostic: {},
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    rename: { prepareSupport: true },
    completion: { completionItem: { snippetSupport: true } },
  },
};

let sessions: Session[] = [];
afterEach(async () => {
  const ended = await Promise.all(sessions.map((one) => one.close()));
  expect(ended).toEqual(sessions.map(() => 0));
  sessions = [];
});

/** Where a text is large that is longer than this; undefined for the door that ships. */
async function start(length?: number, capabilities = PULLS, more = {}): Promise<Session> {
  const door = length === undefined ? undefined : [DOOR, String(length)];
  const session = await startSession(OPTIONS, capabilities, more, door);
  sessions.push(session);
  return session;
}

interface Position {
  readonly line: number;
  readonly character: number;
}

/** Every request about a text. */
function requestsAt(
  position: Position,
  lines: number,
): readonly (readonly [method: string, params: object])[] {
  const range = { start: { line: 0, character: 0 }, end: { line: lines, character: 0 } };
  return [
    ['codeAction', { range, context: { diagnostics: [] } }],
    ['codeLens', {}],
    ['completion', { position }],
    ['declaration', { position }],
    ['definition', { position }],
    ['diagnostic', {}],
    ['documentHighlight', { position }],
    ['documentLink', {}],
    ['documentSymbol', {}],
    ['foldingRange', {}],
    ['formatting', { options }],
    ['hover', { position }],
    ['inlayHint', { range }],
    ['onTypeFormatting', { position, ch: ';', options }],
    ['prepareRename', { position }],
    ['rangeFormatting', { range, options }],
    ['rangesFormatting', { ranges: [range], options }],
    ['references', { position, context: { includeDeclaration: true } }],
    ['rename', { position, newName: 'other' }],
    ['selectionRange', { positions: [position] }],
    ['semanticTokens/full', {}],
    ['semanticTokens/range', { range }],
    ['signatureHelp', { position }],
  ];
}

/** What a request is answered with; a refusal by its code and words. */
async function answer(asked: Promise<unknown>): Promise<unknown> {
  return asked.catch(({ code, message }: ResponseError) => ({ code, message }));
}

/** All answers about a text, and how it was in the end. */
async function answers(session: Session, text: string, position: Position): Promise<string[]> {
  const { connection } = session;
  await session.open(URI, text);
  const asked = requestsAt(position, text.split('\n').length).map(async ([method, params]) => {
    const given = await answer(connection.sendRequest(`textDocument/${method}`, { textDocument, ...params }));
    return [method, given];
  });
  for (const [method, params] of [
    ['cxq/queries', { uri: URI, text }],
    ['cxq/explain', { uri: URI, text, index: 0 }],
    ['cxq/lastRun', { uri: URI, text, index: 0 }],
  ] as const)
    asked.push(answer(connection.sendRequest(method, params)).then((given) => [method, given]));
  const all = await Promise.all(asked);
  await connection.sendNotification('textDocument/didClose', { textDocument });
  // The names of answers are each server's own, and so is the second of the minute when it was asked first.
  return all.map((one) =>
    JSON.stringify(one)
      .replaceAll(/(?<="resultId":")[^"]*/g, '')
      .replaceAll(/(?<=T\d\d:\d\d:)\d\d\.\d+(?=Z)/g, ''),
  );
}

/** By whom a text is looked at: 0 is the main thread. */
async function threadOf({ connection }: Session): Promise<string | undefined> {
  const { resultId } = await connection.sendRequest<SemanticTokens>('textDocument/semanticTokens/full', {
    textDocument,
  });
  return resultId?.split('.')[0];
}

const minute = (): number => Math.floor(Date.now() / 60_000);

describe('a large text', () => {
  it('is answered for as any other', async () => {
    const example = await readFile(EXAMPLE, 'utf8');
    const [large, direct] = [await start(0), await start(Number.MAX_SAFE_INTEGER)];
    const edited = fc
      .tuple(
        fc.nat(example.length),
        fc.nat(60),
        fc.constantFrom('', '\n', ' LIMT 5', "'", '/*', ' $x ', ' IN ['),
      )
      .map(([at, length, by]) => example.slice(0, at) + by + example.slice(at + length));
    const text = fc.oneof(
      fc.constant(example),
      edited,
      fc.constant(`${example.replaceAll('\n', '\r\n')}-- 😀`),
    );
    const position = fc.record({ line: fc.nat(example.split('\n').length), character: fc.nat(60) });
    await fc.assert(
      fc.asyncProperty(text, position, async (written, at) => {
        for (;;) {
          const began = minute();
          const [one, other] = await Promise.all([answers(large, written, at), answers(direct, written, at)]);
          // What depends on the time says another thing then.
          if (minute() !== began) continue;
          expect(one).toEqual(other);
          return;
        }
      }),
      { numRuns: 12 },
    );
    // Both really are what they are taken for.
    await large.open(URI, example);
    await direct.open(URI, example);
    expect([await threadOf(large), await threadOf(direct)]).toEqual(['1', '0']);
  });

  it('is a part of the workspace, open or not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cxq-large-'));
    try {
      const uri = pathToFileURL(join(folder, 'open.cxq')).href;
      await writeFile(join(folder, 'open.cxq'), '');
      await writeFile(join(folder, 'closed.cxq'), "QUERY on_disk\nWHERE nodeName = 'a' LIMT 5\nLAST 24h\n");
      const more = { workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'queries' }] };
      const found = await Promise.all(
        [0, Number.MAX_SAFE_INTEGER].map(async (length) => {
          const session = await start(length, PULLS, more);
          await session.open(uri, "QUERY opened\nWHERE nodeName = 'b' LIMT 5\nLAST 24h\n");
          const ask = (method: string, params: object) => session.connection.sendRequest(method, params);
          return {
            symbols: await ask('workspace/symbol', { query: '' }),
            diagnostics: await ask('workspace/diagnostic', { previousResultIds: [] }),
          };
        }),
      );
      expect(found[0]).toEqual(found[1]);
      expect(JSON.stringify(found[0]?.symbols)).toMatch(/opened.*on_disk/);
      expect(JSON.stringify(found[0]?.diagnostics).match(/LIMT/g)?.length).toBeGreaterThan(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('does not keep another text from being answered for', async () => {
    const session = await start();
    const small = { textDocument: { uri: 'file:///large/small.cxq' }, position: { line: 0, character: 1 } };
    await session.open(small.textDocument.uri, 'LAST 24h\n');
    const hover = () => session.connection.sendRequest('textDocument/hover', small);
    const before = await hover();
    const lines = Array.from(
      { length: 10_000 },
      (_, at) => `  AND (nodeName != 'Queue ${at}' OR dwell > ${at}s)`,
    );
    await session.open(URI, `QUERY one\nWHERE nodeType = 'menu'\n${lines.join('\n')}\nLAST 24h\n`);
    const order: string[] = [];
    const asked = session.connection
      .sendRequest('textDocument/diagnostic', { textDocument })
      .then(() => order.push('large'));
    for (let round = 0; round < 3; round++) {
      expect(await hover()).toEqual(before);
      order.push('small');
    }
    await asked;
    expect(order).toEqual(['small', 'small', 'small', 'large']);
  });

  it('is given up at once when nobody waits for it, and answered for when somebody asks again', async () => {
    const session = await start();
    await session.open(URI, validText(20_000));
    const source = new CancellationTokenSource();
    const ask = (token: CancellationToken) =>
      session.connection.sendRequest<{ kind: string }>('textDocument/diagnostic', { textDocument }, token);
    const [cancelled, other] = [answer(ask(source.token)), ask(CancellationToken.None)];
    source.cancel();
    const first = await Promise.race([cancelled, other]);
    expect(first).toEqual({ code: LSPErrorCodes.RequestCancelled, message: 'The request was cancelled.' });
    expect((await other).kind).toBe('full');
  });

  it('goes over to the thread when it grows, and comes back when it shrinks well below that', async () => {
    const session = await start(1_000, {});
    const diagnosed: unknown[] = [];
    const lengths = [500, 1_001, 900, 700, 900, 1_001];
    const threads: unknown[] = [];
    for (const [index, length] of lengths.entries()) {
      const text = `LAST 24h LIMT 5 -- ${'x'.repeat(length - 19)}`;
      if (index === 0) await session.open(URI, text);
      else await session.change(URI, index + 1, text);
      threads.push(await threadOf(session));
      diagnosed.push((await session.diagnostics(URI, index + 1)).map(({ code }) => code));
    }
    expect(threads).toEqual(['0', '1', '1', '0', '0', '1']);
    expect(diagnosed).toEqual(lengths.map(() => diagnosed[0]));
    expect(diagnosed[0]).not.toEqual([]);
    // As it stands here it is another text than the one that is there still.
    await session.connection.sendNotification('textDocument/didClose', { textDocument });
    await session.open(URI, 'LAST 24h');
    expect(await session.diagnostics(URI, 1)).toEqual([]);
    expect(await threadOf(session)).toBe('0');
  });

  it('is told what settings say, before it is there and after', async () => {
    const session = await start(0);
    const configure = (changed: object) =>
      session.connection.sendNotification('cxq/configuration', { ...OPTIONS, severities: changed });
    const severities = async () => {
      const report = await session.connection.sendRequest<{ items: { severity: number }[] }>(
        'textDocument/diagnostic',
        { textDocument },
      );
      return report.items.map(({ severity }) => severity);
    };
    await configure({ CXQ3006: 'hint' });
    await session.open(URI, "WHERE nodeName = 'a'");
    const first = await severities();
    await configure({ CXQ3006: 'error' });
    expect([first, await severities()]).toEqual([
      [4, 3],
      [1, 3],
    ]);
  });

  it('is looked at by a new thread when one has ended, which is logged', async () => {
    const session = await start(0);
    const logged = new Promise<string>((resolve) => {
      session.connection.onNotification('window/logMessage', ({ message }: { message: string }) =>
        resolve(message),
      );
    });
    // Looking at it takes much longer than the change takes to get there.
    const text = validText(20_000);
    await session.open(URI, text);
    const asked = [
      answer(session.connection.sendRequest('textDocument/formatting', { textDocument, options })),
      answer(session.connection.sendRequest('textDocument/diagnostic', { textDocument })),
    ];
    await session.change(URI, 2, `-- The end.\n${text}`);
    const message = 'What looks at large texts has ended meanwhile.';
    expect(await Promise.all(asked)).toEqual([
      { code: LSPErrorCodes.ContentModified, message },
      { code: LSPErrorCodes.ServerCancelled, message },
    ]);
    expect(await logged).toBe('What looks at large texts has ended: exit code 3. It is started again.');
    expect(await threadOf(session)).toBe('2');
    await session.change(URI, 3, text);
    expect(await threadOf(session)).toBe('2');
  });
});
