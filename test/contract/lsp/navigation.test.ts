/** Navigation over real pipes: what an editor that can little gets, and what one gets that can all. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type {
  ClientCapabilities,
  DocumentHighlight,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Location,
  LocationLink,
  Position,
  Range,
  SelectionRange,
  SymbolInformation,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver-protocol';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { marked } from '../../language/markers.ts';
import { type Session, startSession } from './session.ts';

const URI = 'file:///somewhere/navigation.cxq';
const ALL: ClientCapabilities = {
  workspace: {
    workspaceFolders: true,
    workspaceEdit: { documentChanges: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
  },
  textDocument: {
    definition: { linkSupport: true },
    declaration: { linkSupport: true },
    rename: { prepareSupport: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    documentLink: { tooltipSupport: true },
    foldingRange: { lineFoldingOnly: true, foldingRange: { collapsedText: true } },
  },
};
const sessions: Session[] = [];

async function session(...params: Parameters<typeof startSession>): Promise<Session> {
  const started = await startSession(...params);
  sessions.push(started);
  return started;
}

afterEach(async () => {
  for (const one of sessions.splice(0)) expect(await one.close()).toBe(0);
});

/** A session with a marked text open: its cursor and ranges as the protocol has them. */
async function opened(source: string, capabilities: ClientCapabilities = {}) {
  const { text, ranges, cursor } = marked(source);
  const document = TextDocument.create(URI, 'cxq', 1, text);
  const started = await session(undefined, capabilities);
  await started.open(URI, text);
  const ask = <R>(method: string, params: object = {}): Promise<R> =>
    started.connection.sendRequest<R>(`textDocument/${method}`, {
      textDocument: { uri: URI },
      position: document.positionAt(cursor ?? 0),
      ...params,
    });
  const marks = ranges.map(
    ({ start, end }): Range => ({ start: document.positionAt(start), end: document.positionAt(end) }),
  );
  const applied = (edits: TextEdit[] | undefined): string => TextDocument.applyEdits(document, edits ?? []);
  return { ...started, ask, marks, applied, document };
}

describe('definition and declaration', () => {
  const TEXT = "-- 😀\r\n<|QUERY <|a|> 'A' LAST 1h|>;\r\nQUERY b interactionId IN <|a<|>|>";

  it('are places for an editor that knows no links', async () => {
    const { ask, marks } = await opened(TEXT);
    for (const method of ['definition', 'declaration']) {
      expect(await ask<Location[]>(method)).toEqual([{ uri: URI, range: marks[1] }]);
    }
  });

  it('are links with what they begin at for one that does', async () => {
    const { ask, marks } = await opened(TEXT, ALL);
    const link = {
      originSelectionRange: marks[2],
      targetUri: URI,
      targetRange: marks[0],
      targetSelectionRange: marks[1],
    };
    for (const method of ['definition', 'declaration'])
      expect(await ask<LocationLink[]>(method)).toEqual([link]);
  });

  it('are none for a field, and in a text that is not open', async () => {
    const { ask } = await opened('dwell<|> > 5s');
    expect(await ask('definition')).toBeNull();
    const elsewhere = { textDocument: { uri: 'file:///not/open.cxq' } };
    for (const method of ['definition', 'documentHighlight', 'prepareRename'])
      expect(await ask(method, elsewhere)).toBeNull();
    expect(await ask('references', { ...elsewhere, context: { includeDeclaration: true } })).toBeNull();
    expect(await ask('selectionRange', { ...elsewhere, positions: [] })).toBeNull();
    expect(await ask('documentLink', elsewhere)).toEqual([]);
  });
});

