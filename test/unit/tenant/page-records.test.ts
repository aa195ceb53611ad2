import { type FileHandle, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonValue } from '../../../server/src/protocol/history.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import {
  createPageSink,
  type PageRecords,
  pageOf,
  SpoolError,
} from '../../../server/src/tenant/page-records.ts';
import { createRecordScanner, type ScannedRecord } from '../../../server/src/tenant/records.ts';

const { response } = profileSchema.parse({});

type Files = typeof import('node:fs/promises');

/** How often a file in use cannot be taken away. */
let inUse = 0;
/** What files.open gives in place of the file that was asked for. */
let instead: ((path: string) => Promise<FileHandle>) | undefined;
vi.mock('node:fs/promises', async (load) => {
  const files = await load<Files>();
  return {
    ...files,
    unlink: async (path: string) => {
      inUse -= 1;
      if (inUse >= 0) throw new Error('EBUSY');
      await files.unlink(path);
    },
    open: (path: string, ...rest: [string, number]) => instead?.(path) ?? files.open(path, ...rest),
  };
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxq-pages-'));
});
afterEach(async () => {
  instead = undefined;
  inUse = 0;
  await rm(folder, { recursive: true });
});

function scanned(text: string): readonly ScannedRecord[] {
  const scanner = createRecordScanner({ response, form: 'page', limits: { recordBytes: 3 * 2 ** 20 } });
  const records = scanner.push(Buffer.from(text));
  scanner.end();
  return records;
}

async function page(text: string, memoryBytes = 8 * 2 ** 20): Promise<PageRecords> {
  const sink = createPageSink({ response, folder, memoryBytes });
  for (const record of scanned(text)) await sink.add([record]);
  return sink.finish();
}

async function blocksOf(records: PageRecords): Promise<(readonly ScannedRecord[])[]> {
  const blocks: (readonly ScannedRecord[])[] = [];
  for await (const block of records.blocks()) blocks.push(block);
  return blocks;
}

async function valuesOf(records: PageRecords): Promise<(JsonValue | string)[]> {
  return (await blocksOf(records))
    .flat()
    .map((record) => (record.ok ? record.value : `${record.reason}: ${record.head}`));
}

const TEXTS = [
  '{"interactionId":"a","x":[1.50,12345678901234567890,-0,1e400]}',
  '{ "interactionId" : "é😀" , "__proto__":1 }',
  '7',
  'null',
  `${'['.repeat(201)}${']'.repeat(201)}`,
  '{"interactionId":12345678901234567890}',
];

