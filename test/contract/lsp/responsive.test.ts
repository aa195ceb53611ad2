/** Long work gives way, stops when it is no longer wanted, and never answers for another text. Over real pipes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CancellationTokenSource,
  type ClientCapabilities,
  type Diagnostic,
  type DocumentSymbol,
  LSPErrorCodes,
  type PublishDiagnosticsParams,
  type ResponseError,
} from 'vscode-languageserver-protocol';
import { validText } from '../../bench/texts.ts';
import { type Session, startSession } from './session.ts';

/** Cutting and reading it alone takes many turns. */
const LONG = validText(20_000);
/** For what is given up long before its end. */
const VERY_LONG = validText(60_000);
const URI = 'file:///responsive/long.cxq';
const textDocument = { uri: URI };
const position = { line: 10_000, character: 3 };
const whole = { start: { line: 0, character: 0 }, end: { line: 20_000, character: 0 } };
const options = { tabSize: 2, insertSpaces: true };

const PULLS: ClientCapabilities = {
  textDocument: {
    diagnostic: {},
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    rename: { prepareSupport: true },
  },
};

/** Every request about a text. */
const REQUESTS: Readonly<Record<string, object>> = {
  'textDocument/codeAction': { range: whole, context: { diagnostics: [] } },
  'textDocument/completion': { position },
  'textDocument/declaration': { position },
  'textDocument/definition': { position },
  'textDocument/diagnostic': {},
  'textDocument/documentHighlight': { position },
  'textDocument/documentLink': {},
  'textDocument/documentSymbol': {},
  'textDocument/foldingRange': {},
  'textDocument/formatting': { options },
  'textDocument/hover': { position },
  'textDocument/inlayHint': { range: whole },
  'textDocument/onTypeFormatting': { position, ch: ';', options },
  'textDocument/prepareRename': { position },
  'textDocument/rangeFormatting': { range: whole, options },
  'textDocument/rangesFormatting': { ranges: [whole], options },
  'textDocument/references': { position, context: { includeDeclaration: true } },
  'textDocument/rename': { position, newName: 'other' },
  'textDocument/selectionRange': { positions: [position] },
  'textDocument/semanticTokens/full': {},
  'textDocument/semanticTokens/full/delta': { previousResultId: '0' },
  'textDocument/semanticTokens/range': { range: whole },
  'textDocument/signatureHelp': { position },
};

let session: Session;

const start = async (capabilities: ClientCapabilities, more = {}): Promise<void> => {
  session = await startSession(undefined, capabilities, more);
};

afterEach(async () => {
  expect(await session.close()).toBe(0);
});

/** What a request is answered with, a refusal by its code. */
async function answer(asked: Promise<unknown>): Promise<unknown> {
  return asked.catch((error: ResponseError) => error.code);
}

/** Resolves when everything that was sent before has begun, and been answered if it takes a single step. */
const begun = () => session.connection.sendRequest('completionItem/resolve', { label: 'a' });

const insertedAtTop = (version: number, text: string) =>
  session.connection.sendNotification('textDocument/didChange', {
    textDocument: { uri: URI, version },
    contentChanges: [{ range: { start: whole.start, end: whole.start }, text }],
  });