describe('references and highlights', () => {
  const TEXT = 'PARAM <|p|> = 2h\nLAST <|$p|> WITH timeout = <|$<|>p|>';

  it('are all uses, with the declaration or without', async () => {
    const { ask, marks } = await opened(TEXT);
    const ranges = async (includeDeclaration: boolean): Promise<Range[]> =>
      (await ask<Location[]>('references', { context: { includeDeclaration } })).map((one) => one.range);
    expect(await ranges(true)).toEqual(marks);
    expect(await ranges(false)).toEqual(marks.slice(1));
    const lights = await ask<DocumentHighlight[]>('documentHighlight');
    expect(lights).toEqual(marks.map((range, index) => ({ range, kind: index === 0 ? 3 : 2 })));
  });

  it('highlights fields too, but has no references of them', async () => {
    const { ask, marks } = await opened('<|dw<|>ell|> > 5s ORDER BY duration EXPECT P95(<|dwell|>) < 5s');
    expect(await ask('documentHighlight')).toEqual(marks.map((range) => ({ range, kind: 1 })));
    expect(await ask('references', { context: { includeDeclaration: true } })).toBeNull();
  });
});

describe('rename', () => {
  const TEXT = 'PARAM p = 2h\nLAST $<|p<|>|>';

  it('is prepared only where the editor asks for that', async () => {
    expect((await session(undefined, ALL)).initialized.capabilities.renameProvider).toEqual({
      prepareProvider: true,
    });
    expect((await session()).initialized.capabilities.renameProvider).toBe(true);
  });

  it('begins with the name, and changes this version of the text', async () => {
    const { ask, marks, applied } = await opened(TEXT, ALL);
    expect(await ask('prepareRename')).toEqual({ range: marks[0], placeholder: 'p' });
    const edit = await ask<WorkspaceEdit>('rename', { newName: 'my limit' });
    const [change, ...more] = edit.documentChanges ?? [];
    expect([edit.changes, more]).toEqual([undefined, []]);
    if (change === undefined || !('edits' in change)) throw new Error('no edits of a text');
    expect(change.textDocument).toEqual({ uri: URI, version: 1 });
    expect(applied(change.edits.filter((one): one is TextEdit => 'newText' in one))).toBe(
      'PARAM `my limit` = 2h\nLAST $`my limit`',
    );
  });

  it('gives plain changes to an editor that knows no versions', async () => {
    const { ask, applied } = await opened(TEXT);
    const edit = await ask<WorkspaceEdit>('rename', { newName: 'q' });
    expect(applied(edit.changes?.[URI])).toBe('PARAM q = 2h\nLAST $q');
  });

  it('is refused in a sentence', async () => {
    const { ask } = await opened(TEXT);
    await expect(ask('rename', { newName: 'a`b' })).rejects.toThrow('A name cannot hold a backtick');
    const start = { position: { line: 0, character: 0 } };
    const only = 'Only queries and parameters of this file can be renamed.';
    await expect(ask('prepareRename', start)).rejects.toThrow(only);
    await expect(ask('rename', { ...start, newName: 'x' })).rejects.toThrow(only);
  });
});

describe('the outline', () => {
  const TEXT = "PARAM p = 2h\nQUERY q 'Q'\nLAST $p;\nQUERY";

  it('is nested for an editor that can show that', async () => {
    const { ask } = await opened(TEXT, ALL);
    const shown = (one: DocumentSymbol): unknown => [
      one.name,
      one.detail,
      one.kind,
      one.children?.map(shown),
    ];
    expect((await ask<DocumentSymbol[]>('documentSymbol')).map(shown)).toEqual([
      ['$p', '2h', 13, undefined],
      ['q', 'Q', 12, [['LAST', '$p', 7, undefined]]],
      ['(query)', '', 12, undefined],
    ]);
  });

  it('is a list with containers for one that cannot', async () => {
    const { ask } = await opened(TEXT);
    const found = await ask<SymbolInformation[]>('documentSymbol');
    expect(found.map((one) => [one.name, one.kind, one.containerName])).toEqual([
      ['$p', 13, undefined],
      ['q', 12, undefined],
      ['LAST', 7, 'q'],
      ['(query)', 12, undefined],
    ]);
    expect(found[1]?.location).toEqual({
      uri: URI,
      range: { start: { line: 1, character: 0 }, end: { line: 2, character: 7 } },
    });
  });
});

