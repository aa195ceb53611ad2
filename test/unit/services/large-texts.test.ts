/** The way of messages between the editor, the server and its thread for large texts, with a thread that is none. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CancellationToken,
  type Message,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { LargeTexts } from '../../../server/src/services/large-texts.ts';
import type { FromThread } from '../../../server/src/services/large-thread.ts';
import { writerOptions } from '../../../server/src/services/messages.ts';
import { Outcomes } from '../../../server/src/services/outcomes.ts';

const URI = 'file:///one.cxq';
const textDocument = { uri: URI };
const BORDER = 100;
const LARGE = 'x'.repeat(BORDER + 1);
const IDLE_MS = 5_000;

interface FakeThread {
  readonly posted: Message[];
  readonly received: (from: FromThread) => void;
  readonly ended: (why: string) => void;
  isStopped: boolean;
}

/** A server that follows texts and answers nothing, with whatever threads it starts. */
class Server {
  readonly threads: FakeThread[] = [];
  readonly written: Message[] = [];
  readonly passed: Message[] = [];
  readonly log: string[] = [];
  readonly outcomes = new Outcomes();
  readonly #documents = new Map<string, TextDocument>();
  readonly large = new LargeTexts({
    start: (heard) => {
      const thread: FakeThread = { posted: [], ...heard, isStopped: false };
      this.threads.push(thread);
      return {
        post: (message) => void thread.posted.push(message),
        stop: () => {
          thread.isStopped = true;
        },
      };
    },
    write: async (message) => void this.written.push(message),
    length: BORDER,
    idleMs: IDLE_MS,
  });
  #version = 0;

  constructor() {
    this.large.attach({
      document: (uri) => this.#documents.get(uri),
      outcomes: this.outcomes,
      log: (line) => this.log.push(line),
    });
  }

  get thread(): FakeThread {
    const thread = this.threads.at(-1);
    if (thread === undefined) throw new Error('No thread was started.');
    return thread;
  }

  hear(message: RequestMessage | NotificationMessage | ResponseMessage): void {
    void this.large.handleMessage(message, (one) => void this.passed.push(one));
  }

  tell(method: string, params: object): void {
    this.hear({ jsonrpc: '2.0', method, params } satisfies NotificationMessage);
  }

  ask(id: number, method: string, params: object): void {
    this.hear({ jsonrpc: '2.0', id, method, params } satisfies RequestMessage);
  }

