/** History files as an editor opens them: analysed as a run, with no tenant. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CancellationTokenSource } from 'vscode-languageserver-protocol';
import {
  exportResultSchema,
  METHODS,
  openHistoryResultSchema,
  panelResultSchema,
  runsResultSchema,
} from '../../../server/src/protocol/lsp.ts';
import { startSession } from './session.ts';

const minute = (at: number): string => new Date(Date.UTC(2011, 4, 1, 8, at)).toISOString();

/** Interactions of one step each, long ago and of a type that decides nothing. */
const task = (id: string, at: number, nodeType = 'TASK') => ({
  interactionId: id,
  workflowId: 'w',
  steps: [
    { nodeId: 'greet', nodeType, startTime: minute(at), endTime: minute(at + 1) },
    { nodeId: 'solve', nodeType, startTime: minute(at + 1), endTime: minute(at + 4) },
  ],
});

const lines = (...records: readonly unknown[]): string =>
  records.map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join('');

async function desk({ trusted = true, profiles = [] }: { trusted?: boolean; profiles?: unknown[] } = {}) {
  const home = await mkdtemp(join(tmpdir(), 'cxq-open-history-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const session = await startSession({
    ...{ profiles, connection: null, dataFolder: join(home, 'data'), user: 'tester', trusted },
  });
  const { connection } = session;
  onTestFinished(async () => {
    expect(await session.close()).toBe(0);
  });
  return {
    home,
    connection,
    file: async (name: string, content: string | Uint8Array): Promise<string> => {
      const path = join(home, name);
      await writeFile(path, content);
      return pathToFileURL(path).href;
    },
    open: async (uri: string, said: object = {}) =>
      openHistoryResultSchema.parse(
        await connection.sendRequest<unknown>(METHODS.openHistory, { uri, token: 'one', ...said }),
      ),
    overview: async (runId: string) => {
      const asked = { runId, request: { kind: 'overview', filter: [] } };
      const shown = panelResultSchema.parse(await connection.sendRequest<unknown>(METHODS.panel, asked));
      if (!('response' in shown) || shown.response.kind !== 'overview') throw new Error('no overview');
      return shown.response;
    },
    runs: async () => runsResultSchema.parse(await connection.sendRequest<unknown>(METHODS.runs, {})).runs,
    audit: (): string => {
      const folder = join(home, 'data', 'audit');
      if (!existsSync(folder)) return '';
      return readdirSync(folder)
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join('');
    },
  };
}

