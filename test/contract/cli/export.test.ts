/** `cxq export`: kept runs and history files as files of other formats. */
import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { auditRecordSchema } from '../../../server/src/protocol/audit.ts';
import { cli, type Desk, deskOf, folderOf, NOW, step } from './support.ts';

const exported = (desk: Desk, ...args: readonly string[]) =>
  cli(['export', ...args, '--runs', 'runs'], { cwd: desk.folder });

async function auditOf(desk: Desk) {
  const lines = (await desk.read('runs', 'audit', 'audit-0001.jsonl')).trim().split('\n');
  return lines.map((line) => auditRecordSchema.parse(JSON.parse(line)));
}

/** Of the same second as `NOW`: ids do not tell the two apart. */
const LATER = NOW.replace('Z', '.500Z');

const sha256Of = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('cxq export of a run', () => {
  it('gives the very file that EXPORT gives, masked as the run was, and records it in the same chain', async () => {
    const desk = await deskOf();
    const formats = ['json', 'ndjson', 'csv', 'xes', 'ocel', 'otlp', 'parquet'];
    const clauses = formats.map((format) => `EXPORT TO 'query.${format}'`).join(' ');
    const run = await desk.json(`LAST 24h LIMIT ALL MASK (customer, queue) ${clauses}`);
    const text = await desk.read('query.ndjson');
    expect([/"customer":"\*{3}[0-9a-f]{8}"/.test(text), /"customer":\{/.test(text)]).toEqual([true, false]);
    for (const format of formats) {
      const ran = await exported(desk, 'latest', '--as', format.toUpperCase(), '--out', `out/hand.${format}`);
      expect([ran.code, ran.err]).toEqual([0, '']);
      const sha256 = await sha256Of(desk.path('out', `hand.${format}`));
      expect(sha256).toBe(await sha256Of(desk.path(`query.${format}`)));
      expect(ran.out).toContain(`exported to out/hand.${format} (${format.toUpperCase()}, `);
      expect(ran.out).toContain(sha256);
    }
    const exports = (await auditOf(desk)).flatMap((one) => (one.event === 'export' ? [one] : []));
    const without = exports.map(({ sequence, hash, prev_hash, audit_timestamp, path, ...rest }) => rest);
    expect(exports.slice(formats.length).map(({ path }) => path)).toEqual(
      formats.map((format) => `out/hand.${format}`),
    );
    expect(without.slice(formats.length)).toEqual(without.slice(0, formats.length));
    expect(exports.at(-1)?.run_id).toBe(run.runId);
    expect((await cli(['audit', 'verify', desk.path('runs', 'audit')])).code).toBe(0);
  });

  it('gives the report of a run as a page and as Markdown: the same bytes each time, masked, with its audit record', async () => {
    const desk = await deskOf();
    const run = await desk.json(
      "LAST 24h LIMIT ALL MASK (customer, queue) EXPECT RECORDS > 0 EXPORT TO 'q.html' EXPORT TO 'q.md'",
    );
    expect(run.exports.map(({ format, records }) => [format, records])).toEqual([
      ['HTML', run.analysis.interactions],
      ['MARKDOWN', run.analysis.interactions],
    ]);
    for (const ending of ['html', 'md']) {
      for (const name of ['a', 'b']) {
        const ran = await exported(desk, 'latest', '--out', `${name}.${ending}`);
        expect([ran.code, ran.err]).toEqual([0, '']);
        expect(ran.out).toContain(await sha256Of(desk.path(`${name}.${ending}`)));
      }
      const text = await desk.read(`a.${ending}`);
      expect(text).toBe(await desk.read(`b.${ending}`));
      expect(text).toContain(run.runId);
      expect(text).toContain(run.audit?.hash);
      // What the run itself writes is there before the record of its end.
      const own = await desk.read(`q.${ending}`);
      const after = 'written after this file: the audit log has it under the run’s id';
      expect(own).toContain(after);
      const named = `${run.audit?.file} ${run.audit?.sequence}:${run.audit?.hash}`;
      expect(own.replace(after, ending === 'html' ? `<code>${named}</code>` : named)).toBe(text);
    }
    const exports = (await auditOf(desk)).flatMap((one) => (one.event === 'export' ? [one.sha256] : []));
    expect(exports.slice(2)).toEqual([
      await sha256Of(desk.path('a.html')),
      await sha256Of(desk.path('b.html')),
      await sha256Of(desk.path('a.md')),
      await sha256Of(desk.path('b.md')),
    ]);
    await writeFile(desk.path('runs', run.runId, 'report.json'), '{');
    expect((await exported(desk, 'latest', '--out', 'again.html')).code).toBe(0);
    expect(await desk.read('again.html')).toBe(await desk.read('a.html'));
  });

  it('takes a run by its id, its folder, or as the latest; a format by name or ending; and packs', async () => {
    const desk = await deskOf();
    const first = await desk.json('QUERY first LAST 24h LIMIT 5');
    const second = await desk.json('QUERY second LAST 24h LIMIT 7', ['--now', LATER]);
    const folder = desk.path('runs', first.runId);
    const lines = async (path: string) => (await desk.read(path)).trim().split('\n').length;
    expect((await exported(desk, first.runId, '--out', 'id.ndjson')).code).toBe(0);
    const byFolder = await cli(['export', folder, '--out', 'folder.ndjson'], { cwd: desk.folder });
    expect([byFolder.code, byFolder.err]).toEqual([0, '']);
    expect((await exported(desk, 'latest', '--out', 'latest.ndjson')).code).toBe(0);
    expect([await lines('id.ndjson'), await lines('folder.ndjson'), await lines('latest.ndjson')]).toEqual([
      first.retrieval.records,
      first.retrieval.records,
      second.retrieval.records,
    ]);
    expect((await exported(desk, 'latest', '--as', 'NdJson', '--out', 'a.txt.gz')).code).toBe(0);
    const packed = await readFile(desk.path('a.txt.gz'));
    expect(gunzipSync(packed).toString()).toBe(await desk.read('latest.ndjson'));
    // All of them in one audit, the folder's too.
    expect((await auditOf(desk)).filter(({ event }) => event === 'export')).toHaveLength(4);
  });

  it('writes where a person says, beyond the working directory too', async () => {
    const desk = await deskOf();
    await desk.json('LAST 24h LIMIT 5');
    const elsewhere = await folderOf();
    expect((await exported(desk, 'latest', '--out', join(elsewhere, 'a.csv'))).code).toBe(0);
    await mkdir(desk.path('below'));
    const above = await cli(['export', 'latest', '--runs', '../runs', '--out', '../above.csv'], {
      cwd: desk.path('below'),
    });
    expect([above.code, above.err]).toEqual([0, '']);
    expect(await sha256Of(desk.path('above.csv'))).toBe(await sha256Of(join(elsewhere, 'a.csv')));
    const none = await exported(desk, 'latest', '--out', join(elsewhere, 'none', 'a.csv'));
    expect([none.code, none.err]).toEqual([3, expect.stringContaining(`no folder ${elsewhere}/none`)]);
  });

  it('says that a folder may not be written to', async () => {
    const desk = await deskOf();
    await desk.json('LAST 24h LIMIT 5');
    const closed = desk.path('closed');
    await mkdir(closed);
    chmodSync(closed, 0o500);
    onTestFinished(() => chmodSync(closed, 0o700));
    // Whoever may write everywhere may not here.
    const folder = process.getuid?.() === 0 ? '/sys' : closed;
    const ran = await exported(desk, 'latest', '--out', join(folder, 'a.csv'));
    expect([ran.code, ran.err]).toEqual([
      3,
      expect.stringMatching(
        /a\.csv" cannot be written: .*(?:may not be written to; check its owner|read-only; choose another folder)/,
      ),
    ]);
    expect((await auditOf(desk)).filter(({ event }) => event === 'export')).toEqual([]);
  });

  it('ends at an interrupt, and leaves no part of a file', async () => {
    const desk = await deskOf();
    await desk.json('LAST 24h LIMIT 5');
    const before = await readdir(desk.folder);
    const ran = await cli(['export', 'latest', '--runs', 'runs', '--out', 'a.csv'], {
      cwd: desk.folder,
      signal: AbortSignal.abort(),
    });
    expect(ran.code).toBe(130);
    expect(await readdir(desk.folder)).toEqual(before);
    expect((await auditOf(desk)).filter(({ event }) => event === 'export')).toEqual([]);
  });

  it('is wrong usage where there is no such run, file or format', async () => {
    const desk = await deskOf();
    const out = ['--out', 'a.csv'];
    const none = await exported(desk, 'latest', ...out);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('No run is kept')]);
    await desk.json('LAST 24h LIMIT 5');
    const wrong = [
      [['latest', '--as', 'excel', ...out], /no format excel: choose JSON, NDJSON, CSV/],
      [['latest', '--out', 'a.xlsx'], /a\.xlsx names no format.*\.json, \.ndjson, \.jsonl, \.csv/],
      [['latest', '--out', ''], /--out names a file/],
      [['latest'], /--out/],
      [['', ...out], /empty/],
      [['nowhere.json', ...out], /no run and no file nowhere\.json/],
      [['20200101T000000Z-000000', ...out], /no longer kept/],
      [['.', ...out], /not the folder of a run/],
    ] as const;
    for (const [args, message] of wrong) {
      const ran = await exported(desk, ...args);
      expect([ran.code, ran.out, ran.err], args.join(' ')).toEqual([2, '', expect.stringMatching(message)]);
    }
    expect(await readdir(desk.folder)).toEqual(['query.cxq', 'runs']);
  });
});

