/**
 * Texts so long that a single step about them could keep the editor waiting: a second server, in a thread of its own,
 * has them open as well and answers all that is asked about them. This one hands messages on, and hears everybody.
 */
import {
  type CancellationToken,
  LSPErrorCodes,
  Message,
  type MessageStrategy,
  type NotificationMessage,
  type RequestMessage,
  ResponseError,
  type ResponseMessage,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import * as z from 'zod';
import { METHODS } from '../protocol/lsp.ts';
import type { FromThread, StartThread, Thread } from './large-thread.ts';
import { WrittenMessage } from './messages.ts';
import type { Outcomes } from './outcomes.ts';
import { MAX_LENGTH } from './trees.ts';

/**
 * In UTF-16 units. Nothing about a query of so many takes more than about 30 ms at a stretch where nothing is warm
 * yet; reading it is one step.
 */
const LARGE = 48 * 1024;
/** A text that shrinks comes back below this share of it: one at the border does not move with every key. */
const BACK = 0.75;
/** Started anew, a thread reads everything again: it stays a while without a text. */
const IDLE_MS = 30_000;
/** A thread that ends by itself so many times within this time is let rest for as long. */
const MOST_ENDS = 4;
const ENDS_MS = 60_000;

/** Between the two servers. */
export const LARGE_METHODS = { lastRuns: 'cxq/large/lastRuns', report: 'cxq/large/report' } as const;

/** Of a text, by the keys of `Outcomes`. */
export const lastRunsSchema = z.object({
  uri: z.string(),
  runs: z.array(z.tuple([z.string(), z.object({ runId: z.string(), title: z.string() })])),
});

/** Requests that bring their text along. A run of a large text reads, checks and plans it, and asks it of each step. */
const WITH_TEXT: ReadonlySet<string> = new Set([
  METHODS.queries,
  METHODS.explain,
  METHODS.lastRun,
  METHODS.clauses,
  METHODS.run,
]);
/** What a server has to know that starts later. */
const TOLD: ReadonlySet<string> = new Set(['initialized', METHODS.configuration, METHODS.historyFiles]);
const FOLDERS = 'workspace/didChangeWorkspaceFolders';
/** What the second server asks of the editor and the first one asks as well, or does. */
const DOUBLED: ReadonlySet<string> = new Set([
  'client/registerCapability',
  'client/unregisterCapability',
  'workspace/codeLens/refresh',
  'workspace/diagnostic/refresh',
]);

const aboutSchema = z.object({ textDocument: z.object({ uri: z.string() }) });
const publishedSchema = z.object({ uri: z.string(), version: z.number() });
const withTextSchema = z.object({ text: z.string() });
const cancelSchema = z.object({ id: z.union([z.string(), z.number()]) });
const answerSchema = z.union([
  z.object({ error: z.object({ code: z.number(), message: z.string(), data: z.unknown() }) }),
  z.object({ result: z.unknown() }),
]);

type Id = RequestMessage['id'];

/** Who waits for an answer of the thread. */
interface Waiting {
  readonly method: string;
  readonly answer: (bytes: Uint8Array) => void;
  readonly refuse: (error: ResponseError<unknown>) => void;
}

interface Options {
  readonly start: StartThread;
  /** Sends a message to the editor. */
  readonly write: (message: Message) => Promise<void>;
  /** More than so many UTF-16 units make a text large. */
  readonly length?: number;
  /** How long a thread without a text stays, in milliseconds. */
  readonly idleMs?: number;
}

/** What is known of the server that hands messages on. */
interface FirstServer {
  /** The open text of a URI. */
  readonly document: (uri: string) => TextDocument | undefined;
  readonly outcomes: Outcomes;
  readonly log: (line: string) => void;
}

/** Stands before the connection, which sees what is about no large text. */
export class LargeTexts implements MessageStrategy {
  readonly #start: StartThread;
  readonly #write: (message: Message) => void;
  readonly #length: number;
  readonly #idleMs: number;
  readonly #uris = new Set<string>();
  readonly #waiting = new Map<Id, Waiting>();
  /** By the id that the editor sees: who asks it. */
  readonly #asking = new Map<Id, { readonly thread: Thread; readonly id: Id }>();
  readonly #told = new Map<string, Message>();
  #thread: Thread | undefined;
  #server: FirstServer | undefined;
  #count = 0;
  #runsHere = 0;
  #ends: number[] = [];
  #idle: NodeJS.Timeout | undefined;

  constructor({ start, write, length = LARGE, idleMs = IDLE_MS }: Options) {
    this.#start = start;
    // Who does not read any more is told nothing.
    this.#write = (message) => void write(message).catch(() => undefined);
    this.#length = length;
    this.#idleMs = idleMs;
  }

  /** Follows the texts of a server. */
  attach(server: FirstServer): void {
    this.#server = server;
    server.outcomes.onDidChange((uri) => this.#tellRuns(uri));
  }

  /** A run goes on in this server until it settles: others join it here. */
  async runs<T>(run: () => Promise<T>): Promise<T> {
    this.#runsHere += 1;
    try {
      return await run();
    } finally {
      this.#runsHere -= 1;
    }
  }

  /** Whether an open text is one of them: nothing is to be done about it here. */
  has(uri: string): boolean {
    return this.#uris.has(uri);
  }

  /** Whether a text would be one if it were open. */
  isLarge(text: string): boolean {
    return text.length > this.#length && text.length <= MAX_LENGTH;
  }

  /** Asks the other server; throws what it refuses with. */
  ask(method: string, params: object, token: CancellationToken): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = `own:${this.#next()}`;
      const answer = (bytes: Uint8Array): void => {
        const read = answerSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
        if ('error' in read) reject(new ResponseError(read.error.code, read.error.message, read.error.data));
        else resolve(read.result);
      };
      this.#forward({ jsonrpc: '2.0', id, method, params }, { method, answer, refuse: reject });
      if (token.isCancellationRequested) this.#cancel(id);
      else token.onCancellationRequested(() => this.#cancel(id));
    });
  }

  handleMessage(message: Message, next: (message: Message) => void | Promise<void>): void | Promise<void> {
    if (Message.isRequest(message)) {
      if (message.method === 'initialize') this.#greet(message);
      if (!this.#takes(message)) return next(message);
      const { id, method } = message;
      this.#forward(message, {
        method,
        answer: (bytes) => this.#write(new WrittenMessage(bytes)),
        refuse: (error) => this.#respond(id, { error: error.toJson() }, this.#write),
      });
      return undefined;
    }
    if (Message.isResponse(message) && this.#answered(message)) return undefined;
    const handled = next(message);
    if (Message.isNotification(message)) this.#heard(message);
    return handled;
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  /** Whether a request is for the other server. */
  #takes({ method, params }: RequestMessage): boolean {
    if (method.startsWith('textDocument/')) {
      const about = aboutSchema.safeParse(params);
      return about.success && this.#uris.has(about.data.textDocument.uri);
    }
    if (!WITH_TEXT.has(method)) return false;
    // What is sent to a tenant at once is counted in one place: a run joins those that go on.
    if (method === METHODS.run && this.#isRunning) return true;
    if (method === METHODS.run && this.#runsHere > 0) return false;
    const brought = withTextSchema.safeParse(params);
    return brought.success && this.isLarge(brought.data.text);
  }

  get #isRunning(): boolean {
    return [...this.#waiting.values()].some((waiting) => waiting.method === METHODS.run);
  }

  /** What the other server is to think of the editor. It is asked about texts alone, and tells of nothing twice. */
  #greet(message: RequestMessage): void {
    const params = z.looseObject({ capabilities: z.looseObject({}) }).safeParse(message.params);
    if (!params.success) return;
    const own = { ...params.data, processId: null };
    const greeting: RequestMessage = { ...message, id: 'own:initialize', params: own };
    this.#told.set('initialize', greeting);
  }

  /** Follows what the editor tells, after this server has done so. */
  #heard(message: NotificationMessage): void {
    const { method, params } = message;
    if (method === '$/cancelRequest') {
      const read = cancelSchema.safeParse(params);
      if (read.success) this.#cancel(read.data.id);
    } else if (method === METHODS.forget) {
      // Runs of large texts have tokens of their own.
      this.#thread?.post(message);
    } else if (TOLD.has(method) || method === FOLDERS) {
      // Of folders each change counts; of anything else the last that was said.
      this.#told.set(method === FOLDERS ? `${method} ${this.#next()}` : method, message);
      this.#thread?.post(message);
    } else if (method.startsWith('textDocument/did')) {
      const about = aboutSchema.safeParse(params);
      if (about.success) this.#follow(about.data.textDocument.uri, message);
    }
  }

  /** Gives a text to the other server, or takes it back. */
  #follow(uri: string, message: NotificationMessage): void {
    const document = this.#server?.document(uri);
    const length = document?.getText().length ?? 0;
    const was = this.#uris.has(uri);
    const least = was ? this.#length * BACK : this.#length;
    if (document === undefined || length <= least || length > MAX_LENGTH) {
      if (!was) return;
      this.#uris.delete(uri);
      this.#tell('textDocument/didClose', { textDocument: { uri } });
      this.#restIfIdle();
    } else if (was) {
      this.#thread?.post(message);
    } else {
      this.#uris.add(uri);
      // One that starts now opens all there are.
      if (this.#thread === undefined) this.#running();
      else this.#open(this.#thread, document);
    }
  }

  #open(thread: Thread, document: TextDocument): void {
    const { uri, languageId, version } = document;
    const textDocument = { uri, languageId, version, text: document.getText() };
    thread.post(notification('textDocument/didOpen', { textDocument }));
    this.#tellRuns(uri);
  }

  #tellRuns(uri: string): void {
    const known = this.#server?.outcomes.of(uri);
    if (known !== undefined) this.#tell(LARGE_METHODS.lastRuns, { uri, runs: [...known.runs] });
  }

  #tell(method: string, params: object): void {
    this.#thread?.post(notification(method, params));
  }

  /** The thread, started if there is none; undefined while it is let rest. */
  #running(): Thread | undefined {
    clearTimeout(this.#idle);
    if (this.#thread !== undefined || this.#isResting) return this.#thread;
    const thread = this.#start({
      received: (from) => this.#received(thread, from),
      ended: (why) => this.#ended(why),
    });
    this.#thread = thread;
    for (const message of this.#told.values()) thread.post(message);
    for (const uri of this.#uris) {
      const document = this.#server?.document(uri);
      if (document !== undefined) this.#open(thread, document);
    }
    return thread;
  }

  get #isResting(): boolean {
    const since = performance.now() - ENDS_MS;
    this.#ends = this.#ends.filter((end) => end > since);
    return this.#ends.length >= MOST_ENDS;
  }

  #forward(message: RequestMessage, waiting: Waiting): void {
    const thread = this.#running();
    if (thread === undefined) {
      waiting.refuse(gone(waiting.method, false));
      return;
    }
    this.#waiting.set(message.id, waiting);
    thread.post(message);
  }

  /** Answered at once: what the thread does at the moment may take a while. A run says itself what came until then. */
  #cancel(id: Id): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#tell('$/cancelRequest', { id });
    if (waiting.method === METHODS.run) return;
    this.#waiting.delete(id);
    waiting.refuse(new ResponseError(LSPErrorCodes.RequestCancelled, 'The request was cancelled.'));
    this.#restIfIdle();
  }

  #received(thread: Thread, from: FromThread): void {
    if ('bytes' in from) {
      const waiting = this.#waiting.get(from.id);
      this.#waiting.delete(from.id);
      waiting?.answer(from.bytes);
      this.#restIfIdle();
    } else if (Message.isRequest(from.message)) {
      const { message } = from;
      if (DOUBLED.has(message.method)) {
        this.#respond(message.id, { result: null }, (response) => thread.post(response));
        return;
      }
      const id = `large:${this.#next()}`;
      this.#asking.set(id, { thread, id: message.id });
      const asked: RequestMessage = { ...message, id };
      this.#write(asked);
    } else if (Message.isNotification(from.message)) {
      if (from.message.method === LARGE_METHODS.lastRuns) this.#ran(from.message.params);
      else if (this.#isNews(from.message)) this.#write(from.message);
    }
  }

  /** A text has run in the thread. */
  #ran(params: unknown): void {
    const { uri, runs } = lastRunsSchema.parse(params);
    this.#server?.outcomes.take({ uri, runs: new Map(runs) });
  }

  /** Diagnostics of a text that came back, or is another by now, are none. */
  #isNews({ method, params }: NotificationMessage): boolean {
    if (method === '$/cancelRequest') return false;
    if (method !== 'textDocument/publishDiagnostics') return true;
    const read = publishedSchema.safeParse(params);
    if (!read.success || !this.#uris.has(read.data.uri)) return false;
    return this.#server?.document(read.data.uri)?.version === read.data.version;
  }

  /** Whether the editor answers the other server. */
  #answered(message: ResponseMessage): boolean {
    const asking = this.#asking.get(message.id);
    if (asking === undefined) return false;
    this.#asking.delete(message.id);
    const answer: ResponseMessage = { ...message, id: asking.id };
    if (asking.thread === this.#thread) asking.thread.post(answer);
    this.#restIfIdle();
    return true;
  }

  #respond(id: Id, answer: Pick<ResponseMessage, 'result' | 'error'>, to: (message: Message) => void): void {
    const response: ResponseMessage = { jsonrpc: '2.0', id, ...answer };
    to(response);
  }

  #ended(why: string): void {
    this.#thread = undefined;
    this.#asking.clear();
    this.#ends.push(performance.now());
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    const rests = this.#isResting;
    const then = rests
      ? `It is started again in ${ENDS_MS / 1000} seconds at the earliest.`
      : 'It is started again.';
    this.#server?.log(`What looks at large texts has ended: ${why}. ${then}`);
    for (const { method, refuse } of waiting) refuse(gone(method, !rests));
    if (this.#uris.size === 0) return;
    if (!rests) this.#running();
    else setTimeout(() => this.#uris.size > 0 && this.#running(), ENDS_MS).unref();
  }

  #restIfIdle(): void {
    clearTimeout(this.#idle);
    const isBusy = this.#uris.size > 0 || this.#waiting.size > 0 || this.#asking.size > 0;
    if (this.#thread === undefined || isBusy) return;
    this.#idle = setTimeout(() => {
      this.#thread?.stop();
      this.#thread = undefined;
      this.#asking.clear();
    }, this.#idleMs);
    this.#idle.unref();
  }
}

function notification(method: string, params: object): NotificationMessage {
  return { jsonrpc: '2.0', method, params };
}

const REPORTS: ReadonlySet<string> = new Set(['textDocument/diagnostic', LARGE_METHODS.report]);

/** Who still wants to know asks again; for diagnostics that is said, unless it would be of no use now. */
function gone(method: string, retriggerRequest: boolean): ResponseError<unknown> {
  if (method === METHODS.run) {
    const why = 'what runs queries of large texts has ended. Run it again; what it had retrieved is kept.';
    return new ResponseError(LSPErrorCodes.RequestFailed, `The run broke off: ${why}`);
  }
  const message = 'What looks at large texts has ended meanwhile.';
  return REPORTS.has(method)
    ? new ResponseError(LSPErrorCodes.ServerCancelled, message, { retriggerRequest })
    : new ResponseError(LSPErrorCodes.ContentModified, message);
}