describe('opening a history file', () => {
  it('shows all of it, however old, as a run of its own', async () => {
    const { file, open, overview, runs, audit, connection, home } = await desk();
    const uri = await file('calls.ndjson', lines(task('a', 0), task('b', 10), '{"steps": 1}', task('c', 20)));
    const { runs: ran, error, question } = await open(uri);
    expect([error, question]).toEqual([undefined, undefined]);
    expect(ran).toMatchObject([
      { outcome: 'complete', query: null, retrieval: { records: 3, rejected: 1, requests: 0 } },
    ]);
    const runId = ran[0]?.runId ?? '';
    const shown = await overview(runId);
    expect(shown).toMatchObject({
      interactions: 3,
      steps: 6,
      header: {
        ...{ title: 'calls.ndjson', query: null, connection: 'history file', tenant: 'file://' },
        ...{ outcome: 'complete', window: { from: null, to: null } },
      },
    });
    expect(await runs()).toMatchObject([{ runId, source: uri, title: 'calls.ndjson' }]);
    expect(audit()).toMatch(/"event":"run\.started".*\n.*"event":"run\.ended"/);

    const path = join(home, 'calls.csv');
    const exported = exportResultSchema.parse(
      await connection.sendRequest<unknown>(METHODS.export, { runId, path, token: 'two' }),
    );
    expect(exported).toMatchObject({ file: { records: 3 } });
    // What was exported opens again.
    const again = await open(pathToFileURL(path).href);
    expect(again.runs).toMatchObject([{ outcome: 'complete', retrieval: { records: 3 } }]);
  });

  it('where no node decides anything, the threshold looks at all, in the panel too, and says so', async () => {
    const { file, open, overview } = await desk();
    const tasks = await open(await file('tasks.ndjson.gz', gzipSync(lines(task('a', 0), task('b', 10)))));
    const note = tasks.runs[0]?.notes.find((one) => one.includes('threshold'));
    expect(note).toBe(
      'No node is of type DECISION, ROUTING or CONDITION, so the threshold looks at every node, whatever its type (TASK).',
    );
    const shown = await overview(tasks.runs[0]?.runId ?? '');
    expect(shown.bottleneckCount).toBe(4);
    expect(shown.slowest.map(({ nodeId }) => nodeId)).toEqual(['solve', 'solve', 'greet', 'greet']);
    expect(shown.notes).toContain(note);

    const rows = [`a,greet,${minute(0)},${minute(1)}`, `b,greet,${minute(2)},${minute(5)}`];
    const untyped = await open(await file('untyped.csv', `case,activity,start,end\n${rows.join('\n')}\n`));
    expect(untyped.runs[0]?.notes).toContain(
      'No node is of type DECISION, ROUTING or CONDITION, so the threshold looks at every node; none here has a type.',
    );
    expect((await overview(untyped.runs[0]?.runId ?? '')).bottleneckCount).toBe(2);

    const mixed = await open(await file('mixed.ndjson', lines(task('a', 0), task('b', 10, 'ROUTING'))));
    expect(mixed.runs[0]?.notes.filter((one) => one.includes('threshold'))).toEqual([]);
    expect((await overview(mixed.runs[0]?.runId ?? '')).bottleneckCount).toBe(2);
  });

  it('masks what any connection masks, since a file does not say whose it is', async () => {
    const profiles = [{ id: 'acme', baseUrl: 'https://acme.example', redaction: ['phone'] }];
    const { file, open, home } = await desk({ profiles });
    const [first] = task('a', 0).steps;
    const variablesBefore = { phone: '+49 89 1234', queue: 'gold' };
    const record = { interactionId: 'a', steps: [{ ...first, variablesBefore }] };
    const { runs } = await open(await file('calls.json', JSON.stringify([record])));
    expect(runs).toMatchObject([{ outcome: 'complete', retrieval: { records: 1 } }]);
    const folder = join(home, 'data', 'runs', runs[0]?.runId ?? '');
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    expect(kept.join('')).toContain('gold');
    expect(kept.join('')).not.toContain('1234"');
  });

  it('reads XES', async () => {
    const { file, open, overview } = await desk();
    const event = (name: string, at: number): string =>
      `<event><string key="concept:name" value="${name}"/><date key="time:timestamp" value="${minute(at)}"/></event>`;
    const trace = (id: string, at: number): string =>
      `<trace><string key="concept:name" value="${id}"/>${event('register', at)}${event('pay', at + 5)}</trace>`;
    const uri = await file(
      'fines.xes',
      `<?xml version="1.0"?><log>${trace('A1', 0)}${trace('A2', 30)}</log>`,
    );
    const { runs } = await open(uri);
    expect(runs).toMatchObject([{ outcome: 'complete', retrieval: { records: 2, rejected: 0 } }]);
    expect(await overview(runs[0]?.runId ?? '')).toMatchObject({ interactions: 2, steps: 4 });
  });

  it('asks for the columns of a CSV file and for the order of its dates, and leaves no run behind meanwhile', async () => {
    const { file, open, overview, runs, audit } = await desk();
    const rows = [
      'Ticket No.;What;Opened;Queue',
      '17;call;03/04/2026 08:00;gold',
      '17;close;03/04/2026 09:00;gold',
    ];
    const uri = await file('tickets.csv', `${rows.join('\r\n')}\r\n`);
    const first = await open(uri);
    expect(first.error).toMatchObject({ code: 'question' });
    expect(first).toMatchObject({
      runs: [],
      question: { kind: 'columns', header: ['Ticket No.', 'What', 'Opened', 'Queue'], known: {} },
    });
    const columns = { case: 'Ticket No.', activity: 'What', start: 'Opened' };
    const second = await open(uri, { columns });
    expect(second.question).toEqual({ kind: 'dates', example: '03/04/2026 08:00' });
    expect(await runs()).toEqual([]);
    expect(audit()).toBe('');
    const third = await open(uri, { columns, dates: 'day-first' });
    expect(third).toMatchObject({ runs: [{ outcome: 'complete', retrieval: { records: 1 } }] });
    expect(third.question).toBeUndefined();
    expect(third.runs[0]?.notes.join(' ')).toContain('no time zone');
    const shown = await overview(third.runs[0]?.runId ?? '');
    expect(shown).toMatchObject({ interactions: 1, steps: 2 });
    expect(shown.nodes.map(({ nodeId }) => nodeId).toSorted()).toEqual(['call', 'close']);
  });

  it('asks for the time where the rest is known, and reads steps without times where there is none', async () => {
    const { file, open } = await desk();
    const uri = await file('timeless.csv', 'case id,activity,when it was\n1,call,2026-01-01T00:00:00Z\n');
    const { question } = await open(uri);
    expect(question).toMatchObject({ kind: 'columns', known: { case: 'case id', activity: 'activity' } });
    const columns = question?.kind === 'columns' ? question.known : {};
    expect(await open(uri, { columns })).toMatchObject({ runs: [{ outcome: 'complete' }] });
  });

  it('asks for the order of dates that come late in a file', async () => {
    const { file, open } = await desk();
    const rows = Array.from(
      { length: 60_000 },
      (_, at) => `${at},call,2026-01-01T00:00:00Z,${'x'.repeat(40)}`,
    );
    const uri = await file(
      'late.csv',
      `case id,activity,timestamp,note\n${rows.join('\n')}\n1,end,03/04/2026,y\n`,
    );
    expect(await open(uri)).toMatchObject({ runs: [], question: { kind: 'dates', example: '03/04/2026' } });
    expect(await open(uri, { dates: 'month-first' })).toMatchObject({
      runs: [{ outcome: 'complete', retrieval: { records: 60_000 } }],
    });
  });

  it.each([
    [
      'page.json',
      '<!doctype html><title>Sign in</title>',
      /page\.json is not history: it begins with “<!doctype/,
    ],
    ['empty.ndjson', '', /empty\.ndjson is empty; expected a JSON array/],
    ['wrong.csv', 'case,activity\u0000', /wrong\.csv is a binary file/],
    [
      'cut.ndjson.gz',
      gzipSync('{"interactionId": "a"}\n').subarray(0, 20),
      /damaged or incomplete gzip file/,
    ],
  ])('says what is wrong with %s, without a run', async (name, content, message) => {
    const { file, open, runs } = await desk();
    const opened = await open(await file(name, content));
    expect(opened).toMatchObject({ runs: [], error: { code: 'file' } });
    expect(opened.error?.message).toMatch(message);
    expect(await runs()).toEqual([]);
  });

  it('says that a file is gone, is a folder, or lies elsewhere', async () => {
    const { home, open } = await desk();
    const gone = await open(pathToFileURL(join(home, 'gone.json')).href);
    expect(gone.error?.message).toMatch(/^There is no file .*gone\.json\. Check the path\.$/);
    expect((await open(pathToFileURL(home).href)).error?.message).toContain('is a folder');
    expect((await open('untitled:Untitled-1')).error?.message).toContain('a folder on disk');
  });

  it('keeps what came before the end of a file that is cut short', async () => {
    const { file, open, overview } = await desk();
    const many = lines(...Array.from({ length: 15_000 }, (_, at) => task(`i${at}`, at)));
    const packed = gzipSync(many);
    const uri = await file('cut.ndjson.gz', packed.subarray(0, packed.length - 1_000));
    const { runs, question } = await open(uri);
    expect(question).toBeUndefined();
    expect(runs).toMatchObject([{ outcome: 'partial', error: { code: 'file' }, resumable: false }]);
    expect(runs[0]?.error?.message).toContain('damaged or incomplete gzip file');
    const shown = await overview(runs[0]?.runId ?? '');
    expect(shown.interactions).toBeGreaterThan(1_000);
    expect(shown.interactions).toBeLessThan(15_000);
  });

  it('can be cancelled, and keeps what came', async () => {
    const { file, connection } = await desk();
    const many = lines(...Array.from({ length: 60_000 }, (_, at) => task(`i${at}`, at)));
    const uri = await file('long.ndjson', many);
    const source = new CancellationTokenSource();
    const begun = new Promise<void>((resolve) => {
      connection.onNotification(METHODS.runProgress, ({ records }: { records: number }) => {
        if (records > 0) resolve();
      });
    });
    const asked = connection.sendRequest<unknown>(METHODS.openHistory, { uri, token: 'one' }, source.token);
    await begun;
    source.cancel();
    const { runs } = openHistoryResultSchema.parse(await asked);
    expect(runs).toMatchObject([{ outcome: 'cancelled', resumable: false }]);
    expect(runs[0]?.retrieval.records).toBeLessThan(60_000);
  });

  it('needs a trusted workspace, as a run does', async () => {
    const { file, open, home } = await desk({ trusted: false });
    const { error } = await open(await file('calls.ndjson', lines(task('a', 0))));
    expect(error).toMatchObject({ code: 'untrusted' });
    expect(existsSync(join(home, 'data', 'runs'))).toBe(false);
  });
});
