/** How long the language server hears nobody: the longest that its thread is busy at a stretch, request by request. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import * as z from 'zod';
import { digits, type Row, type Section } from './table.ts';
import { brokenText, validText } from './texts.ts';

/** What a stretch may take, in milliseconds. */
const LIMIT = 50;
const LINES = 120_000;

/**
 * Looks once in each round of the event loop, at most every millisecond, at the time that the processor has spent on the
 * main thread; tells the longest time between two looks when it is asked by a signal. Time of the processor, so that what
 * the machine does for others counts for nothing.
 */
const WATCHES = `data:text/javascript,${encodeURIComponent(`
import { isMainThread } from 'node:worker_threads';
const spent = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
let before = spent();
let longest = 0;
const look = () => {
  const now = spent();
  longest = Math.max(longest, now - before);
  before = now;
  setTimeout(look, 1).unref();
};
if (isMainThread) look();
if (isMainThread) process.on('SIGUSR2', () => { look(); process.stderr.write(longest + '\\n'); longest = 0; });
`)}`;

interface Watched {
  readonly notify: (method: string, params: object) => Promise<void>;
  /** Asks, and gives what was the longest stretch in milliseconds. */
  readonly longest: (method: string, params: object) => Promise<number>;
  /** As `longest`, for what is not answered: until something else is. */
  readonly longestTelling: (method: string, params: object) => Promise<number>;
  readonly close: () => Promise<void>;
}

const symbols = { documentSymbol: { hierarchicalDocumentSymbolSupport: true } };
const CAPABILITIES = {
  textDocument: { diagnostic: {}, rename: { prepareSupport: true }, ...symbols },
  workspace: { workspaceEdit: { documentChanges: true } },
};

async function start(server: string): Promise<Watched> {
  const child = spawn(process.execPath, ['--import', WATCHES, server, '--stdio']);
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  const told = async (): Promise<number> => {
    const answer = once(child.stderr, 'data');
    child.kill('SIGUSR2');
    const [text] = await answer;
    return z.coerce.number().parse(String(text).trim());
  };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: CAPABILITIES,
    initializationOptions: OPTIONS,
  });
  await connection.sendNotification('initialized', {});
  return {
    notify: (method, params) => connection.sendNotification(method, params),
    longest: async (method, params) => {
      await told();
      await connection.sendRequest(method, params);
      return told();
    },
    longestTelling: async (method, params) => {
      await told();
      await connection.sendNotification(method, params);
      await connection.sendRequest('completionItem/resolve', { label: '' });
      return told();
    },
    close: async () => {
      const exited = once(child, 'exit');
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      await exited;
      connection.dispose();
    },
  };
}

/** What the extension's own settings switch on. */
const OPTIONS = {
  profiles: [],
  connection: null,
  dataFolder: '',
  user: 'bench',
  trusted: true,
  clientCommands: true,
};

/** One query of about so many characters, with conditions line by line. */
function oneQuery(length: number): string {
  const lines = ["QUERY all_of_it 'All of it'", "WHERE nodeType = 'menu'"];
  for (let size = 0; size < length; ) {
    const line = `  AND (nodeName != 'Queue ${lines.length}' OR dwell > ${lines.length}s)`;
    lines.push(line);
    size += line.length;
  }
  return `${lines.join('\n')}\nLAST 24h\n`;
}

/** One query that asks for so many characters of ids. */
function oneList(length: number): string {
  const ids: string[] = [];
  for (let size = 0; size < length; size += 44)
    ids.push(`'${String(ids.length).padStart(8, '0')}-1c9e-4d50-8a6c-4f1d2f2f7b11'`);
  return `QUERY ids\nWHERE interactionId IN [\n  ${ids.join(',\n  ')}\n]\nLAST 24h\n`;
}

/** The same on one line. */
function onOneLine(text: string): string {
  return `${text.replace(/--.*/g, '').replace(/\s+/g, ' ').trim()}\n`;
}

interface Text {
  readonly what: string;
  readonly text: () => string;
}

const TEXTS: readonly Text[] = [
  { what: '3 MB without errors', text: () => validText(LINES) },
  { what: '3 MB with 20,000 errors', text: () => brokenText(LINES, 20_000) },
  { what: '3 MB, one list of 68,000 ids', text: () => oneList(3_000_000) },
  { what: '48 KB, one query of 1,000 conditions', text: () => oneQuery(50_000).slice(0, 48 * 1024) },
  {
    what: '48 KB on one line, one query',
    text: () => onOneLine(oneQuery(50_000)).slice(0, 48 * 1024),
  },
  { what: '48 KB on one line', text: () => onOneLine(validText(2_200)).slice(0, 48 * 1024) },
  { what: '64 KB on one line', text: () => onOneLine(validText(2_700)).slice(0, 64 * 1024) },
  {
    what: '64 KB on one line, one query',
    text: () => onOneLine(oneQuery(64 * 1024)).slice(0, 64 * 1024),
  },
  { what: '500 KB, one query of 10,000 conditions', text: () => oneQuery(500_000) },
  { what: '3 MB, one query of 60,000 conditions', text: () => oneQuery(3_000_000) },
  { what: '4.9 MB, one query of 100,000 conditions', text: () => oneQuery(4_890_000) },
];