  /** The text of a document becomes another; undefined closes it. */
  becomes(text: string | undefined, uri = URI): void {
    this.#version += 1;
    if (text === undefined) this.#documents.delete(uri);
    else this.#documents.set(uri, TextDocument.create(uri, 'cxq', this.#version, text));
    const name = text === undefined ? 'Close' : 'Change';
    this.tell(`textDocument/did${name}`, { textDocument: { uri, version: this.#version } });
  }

  answers(id: number, result: unknown): void {
    const bytes = new TextEncoder().encode(JSON.stringify({ jsonrpc: '2.0', id, result }));
    this.thread.received({ id, bytes });
  }
}

/** What a thread or the editor was told, in short. */
function methods(messages: readonly Message[]): unknown[] {
  return messages.map((one) => ('method' in one ? one.method : one));
}

let server: Server;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  server = new Server();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a text', () => {
  it('is not handed on while it is as long as any', () => {
    server.becomes('x'.repeat(BORDER));
    server.ask(1, 'textDocument/hover', { textDocument });
    expect(server.threads).toEqual([]);
    expect(methods(server.passed)).toEqual(['textDocument/didChange', 'textDocument/hover']);
  });

  it('is opened in a thread that knows what was told before', () => {
    server.ask(0, 'initialize', { processId: 7, capabilities: { some: {} } });
    server.tell('initialized', {});
    server.tell('cxq/configuration', { user: 'first' });
    server.tell('cxq/configuration', { user: 'second' });
    server.tell('workspace/didChangeWorkspaceFolders', { event: 1 });
    server.tell('workspace/didChangeWorkspaceFolders', { event: 2 });
    server.becomes(LARGE);
    const opened = { textDocument: { uri: URI, languageId: 'cxq', version: 1, text: LARGE } };
    const message = (method: string, params: object) => ({ jsonrpc: '2.0', method, params });
    expect(server.thread.posted).toEqual([
      { ...message('initialize', { processId: null, capabilities: { some: {} } }), id: 'own:initialize' },
      message('initialized', {}),
      message('cxq/configuration', { user: 'second' }),
      message('workspace/didChangeWorkspaceFolders', { event: 1 }),
      message('workspace/didChangeWorkspaceFolders', { event: 2 }),
      message('textDocument/didOpen', opened),
    ]);
    server.tell('cxq/configuration', { user: 'third' });
    expect(server.thread.posted.at(-1)).toEqual(message('cxq/configuration', { user: 'third' }));
  });

  it('is changed and closed there too', () => {
    server.becomes(LARGE);
    server.becomes(`${LARGE}y`);
    server.becomes('x'.repeat(BORDER - 10));
    server.becomes('x'.repeat(BORDER * 0.75));
    server.becomes('x'.repeat(BORDER - 10));
    server.becomes(undefined);
    expect(methods(server.thread.posted)).toEqual([
      'textDocument/didOpen',
      'textDocument/didChange',
      'textDocument/didChange',
      'textDocument/didClose',
    ]);
    expect(server.large.has(URI)).toBe(false);
  });

  it('that is too long for anybody is left alone', () => {
    server.becomes('x'.repeat(5_000_001));
    expect(server.threads).toEqual([]);
    server.becomes(LARGE);
    server.becomes('x'.repeat(5_000_001));
    expect(methods(server.thread.posted).at(-1)).toBe('textDocument/didClose');
  });

  it('comes with the runs of its queries', () => {
    const runs = new Map([['name a', { runId: '1', title: 'one' }]]);
    server.outcomes.take({ uri: URI, runs });
    server.becomes(LARGE);
    const told = { uri: URI, runs: [['name a', { runId: '1', title: 'one' }]] };
    const message = { jsonrpc: '2.0', method: 'cxq/large/lastRuns', params: told };
    expect(server.thread.posted.at(-1)).toEqual(message);
    server.outcomes.take({ uri: 'file:///other.cxq', runs });
    expect(server.thread.posted.at(-1)).toEqual({
      ...message,
      params: { ...told, uri: 'file:///other.cxq' },
    });
  });
});

describe('a request', () => {
  it('is answered with the bytes that came', async () => {
    server.becomes(LARGE);
    server.ask(5, 'textDocument/hover', { textDocument });
    expect(methods(server.passed)).not.toContain('textDocument/hover');
    server.answers(5, { contents: 'ü' });
    const [written] = server.written;
    const bytes =
      written === undefined
        ? undefined
        : await writerOptions.contentTypeEncoder?.encode(written, { charset: 'utf-8' });
    expect(new TextDecoder().decode(bytes)).toBe('{"jsonrpc":"2.0","id":5,"result":{"contents":"ü"}}');
  });

  it('that was cancelled is refused at once, and answered no second time', () => {
    server.becomes(LARGE);
    server.ask(5, 'textDocument/hover', { textDocument });
    server.tell('$/cancelRequest', { id: 5 });
    server.answers(5, null);
    expect(server.written).toEqual([
      {
        jsonrpc: '2.0',
        id: 5,
        error: { code: -32800, message: 'The request was cancelled.', data: undefined },
      },
    ]);
    expect(methods(server.thread.posted).at(-1)).toBe('$/cancelRequest');
    // The connection keeps a list of those, too.
    expect(methods(server.passed).at(-1)).toBe('$/cancelRequest');
  });

  it('that brings a large text is handed on, and the thread stays for no longer than it takes, and a while', () => {
    server.ask(1, 'cxq/queries', { uri: URI, text: 'LAST 1h' });
    expect(server.threads).toEqual([]);
    server.ask(2, 'cxq/queries', { uri: URI, text: LARGE });
    vi.advanceTimersByTime(IDLE_MS * 2);
    expect(server.thread.isStopped).toBe(false);
    server.answers(2, { queries: [] });
    vi.advanceTimersByTime(IDLE_MS - 1);
    server.ask(3, 'cxq/queries', { uri: URI, text: LARGE });
    server.answers(3, { queries: [] });
    vi.advanceTimersByTime(IDLE_MS - 1);
    expect(server.thread.isStopped).toBe(false);
    vi.advanceTimersByTime(1);
    expect(server.thread.isStopped).toBe(true);
    server.ask(4, 'cxq/queries', { uri: URI, text: LARGE });
    expect(server.threads).toHaveLength(2);
  });

  it('of the server itself is answered, refused or cancelled as one of the editor', async () => {
    const ask = () => server.large.ask('cxq/large/report', { uri: URI, text: LARGE }, CancellationToken.None);
    const answered = ask();
    const id = 'own:1';
    server.thread.received({ id, bytes: new TextEncoder().encode('{"result":{"items":[]}}') });
    expect(await answered).toEqual({ items: [] });
    const refused = ask();
    const error = '{"error":{"code":-32802,"message":"Other text.","data":{"retriggerRequest":true}}}';
    server.thread.received({ id: 'own:2', bytes: new TextEncoder().encode(error) });
    await expect(refused).rejects.toMatchObject({ code: -32802, data: { retriggerRequest: true } });
    const cancelled = server.large.ask('cxq/large/report', {}, CancellationToken.Cancelled);
    await expect(cancelled).rejects.toMatchObject({ code: -32800 });
  });
});

describe('what the thread says', () => {
  const published = (uri: string, version?: number): NotificationMessage => ({
    jsonrpc: '2.0',
    method: 'textDocument/publishDiagnostics',
    params: { uri, version, diagnostics: [] },
  });

  it('goes to the editor, but for diagnostics of a text that is another by now', () => {
    const logged: NotificationMessage = { jsonrpc: '2.0', method: 'window/logMessage', params: {} };
    server.becomes(LARGE);
    const messages = [
      logged,
      published(URI, 1),
      published(URI, 0),
      published(URI),
      published('file:///b.cxq', 1),
    ];
    for (const message of messages) server.thread.received({ message });
    expect(server.written).toEqual([logged, published(URI, 1)]);
  });

  it('goes to the editor as a question under a name of its own, and the answer comes back', () => {
    server.becomes(LARGE);
    const asked: RequestMessage = { jsonrpc: '2.0', id: 0, method: 'workspace/inlayHint/refresh' };
    server.thread.received({ message: asked });
    const [written] = server.written;
    expect(written).toEqual({ ...asked, id: 'large:1' });
    server.hear({ jsonrpc: '2.0', id: 'large:1', result: null });
    server.hear({ jsonrpc: '2.0', id: 0, result: null });
    expect(server.thread.posted.at(-1)).toEqual({ jsonrpc: '2.0', id: 0, result: null });
    // The other answer is the server's own.
    expect(server.passed.at(-1)).toEqual({ jsonrpc: '2.0', id: 0, result: null });
  });

  it('goes nowhere where the server says the same', () => {
    server.becomes(LARGE);
    const message: RequestMessage = { jsonrpc: '2.0', id: 3, method: 'workspace/diagnostic/refresh' };
    server.thread.received({ message });
    expect(server.written).toEqual([]);
    expect(server.thread.posted.at(-1)).toEqual({ jsonrpc: '2.0', id: 3, result: null });
  });
});

describe('a thread that ends by itself', () => {
  it('is started again with its texts, and a few times only', () => {
    server.becomes(LARGE);
    for (let end = 1; end <= 4; end++) {
      expect(methods(server.thread.posted)).toEqual(['textDocument/didOpen']);
      expect(server.threads).toHaveLength(end);
      server.thread.ended('out of memory');
    }
    expect(server.threads).toHaveLength(4);
    expect(server.log).toEqual([
      ...Array(3).fill('What looks at large texts has ended: out of memory. It is started again.'),
      'What looks at large texts has ended: out of memory. It is started again in 60 seconds at the earliest.',
    ]);
    server.ask(7, 'textDocument/diagnostic', { textDocument });
    const error = { code: -32802, message: 'What looks at large texts has ended meanwhile.' };
    expect(server.written).toEqual([
      { jsonrpc: '2.0', id: 7, error: { ...error, data: { retriggerRequest: false } } },
    ]);
    server.becomes(`${LARGE}y`);
    vi.advanceTimersByTime(60_000);
    expect(server.threads).toHaveLength(5);
    expect(server.thread.posted).toMatchObject([{ params: { textDocument: { text: `${LARGE}y` } } }]);
  });

  it('is not started again for texts that are gone', () => {
    server.becomes(LARGE);
    server.becomes(undefined);
    server.thread.ended('exit code 1');
    vi.advanceTimersByTime(100_000);
    expect(server.threads).toHaveLength(1);
  });
});