describe('folding', () => {
  const TEXT = `-- region Mine
-- one
-- two
QUERY a WHERE nodeId IN [
  'a'
]
  AND open OR nodeId IN [
  'b'
] AND (
  open)
LAST 1h; QUERY b
LAST 2h
-- endregion
`;
  const lines = (folds: FoldingRange[]) =>
    folds.map((one) => [one.startLine, one.endLine, one.kind, one.collapsedText]);

  it('takes whole lines, and leaves what is not folded to be read', async () => {
    const { ask } = await opened(TEXT, ALL);
    expect(lines(await ask<FoldingRange[]>('foldingRange'))).toEqual([
      [0, 12, 'region', 'Mine'],
      [1, 2, 'comment', undefined],
      [3, 9, undefined, undefined],
      [3, 9, undefined, undefined],
      [3, 4, undefined, undefined],
      [6, 7, undefined, undefined],
      [8, 9, undefined, undefined],
      [10, 11, undefined, undefined],
    ]);
  });

  it('goes by characters where the editor can; no more than it takes, outer ones first', async () => {
    const { ask } = await opened(TEXT, { textDocument: { foldingRange: { rangeLimit: 4 } } });
    const folds = await ask<FoldingRange[]>('foldingRange');
    expect(lines(folds)).toEqual([
      [0, 12, 'region', undefined],
      [1, 2, 'comment', undefined],
      [3, 10, undefined, undefined],
      [10, 11, undefined, undefined],
    ]);
    const all = await (await opened("a IN [\r\n'x'\r\n]")).ask<FoldingRange[]>('foldingRange');
    expect(all).toContainEqual({ startLine: 0, startCharacter: 6, endLine: 2, endCharacter: 0 });
  });
});

describe('selection ranges', () => {
  it('grow at several places at once', async () => {
    const { ask, document } = await opened('QUERY q\r\nWHERE open AND dwell > 5s');
    const positions: Position[] = [
      { line: 0, character: 7 },
      { line: 1, character: 16 },
      { line: 99, character: 9 },
    ];
    const found = await ask<SelectionRange[]>('selectionRange', { positions });
    const texts = (one: SelectionRange | undefined): string[] =>
      one === undefined ? [] : [document.getText(one.range), ...texts(one.parent)];
    expect(texts(found[0])).toEqual(['q', document.getText()]);
    expect(texts(found[1])).toEqual([
      'dwell',
      'dwell > 5s',
      'open AND dwell > 5s',
      'WHERE open AND dwell > 5s',
      document.getText(),
    ]);
    expect(found).toHaveLength(3);
  });
});

describe('links', () => {
  const TEXT =
    "EXPORT TO '<|out/a b.json|>' EXPORT TO '../x.json' NOTIFY '<|https://example.com/h?x=1|>' NOTIFY 'http://example.com'";

  it('lead to the file of an export below the folder of the text, and to https addresses', async () => {
    const { ask, marks } = await opened(TEXT);
    expect(await ask<DocumentLink[]>('documentLink')).toEqual([
      { range: marks[0], target: 'file:///somewhere/out/a%20b.json' },
      { range: marks[1], target: 'https://example.com/h?x=1' },
    ]);
  });

  it('say what they lead to where the editor shows it', async () => {
    const { ask } = await opened(TEXT, ALL);
    const found = await ask<DocumentLink[]>('documentLink');
    expect(found.map((one) => one.tooltip)).toEqual([
      'Open the file that the export writes',
      'Open the address that is told how the run ended',
    ]);
  });

  it('are none to a file where no folder is known', async () => {
    const { connection, open } = await session();
    await open('untitled:Untitled-1', "EXPORT TO 'a.json'");
    expect(
      await connection.sendRequest('textDocument/documentLink', {
        textDocument: { uri: 'untitled:Untitled-1' },
      }),
    ).toEqual([]);
  });
});