describe('a request about a long text', () => {
  beforeEach(() => start(PULLS));

  it('lets what a person does at the cursor go first', async () => {
    await session.open(URI, LONG);
    const order: string[] = [];
    const ask = async (method: string): Promise<void> => {
      await session.connection.sendRequest(method, { textDocument, ...REQUESTS[method] });
      order.push(method.replace('textDocument/', ''));
    };
    const slow = ['textDocument/diagnostic', 'textDocument/codeAction', 'textDocument/inlayHint'];
    const quick = ['textDocument/hover', 'textDocument/completion'];
    await Promise.all([...slow, ...quick].map(ask));
    expect(order.slice(0, 2).toSorted()).toEqual(['completion', 'hover']);
    expect(order.at(-1)).toBe('diagnostic');
  });

  it('does not keep the editor from being heard', async () => {
    await session.open(URI, LONG);
    let isAnswered = false;
    const checked = session.connection.sendRequest('textDocument/diagnostic', { textDocument }).then(() => {
      isAnswered = true;
    });
    for (let round = 0; round < 3; round++) await begun();
    expect(isAnswered).toBe(false);
    await checked;
  });

  it('is given up when it is cancelled, whatever is asked', async () => {
    const answers: unknown[] = [];
    for (const [method, params] of Object.entries(REQUESTS)) {
      await session.open(URI, VERY_LONG);
      const source = new CancellationTokenSource();
      const asked = answer(session.connection.sendRequest(method, { textDocument, ...params }, source.token));
      await begun();
      source.cancel();
      answers.push([method, await asked]);
      await session.connection.sendNotification('textDocument/didClose', { textDocument });
    }
    expect(answers).toEqual(Object.keys(REQUESTS).map((method) => [method, LSPErrorCodes.RequestCancelled]));
  });

  it('is refused when the text changes meanwhile, whatever is asked', async () => {
    const answers: unknown[] = [];
    for (const [method, params] of Object.entries(REQUESTS)) {
      await session.open(URI, VERY_LONG);
      const asked = answer(session.connection.sendRequest(method, { textDocument, ...params }));
      await insertedAtTop(2, '-- One line more.\n');
      answers.push([method, await asked]);
      await session.connection.sendNotification('textDocument/didClose', { textDocument });
    }
    expect(answers).toEqual(
      Object.keys(REQUESTS).map((method) => [
        method,
        method === 'textDocument/diagnostic' ? LSPErrorCodes.ServerCancelled : LSPErrorCodes.ContentModified,
      ]),
    );
  });

  it.each(['diagnostic', 'codeAction', 'inlayHint'])('is given up also after reading: %s', async (name) => {
    const method = `textDocument/${name}`;
    await session.open(URI, LONG);
    await session.connection.sendRequest('textDocument/hover', { textDocument, position });
    const source = new CancellationTokenSource();
    const params = { textDocument, ...REQUESTS[method] };
    const asked = answer(session.connection.sendRequest(method, params, source.token));
    await begun();
    source.cancel();
    expect(await asked).toBe(LSPErrorCodes.RequestCancelled);
    // What was found for it is not lost to the next one.
    expect(await answer(session.connection.sendRequest(method, params))).not.toBeTypeOf('number');
  });

  it.each([
    ['cxq/queries', { uri: URI, text: VERY_LONG }],
    ['cxq/explain', { uri: URI, text: VERY_LONG, index: 0 }],
  ])('is given up when it brings its own text: %s', async (method, params) => {
    const source = new CancellationTokenSource();
    const asked = answer(session.connection.sendRequest(method, params, source.token));
    await begun();
    source.cancel();
    expect(await asked).toBe(LSPErrorCodes.RequestCancelled);
  });

  it('says of a refused check that it is to be asked for again', async () => {
    await session.open(URI, LONG);
    const asked = session.connection
      .sendRequest('textDocument/diagnostic', { textDocument })
      .catch((error: ResponseError<unknown>) => error.data);
    await insertedAtTop(2, '-- One line more.\n');
    expect(await asked).toEqual({ retriggerRequest: true });
  });

  it('is given up when the text is closed', async () => {
    await session.open(URI, LONG);
    const asked = answer(
      session.connection.sendRequest('textDocument/formatting', { textDocument, options }),
    );
    await session.connection.sendNotification('textDocument/didClose', { textDocument });
    expect(await asked).toBe(LSPErrorCodes.ContentModified);
  });
});

