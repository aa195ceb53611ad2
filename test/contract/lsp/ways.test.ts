/** From the results back into the text, and from the text into the results. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CodeAction, CodeActionKind, type Diagnostic } from 'vscode-languageserver-protocol';
import { z } from 'zod';
import {
  clausesResultSchema,
  METHODS,
  RESULTS_SOURCE,
  runResultSchema,
} from '../../../server/src/protocol/lsp.ts';
import { placeSchema } from '../../../server/src/protocol/panel.ts';
import { type Sandbox, startSandbox } from '../../../server/src/sandbox/index.ts';
import { type Session, startSession } from './session.ts';

const URI = 'untitled:Untitled-1';

const TEXT = `-- first
QUERY base 'Before'
LAST 24h
LIMIT 20;

QUERY watched
WHERE nodeType = 'MENU'
LAST 24h
LIMIT 20
ANALYZE BOTTLENECKS OVER 1s, PATHS TOP 3, DECISIONS, errors
COMPARE TO PREVIOUS
EXPECT BOTTLENECKS <= 0, MAX(dwell) < 5s, P95(wait) < 1h, RECORDS > 0
`;

let sandbox: Sandbox;
let folder: string;
const sessions: Session[] = [];
beforeAll(async () => {
  sandbox = await startSandbox({ interactions: 200, seed: 7, auth: false });
  folder = await mkdtemp(join(tmpdir(), 'cxq-ways-'));
});
afterEach(async () => {
  for (const one of sessions.splice(0)) expect(await one.close()).toBe(0);
});
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

async function session(clientCommands = true): Promise<Session> {
  const one = await startSession({
    profiles: [{ id: 'sandbox', baseUrl: sandbox.baseUrl, auth: { kind: 'none' } }],
    connection: 'sandbox',
    dataFolder: folder,
    user: 'tester',
    trusted: true,
    clientCommands,
  });
  sessions.push(one);
  return one;
}

describe('where a query that ran stands in a text', () => {
  const lines = (text: string, { start, end }: z.infer<typeof rangeSchema>): string => {
    const starts = text
      .split('\n')
      .map((_, line, all) => all.slice(0, line).join('\n').length + (line > 0 ? 1 : 0));
    const offset = ({ line, character }: { line: number; character: number }) =>
      (starts[line] ?? 0) + character;
    return text.slice(offset(start), offset(end));
  };
  const place = z.object({ line: z.number(), character: z.number() });
  const rangeSchema = z.object({ start: place, end: place });

  async function found(text: string, sought: Record<string, unknown>) {
    const { connection } = await session();
    const answer = await connection.sendRequest<unknown>(METHODS.clauses, { uri: URI, text, ...sought });
    const { query } = clausesResultSchema.parse(answer);
    if (query === null) return null;
    const { index, head, range, clauses } = query;
    expect(query.text).toBe(lines(text, range));
    return {
      index,
      head: lines(text, head),
      clauses: clauses.map((one) => [
        one.kind,
        lines(text, one.range),
        ...one.parts.map((part) => lines(text, part)),
      ]),
    };
  }

  it('is told by its name, with each clause and its parts', async () => {
    expect(await found(TEXT, { query: 'watched' })).toEqual({
      index: 1,
      head: 'watched',
      clauses: [
        ['where', "WHERE nodeType = 'MENU'"],
        [
          'analyze',
          'ANALYZE BOTTLENECKS OVER 1s, PATHS TOP 3, DECISIONS, errors',
          'BOTTLENECKS OVER 1s',
          'PATHS TOP 3',
          'DECISIONS',
          'errors',
        ],
        [
          'expect',
          'EXPECT BOTTLENECKS <= 0, MAX(dwell) < 5s, P95(wait) < 1h, RECORDS > 0',
          'BOTTLENECKS <= 0',
          'MAX(dwell) < 5s',
          'P95(wait) < 1h',
          'RECORDS > 0',
        ],
        ['compare', 'COMPARE TO PREVIOUS'],
      ],
    });
  });
  it('is told of one without a name by its text, whatever its layout, else by its place', async () => {
    const ran = 'PARAM $x = 1;\nnodeType  =\n"MENU"  LAST 1h';
    const text = 'errorState = true LAST 1h;\n\nnodeType = "MENU" LAST 1h;\nQUERY named LAST 1h';
    expect(await found(text, { query: null, ran })).toMatchObject({ index: 1 });
    expect(await found(text, { query: null, ran: 'dwell > 1s', index: 0 })).toMatchObject({ index: 0 });
    expect(await found(text, { query: null, ran: 'dwell > 1s' })).toBeNull();
    expect(await found('dwell > 2s', { query: null, ran: 'dwell > 1s' })).toMatchObject({ index: 0 });
  });
  it('is nowhere where the text has it no more', async () => {
    expect(await found(TEXT, { query: 'gone', ran: TEXT, index: 1 })).toBeNull();
    expect(await found('', { query: null, ran: TEXT, index: 0 })).toBeNull();
    expect(await found('WHERE (', { query: 'x' })).toBeNull();
  });
});

describe('from a clause into the results of its query', () => {
  async function ran(one: Session) {
    const { connection } = one;
    connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: URI, languageId: 'cxq', version: 1, text: TEXT },
    });
    const ways = async (word: string, more: { diagnostics?: Diagnostic[]; only?: string[] } = {}) => {
      const before = TEXT.slice(0, TEXT.lastIndexOf(word)).split('\n');
      const at = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
      const actions = await connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
        textDocument: { uri: URI },
        range: { start: at, end: at },
        context: { diagnostics: [], ...more },
      });
      return actions.filter(({ title }) => title === 'Show in the results');
    };
    const run = async (): Promise<string> => {
      const result = runResultSchema.parse(
        await connection.sendRequest<unknown>(METHODS.run, { uri: URI, text: TEXT, index: 1, token: 'one' }),
      );
      expect(result.error).toBeUndefined();
      return result.runs.at(-1)?.runId ?? '';
    };
    return { ways, run };
  }

  it('there is a way once it has run, to the tab and the filter that fit', async () => {
    const { ways, run } = await ran(await session());
    expect(await ways('BOTTLENECKS OVER')).toEqual([]);
    const runId = await run();
    const places = [
      ['BOTTLENECKS OVER', { tab: 'overview', filter: [] }],
      ['PATHS TOP', { tab: 'paths' }],
      ['DECISIONS', { tab: 'decisions' }],
      ['errors', { tab: 'table', filter: [{ kind: 'mark', mark: 'error' }] }],
      ['COMPARE', { tab: 'compare' }],
      ['BOTTLENECKS <=', { tab: 'table', filter: [{ kind: 'mark', mark: 'bottleneck' }] }],
      ['MAX(dwell)', { tab: 'table', filter: [{ kind: 'dwell', from: 5, to: null }] }],
      ['P95(wait)', { tab: 'timeline', filter: [] }],
      ['RECORDS', { tab: 'overview', filter: [] }],
    ] as const;
    for (const [word, place] of places) {
      const found = await ways(word);
      expect(
        found.map(({ command }) => command?.arguments),
        word,
      ).toEqual([[runId, place]]);
      expect(placeSchema.parse(found[0]?.command?.arguments?.[1])).toEqual(place);
    }
    expect(await ways('LIMIT 20')).toEqual([]);
    expect(await ways('LAST 24h')).toEqual([]);
    expect(await ways('PATHS TOP', { only: [CodeActionKind.Source] })).toEqual([]);
  });

  it('it answers the problem that stands there, also where no clause is', async () => {
    const { ways, run } = await ran(await session());
    const runId = await run();
    const at = { start: { line: 5, character: 6 }, end: { line: 5, character: 13 } };
    const told: Diagnostic = { range: at, message: 'partial', source: RESULTS_SOURCE };
    expect(await ways('watched', { diagnostics: [told] })).toMatchObject([
      { kind: CodeActionKind.QuickFix, diagnostics: [told], command: { arguments: [runId] } },
    ]);
    expect(await ways('watched', { diagnostics: [{ ...told, source: 'CXQ' }] })).toEqual([]);
  });

  it('there is none in an editor without the command', async () => {
    const { ways, run } = await ran(await session(false));
    await run();
    expect(await ways('PATHS TOP')).toEqual([]);
  });
});
