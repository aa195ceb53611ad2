/** Builds what ships and packs it as dist/cxq.vsix. The same commit gives the same bytes. */
import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { ensureInstalled, onNode24 } from './install.mjs';
import { root } from './lib/paths.mjs';
import { projectEnvironment, run } from './lib/run.mjs';

export const vsix = join(root, 'dist', 'cxq.vsix');

/** Seconds since the epoch of the last commit, else of a fixed day: what the zip's times say. */
async function commitTime() {
  const { code, output } = await run('git', ['-c', 'safe.directory=*', 'log', '-1', '--format=%ct']);
  return code === 0 && /^\d+\s*$/.test(output) ? output.trim() : '1767225600';
}

/** Packs the bundles as they stand in dist/. Throws with the packer's words. */
export async function pack() {
  const env = projectEnvironment({ SOURCE_DATE_EPOCH: await commitTime(), TZ: 'UTC' });
  const options = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const { code, output } = await run(process.execPath, [vsce, 'package', ...options, '--out', vsix], { env });
  if (code !== 0) throw new Error(`The extension could not be packed:\n${output}`);
  return vsix;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureInstalled();
  await onNode24(process.argv[1]);
  await build({ minify: true });
  await pack();
  process.stdout.write(`${relative(root, vsix)}: ${Math.round(statSync(vsix).size / 1024)} KiB\n`);
}
