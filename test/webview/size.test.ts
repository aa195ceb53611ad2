import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const FOLDER = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist', 'webview');
const BUDGET = 160 * 1024;

it('stays below 160 KB, script and styles minified and compressed', async () => {
  const { build } = await import('esbuild');
  // What stands in dist/ may be an unminified build: the size that ships is measured on a build of its own.
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, '..', '..', 'client', 'webview', 'main.ts')],
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    target: 'chrome128',
    format: 'iife',
    outdir: 'out',
    loader: { '.ttf': 'file' },
  });
  const sizes = outputFiles
    .filter((file) => /\.(js|css)$/.test(file.path))
    .map((file) => gzipSync(file.contents, { level: 9 }).length);
  expect(sizes).toHaveLength(2);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUDGET);
});

it('brings its icon font along, and asks for no other file', () => {
  expect(existsSync(join(FOLDER, 'codicon.ttf'))).toBe(true);
  const styles = readFileSync(join(FOLDER, 'panel.css'), 'utf8');
  const addresses = [...styles.matchAll(/url\(([^)]*)\)/g)].map((match) =>
    match[1]?.replace(/["']|\?.*$/g, ''),
  );
  expect(addresses).toEqual(['./codicon.ttf']);
});