describe('a burst of changes, each with a request', () => {
  const BURST = 30;

  it('is answered for the text that was asked about, or not at all', async () => {
    await start(PULLS);
    await session.open(URI, LONG);
    const asked: Promise<unknown>[] = [];
    for (let version = 2; version < BURST + 2; version++) {
      await insertedAtTop(version, `PARAM v${version} = 5s\n`);
      const symbols = session.connection.sendRequest<DocumentSymbol[]>('textDocument/documentSymbol', {
        textDocument,
      });
      asked.push(answer(symbols.then((all) => [all[0]?.name, all[0]?.range.end.line, all.length])));
    }
    const answers = await Promise.all(asked);
    const symbols = answers.at(-1);
    expect(symbols).toEqual([`$v${BURST + 1}`, 0, expect.any(Number)]);
    for (const [index, one] of answers.entries()) {
      if (one === LSPErrorCodes.ContentModified) continue;
      const missing = BURST - 1 - index;
      expect(one).toEqual([`$v${index + 2}`, 0, Number(Array.isArray(symbols) ? symbols[2] : 0) - missing]);
    }
  });

  it('ends with the diagnostics of the last text, where they are sent', async () => {
    await start({});
    const sent: [string, number | undefined][] = [];
    let look = (): void => undefined;
    session.connection.onNotification(
      'textDocument/publishDiagnostics',
      ({ uri, version }: PublishDiagnosticsParams) => {
        sent.push([uri, version]);
        look();
      },
    );
    const received = (uri: string, version: number): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          if (sent.some((one) => one[0] === uri && one[1] === version)) resolve();
        };
        look();
      });
    await session.open(URI, LONG);
    for (let version = 2; version < BURST + 2; version++) {
      await insertedAtTop(version, `PARAM v${version} = 5s\n`);
      await answer(session.connection.sendRequest('textDocument/hover', { textDocument, position }));
    }
    await received(URI, BURST + 1);
    // Whatever is still on its way comes before the diagnostics of another text.
    await session.open('file:///responsive/short.cxq', 'LAST 2h');
    await received('file:///responsive/short.cxq', 1);
    const versions = sent.filter(([uri]) => uri === URI).map(([, version]) => version ?? 0);
    expect(versions.at(-1)).toBe(BURST + 1);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  });
});

describe('many texts at once', () => {
  it('are checked again after other settings without holding up a hover', async () => {
    await start({});
    const published = new Map<string, number>();
    let look = (): void => undefined;
    session.connection.onNotification(
      'textDocument/publishDiagnostics',
      ({ uri }: PublishDiagnosticsParams) => {
        published.set(uri, (published.get(uri) ?? 0) + 1);
        look();
      },
    );
    const allOf = (count: number): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          if (published.size === count) resolve();
        };
        look();
      });
    const uris = Array.from({ length: 20 }, (_, index) => `file:///responsive/${index}.cxq`);
    for (const [index, uri] of uris.entries()) await session.open(uri, validText(1_000, index + 1));
    await allOf(uris.length);
    published.clear();
    await session.connection.sendNotification('cxq/configuration', {
      profiles: [],
      connection: null,
      dataFolder: '',
      user: 'analyst',
      trusted: true,
      defaultLimit: 77,
    });
    await session.connection.sendRequest('textDocument/hover', {
      textDocument: { uri: uris[0] },
      position: { line: 9, character: 2 },
    });
    expect(published.size).toBeLessThan(uris.length);
    await allOf(uris.length);
  });
});

describe('a text that is too long', () => {
  it('is left alone, which is said once', async () => {
    await start({});
    await session.open(URI, 'QUERY a LAST 2h\n'.repeat(320_000));
    const found: Diagnostic[] = await session.diagnostics(URI, 1);
    expect(found.map(({ message, range }) => [message, range.end])).toEqual([
      [
        'This text is longer than 5,000,000 characters, so it is neither checked nor completed: divide it into several files.',
        { line: 0, character: 0 },
      ],
    ]);
    const hover = () =>
      session.connection.sendRequest('textDocument/hover', {
        textDocument,
        position: { line: 0, character: 9 },
      });
    expect(await hover()).toBeNull();
    await session.change(URI, 2, 'QUERY a LAST 2h');
    expect(await session.diagnostics(URI, 2)).not.toContainEqual(found[0]);
    expect(await hover()).not.toBeNull();
  });
});

// Windows has no such signal.
describe.skipIf(process.platform === 'win32')('a mistake that nobody takes', () => {
  afterEach(() => {
    delete process.env['NODE_OPTIONS'];
  });

  it.each([
    ['thrown', 'throw new Error("strayed");'],
    ['of a promise', 'void Promise.reject(new Error("strayed"));'],
  ])('%s is logged, and the server goes on', async (_, mistake) => {
    const strays = `process.on('SIGUSR2', () => { ${mistake} });`;
    process.env['NODE_OPTIONS'] = `--import=data:text/javascript,${encodeURIComponent(strays)}`;
    await start({});
    const log = new Promise<string>((resolve) => {
      session.connection.onNotification('window/logMessage', ({ message }: { message: string }) =>
        resolve(message),
      );
    });
    session.process.kill('SIGUSR2');
    expect(await log).toMatch(/^Nobody took: Error: strayed\n +at /);
    await session.open(URI, 'LAST 2h LIMT 5');
    expect(await session.diagnostics(URI, 1)).toHaveLength(1);
  });
});
