/** Completion over real pipes: what an editor is sent depends on what it can do. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type {
  ClientCapabilities,
  CompletionItem,
  CompletionList,
  CompletionOptions,
} from 'vscode-languageserver-protocol';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { METHODS, runResultSchema } from '../../../server/src/protocol/lsp.ts';
import { startSandbox } from '../../../server/src/sandbox/index.ts';
import { marked } from '../../language/markers.ts';
import { type Session, startSession } from './session.ts';

const URI = 'file:///somewhere/query.cxq';
const sessions: Session[] = [];
afterEach(async () => {
  for (const one of sessions.splice(0)) expect(await one.close()).toBe(0);
});

/** What VS Code says of itself. */
const ABLE: ClientCapabilities = {
  textDocument: {
    completion: {
      contextSupport: true,
      completionItem: {
        snippetSupport: true,
        insertReplaceSupport: true,
        labelDetailsSupport: true,
        commitCharactersSupport: true,
        preselectSupport: true,
        documentationFormat: ['markdown', 'plaintext'],
      },
      completionList: { itemDefaults: ['editRange', 'commitCharacters', 'insertTextFormat', 'data'] },
    },
  },
};

async function session(capabilities: ClientCapabilities = {}, options?: unknown): Promise<Session> {
  const started = await startSession(options, capabilities);
  sessions.push(started);
  return started;
}

let count = 0;

async function asked(
  { connection, open }: Session,
  source: string,
  context: object = { triggerKind: 1 },
): Promise<CompletionList> {
  const uri = `${URI}-${count++}`;
  const { text, cursor = 0 } = marked(source);
  await open(uri, text);
  const before = text.slice(0, cursor).split('\n');
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const params = { textDocument: { uri }, position, context };
  return connection.sendRequest<CompletionList>('textDocument/completion', params);
}

const item = (list: CompletionList, label: string): CompletionItem | undefined =>
  list.items.find((one) => one.label === label);

