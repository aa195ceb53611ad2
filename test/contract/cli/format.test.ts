/** `cxq format`, and what `cxq check` and it have in common: many files, some of which cannot be read. */
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, folderOf, valid } from './support.ts';

const UNTIDY = 'query a  where open\nand errorState last 1h';
const TIDY = 'QUERY a\nWHERE open\n  AND errorState\nLAST 1h\n';
const BROKEN = 'query  a where = ;\nquery  b last 1h\n';

/** A folder with these files. */
async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await folderOf();
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

describe('cxq format', () => {
  it('prints the layout of a file, and of standard input', async () => {
    const cwd = await folderWith({ 'a.cxq': UNTIDY });
    expect(await cli(['format', 'a.cxq'], { cwd })).toEqual({ code: 0, out: TIDY, err: '' });
    expect(await cli(['format', '-'], { cwd, stdin: UNTIDY })).toEqual({ code: 0, out: TIDY, err: '' });
    expect(await readFile(join(cwd, 'a.cxq'), 'utf8')).toBe(UNTIDY);
  });

  it('prints several files one after another, each once', async () => {
    const cwd = await folderWith({ 'a.cxq': UNTIDY, 'b.cxq': 'last 2h', 'c (1).cxq': 'last 3h' });
    const ran = await cli(['format', 'b.cxq', '*.cxq', './a.cxq', 'c (1).cxq'], { cwd });
    expect(ran).toEqual({ code: 0, out: `LAST 2h\n${TIDY}LAST 3h\n`, err: '' });
  });

  it('keeps a byte-order mark and CRLF', async () => {
    const cwd = await folderWith({ 'a.cxq': '\uFEFFlast  1h\r\nlimit 5' });
    expect((await cli(['format', 'a.cxq'], { cwd })).out).toBe('\uFEFFLAST 1h\r\nLIMIT 5\r\n');
  });

  it('--check lists files that would change, and changes none', async () => {
    const cwd = await folderWith({ 'a.cxq': UNTIDY, 'b.cxq': TIDY, 'c.cxq': UNTIDY });
    expect(await cli(['format', '--check', '*.cxq'], { cwd })).toEqual({
      code: 1,
      out: 'a.cxq\nc.cxq\n',
      err: '✗ 2 files of 3 not in their layout\n',
    });
    expect(await readFile(join(cwd, 'a.cxq'), 'utf8')).toBe(UNTIDY);
    expect(await cli(['format', '--check', 'b.cxq'], { cwd })).toEqual({
      code: 0,
      out: '',
      err: '✓ 0 files of 1 not in their layout\n',
    });
    expect(await cli(['format', '--check', '-'], { cwd, stdin: UNTIDY })).toMatchObject({
      code: 1,
      out: '-\n',
    });
  });

  it('groups the digits of both its numbers', async () => {
    const names = Array.from({ length: 1001 }, (_, index) => [`${index}.cxq`, UNTIDY] as const);
    const cwd = await folderWith(Object.fromEntries(names));
    const { err } = await cli(['format', '--check', '*.cxq'], { cwd });
    expect(err).toBe('✗ 1,001 files of 1,001 not in their layout\n');
  });

  it('--write rewrites what changes, with its rights, where links point to', async () => {
    const cwd = await folderWith({ 'a.cxq': UNTIDY, 'b.cxq': TIDY });
    await chmod(join(cwd, 'a.cxq'), 0o664);
    await symlink('a.cxq', join(cwd, 'z.cxq'));
    const before = await stat(join(cwd, 'b.cxq'));
    const ran = await cli(['format', 'z.cxq', 'b.cxq', '--write'], { cwd });
    expect(ran).toEqual({ code: 0, out: 'z.cxq\n', err: '✓ 1 file of 2 formatted\n' });
    expect(await readFile(join(cwd, 'a.cxq'), 'utf8')).toBe(TIDY);
    expect((await lstat(join(cwd, 'z.cxq'))).isSymbolicLink()).toBe(true);
    expect((await stat(join(cwd, 'a.cxq'))).mode & 0o777).toBe(0o664);
    expect((await stat(join(cwd, 'b.cxq'))).ino).toBe(before.ino);
    expect((await readdir(cwd)).sort()).toEqual(['a.cxq', 'b.cxq', 'z.cxq']);
    expect((await cli(['format', 'z.cxq', '--write'], { cwd })).out).toBe('');
  });

  it('leaves queries with syntax errors as they are, and names them', async () => {
    const cwd = await folderWith({ 'a.cxq': BROKEN });
    const tidy = 'query  a where = ;\n\nQUERY b\nLAST 1h\n';
    const printed = await cli(['format', 'a.cxq'], { cwd });
    expect(printed).toMatchObject({ code: 1, out: tidy });
    expect(printed.err).toBe(
      'a.cxq:1:16: The query a stays as it is, because of a syntax error. Expected a condition, found `=`.\n',
    );
    const written = await cli(['format', 'a.cxq', '--write'], { cwd });
    expect(written).toMatchObject({ code: 1, out: 'a.cxq\n' });
    expect(await readFile(join(cwd, 'a.cxq'), 'utf8')).toBe(tidy);
    const junk = await cli(['format', '-'], {
      stdin: '\uFEFFlast 1h ; ) ) query b last 1h; param  p = 5h3',
    });
    expect(junk.code).toBe(1);
    expect(junk.err.split('\n').map((one) => one.replace(/ because.*/, ''))).toEqual([
      '-:1:11: What belongs to no query stays as it is,',
      '-:1:43: The parameter p stays as it is,',
      '',
    ]);
  });

  it('refuses what cannot be', async () => {
    const cwd = await folderWith({ 'a.cxq': UNTIDY });
    for (const [args, message] of [
      [['a.cxq', '--write', '--check'], /cannot be used with/],
      [['-', '--write'], /Standard input cannot be rewritten/],
      [[], /missing required argument/],
      [[''], /name of the query file is empty/],
      [['none*.cxq'], /No file matches none\*\.cxq\./],
      [['.'], /is a folder; name a \.cxq file in it/],
    ] as const) {
      const ran = await cli(['format', ...args], { cwd });
      expect([ran.code, ran.out, ran.err]).toEqual([2, '', expect.stringMatching(message)]);
    }
    expect(await readFile(join(cwd, 'a.cxq'), 'utf8')).toBe(UNTIDY);
  });

  it('shows what a terminal would obey', async () => {
    const name = 'a\u001b[2J.cxq';
    const cwd = await folderWith({ [name]: 'query `\u001b[31m` where = ;  limit  5' });
    for (const args of [[name], [name, '--check'], [name, '--write'], [`none${name}`, '--check']]) {
      const ran = await cli(['format', ...args], { cwd });
      expect(ran.err).toContain('\\u001b');
      expect(ran.err).not.toContain('\u001b');
      if (args.length > 1) expect(ran.out).not.toContain('\u001b');
    }
  });
});

