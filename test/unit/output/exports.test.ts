import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CSV_COLUMNS } from '../../../server/src/output/exports/csv.ts';
import type { ExportInteraction } from '../../../server/src/output/exports/item.ts';
import { exportPath } from '../../../server/src/output/exports/target.ts';
import { writeExport } from '../../../server/src/output/exports/write.ts';
import { createMask } from '../../../server/src/output/mask.ts';
import { formatNamed, formatOfPath, type RecordFormat } from '../../../server/src/protocol/formats.ts';
import { denature, neutralise } from '../../../server/src/protocol/formula.ts';
import type { JsonObject, Step } from '../../../server/src/protocol/history.ts';
import { emptyFolder } from './events.ts';
import { STEP as MENU } from './menu-step.ts';

const STEP: Step = { ...MENU, variablesAfter: { queue: 'billing', note: 'a "b", c\r\nd' } };

function exported(
  id: string,
  step: Partial<Step> = {},
  raw: JsonObject = { interactionId: id },
): ExportInteraction {
  const whole = { ...STEP, ...step };
  return {
    interaction: { interactionId: id, workflowId: 'wf-7', workflowName: null, steps: [whole], raw },
    steps: [{ step: whole, sequence: 0, dwell: 12_500_001, wait: null }],
  };
}

/** RFC 4180, telling "" (empty text) from nothing (null). */
function readCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    const [, quoted, plain, end] = match;
    row.push(quoted !== undefined ? quoted.replaceAll('""', '"') : plain === '' ? null : (plain ?? null));
    if (end === '\r\n') {
      rows.push(row);
      row = [];
    }
    if (cell.lastIndex === text.length) return rows;
  }
  throw new Error(`not RFC 4180: ${text}`);
}

async function write(format: RecordFormat, items: Iterable<ExportInteraction>, path = 'out/a.txt') {
  const base = await emptyFolder();
  const result = await writeExport(format, items, { base, path });
  if (!result.ok) throw new Error(result.error.message);
  const bytes = await readFile(join(base, path));
  return { base, file: result.value, bytes, text: bytes.toString() };
}

describe('formats', () => {
  it.each([
    ['a/b.csv', 'CSV'],
    ['a.NDJSON', 'NDJSON'],
    ['a.jsonl', 'NDJSON'],
    ['a.csv.gz', 'CSV'],
    ['a.JSON.GZ', 'JSON'],
    ['a.html', 'HTML'],
    ['a.exe', undefined],
    ['a.gz', undefined],
    ['a.gz.csv', 'CSV'],
    ['csv', undefined],
    ['a.constructor', undefined],
    ['dir.csv/file', undefined],
    ['dir.csv/file.gz', undefined],
  ])('%s is %s', (path, expected) => {
    expect(formatOfPath(path)?.name).toBe(expected);
  });

  it('have names in any case', () => {
    expect(['json', 'Xes', 'excel', 'constructor'].map((name) => formatNamed(name)?.name)).toEqual([
      'JSON',
      'XES',
      undefined,
      undefined,
    ]);
  });
});

describe('paths', () => {
  it.each(['a.csv', 'reports/a.csv', './a.csv', 'a/../b.csv', 'a\\b.csv', '..a/b.csv', 'a/b c.csv'])(
    '%s is inside',
    (path) => {
      expect(exportPath(path).ok).toBe(true);
    },
  );

  it.each([
    '/etc/passwd',
    '\\\\server\\share\\a',
    'C:\\a.csv',
    'c:a.csv',
    '../a.csv',
    'a/../../b.csv',
    'a\\..\\..\\b',
    '~/a',
    '',
    ' ',
    '.',
    'a/..',
    'a/',
    'a\0b',
  ])('%j is refused', (path) => {
    expect(exportPath(path)).toMatchObject({ ok: false, error: { code: 'CXQ5003' } });
  });

  it('never leads out of the folder', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b', '/', '\\', '~', 'C:');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.constantFrom('/', '\\', ''), (parts, slash) => {
        const result = exportPath(parts.join(slash));
        if (result.ok) for (const name of result.value) expect(['..', '.', '']).not.toContain(name);
      }),
      { numRuns: 1000, seed: 7 },
    );
  });

  it('not through a link either, and nothing is created beyond it', async () => {
    const base = await emptyFolder();
    const outside = await emptyFolder();
    await symlink(outside, join(base, 'link'));
    await symlink(join(outside, 'made.csv'), join(base, 'file.csv'));
    await mkdir(join(base, 'inner'));
    await symlink(join(base, 'inner'), join(base, 'fine'));
    const to = (path: string) => writeExport('CSV', [exported('a1')], { base, path });
    expect(await to('link/a.csv')).toMatchObject({ ok: false, error: { code: 'CXQ5003' } });
    expect(await to('link/deeper/still/a.csv')).toMatchObject({ ok: false, error: { code: 'CXQ5003' } });
    expect(await to('file.csv')).toMatchObject({ ok: false, error: { code: 'symlink' } });
    expect(await readdir(outside)).toEqual([]);
    expect(await to('fine/a.csv')).toMatchObject({ ok: true, value: { path: 'fine/a.csv' } });
    expect(await to('inner')).toMatchObject({ ok: false, error: { code: 'not-a-file' } });
    expect(await to('inner/a.csv/b.csv')).toMatchObject({ ok: false });
  });
});