interface Block {
  readonly text: string;
  readonly request: string;
  readonly ms: number;
}

/** The longest stretch of each request about each text, in a server of its own for each text. */
async function blocks(server: string): Promise<Block[]> {
  const found: Block[] = [];
  for (const { what, text: made } of TEXTS) {
    const text = made();
    const session = await start(server);
    const uri = 'file:///long.cxq';
    const textDocument = { uri };
    const lines = text.split('\n').length;
    const whole = { start: { line: 0, character: 0 }, end: { line: lines, character: 0 } };
    const middle = Math.floor(lines / 2);
    const name = /\$?\bslow\b|\ball_of_it\b|\bids\b/.exec(text);
    const at = text.slice(0, name?.index ?? 0).split('\n');
    const named = { line: at.length - 1, character: (at.at(-1)?.length ?? 0) + 1 };
    const position = lines > 10 ? { line: middle, character: 8 } : { line: 0, character: 30_000 };
    const options = { tabSize: 2, insertSpaces: true };
    const requests: readonly (readonly [method: string, params: object])[] = [
      ['hover', { position }],
      ['diagnostic', {}],
      ['completion', { position }],
      ['signatureHelp', { position }],
      ['documentSymbol', {}],
      ['foldingRange', {}],
      ['semanticTokens/full', {}],
      ['semanticTokens/full/delta', { previousResultId: '1' }],
      ['semanticTokens/range', { range: whole }],
      ['inlayHint', { range: whole }],
      ['codeLens', {}],
      ['documentLink', {}],
      ['codeAction', { range: whole, context: { diagnostics: [] } }],
      ['definition', { position: named }],
      ['references', { position: named, context: { includeDeclaration: true } }],
      ['documentHighlight', { position: named }],
      ['prepareRename', { position: named }],
      ['rename', { position: named, newName: 'other' }],
      ['selectionRange', { positions: [position] }],
      ['onTypeFormatting', { position, ch: '\n', options }],
      ['formatting', { options }],
      ['rangeFormatting', { range: whole, options }],
    ];
    const measure = async (request: string, method: string, params: object): Promise<void> => {
      const ms = await session.longest(method, { textDocument, ...params });
      found.push({ text: what, request, ms });
    };
    const opened = session.longestTelling('textDocument/didOpen', {
      textDocument: { uri, languageId: 'cxq', version: 1, text },
    });
    found.push({ text: what, request: 'didOpen', ms: await opened });
    for (const [method, params] of requests) await measure(method, `textDocument/${method}`, params);
    await measure('workspace symbols', 'workspace/symbol', { query: '' });
    await measure('cxq/queries', 'cxq/queries', { uri, text });
    // Every line changes.
    const indented = text.replace(/^(?=\S)/gm, ' ').replace(/ (?==)/g, '  ');
    await session.notify('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: indented }],
    });
    await measure('formatting, every line', 'textDocument/formatting', { options });
    const { line, character } = position;
    await session.notify('textDocument/didChange', {
      textDocument: { uri, version: 3 },
      contentChanges: [{ range: { start: { line, character }, end: { line, character } }, text: ' ' }],
    });
    await measure('diagnostic after a key', 'textDocument/diagnostic', {});
    await session.notify('textDocument/didChange', {
      textDocument: { uri, version: 4 },
      contentChanges: [{ range: { start: { line, character }, end: { line, character } }, text: 'x' }],
    });
    await measure('completion after a key', 'textDocument/completion', { position });
    await session.close();
  }
  return found;
}

export async function blockSection(root: string): Promise<Section> {
  const found = await blocks(join(root, 'dist', 'server.js'));
  const rows = TEXTS.map(({ what }): Row => {
    const own = found.filter(({ text }) => text === what).sort((a, b) => b.ms - a.ms);
    const longest = own[0]?.ms ?? Number.NaN;
    const others = own.slice(1, 4).map(({ request, ms }) => `${request} ${digits(ms)} ms`);
    return {
      what,
      measured: `${digits(longest)} ms (${own[0]?.request ?? ''})`,
      against: `then ${others.join(', ')}`,
      bar: `< ${LIMIT} ms`,
      reached: longest < LIMIT,
    };
  });
  return {
    title: 'The longest block',
    text: `For how long the server hears nobody: the most time that the processor spends on the server's main thread between two looks at what has come in, with each request about a text in turn, cold, in a server of its own for each text. A text of more than 48 K characters is looked at in a thread of its own: what is left to the main thread is to read and write messages.`,
    rows,
  };
}
