/** A client that sends anything, and sees that every request is answered, once. */

import { ensure } from '../ensure.ts';
import { ABILITIES } from './abilities.ts';
import { insideText } from './places.ts';
import { type Conversation, type Position, type Step, URIS } from './steps.ts';

/** What a server is reached through. */
export interface Line {
  readonly send: (bytes: Uint8Array) => void;
  /** Calls back with every message that comes. */
  readonly onMessage: (listener: (message: unknown) => void) => void;
  /** Why the server is gone, or would be; undefined while it is well. */
  readonly trouble: () => string | undefined;
}

/** An answer that takes longer never comes. */
const ANSWER_MS = 20_000;

const AFTERWARDS = 'file:///fuzz/afterwards.cxq';
/** What is asked of a text about a place in it. */
const ASKED = [
  'textDocument/documentSymbol',
  'textDocument/foldingRange',
  'textDocument/documentLink',
  'textDocument/codeLens',
  'textDocument/codeAction',
  'textDocument/semanticTokens/full',
  'textDocument/inlayHint',
  'textDocument/completion',
  'textDocument/hover',
  'textDocument/definition',
  'textDocument/references',
  'textDocument/documentHighlight',
  'textDocument/prepareRename',
  'textDocument/rename',
  'textDocument/selectionRange',
  'textDocument/formatting',
  'textDocument/rangeFormatting',
  'textDocument/diagnostic',
] as const;

