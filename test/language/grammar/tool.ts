/** The command-line tools of `vscode-tmgrammar-test`, which ask the engine that the editor uses. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

const GRAMMAR = 'syntaxes/cxq.tmLanguage.json';
const require = createRequire(import.meta.url);
const folder = dirname(require.resolve('vscode-tmgrammar-test/package.json'));

function run(script: 'unit' | 'snapshot', ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'dist', `${script}.js`), '-g', GRAMMAR, ...args],
    { encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
}

/** Runs the scope assertions of a file. */
export function scopesAreAsSaid(file: string): void {
  const { status, output } = run('unit', file);
  expect(output).toContain('success');
  expect(status).toBe(0);
}

/** Writes the scopes of every word of a file beside it, as `FILE.snap`. */
export function writeScopes(file: string): void {
  const { status, output } = run('snapshot', '--updateSnapshot', file);
  expect(status, output).toBe(0);
}