describe('writing', () => {
  it('CSV: one row a step, UTC, empty text told from no value', async () => {
    const { file, text } = await write('CSV', [
      exported('a1'),
      exported('a2', { nodeName: '', nodeType: null, endTime: null, errorState: null, outcome: 'x, "y"\nz' }),
    ]);
    const [header, first, second, ...rest] = readCsv(text);
    expect(rest).toEqual([]);
    expect(header).toEqual([...CSV_COLUMNS]);
    expect(header?.slice(0, 4)).toEqual(['case_id', 'activity', 'start_timestamp', 'timestamp']);
    expect(first).toEqual([
      'a1',
      'menu-1',
      '2026-11-22T07:00:00.000Z',
      '2026-11-22T07:00:12.500001Z',
      'Main menu',
      'DECISION',
      'billing',
      'false',
      '12.500001',
      null,
      '0',
      'wf-7',
      null,
      JSON.stringify(STEP.variablesBefore),
      JSON.stringify(STEP.variablesAfter),
    ]);
    expect(second?.slice(3, 8)).toEqual([null, '', null, 'x, "y"\nz', null]);
    expect(file).toMatchObject({
      path: 'out/a.txt',
      format: 'CSV',
      records: 2,
      bytes: Buffer.byteLength(text),
    });
    expect(file.sha256).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('CSV: no cell for variables that the tenant did not give, and {} for none', async () => {
    const { text } = await write('CSV', [exported('a1', { variablesBefore: null, variablesAfter: {} })]);
    expect(readCsv(text)[1]?.slice(-2)).toEqual([null, '{}']);
  });

  it('packs a file that ends in .gz, and tells of the bytes that are there', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => exported(`a${index}`));
    for (const format of ['JSON', 'NDJSON', 'CSV', 'XES', 'OCEL'] as const) {
      const plain = await write(format, many);
      const [one, two] = [await write(format, many, 'a.txt.gz'), await write(format, many, 'b.GZ')];
      expect(gunzipSync(one.bytes).equals(plain.bytes)).toBe(true);
      expect(one.bytes.equals(two.bytes)).toBe(true);
      expect(one.file).toMatchObject({ records: 3000, bytes: one.bytes.length });
      expect(one.file.bytes).toBeLessThan(plain.file.bytes);
      expect(one.file.sha256).toBe(createHash('sha256').update(one.bytes).digest('hex'));
    }
    expect(gunzipSync((await write('NDJSON', [], 'a.gz')).bytes)).toHaveLength(0);
  });

  it('JSON and NDJSON: the interactions as read', async () => {
    const raws = [{ interactionId: 'a1', extra: { deep: ['ü', null] } }, { interactionId: 'a2' }];
    const items = raws.map((raw) => exported(raw.interactionId, {}, raw));
    expect(JSON.parse((await write('JSON', items)).text)).toEqual(raws);
    const lines = (await write('NDJSON', items)).text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(raws);
    expect(JSON.parse((await write('JSON', [])).text)).toEqual([]);
    expect((await write('NDJSON', [])).text).toBe('');
    expect(readCsv((await write('CSV', [])).text)).toHaveLength(1);
  });

  it('is the same bytes each time, however many parts', { timeout: 60_000 }, async () => {
    const many = Array.from({ length: 5000 }, (_, index) => exported(`a${index}`));
    for (const format of ['JSON', 'NDJSON', 'CSV', 'XES', 'OCEL'] as const) {
      const [one, two] = [await write(format, many), await write(format, many)];
      expect(one.file).toEqual(two.file);
      expect(one.file.records).toBe(5000);
      expect(one.text).toBe(two.text);
    }
  });

  it('keeps the old file until the new one is whole, and leaves nothing beside it', async () => {
    const base = await emptyFolder();
    await writeFile(join(base, 'a.json'), 'old');
    async function* failing(): AsyncGenerator<ExportInteraction> {
      yield exported('a1');
      throw new Error('the source broke');
    }
    const target = { base, path: 'a.json' };
    for (const path of ['a.json', 'b.json.gz']) {
      expect(await writeExport('JSON', failing(), { base, path })).toMatchObject({
        ok: false,
        error: { code: 'io', message: expect.stringContaining('the source broke') },
      });
    }
    const stop = new AbortController();
    stop.abort();
    expect(await writeExport('JSON', [exported('a1')], { ...target, signal: stop.signal })).toMatchObject({
      ok: false,
      error: { code: 'cancelled' },
    });
    let deep: JsonObject = {};
    for (let level = 0; level < 100_000; level++) deep = { a: deep };
    expect(await writeExport('JSON', [exported('a1', {}, deep)], target)).toMatchObject({
      ok: false,
      error: { code: 'too-deep' },
    });
    expect(await readdir(base)).toEqual(['a.json']);
    expect(await readFile(join(base, 'a.json'), 'utf8')).toBe('old');
    expect(await writeExport('JSON', [], target)).toMatchObject({ ok: true });
    expect(await readdir(base)).toEqual(['a.json']);
  });

  it('says what is wrong with the base folder', async () => {
    const base = join(await emptyFolder(), 'none');
    expect(await writeExport('CSV', [], { base, path: 'a.csv' })).toMatchObject({
      ok: false,
      error: { code: 'missing' },
    });
  });

  it('holds nothing that was masked', async () => {
    const mask = createMask(['ssn', 'card*']);
    const variables = { ssn: 'canary-1', order: { cardNumber: 'canary-2' }, queue: 'billing' };
    const raw: JsonObject = {
      interactionId: 'a1',
      steps: [{ nodeId: 'n', variablesBefore: variables, variablesAfter: variables }],
    };
    const masked = mask.variables(variables);
    const item = exported('a1', { variablesBefore: masked, variablesAfter: masked }, mask.record(raw));
    for (const format of ['JSON', 'NDJSON', 'CSV', 'XES', 'OCEL'] as const) {
      const { text } = await write(format, [item]);
      expect(text).not.toContain('canary');
      expect(text).toContain('billing');
    }
  });
});