describe('cxq export of a history file', () => {
  const record = { interactionId: 'a', steps: [step('menu', 'TASK', '09:00:00', '09:00:12')] };

  it('needs no run and no tenant', async () => {
    const folder = await folderOf();
    await writeFile(join(folder, 'h.json'), JSON.stringify({ data: [record] }));
    const ran = await cli(['export', 'h.json', '--as', 'ndjson', '--out', 'h.ndjson.gz'], { cwd: folder });
    expect([ran.code, ran.err]).toEqual([0, '']);
    const bytes = await readFile(join(folder, 'h.ndjson.gz'));
    expect(JSON.parse(gunzipSync(bytes).toString())).toEqual(record);
    const back = await cli(['export', 'h.ndjson.gz', '--out', 'h.csv'], { cwd: folder });
    expect(back.code).toBe(0);
    expect(await readFile(join(folder, 'h.csv'), 'utf8')).toContain('\r\na,menu,2026-11-20T09:00:00.000Z,');
    expect((await readdir(folder)).toSorted()).toEqual(['h.csv', 'h.json', 'h.ndjson.gz']);
  });

  it('reads standard input, and says what it left out', async () => {
    const folder = await folderOf();
    const stdin = `${JSON.stringify(record)}\nnonsense\n`;
    const ran = await cli(['export', '-', '--out', 'a.json'], { cwd: folder, stdin });
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('1 record could not be read')]);
    expect(JSON.parse(await readFile(join(folder, 'a.json'), 'utf8'))).toEqual([record]);
    const nothing = await cli(['export', '-', '--out', 'b.json'], { cwd: folder, stdin: 'PNG' });
    expect([nothing.code, nothing.err]).toEqual([3, expect.stringContaining('Standard input')]);
  });
});
