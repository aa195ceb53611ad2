/** Kept runs, and history files, as files of other formats. */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../server/src/language/index.ts';
import { AuditLog } from '../../../server/src/output/index.ts';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import type { RunManifest } from '../../../server/src/protocol/run.ts';
import { type ExportHost, exportHistory, exportRun } from '../../../server/src/run/export.ts';
import { lastRunOf } from '../../../server/src/run/last-run.ts';
import { folderOf, keepRun, manifestOf, RUN_ID, step } from './kept.ts';

const NEVER = new AbortController().signal;

function record(id: string, more: JsonObject = {}): JsonObject {
  return { interactionId: id, steps: [step('menu', 'DECISION', 0, 20, more)] };
}

async function deskOf(
  records: readonly JsonObject[],
  { end = true, ...more }: Partial<RunManifest> & { readonly end?: boolean } = {},
) {
  const { runs } = await keepRun(
    records.map((raw) => ({ raw })),
    { manifest: manifestOf(more), end },
  );
  const folder = await folderOf();
  const audit = join(await folderOf(), 'audit');
  const host: ExportHost = {
    runsFolder: runs,
    auditFolder: audit,
    exportFolder: folder,
    profiles: new Map(),
    user: 'ada',
  };
  const to = (path: string, format: string | null = null, signal = NEVER) =>
    exportRun(host, RUN_ID, { path, format }, signal);
  const audited = async () =>
    (await readdir(audit).catch(() => [])).length === 0 ? [] : (await new AuditLog(audit).show()).lines;
  return { host, runs, folder, audit, to, audited };
}

