import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { chooseEditor } from '../../../.ci/editor.mjs';
import { root } from '../../../.ci/lib/paths.mjs';
import { runSuite } from '../../editor/harness/host.ts';

const recorded = z.object({ argv: z.array(z.string()), results: z.string(), home: z.string() });

/** A desktop editor that writes down how it was called and plays the suite's side of the conversation. */
const standIn = (record: string, exit: number, lines: object[]) => `#!${process.execPath}
const { appendFileSync, writeFileSync } = require('node:fs');
const { CXQ_SUITE_RESULTS: results, CXQ_HOME: home } = process.env;
writeFileSync(${JSON.stringify(record)}, JSON.stringify({ argv: process.argv.slice(2), results, home }));
for (const line of ${JSON.stringify(lines)}) appendFileSync(results, JSON.stringify(line) + '\\n');
process.exit(${exit});
`;

const HOST = { kind: 'host', editor: '1.107.0', node: 'v22.21.1', app: 'Stand-in' };

describe.skipIf(process.platform === 'win32')('a desktop editor named by CXQ_VSCODE', () => {
  let folder: string;
  let record: string;

  const put = (exit: number, lines: object[]) => {
    const executable = join(folder, 'editor');
    writeFileSync(executable, standIn(record, exit, lines));
    chmodSync(executable, 0o755);
    vi.stubEnv('CXQ_VSCODE', executable);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cxq-desktop-'));
    record = join(folder, 'record.json');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is started with the extension, the suite and the folder, and its results are read', async () => {
    put(0, [HOST, { kind: 'test', name: 'one', ms: 3 }, { kind: 'end', count: 1 }]);
    const editor = await chooseEditor();
    expect(editor.kind).toBe('desktop');
    const result = await runSuite(editor, join(root, 'examples'));
    expect(result.tests).toEqual([{ kind: 'test', name: 'one', ms: 3 }]);

    const { argv, results } = recorded.parse(JSON.parse(readFileSync(record, 'utf8')));
    expect(argv[0]).toBe(join(root, 'examples'));
    expect(argv).toContain(`--extensionDevelopmentPath=${root}`);
    expect(argv).toContain(`--extensionTestsPath=${join(root, 'dist', 'test', 'suite.cjs')}`);
    expect(argv).toEqual(expect.arrayContaining(['--disable-workspace-trust', '--disable-extensions']));
    expect(results).toMatch(/results\.ndjson$/);
  });

  it('gives the failed tests when it ends with 1', async () => {
    put(1, [HOST, { kind: 'test', name: 'one', ms: 3, error: 'no' }, { kind: 'end', count: 1 }]);
    const { tests } = await runSuite(await chooseEditor(), root);
    expect(tests.map(({ error }) => error)).toEqual(['no']);
  });

  it('is an error when the host dies on the way', async () => {
    put(1, [HOST, { kind: 'test', name: 'one', ms: 3 }]);
    await expect(runSuite(await chooseEditor(), root)).rejects.toThrow('did not finish');
  });

  it('is an error when it is not there', async () => {
    vi.stubEnv('CXQ_VSCODE', join(folder, 'nowhere'));
    await expect(chooseEditor()).rejects.toThrow('CXQ_VSCODE names');
  });
});