describe('records of a page', () => {
  it.each([Number.POSITIVE_INFINITY, 0, 70])(
    'are those that came, with %d bytes in memory',
    async (memoryBytes) => {
      const all = await page(`[${TEXTS.join(',')}]`, memoryBytes);
      expect(all).toMatchObject({ count: 6, distinct: 6 });
      const expected = scanned(`[${TEXTS.join(',')}]`).map((record) =>
        record.ok ? { ok: true, value: record.value, bytes: record.bytes } : record,
      );
      expect((await blocksOf(all)).flat()).toEqual(expected);
    },
  );

  it.each([Number.POSITIVE_INFINITY, 0, 60])(
    'count once where they are the same, with %d bytes in memory',
    async (memoryBytes) => {
      const texts = [
        '{"interactionId":"a","x":1}',
        '{"interactionId":"b"}',
        '{ "interactionId":"a","x":1}',
        '{"interactionId":"a","x":2}',
        '{"x":1}',
        '{"x":1}',
        '{"interactionId":7}',
        '{"interactionId":"7"}',
        '{"interactionId":7}',
        '{"interactionId":"a","x":2}',
        '3',
        '3',
      ];
      const all = await page(`[${texts.join(',')}]`, memoryBytes);
      expect(all).toMatchObject({ count: 12, distinct: 9 });
      expect(await valuesOf(all)).toEqual(texts.map((text) => JSON.parse(text)));
    },
  );

  it('tell thousands of ids apart', async () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `{"interactionId":"i${index % 15_000}"}`);
    expect(await page(`[${ids.join(',')}]`)).toMatchObject({ count: 20_000, distinct: 15_000 });
  });

  it('come in blocks of bounded size, in order', async () => {
    const text = 'x'.repeat(2 ** 18);
    const many = Array.from({ length: 40 }, (_, index) => `{"interactionId":"i${index}","text":"${text}"}`);
    for (const memoryBytes of [Number.POSITIVE_INFINITY, 4 * 2 ** 20]) {
      const blocks = await blocksOf(await page(`[${many.join(',')}]`, memoryBytes));
      expect(blocks.length).toBeGreaterThanOrEqual(8);
      expect(blocks.every((block) => block.length <= 5)).toBe(true);
      expect(blocks.flat().map((record) => record.ok && record.value)).toEqual(
        many.map((one) => JSON.parse(one)),
      );
    }
    const small = await page(`[${Array.from({ length: 2_500 }, (_, index) => index).join(',')}]`);
    expect((await blocksOf(small)).map(({ length }) => length)).toEqual([1000, 1000, 500]);
  });

  it('lie in a file that has no name', async () => {
    let seen = { names: 0, mode: 0 };
    instead = async (path) => {
      const files = await vi.importActual<Files>('node:fs/promises');
      const file = await files.open(path, 'wx+', 0o600);
      seen = { names: (await readdir(folder)).length, mode: (await stat(path)).mode & 0o777 };
      return file;
    };
    const all = await page(`[${TEXTS.join(',')}]`, 0);
    expect(seen).toEqual({ names: 1, mode: 0o600 });
    expect(await readdir(folder)).toEqual([]);
    expect(await valuesOf(all)).toHaveLength(6);
  });

  it('can be read once, and not after they were discarded', async () => {
    for (const memoryBytes of [0, 1_000]) {
      const read = await page('[1,2]', memoryBytes);
      expect(await valuesOf(read)).toEqual([1, 2]);
      await expect(valuesOf(read)).rejects.toThrow(/read once/);
      const discarded = await page('[1,2]', memoryBytes);
      await discarded.discard();
      await discarded.discard();
      await expect(valuesOf(discarded)).rejects.toThrow(/read once/);
    }
  });

  it('close their file however it ends', async () => {
    const closed: string[] = [];
    instead = async (path) => {
      const files = await vi.importActual<Files>('node:fs/promises');
      const file = await files.open(path, 'wx+', 0o600);
      const close = file.close.bind(file);
      file.close = async () => {
        closed.push(path);
        await close();
      };
      return file;
    };
    for await (const block of (await page('[1,2]', 0)).blocks()) if (block.length > 0) break;
    expect(closed).toHaveLength(1);
    await (await page('[1,2]', 0)).discard();
    expect(closed).toHaveLength(2);
    const sink = createPageSink({ response, folder, memoryBytes: 0 });
    await sink.add(scanned(`["${'x'.repeat(2 ** 21)}"]`));
    await sink.discard();
    expect(closed).toHaveLength(3);
  });

  it('are taken away afterwards, where a file in use keeps its name', async () => {
    inUse = 1;
    const all = await page('[1,2]', 0);
    expect(await readdir(folder)).toHaveLength(1);
    expect(await valuesOf(all)).toEqual([1, 2]);
    expect(await readdir(folder)).toEqual([]);
    inUse = 2;
    await (await page('[1,2]', 0)).discard();
    expect(await readdir(folder)).toHaveLength(1);
  });

  it.skipIf(process.platform !== 'linux')('say that the disk is full', async () => {
    const files = await vi.importActual<Files>('node:fs/promises');
    instead = () => files.open('/dev/full', 'r+');
    const failed = page('[1,2]', 0);
    await expect(failed).rejects.toBeInstanceOf(SpoolError);
    await expect(failed).rejects.toMatchObject({
      error: {
        code: 'file',
        retriable: false,
        message: `A large page of history could not be kept in ${folder} while it was read: there is no room left on the disk. Free some space, and run the query again.`,
      },
    });
  });

  it('say that there is no such folder, and that the file has shrunk', async () => {
    const sink = createPageSink({ response, folder: join(folder, 'none'), memoryBytes: 0 });
    await sink.add(scanned('[1]'));
    await expect(sink.finish()).rejects.toMatchObject({
      error: { message: expect.stringMatching(/none.*ENOENT.*Check that folder/) },
    });
    await sink.discard();

    let file: FileHandle | undefined;
    instead = async (path) => {
      const files = await vi.importActual<Files>('node:fs/promises');
      file = await files.open(path, 'wx+', 0o600);
      return file;
    };
    const shrunk = await page('[1,2]', 0);
    await file?.truncate(3);
    await expect(valuesOf(shrunk)).rejects.toMatchObject({
      error: { message: expect.stringMatching(/shorter than what was written/) },
    });
  });

  it('may be values that are there already', async () => {
    const values = [{ interactionId: 'a' }, 7, { interactionId: 'a' }];
    const all = await pageOf(values, response);
    expect(all).toMatchObject({ count: 3, distinct: 2 });
    expect(await valuesOf(all)).toEqual(values);
  });
});