describe('formulas', () => {
  it.each([
    '=HYPERLINK("http://x")',
    '+1',
    '-1+1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    '\u00a0=1',
    '＝1',
    '－1',
    "'=1",
    "''+1",
  ])('%j is not run', async (text) => {
    expect(neutralise(text)).toBe(`'${text}`);
    const [, row] = readCsv(
      (await write('CSV', [exported(text, { nodeId: text, nodeName: text, outcome: text })])).text,
    );
    for (const index of [0, 1, 4, 6]) expect(row?.[index]).toBe(`'${text}`);
  });

  it.each(['a=b', '1-2', "it's", "'tis", '', 'a@b', '{"a":1}'])('%j stays', (text) => {
    expect(neutralise(text)).toBe(text);
  });

  it('come back as they were', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom("'", '=', '-', ' ', '\t', 'a', '\n') }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const cell = neutralise(value);
        expect(denature(cell)).toBe(value);
        expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      }),
      { numRuns: 2000, seed: 7 },
    );
  });

  it('CSV comes back as it was, whatever the text', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
        async (texts) => {
          const { text } = await write(
            'CSV',
            texts.map((value) => exported(value, { outcome: value, variablesBefore: { value } })),
          );
          const rows = readCsv(text).slice(1);
          expect(rows.map((row) => denature(row[0] ?? ''))).toEqual(texts);
          expect(rows.map((row) => denature(row[6] ?? ''))).toEqual(texts);
          expect(rows.map((row) => JSON.parse(row[13] ?? ''))).toEqual(texts.map((value) => ({ value })));
        },
      ),
      { numRuns: 100, seed: 7 },
    );
  });
});