describe('completion over stdio', () => {
  it('an able editor gets one range for all, snippets, details and what to select', async () => {
    const one = await session(ABLE);
    expect(one.initialized.capabilities.completionProvider).toMatchObject({
      resolveProvider: true,
      triggerCharacters: expect.arrayContaining(['$', '.', "'", ' ']),
    } satisfies CompletionOptions);
    const list = await asked(one, 'WHERE open\nLI<|>M 5');
    expect(list.itemDefaults?.editRange).toEqual({
      insert: { start: { line: 1, character: 0 }, end: { line: 1, character: 2 } },
      replace: { start: { line: 1, character: 0 }, end: { line: 1, character: 3 } },
    });
    expect(list.items.every((each) => each.textEdit === undefined)).toBe(true);
    const clause = item(await asked(one, 'WHERE open <|>'), 'ORDER BY');
    expect(clause).toMatchObject({
      insertTextFormat: 2,
      textEditText: expect.stringMatching(/^ORDER BY \$\{1:duration\} \$\{2:DESC\}$/),
      labelDetails: { description: 'ORDER BY field [ASC | DESC]' },
    });
    const truth = item(await asked(one, 'WHERE errorState = <|>'), 'true');
    expect(truth).toMatchObject({ preselect: true });
    // What is the label is not said twice.
    expect(truth).not.toHaveProperty('textEditText');
    expect(truth).not.toHaveProperty('filterText');
  });

  it('a plain editor gets whole edits without places', async () => {
    const list = await asked(await session(), 'WHERE nodeTimestamp >= a<|>go');
    expect(list.itemDefaults).toBeUndefined();
    const found = item(list, 'ago');
    expect(found).toEqual({
      label: 'ago',
      kind: 3,
      detail: 'ago(duration)',
      sortText: expect.any(String),
      data: { kind: 'function', about: 'ago' },
      textEdit: {
        range: { start: { line: 0, character: 23 }, end: { line: 0, character: 26 } },
        newText: 'ago(2h)',
      },
    });
  });

  it('documents an item when asked, in Markdown or plain text', async () => {
    for (const [capabilities, kind] of [
      [ABLE, 'markdown'],
      [{}, 'plaintext'],
    ] as const) {
      const one = await session(capabilities);
      const found = item(await asked(one, 'WHERE <|>'), 'errorState');
      expect(found).not.toHaveProperty('documentation');
      const resolved = await one.connection.sendRequest<CompletionItem>('completionItem/resolve', found);
      expect(resolved).toMatchObject({
        ...found,
        documentation: { kind, value: expect.stringMatching(/in error/) },
      });
      // What did not come from here stays as it is.
      const strange = { label: 'x', data: { kind: 'strange' } };
      expect(await one.connection.sendRequest('completionItem/resolve', strange)).toEqual(strange);
    }
  });

  it('answers to a blank only where a list is of use', async () => {
    const one = await session(ABLE);
    const blank = { triggerKind: 2, triggerCharacter: ' ' };
    expect((await asked(one, 'ANALYZE <|>', blank)).items.length).toBeGreaterThan(5);
    expect((await asked(one, 'WHERE open <|>', blank)).items).toEqual([]);
    expect((await asked(one, 'WHERE open <|>')).items.length).toBeGreaterThan(5);
  });

  it('names the connections, with the host that each asks', async () => {
    const profiles = [{ id: 'eu-west', baseUrl: 'https://eu.example' }];
    const one = await session(ABLE, {
      profiles,
      connection: 'eu-west',
      dataFolder: '',
      user: 'tester',
      trusted: true,
    });
    expect(item(await asked(one, 'USING <|>'), 'eu-west')).toMatchObject({
      textEditText: "'eu-west'",
      labelDetails: { description: 'eu.example' },
    });
  });

  it('can be cancelled, and goes on', async () => {
    const one = await session(ABLE);
    const cancel = new CancellationTokenSource();
    await one.open(URI, 'WHERE ');
    const params = { textDocument: { uri: URI }, position: { line: 0, character: 6 } };
    const answer = one.connection.sendRequest('textDocument/completion', params, cancel.token).then(
      (list) => list,
      (error: unknown) => String(error),
    );
    cancel.cancel();
    await answer;
    expect((await asked(one, 'WHERE <|>')).items.length).toBeGreaterThan(5);
  });

  it('offers the values that a run has seen, and never a masked one', async () => {
    const sandbox = await startSandbox({ interactions: 60, seed: 7, latencyMs: 0 });
    const folder = await mkdtemp(join(tmpdir(), 'cxq-completion-'));
    onTestFinished(async () => {
      await sandbox.close();
      await rm(folder, { recursive: true });
    });
    const one = await session(ABLE, {
      profiles: [{ id: 'sandbox', baseUrl: sandbox.baseUrl }],
      connection: 'sandbox',
      dataFolder: folder,
      user: 'tester',
      trusted: true,
    });
    one.connection.onRequest(METHODS.credentials, () => ({
      credentials: { clientId: sandbox.clientId, clientSecret: sandbox.clientSecret },
    }));
    expect((await asked(one, "interactionId = '<|>'")).items).toEqual([]);
    const text = 'LAST 29d LIMIT 20 MASK (queue)';
    const result = runResultSchema.parse(
      await one.connection.sendRequest<unknown>(METHODS.run, { uri: URI, text, index: 0, token: 'one' }),
    );
    expect(result.runs[0]?.outcome).toBe('complete');
    const labels = async (source: string) => (await asked(one, source)).items.map(({ label }) => label);
    await expect.poll(() => labels("interactionId = '<|>'"), { timeout: 20_000 }).toHaveLength(20);
    expect((await labels("nodeId = '<|>'")).length).toBeGreaterThan(2);
    expect(await labels('changed(<|>')).toContain('queue');
    expect(await labels("after.queue = '<|>'")).toEqual([]);
  });

  it('offers the values of history files as long as they are open', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cxq-histories-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const write = async (name: string, content: string | Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), content);
      return pathToFileURL(join(folder, name)).href;
    };
    const record = (id: string, variablesAfter: object = {}) =>
      JSON.stringify({ interactionId: id, steps: [{ nodeId: `node of ${id}`, variablesAfter }] });
    const many = Array.from({ length: 120_000 }, (_, index) => record(`huge-${index}`));
    const uris = [
      await write('calls.json', `[${record('a', { queue: 'billing', card: '4111' })}]`),
      await write('more.ndjson.gz', gzipSync(`${record('b')}\n${record('a')}\n`)),
      await write('broken.json', `[${record('c')},{"interac`),
      await write('package.json', '{"name": "x", "data": [1, {"interactionId": 5}]}'),
      await write('notes.txt', record('text')),
      await write('huge.json', `[${many.join(',')}]`),
      pathToFileURL(join(folder, 'gone.json')).href,
      'untitled:calls.json',
      'no URI',
    ];
    const one = await session(ABLE, {
      profiles: [{ id: 'acme', variables: { tenant: 'acme' }, redaction: ['card'] }],
      connection: 'acme',
      dataFolder: folder,
      user: 'tester',
      trusted: true,
    });
    const told = async (source: string) =>
      (await asked(one, source)).items.map(({ label, labelDetails }) => [label, labelDetails?.description]);
    expect(await told("interactionId = '<|>'")).toEqual([]);
    await one.connection.sendNotification(METHODS.historyFiles, { uris: uris.slice(0, 5) });
    const small = [
      ["'a'", 'seen in calls.json'],
      ["'b'", 'seen in more.ndjson.gz'],
      ["'c'", 'seen in broken.json'],
    ];
    await expect.poll(() => told("interactionId = '<|>'"), { timeout: 20_000 }).toEqual(small);
    expect(await told("after.queue = '<|>'")).toEqual([["'billing'", 'seen in calls.json']]);
    expect(await told("after.card = '<|>'")).toEqual([]);
    await one.connection.sendNotification(METHODS.historyFiles, { uris });
    await expect
      .poll(() => told("interactionId = 'huge-1999<|>'"), { timeout: 20_000 })
      .toEqual([["'huge-1999'", 'seen in huge.json']]);
    // One that is closed is forgotten at once.
    await one.connection.sendNotification(METHODS.historyFiles, { uris: uris.slice(1, 3) });
    expect(await told("interactionId = '<|>'")).toEqual([
      ["'b'", 'seen in more.ndjson.gz'],
      ["'a'", 'seen in more.ndjson.gz'],
      ["'c'", 'seen in broken.json'],
    ]);
    // One that has changed is read again.
    await write('broken.json', record('d'));
    await expect
      .poll(() => told("interactionId = '<|>'"), { timeout: 20_000 })
      .toContainEqual(["'d'", 'seen in broken.json']);
    // What is no list of files is refused, and changes nothing.
    await one.connection.sendNotification(METHODS.historyFiles, { uris: [7] });
    expect(await told("interactionId = '<|>'")).toHaveLength(3);
    await one.connection.sendNotification(METHODS.historyFiles, { uris: [] });
    expect(await told("interactionId = '<|>'")).toEqual([]);
  });

  it('reads no history file where the workspace is not trusted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cxq-histories-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'calls.json');
    await writeFile(path, '[{"interactionId":"a","steps":[]}]');
    const options = { profiles: [], connection: null, dataFolder: folder, user: 'tester', trusted: false };
    const one = await session(ABLE, options);
    const labels = async () => (await asked(one, "interactionId = '<|>'")).items.map(({ label }) => label);
    await one.connection.sendNotification(METHODS.historyFiles, { uris: [pathToFileURL(path).href] });
    for (let times = 0; times < 20; times += 1) {
      expect(await labels()).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await one.connection.sendNotification(METHODS.configuration, { ...options, trusted: true });
    await expect.poll(labels, { timeout: 20_000 }).toEqual(["'a'"]);
  });
});
