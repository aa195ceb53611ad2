import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeFolders } from '../../../server/src/output/index.ts';

describe('folders', () => {
  it('are made with those above them, for their owner alone, and may be there', async () => {
    const root = await mkdtemp(join(tmpdir(), 'cxq-folders-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const folder = join(root, 'a', 'b', 'c');
    await makeFolders(folder);
    await makeFolders(folder);
    for (const made of [join(root, 'a'), folder]) {
      const status = await stat(made);
      expect(status.isDirectory()).toBe(true);
      if (process.platform !== 'win32') expect(status.mode & 0o077).toBe(0);
    }
    await writeFile(join(root, 'file'), '');
    await expect(makeFolders(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolders(join(root, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('are given up where none can be made', async ({ skip }) => {
    if (process.platform !== 'linux') skip('only Linux has a folder that takes no other: /proc');
    await expect(makeFolders('/proc/cxq/none')).rejects.toThrow();
  });
});