function framed(body: string): Uint8Array {
  const bytes = Buffer.from(body, 'utf8');
  return Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`, 'ascii'), bytes]);
}

/** Ranges of answers are whole, and do not end before they begin. */
function wellFormed(value: unknown, method: string): void {
  if (typeof value !== 'object' || value === null) return;
  if ('line' in value && 'character' in value) {
    const { line, character } = value;
    const whole = [line, character].every((one) => Number.isInteger(one) && Number(one) >= 0);
    ensure(whole, () => `${method} answers with the position ${JSON.stringify(value)}`);
  }
  for (const held of Object.values(value)) wellFormed(held, method);
}

interface Pending {
  readonly method: string;
  readonly settle: (answer: { readonly error?: unknown; readonly result?: unknown }) => void;
}

export class Client {
  readonly #line: Line;
  readonly #pending = new Map<number, Pending>();
  readonly #answered = new Set<number>();
  #problem: string | undefined;
  /** Whether nothing is sent but what the protocol allows. */
  #right = true;
  #next = 1;
  #asked = 0;

  constructor(line: Line) {
    this.#line = line;
    line.onMessage((message) => this.#take(message));
  }

  #take(message: unknown): void {
    if (typeof message !== 'object' || message === null) return;
    const { id, method, result, error } = {
      id: undefined,
      method: undefined,
      result: undefined,
      error: undefined,
      ...message,
    };
    if (typeof method === 'string') {
      if (id === undefined) return;
      // What the server asks of its editor: answered, refused, or not understood.
      const answer = [{ result: null }, { error: { code: -32603, message: 'no' } }, { result: 5 }][
        this.#asked++ % 3
      ];
      this.#line.send(framed(JSON.stringify({ jsonrpc: '2.0', id, ...answer })));
      return;
    }
    if (typeof id !== 'number') return;
    const pending = this.#pending.get(id);
    if (pending === undefined) {
      if (this.#answered.has(id)) this.#problem ??= `the request ${id} was answered twice`;
      return;
    }
    this.#pending.delete(id);
    this.#answered.add(id);
    try {
      if (this.#right) wellFormed(result, pending.method);
    } catch (problem) {
      this.#problem ??= String(problem);
    }
    pending.settle({ ...(error === undefined ? {} : { error }), result });
  }

  /** Sends a request; resolves with its answer. */
  request(method: string, params: unknown): Promise<{ readonly error?: unknown; readonly result?: unknown }> {
    const id = this.#next++;
    return new Promise((settle) => {
      this.#pending.set(id, { method, settle });
      this.#line.send(framed(JSON.stringify({ jsonrpc: '2.0', id, method, params })));
    });
  }

  notify(method: string, params: unknown): void {
    this.#line.send(framed(JSON.stringify({ jsonrpc: '2.0', method, params })));
  }

  step(step: Step): void {
    switch (step.kind) {
      case 'request':
        void this.request(step.method, step.params);
        break;
      case 'notification':
        this.notify(step.method, step.params);
        break;
      case 'cancel':
        this.notify('$/cancelRequest', { id: this.#next - 1 - step.back });
        break;
      case 'body':
        this.#line.send(framed(step.text));
        break;
      case 'junk':
        this.#line.send(Buffer.from(`${step.text}\r\n`, 'utf8'));
        break;
    }
  }

  /** After what it does not understand, a reader waits for further bytes before it looks at those that it has. */
  #nudge(): void {
    if (!this.#right) this.notify('$/nothing', {});
  }

  /** What a promise gives, unless the server is in trouble or says nothing more. */
  async within<T>(what: string, promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let look: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${what}: no answer`)), ANSWER_MS);
      look = setInterval(() => {
        const trouble = this.#line.trouble();
        if (trouble !== undefined) reject(new Error(`${what}: ${trouble}`));
        this.#nudge();
      }, 20);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
      clearInterval(look);
    }
  }

  async initialize(able: boolean): Promise<void> {
    const params = {
      processId: null,
      rootUri: null,
      capabilities: able ? ABILITIES : {},
      workspaceFolders: [{ uri: 'file:///fuzz', name: 'fuzz' }],
    };
    await this.within('initialize', this.request('initialize', params));
    this.notify('initialized', {});
  }

  /** Asks everything about a text that was just opened. */
  async #afterwards(text: string, position: Position): Promise<void> {
    const uri = AFTERWARDS;
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'cxq', version: 1, text } });
    const end = { line: 1e6, character: 0 };
    const params = {
      textDocument: { uri },
      position,
      positions: [position],
      range: { start: { line: 0, character: 0 }, end },
      context: { diagnostics: [], includeDeclaration: true, triggerKind: 1 },
      options: { tabSize: 2, insertSpaces: true },
      newName: 'zz',
    };
    const answers = await Promise.all(
      ASKED.map(async (method) => ({ method, answer: await this.request(method, params) })),
    );
    for (const { method, answer } of answers) {
      const refused = answer.error !== undefined && !method.toLowerCase().includes('rename');
      ensure(!refused, () => `${method} is refused: ${JSON.stringify(answer.error)}`);
      insideText(answer.result, text, method);
    }
    const asked = { textDocument: { uri }, contentChanges: [{ text: 'QUERY last LAST 2h' }] };
    this.notify('textDocument/didChange', { ...asked, textDocument: { uri, version: 2 } });
    const { result } = await this.request('textDocument/documentSymbol', params);
    const shown = JSON.stringify(result) ?? '';
    ensure(shown.includes('"last"'), () => `the outline afterwards is ${shown}`);
  }

  /** Has a conversation; then every request is answered, and the server still serves. */
  async converse({ steps, right, text, place }: Conversation): Promise<void> {
    this.#right = right;
    this.#problem = undefined;
    for (const step of steps) this.step(step);
    await this.within('right requests afterwards', this.#afterwards(text, place));
    // Some wait for something to happen until they are taken back.
    for (const id of this.#pending.keys()) this.notify('$/cancelRequest', { id });
    for (const open of new Set([AFTERWARDS, ...URIS])) {
      this.notify('textDocument/didClose', { textDocument: { uri: open } });
    }
    const all = (): boolean => this.#pending.size === 0;
    const until = performance.now() + ANSWER_MS;
    for (let turn = 1; !all() && performance.now() < until && this.#line.trouble() === undefined; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (turn % 20 === 0) this.#nudge();
    }
    const left = [...this.#pending.values()].map(({ method }) => method).join(', ');
    this.#pending.clear();
    this.#answered.clear();
    ensure(left === '', () => `no answer to ${left}`);
    const trouble = this.#problem ?? this.#line.trouble();
    ensure(trouble === undefined, () => trouble ?? '');
  }
}