describe('symbols of the workspace', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cxq-symbols-'));
    await mkdir(join(folder, 'more', 'node_modules'), { recursive: true });
    await writeFile(join(folder, 'a.cxq'), "PARAM lookback = 2h\nQUERY slowRouting 'Held up' LAST 1h");
    await writeFile(join(folder, 'more', 'b.cxq'), '-- 😀\r\nQUERY `route slow` ( LAST');
    await writeFile(join(folder, 'more', 'node_modules', 'c.cxq'), 'QUERY slow LAST 1h');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const names = (found: SymbolInformation[]) => found.map((one) => [one.name, one.kind, one.containerName]);

  async function searched(
    capabilities: ClientCapabilities,
  ): Promise<Session & { search: (query: string) => Promise<SymbolInformation[]> }> {
    const workspaceFolders = [{ uri: pathToFileURL(folder).href, name: 'one' }];
    const started = await session(undefined, capabilities, { workspaceFolders });
    return {
      ...started,
      search: (query) => started.connection.sendRequest<SymbolInformation[]>('workspace/symbol', { query }),
    };
  }

  it.each([{}, { workspaceFolders: null }])(
    'are found below the root of an editor that names no folders: %j',
    async (rest) => {
      const { connection } = await session(undefined, {}, { ...rest, rootUri: pathToFileURL(folder).href });
      const found = await connection.sendRequest<SymbolInformation[]>('workspace/symbol', { query: 'lbk' });
      expect(names(found)).toEqual([['$lookback', 13, undefined]]);
    },
  );

  it('are found by parts of their names, in files on disk and in open texts', async () => {
    const { search, open, change } = await searched({});
    expect(names(await search('slow'))).toEqual([
      ['slowRouting', 12, 'Held up'],
      ['route slow', 12, undefined],
    ]);
    const [found] = await search('LBK');
    expect(found).toEqual({
      name: '$lookback',
      kind: 13,
      location: {
        uri: pathToFileURL(join(folder, 'a.cxq')).href,
        range: { start: { line: 0, character: 6 }, end: { line: 0, character: 14 } },
      },
    });
    await open('untitled:Untitled-1', 'QUERY slow LAST 1h');
    await open(pathToFileURL(join(folder, 'a.cxq')).href, 'QUERY other LAST 1h');
    expect(names(await search('slow')).map(([name]) => name)).toEqual(['slow', 'route slow']);
    await change('untitled:Untitled-1', 2, 'QUERY fast LAST 1h');
    expect(names(await search(''))).toHaveLength(3);
    expect(names(await search('zzz'))).toEqual([]);
  });

  it('follow what the editor tells of the disk', async () => {
    const { search, connection } = await searched(ALL);
    expect(await search('added')).toEqual([]);
    const added = join(folder, 'more', 'added.cxq');
    await writeFile(added, 'QUERY added LAST 1h');
    await connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: pathToFileURL(added).href, type: 1 }],
    });
    expect(names(await search('added'))).toEqual([['added', 12, undefined]]);
    await rm(added);
    expect(await search('added')).toEqual([]);
    const event = { added: [], removed: [{ uri: pathToFileURL(folder).href, name: 'one' }] };
    await connection.sendNotification('workspace/didChangeWorkspaceFolders', { event });
    expect(await search('')).toEqual([]);
  });

  it('can be cancelled', async () => {
    const { connection, search } = await searched({});
    const source = new CancellationTokenSource();
    const asked = connection.sendRequest('workspace/symbol', { query: '' }, source.token);
    source.cancel();
    await expect(asked.catch((error: unknown) => error)).resolves.toBeDefined();
    expect(await search('slow')).toHaveLength(2);
  });
});

describe('watching', () => {
  it('is asked of an editor that can register, once', async () => {
    const registered: unknown[] = [];
    const { connection } = await session(undefined, ALL);
    connection.onRequest('client/registerCapability', (params: unknown) => {
      registered.push(params);
      return null;
    });
    await connection.sendRequest('workspace/symbol', { query: '' });
    expect(JSON.stringify(registered)).toContain('**/*.cxq');
    expect(registered).toHaveLength(1);
  });
});
