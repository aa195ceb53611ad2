/** The files of a chain: their names, their lines in pieces cut anywhere, and where the next record goes. */
import { closeSync, openSync } from 'node:fs';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../server/src/output/audit/chain.ts';
import { headOf, nextFile, openEnd, tornBefore } from '../../../server/src/output/audit/end.ts';
import {
  auditFileName,
  auditFileNumber,
  linesOf,
  readLines,
  readTail,
  resolveTargets,
  sortAuditFiles,
} from '../../../server/src/output/audit/lines.ts';
import { AuditLog } from '../../../server/src/output/audit/log.ts';
import { OpenFile } from '../../../server/src/output/audit/open-file.ts';
import { emptyFolder, started } from './events.ts';

/** Three records. */
let lines: string[];

beforeAll(async () => {
  const log = new AuditLog(await emptyFolder());
  for (let run = 0; run < 3; run++) await log.append(started(`r${run}`));
  lines = (await readFile(join(log.folder, 'audit-0001.jsonl'), 'utf8')).trimEnd().split('\n');
});

function at(index: number): string {
  return lines[index] ?? '';
}

function headAt(index: number) {
  return { sequence: index, hash: String(JSON.parse(at(index)).hash) };
}

describe('names', () => {
  it('are numbers of four digits or more', () => {
    expect([1, 42, 9999, 10_000].map(auditFileName)).toEqual([
      'audit-0001.jsonl',
      'audit-0042.jsonl',
      'audit-9999.jsonl',
      'audit-10000.jsonl',
    ]);
    expect(auditFileNumber('audit-0042.jsonl')).toBe(42);
    expect(auditFileNumber('audit-123456789.jsonl')).toBe(123_456_789);
    const others = [
      'audit-042.jsonl',
      'audit-1234567890.jsonl',
      'xaudit-0042.jsonl',
      'audit-0042.jsonl2',
      'audit-0042xjsonl',
      'audit-00a2.jsonl',
      'audit-torn-000042.txt',
    ];
    for (const other of others) expect(auditFileNumber(other)).toBe(0);
    const names = ['audit-10000.jsonl', ...others, 'audit-0002.jsonl', 'audit-9999.jsonl'];
    expect(sortAuditFiles('folder', names)).toEqual(
      ['audit-0002.jsonl', 'audit-9999.jsonl', 'audit-10000.jsonl'].map((name) => resolve('folder', name)),
    );
  });

  it('are of files as given, and of the files of a folder', async () => {
    const folder = await emptyFolder();
    const other = join(folder, 'kept.txt');
    for (const name of ['audit-0002.jsonl', 'audit-0001.jsonl', 'kept.txt'])
      await writeFile(join(folder, name), '');
    expect(await resolveTargets([other, folder])).toEqual([
      other,
      join(folder, 'audit-0001.jsonl'),
      join(folder, 'audit-0002.jsonl'),
    ]);
    await expect(resolveTargets([join(folder, 'none')])).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

async function all(source: AsyncIterable<{ number: number; bytes: Buffer; ended: boolean; file: string }>) {
  const found = [];
  for await (const { number, bytes, ended, file } of source) found.push([file, number, `${bytes}`, ended]);
  return found;
}

describe('lines', () => {
  const text = 'first\n\nthird \u00e9\n\n\nlast';
  const expected = [
    ['f', 1, 'first', true],
    ['f', 2, '', true],
    ['f', 3, 'third \u00e9', true],
    ['f', 4, '', true],
    ['f', 5, '', true],
    ['f', 6, 'last', false],
  ];

  it('are the same in pieces of any size', async () => {
    const bytes = Buffer.from(text);
    for (let size = 1; size <= bytes.length; size++) {
      const pieces = [];
      for (let from = 0; from < bytes.length; from += size) pieces.push(bytes.subarray(from, from + size));
      expect(await all(linesOf('f', pieces))).toEqual(expected);
      expect(await all(linesOf('f', [...pieces, Buffer.from('\n')]))).toEqual([
        ...expected.slice(0, 5),
        ['f', 6, 'last', true],
      ]);
    }
    expect(await all(linesOf('f', []))).toEqual([]);
    expect(await all(linesOf('f', [Buffer.from('\n')]))).toEqual([['f', 1, '', true]]);
  });

  it('of a file may be longer than what is read at once, and end where that ends', async () => {
    const file = join(await emptyFolder(), 'f');
    for (const length of [65_534, 65_535, 65_536, 65_537, 200_000]) {
      const long = 'x'.repeat(length);
      await writeFile(file, `a\n${long}\nb\n`);
      expect(await all(readLines(file))).toEqual([
        [file, 1, 'a', true],
        [file, 2, long, true],
        [file, 3, 'b', true],
      ]);
      await writeFile(file, long);
      expect(await all(readLines(file))).toEqual([[file, 1, long, false]]);
    }
    await expect(all(readLines(`${file}-none`))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the tail', () => {
  async function tail(text: string, size = Buffer.byteLength(text)) {
    const file = join(await emptyFolder(), 'f');
    await writeFile(file, text);
    const open = openSync(file, 'r');
    try {
      const { line, rest, end } = readTail(open, size);
      return { line: line?.toString(), rest: `${rest}`, end };
    } finally {
      closeSync(open);
    }
  }

  it('is the last line that ends, and what follows it', async () => {
    expect(await tail('')).toEqual({ line: undefined, rest: '', end: 0 });
    expect(await tail('a')).toEqual({ line: undefined, rest: 'a', end: 0 });
    expect(await tail('\n')).toEqual({ line: '', rest: '', end: 1 });
    expect(await tail('\nb')).toEqual({ line: '', rest: 'b', end: 1 });
    expect(await tail('a\n')).toEqual({ line: 'a', rest: '', end: 2 });
    expect(await tail('a\nb')).toEqual({ line: 'a', rest: 'b', end: 2 });
    expect(await tail('a\nb\n')).toEqual({ line: 'b', rest: '', end: 4 });
    expect(await tail('a\n\n')).toEqual({ line: '', rest: '', end: 3 });
    expect(await tail('a\n\nb')).toEqual({ line: '', rest: 'b', end: 3 });
  });

  it('may be of any length', async () => {
    for (const length of [4_093, 4_094, 4_095, 4_096, 4_097, 16_383, 16_384, 70_000]) {
      const long = 'x'.repeat(length);
      expect(await tail(`before\n${long}\n`)).toEqual({ line: long, rest: '', end: 8 + length });
      expect(await tail(`${long}\n`)).toEqual({ line: long, rest: '', end: 1 + length });
      expect(await tail(`before\nlast\n${long}`)).toEqual({ line: 'last', rest: long, end: 12 });
      expect(await tail(`${long}\nrest`)).toEqual({ line: long, rest: 'rest', end: 1 + length });
      expect(await tail(long)).toEqual({ line: undefined, rest: long, end: 0 });
      expect(await tail(`${long}\nlast\n`)).toEqual({ line: 'last', rest: '', end: 6 + length });
    }
  });

  it('of a file that became shorter since is what is left of it', async () => {
    expect(await tail('a\nb\n', 6)).toMatchObject({ line: 'b', end: 4 });
  });
});

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await emptyFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** The end of a folder's chain, closed again. */
async function endOf(folder: string) {
  const opened = await openEnd(folder);
  if (!opened.ok) throw new Error(opened.error.message);
  const { handle, ...rest } = opened.value;
  handle.close();
  return { ...rest, torn: await tornBefore(folder, opened.value) };
}

describe('the end', () => {
  it('of no chain is a new file, closed to others', async () => {
    const folder = await emptyFolder();
    const file = join(folder, 'audit-0001.jsonl');
    expect(await endOf(folder)).toEqual({ file, size: 0, head: undefined, names: [], torn: undefined });
    expect(await readdir(folder)).toEqual(['audit-0001.jsonl']);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is the last record of the last file, or of the one before where that is empty', async () => {
    const folder = await folderWith({ 'audit-0001.jsonl': `${at(0)}\n`, 'audit-0002.jsonl': `${at(1)}\n` });
    const last = join(folder, 'audit-0002.jsonl');
    expect(await endOf(folder)).toMatchObject({ file: last, size: at(1).length + 1, head: headAt(1) });
    await writeFile(last, '');
    expect(await endOf(folder)).toMatchObject({ file: last, size: 0, head: headAt(0) });
    await writeFile(join(folder, 'audit-0003.jsonl'), '');
    expect(await endOf(folder)).toMatchObject({ file: join(folder, 'audit-0003.jsonl'), head: headAt(0) });
    // The one before may have lost its line feed.
    await writeFile(join(folder, 'audit-0001.jsonl'), `${at(0)}\n${at(1)}`);
    expect(await endOf(folder)).toMatchObject({ head: headAt(1) });
    await writeFile(join(folder, 'audit-0001.jsonl'), `${at(0)}\n${at(1).slice(0, 99)}`);
    expect(await endOf(folder)).toMatchObject({ head: headAt(0) });
    const forged = at(1).replace('ada', 'eve');
    await writeFile(join(folder, 'audit-0001.jsonl'), `${at(0)}\n${forged}`);
    expect(await endOf(folder)).toMatchObject({ head: headAt(0) });
  });

  it('that is no record is refused, with what to do', async () => {
    for (const [text, name] of [
      ['something else\n', 'audit-0001.jsonl'],
      [`${at(0)}\n\n`, 'audit-0001.jsonl'],
      ['{}\n', 'audit-0001.jsonl'],
    ] as const) {
      const folder = await folderWith({ [name]: text });
      expect(await openEnd(folder)).toEqual({
        ok: false,
        error: {
          code: 'damaged',
          message: `The last line of ${join(folder, name)} is no audit record, so nothing can be chained to it; verify the chain, then move the folder away to begin a new one.`,
        },
      });
      expect(await readFile(join(folder, name), 'utf8')).toBe(text);
    }
    const before = await folderWith({ 'audit-0001.jsonl': 'something else\n', 'audit-0002.jsonl': '' });
    expect(await openEnd(before)).toMatchObject({ ok: false, error: { code: 'damaged' } });
  });

  it('without its line feed gets it, where it is the record that follows', async () => {
    const folder = await folderWith({ 'audit-0001.jsonl': `${at(0)}\n${at(1)}` });
    const file = join(folder, 'audit-0001.jsonl');
    const size = at(0).length + at(1).length + 2;
    expect(await endOf(folder)).toMatchObject({ size, head: headAt(1), names: ['audit-0001.jsonl'] });
    expect(await readFile(file, 'utf8')).toBe(`${at(0)}\n${at(1)}\n`);
    for (const other of [at(2), at(1).replace('ada', 'eve'), at(0)]) {
      await writeFile(file, `${at(0)}\n${other}`);
      const { torn, size } = await endOf(folder);
      expect(torn?.map(({ sha256 }) => sha256)).toContain(sha256(other));
      expect(size).toBe(at(0).length + 1);
      expect(await readFile(file, 'utf8')).toBe(`${at(0)}\n`);
    }
  });

  it('that is torn is set aside, under the number of the record that comes instead', async () => {
    const folder = await folderWith({ 'audit-0001.jsonl': `${at(0)}\n${at(1)}\n{"torn` });
    expect(await endOf(folder)).toMatchObject({
      size: at(0).length + at(1).length + 2,
      head: headAt(1),
      torn: [{ file: 'audit-torn-000002.txt', bytes: 6, sha256: sha256('{"torn') }],
    });
    expect(await readFile(join(folder, 'audit-torn-000002.txt'), 'utf8')).toBe('{"torn');
    const torn = await stat(join(folder, 'audit-torn-000002.txt'));
    if (process.platform !== 'win32') expect(torn.mode & 0o777).toBe(0o600);
    // Found again by its name, until a record follows; those of other records and other files are not.
    for (const other of [
      'audit-torn-000003.txt',
      'audit-torn-000002.txt.bak',
      'xaudit-torn-000002.txt',
      'audit-torn-000002-x.txt',
    ]) {
      await writeFile(join(folder, other), 'x');
    }
    await writeFile(join(folder, 'audit-torn-000002-12.txt'), 'more');
    const again = await endOf(folder);
    expect(again.torn?.map(({ file }) => file)).toEqual([
      'audit-torn-000002-12.txt',
      'audit-torn-000002.txt',
    ]);
    const first = await folderWith({ 'audit-0001.jsonl': '{"torn', 'audit-torn-000000.txt': 'before' });
    expect((await endOf(first)).torn?.map(({ file }) => file)).toEqual([
      'audit-torn-000000-2.txt',
      'audit-torn-000000.txt',
    ]);
  });

  it('that is torn the hundred and first time stays where it is', async () => {
    const folder = await folderWith({ 'audit-0001.jsonl': '{"torn', 'audit-torn-000000.txt': 'x' });
    for (let index = 2; index <= 99; index++) {
      await writeFile(join(folder, `audit-torn-000000-${index}.txt`), 'x');
    }
    expect((await endOf(folder)).torn).toHaveLength(100);
    const file = join(folder, 'audit-0001.jsonl');
    await writeFile(file, '{"torn');
    await expect(openEnd(folder)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(file, 'utf8')).toBe('{"torn');
  });

  it('goes on in the next file', async () => {
    const folder = await folderWith({ 'audit-0009.jsonl': `${at(0)}\n` });
    const opened = await openEnd(folder);
    if (!opened.ok) throw new Error(opened.error.message);
    const end = opened.value;
    const before = end.handle;
    await nextFile(folder, end);
    expect(end).toMatchObject({ file: join(folder, 'audit-0010.jsonl'), size: 0, head: headAt(0) });
    expect(before.descriptor).toBe(-1);
    end.handle.write(Buffer.from('x'));
    end.handle.close();
    expect(await readFile(join(folder, 'audit-0010.jsonl'), 'utf8')).toBe('x');
  });

  it('is what it says now, whatever was known of it', async () => {
    const folder = await folderWith({ 'audit-0001.jsonl': `${at(0)}\n` });
    const head = { sequence: 41, hash: 'ab'.repeat(32) };
    const ends = await Promise.all([
      openEnd(folder, { ...head, bytes: Buffer.from(at(0)) }),
      openEnd(folder, { ...head, bytes: Buffer.from(at(1)) }),
      openEnd(folder, { ...head, bytes: Buffer.from(at(0).replace('ada', 'eve')) }),
    ]);
    for (const end of ends) if (end.ok) end.value.handle.close();
    expect(ends.map((end) => end.ok && end.value.head)).toEqual([head, headAt(0), headAt(0)]);
  });

  it.skipIf(process.platform === 'win32')('is behind no link, nor in a file for others', async () => {
    const folder = await folderWith({ 'elsewhere.txt': `${at(0)}\n` });
    const file = join(folder, 'audit-0001.jsonl');
    await symlink(join(folder, 'elsewhere.txt'), file);
    await expect(openEnd(folder)).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(headOf([file])).rejects.toMatchObject({ code: 'ELOOP' });
    await unlink(file);
    for (const mode of [0o640, 0o604, 0o601]) {
      await writeFile(file, `${at(0)}\n`);
      await chmod(file, mode);
      await endOf(folder);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    await chmod(file, 0o700);
    await endOf(folder);
    expect((await stat(file)).mode & 0o777).toBe(0o700);
    await unlink(file);
    await mkdir(file);
    await expect(openEnd(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('the head', () => {
  it('is that of the last file with a record', async () => {
    const folder = await folderWith({ a: `${at(0)}\n${at(1)}\n`, b: '', c: at(2), d: 'x\n', e: '{"torn' });
    const path = (...names: string[]) => names.map((name) => join(folder, name));
    expect(await headOf([])).toBeUndefined();
    expect(await headOf(path('b'))).toBeUndefined();
    expect(await headOf(path('a'))).toEqual(headAt(1));
    expect(await headOf(path('a', 'b'))).toEqual(headAt(1));
    expect(await headOf(path('a', 'c', 'b'))).toEqual(headAt(2));
    expect(await headOf(path('a', 'e'))).toEqual(headAt(1));
    expect(await headOf(path('d', 'a'))).toEqual(headAt(1));
    expect(await headOf(path('a', 'd'))).toBe('damaged');
    await expect(headOf(path('none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('an open file', () => {
  it('is closed once, and has nothing to give after that', async () => {
    const file = join(await emptyFolder(), 'f');
    expect(() => OpenFile.append(file, false)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    const open = OpenFile.append(file, true);
    open.write(Buffer.from('one two'));
    await truncate(file, 3);
    open.write(Buffer.from(' three'));
    await open.datasync();
    expect(open.status().size).toBe(9);
    open.truncate(5);
    open.close();
    open.close();
    expect(await readFile(file, 'utf8')).toBe('one t');
    expect(() => open.write(Buffer.from('x'))).toThrow();
    await expect(open.datasync()).rejects.toThrow();
    expect(await readFile(file, 'utf8')).toBe('one t');
  });
});