describe('exportRun', () => {
  it('writes what the run kept, as a path or a name says, and records it', async () => {
    const records = [record('a1'), record('a2', { extra: { deep: [1, null] } })];
    const { folder, audit, to } = await deskOf(records);
    const done = await to('reports/a.csv');
    expect(done).toMatchObject({ ok: true, value: { notes: [], audited: true } });
    if (!done.ok) return;
    const { file } = done.value;
    const bytes = await readFile(join(folder, 'reports/a.csv'));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(file).toEqual({ path: 'reports/a.csv', format: 'CSV', records: 2, bytes: bytes.length, sha256 });
    const [line = ''] = (await readFile(join(audit, 'audit-0001.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(line)).toMatchObject({
      event: 'export',
      run_id: RUN_ID,
      path: 'reports/a.csv',
      format: 'CSV',
      records: 2,
      sha256,
      user: 'ada',
    });
    expect(await to('b.txt', 'json')).toMatchObject({ value: { file: { format: 'JSON' } } });
    expect(JSON.parse(await readFile(join(folder, 'b.txt'), 'utf8'))).toEqual(records);
    expect(await new AuditLog(audit).verify()).toMatchObject({ ok: true, records: 2 });
  });

  it('takes a full path as a choice of a person: its folder has to be there, and the audit has it whole', async () => {
    const { audited, to } = await deskOf([record('a1')]);
    const elsewhere = await folderOf();
    const path = join(elsewhere, 'a.ndjson');
    expect(await to(path)).toMatchObject({ ok: true, value: { file: { path } } });
    expect((await audited()).join('\n')).toContain(path);
    const missing = await to(join(elsewhere, 'none', 'a.ndjson'));
    expect(missing).toMatchObject({ ok: false, error: { code: 'missing' } });
    expect(!missing.ok && missing.error.message).toContain(`no folder ${join(elsewhere, 'none')}`);
    expect(await to('../a.ndjson')).toMatchObject({ ok: false, error: { code: 'CXQ5003' } });
    expect(await readdir(elsewhere)).toEqual(['a.ndjson']);
  });

  it('says which formats there are', async () => {
    const { folder, audited, to } = await deskOf([record('a1')]);
    const refused = [await to('a.excel'), await to('a.gz'), await to('a.csv', 'excel'), await to('a.docx')];
    for (const one of refused) {
      expect(one).toMatchObject({ ok: false, error: { code: 'format' } });
      expect(!one.ok && one.error.message).toContain('JSON, NDJSON, CSV');
    }
    expect(!refused[0]?.ok && refused[0]?.error.message).toContain('.json, .ndjson, .jsonl, .csv, .xes, ');
    expect([await readdir(folder), await audited()]).toEqual([[], []]);
  });

  it('does not write where runs and their audit are kept', async () => {
    const { host, to } = await deskOf([record('a1')]);
    await mkdir(host.auditFolder, { recursive: true });
    for (const path of [
      join(host.auditFolder, 'audit-0001.jsonl'),
      join(host.runsFolder, RUN_ID, 'interactions.ndjson'),
    ]) {
      expect(await to(path)).toMatchObject({ ok: false, error: { code: 'reserved' } });
    }
    expect(await to(join(host.runsFolder, 'a.json'))).toMatchObject({ ok: true });
  });

  it('masks what the connection redacts by now, and keeps the tags of what the run masked', async () => {
    const { host, folder } = await deskOf([
      record('a1', { variablesBefore: { ssn: 'canary', card: '***0123abcd', queue: 'billing' } }),
    ]);
    const profile = { ...profileSchema.parse({}), id: 'default', redaction: ['ssn', 'card'] };
    const redacting: ExportHost = { ...host, profiles: new Map([['default', profile]]) };
    for (const path of ['a.json', 'a.ndjson', 'a.csv']) {
      expect(await exportRun(redacting, RUN_ID, { path, format: null }, NEVER)).toMatchObject({ ok: true });
      const text = await readFile(join(folder, path), 'utf8');
      expect(text).not.toContain('canary');
      expect(text).toContain('***0123abcd');
      expect(text).toContain('billing');
    }
  });

  it('says how a run ended that is not whole, and refuses one that goes on or has nothing', async () => {
    const error = { code: 'unreachable', message: 'The tenant went away.' };
    const broken = await deskOf([record('a1')], { outcome: 'failed', error });
    expect(await broken.to('a.csv')).toMatchObject({
      value: { notes: [expect.stringMatching(/^The run failed.*until then: The tenant went away\.$/)] },
    });
    const cancelled = await deskOf([record('a1')], { outcome: 'cancelled' });
    expect(await cancelled.to('a.csv')).toMatchObject({
      value: { notes: [expect.stringContaining('was cancelled: the file holds what came')] },
    });
    const partial = await deskOf([record('a1')], { outcome: 'partial', error });
    expect(await partial.to('a.csv')).toMatchObject({
      value: { notes: ['The run is partial: The tenant went away.'] },
    });
    const empty = await deskOf([], { outcome: 'failed', error });
    expect(await empty.to('a.csv')).toMatchObject({ ok: false, error: { code: 'empty' } });
    const nothing = await deskOf([]);
    expect(await nothing.to('a.csv')).toMatchObject({ ok: true, value: { file: { records: 0 } } });
    const running = await deskOf([record('a1')], { end: false });
    expect(await running.to('a.csv')).toMatchObject({ ok: false, error: { code: 'running' } });
    const gone = await exportRun(
      nothing.host,
      '20200101T000000Z-000000',
      { path: 'a.csv', format: null },
      NEVER,
    );
    expect(gone).toMatchObject({ ok: false, error: { code: 'gone' } });
    expect(await readdir(running.folder)).toEqual([]);
  });

  it('leaves nothing behind where a record can no longer be read, but takes a killed run as far as it came', async () => {
    for (const damage of ['{"cut": ', '{"interactionId": 7}\n', '\n', '[]\n']) {
      const { runs, folder, to, audited } = await deskOf([record('a1')]);
      await writeFile(join(folder, 'a.csv'), 'old');
      await appendFile(join(runs, RUN_ID, 'interactions.ndjson'), damage);
      expect(await to('a.csv'), damage).toMatchObject({ ok: false, error: { code: 'io' } });
      expect([await readdir(folder), await audited()]).toEqual([['a.csv'], []]);
      expect(await readFile(join(folder, 'a.csv'), 'utf8')).toBe('old');
    }
    const process = { pid: 2 ** 22 + 1, host: manifestOf().process.host };
    const killed = await deskOf([record('a1')], { end: false, process, outcome: 'running' });
    const kept = join(killed.runs, RUN_ID);
    await appendFile(join(kept, 'interactions.ndjson'), '{"interactionId": "a2", "st');
    await writeFile(
      join(kept, 'manifest.json'),
      JSON.stringify({ ...manifestOf({ process }), outcome: 'running', endedAt: null }),
    );
    expect(await killed.to('a.csv')).toMatchObject({
      ok: true,
      value: { file: { records: 1 }, notes: [expect.stringContaining('was stopped before the end')] },
    });
  });

  it('tells how far it is, and when it is cancelled leaves what was there', async () => {
    const records = Array.from({ length: 3000 }, (_, index) => record(`a${index}`));
    const { host, folder, to, audited } = await deskOf(records);
    await writeFile(join(folder, 'a.json'), 'old');
    const shares: number[] = [];
    for (const path of ['a.json', 'b.csv.gz']) {
      const stop = new AbortController();
      const done = await exportRun(host, RUN_ID, { path, format: null }, stop.signal, (progress) => {
        shares.push(progress.share);
        if (progress.records === 1500) stop.abort();
      });
      expect(done).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    }
    expect([await readdir(folder), await audited()]).toEqual([['a.json'], []]);
    expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe('old');
    expect(shares.slice(0, 1500)).toEqual(shares.slice(0, 1500).toSorted((a, b) => a - b));
    expect(shares[1499]).toBeCloseTo(0.5, 1);
    expect(await to('a.json')).toMatchObject({ value: { file: { records: 3000 } } });
  });

  it('says so where the export cannot be recorded', async () => {
    const { host, folder } = await deskOf([record('a1')]);
    const blocked = join(folder, 'blocked');
    await writeFile(blocked, '');
    const done = await exportRun(
      { ...host, auditFolder: join(blocked, 'audit') },
      RUN_ID,
      { path: 'a.csv', format: null },
      NEVER,
    );
    expect(done).toMatchObject({
      ok: true,
      value: { audited: false, notes: [expect.stringMatching(/^Not audited: /)] },
    });
  });
});

describe('exportHistory', () => {
  const to = (base: string, source: Parameters<typeof exportHistory>[1], path: string) =>
    exportHistory(base, source, { path, format: null }, NEVER);

  it('takes every form of a history file to every format', async () => {
    const folder = await folderOf();
    const records = [record('a1'), record('a2')];
    const lines = records.map((one) => `${JSON.stringify(one)}\n`).join('');
    const bytes = [
      Buffer.from(JSON.stringify(records)),
      Buffer.from(JSON.stringify({ data: records })),
      Buffer.from(lines),
      gzipSync(lines),
    ];
    for (const one of bytes) {
      expect(await to(folder, { name: 'Standard input', bytes: one }, 'a.ndjson')).toMatchObject({
        ok: true,
        value: { rejected: 0, file: { records: 2, format: 'NDJSON' } },
      });
      expect(await readFile(join(folder, 'a.ndjson'), 'utf8')).toBe(lines);
    }
    await writeFile(join(folder, 'h.json'), bytes[0] ?? '');
    expect(await to(folder, join(folder, 'h.json'), 'h.csv')).toMatchObject({ ok: true });
    // A file may become itself.
    expect(await to(folder, join(folder, 'h.json'), 'h.json')).toMatchObject({ ok: true });
    expect(JSON.parse(await readFile(join(folder, 'h.json'), 'utf8'))).toEqual(records);
  });

  it('makes a report that says first what an analysis says', async () => {
    const folder = await folderOf();
    const slow = { interactionId: 'a3', steps: [step('routing', 'ROUTING', 0, 25)] };
    const bytes = Buffer.from([record('a1'), slow].map((one) => `${JSON.stringify(one)}\n`).join(''));
    expect(await to(folder, { name: 'It', bytes }, 'a.md')).toMatchObject({ ok: true });
    expect(await readFile(join(folder, 'a.md'), 'utf8')).toContain(
      '2 bottlenecks in 2 interactions, above all at routing (67 % of the time above threshold).',
    );
  });

  it('counts what it leaves out, and says why a file is none', async () => {
    const folder = await folderOf();
    const bytes = Buffer.from(`${JSON.stringify(record('a1'))}\n{"no": "id"}\n`);
    expect(await to(folder, { name: 'It', bytes }, 'a.csv')).toMatchObject({
      ok: true,
      value: { rejected: 1, file: { records: 1 } },
    });
    expect(await to(folder, join(folder, 'none.json'), 'b.csv')).toMatchObject({
      ok: false,
      error: { code: 'missing' },
    });
    expect(await readdir(folder)).toEqual(['a.csv']);
  });
});

describe('lastRunOf', () => {
  async function found(ran: Partial<RunManifest>, text: string, index = 0, records = [record('a1')]) {
    const { runs } = await deskOf(records, ran);
    const query = parse(text).queries[index];
    if (query === undefined) throw new Error('no query');
    return (await lastRunOf(runs, text, query))?.runId === RUN_ID;
  }
  const slow = { query: 'slow', text: 'QUERY slow\nLAST 2h' };

  it('knows a query by what it says, whatever stands around it and however it is laid out', async () => {
    expect(await found(slow, 'QUERY slow LAST 2h')).toBe(true);
    expect(await found(slow, 'QUERY a LAST 1h;\r\nquery   slow\r\n  last 2h;\r\n', 1)).toBe(true);
    const given = { query: 'slow', text: 'PARAM p = 2h;\nQUERY slow\nLAST $p' };
    expect(await found(given, 'PARAM p: DURATION; QUERY slow LAST $p')).toBe(true);
    const bare = { query: null, text: 'LAST 2h' };
    expect(await found(bare, 'LAST 2h')).toBe(true);
  });

  it('does not take another query for it', async () => {
    expect(await found(slow, 'QUERY slow LAST 3h')).toBe(false);
    expect(await found(slow, 'QUERY fast LAST 2h')).toBe(false);
    expect(await found(slow, 'LAST 2h')).toBe(false);
    expect(await found({ query: null, text: "dwell > 1s AND\nnodeId = 'a'" }, "nodeId = 'a'")).toBe(false);
    expect(await found({ query: null, text: "nodeId = 'A'" }, "nodeId = 'a'")).toBe(false);
  });

  it('passes over runs that go on, and those that brought nothing', async () => {
    expect(await found({ ...slow, outcome: 'failed' }, slow.text)).toBe(true);
    expect(await found({ ...slow, outcome: 'failed' }, slow.text, 0, [])).toBe(false);
    expect(await found({ ...slow, outcome: 'cancelled' }, slow.text, 0, [])).toBe(false);
    expect(await found(slow, slow.text, 0, [])).toBe(true);
  });
});