describe('many files', () => {
  const others = { 'a.cxq': UNTIDY, 'bad.cxq': Uint8Array.of(0x4c, 0xff), 'z.cxq': 'LIMT 5\n' };

  it('one that cannot be read hides no other', async () => {
    const cwd = await folderWith(others);
    await mkdir(join(cwd, 'm.cxq'));
    const given = ['none.cxq', 'a.cxq', 'bad.cxq', 'm.cxq', 'z.cxq'];
    const said = [/none\.cxq\. Check the path/, /bad\.cxq is not UTF-8/, /m\.cxq is a folder/];
    const formatted = await cli(['format', '--write', ...given], { cwd });
    expect(formatted).toMatchObject({ code: 2, out: 'a.cxq\n' });
    for (const one of said) expect(formatted.err).toMatch(one);
    expect(await readFile(join(cwd, 'a.cxq'), 'utf8')).toBe(TIDY);
    const text = await cli(['check', ...given], { cwd });
    expect(text.code).toBe(2);
    expect(text.out).toMatch(/^z\.cxq:1:1: error CXQ1003/m);
    for (const one of said) expect(text.err).toMatch(one);
    expect(text.err).toMatch(/✗ 1 error, 0 warnings in 2 files/);
    const json = await cli(['check', '--format', 'json', ...given], { cwd });
    expect(json.code).toBe(2);
    expect(valid('check', json.out)).toMatchObject({
      files: [{ path: 'a.cxq' }, { path: 'z.cxq' }],
      errorCount: 1,
    });
    const sarif = await cli(['check', '--format', 'sarif', ...given], { cwd });
    expect(sarif.code).toBe(2);
    expect(JSON.parse(sarif.out)).toMatchObject({
      runs: [
        {
          invocations: [
            {
              executionSuccessful: false,
              exitCode: 2,
              toolExecutionNotifications: [
                { level: 'error', message: { text: expect.stringMatching(said[0] ?? '') } },
                { level: 'error', message: { text: expect.stringMatching(said[1] ?? '') } },
                { level: 'error', message: { text: expect.stringMatching(said[2] ?? '') } },
              ],
            },
          ],
        },
      ],
    });
  });

  it('thousands are read one after another', async () => {
    const cwd = await folderOf();
    const names = Array.from({ length: 3_000 }, (_, index) => `q${String(index).padStart(4, '0')}.cxq`);
    for (const name of names) await writeFile(join(cwd, name), name.endsWith('7.cxq') ? UNTIDY : TIDY);
    const listed = await cli(['format', '--check', '*.cxq'], { cwd });
    expect(listed.code).toBe(1);
    expect(listed.out).toBe(`${names.filter((name) => name.endsWith('7.cxq')).join('\n')}\n`);
    const checked = await cli(['check', '*.cxq', '--now', '2026-11-20T10:30:00Z'], { cwd });
    expect(checked).toMatchObject({ code: 0, err: '✓ 0 errors, 0 warnings in 3,000 files\n' });
  });

  it('end when they are interrupted', async () => {
    const cwd = await folderWith({ 'a.cxq': UNTIDY, 'b.cxq': UNTIDY });
    for (const args of [['format', '--write'], ['check']]) {
      const ran = await cli([...args, '*.cxq'], { cwd, signal: AbortSignal.abort() });
      expect([ran.code, ran.out]).toEqual([130, '']);
    }
    expect(await readFile(join(cwd, 'a.cxq'), 'utf8')).toBe(UNTIDY);
  });
});
