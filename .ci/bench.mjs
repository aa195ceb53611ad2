/**
 * `npm run bench`: builds what ships, measures it beside its peers, and writes docs/benchmarks.md. With names of sections
 * (`npm run bench -- records`), those alone.
 */

import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, onNode24 } from './install.mjs';
import { root } from './lib/paths.mjs';
import { run } from './lib/run.mjs';

await ensureInstalled();
await onNode24(process.argv[1]);
const { bench } = await import('../test/bench/main.ts');
const pack = async () => {
  await build({ minify: true });
  return (await import('./package.mjs')).pack();
};
await bench(root, { pack, only: process.argv.slice(2), say: (text) => process.stdout.write(text) });
// The page is kept as the formatter writes tables.
await run(process.execPath, [
  join(root, 'node_modules/@biomejs/biome/bin/biome'),
  'format',
  '--write',
  'docs/benchmarks.md',
]);
