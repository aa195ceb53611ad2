/** How long the language server hears nobody: the longest that its thread is busy at a stretch, request by request. */
import { join } from 'node:path';
import { PANEL_STEPS, panelBlocks } from './panel-blocks.ts';
import { runBlocks } from './run-blocks.ts';
import { digits, type Row, type Section } from './table.ts';
import { brokenText, validText } from './texts.ts';
import { startWatched } from './watched.ts';

/** What a stretch may take, in milliseconds. */
const LIMIT = 50;
const LINES = 120_000;

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

/** The same where no condition decides before the last one. */
function everyStep(length: number): string {
  return oneQuery(length).replace("nodeType = 'menu'", 'nodeName IS NOT NULL').replace('24h', '20d');
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

/** Texts that are run, as they are counted in their rows. */
const RUN: readonly Text[] = [
  { what: 'running a query of 46 KB with 1,000 conditions', text: () => everyStep(46_000) },
  { what: 'running a query of 460 KB with 10,000 conditions', text: () => oneQuery(462_000) },
  { what: 'running it with all of them asked of each step', text: () => everyStep(462_000) },
  { what: 'running a query of 3 MB, a list of 68,000 ids', text: () => oneList(3_000_000) },
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
    const session = await startWatched(server);
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
  const server = join(root, 'dist', 'server.js');
  const found = await blocks(server);
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
  const ran = await runBlocks(
    server,
    RUN.map(({ text }) => text()),
  );
  for (const [index, { what }] of RUN.entries()) {
    const longest = ran[index] ?? Number.NaN;
    const measured = `${digits(longest)} ms (cxq/run)`;
    rows.push({ what, measured, against: '', bar: `< ${LIMIT} ms`, reached: longest < LIMIT });
  }
  const asked = (await panelBlocks(server)).sort((a, b) => b.ms - a.ms);
  const worst = asked[0]?.ms ?? Number.NaN;
  rows.push({
    what: `the results of ${PANEL_STEPS.toLocaleString('en-GB')} steps: opened, every view, a filter`,
    measured: `${digits(worst)} ms (${asked[0]?.request ?? ''})`,
    against: `then ${asked
      .slice(1, 4)
      .map(({ request, ms }) => `${request} ${digits(ms)} ms`)
      .join(', ')}`,
    bar: `< ${LIMIT} ms`,
    reached: worst < LIMIT,
  });
  return {
    title: 'The longest block',
    text: `For how long the server hears nobody: the most time that the processor spends on the server's main thread between two looks at what has come in, with each request about a text in turn, cold, in a server of its own for each text. A text of more than 48 K characters is looked at in a thread of its own: what is left to the main thread is to read and write messages. Runs are measured from the request to the result, in a server that has just started, against a tenant in another process.`,
    rows,
  };
}
