/**
 * `npm test`: installs what is missing and runs every check and every test. The last line sums them up.
 * `--fast` leaves out editor and browser; names of steps run only those (`npm test -- lint types`).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, onNode24, whatIsMissing } from './install.mjs';
import { root } from './lib/paths.mjs';
import { run, stopOnSignals } from './lib/run.mjs';
import { check, runSteps } from './lib/steps.mjs';

const TESTS = ['unit', 'contract', 'language', 'fuzz'];

/** A tool of the install, by its script, so that it runs on Node 24 on every platform. */
const tool = (script, ...args) => run(process.execPath, [join(root, 'node_modules', script), ...args]);

async function steps() {
  const { longFiles } = await import('./checks.mjs');
  const { build, sizes } = await import('./build.mjs');
  const { pack } = await import('./package.mjs');
  const { COMPILED, vitestProjects } = await import('./lib/vitest.mjs');
  const { EDITOR_NODE, nodeOf } = await import('./lib/nodes.mjs');
  const { contents } = await import('./vsix.mjs');
  const { startsWell } = await import('./start-check.mjs');

  const kilobytes = (bytes) => `${Math.round(bytes / 1024)} KiB`;
  return [
    {
      name: 'install',
      run: async () => {
        const missing = whatIsMissing();
        return check({ code: missing ? 1 : 0, output: missing ?? '' }, `Node ${process.versions.node}`);
      },
    },
    { name: 'format', run: async () => check(await tool('@biomejs/biome/bin/biome', 'format', '.')) },
    {
      name: 'lint',
      run: async () => check(await tool('@biomejs/biome/bin/biome', 'lint', '--error-on-warnings', '.')),
    },
    { name: 'types', run: async () => check(await tool('typescript/bin/tsc', '-b')) },
    {
      name: 'imports',
      run: async () =>
        check(
          await tool(
            'dependency-cruiser/bin/dependency-cruiser.mjs',
            '--output-type',
            'err-long',
            'client',
            'server',
            'test',
            '.ci',
          ),
        ),
    },
    {
      name: 'dead-code',
      run: async () =>
        check(await tool('knip/bin/knip.js', '--no-progress', '--treat-config-hints-as-errors')),
    },
    {
      name: 'file-size',
      run: async () => {
        const long = longFiles();
        return check({ code: long.length, output: long.join('\n') });
      },
    },
    {
      name: 'build',
      run: async () => {
        const files = sizes(await build({ minify: true }));
        const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
        return check({ code: 0, output: '' }, `${files.length} files, ${kilobytes(total)}`);
      },
    },
    {
      name: 'package',
      run: async () => {
        const once = readFileSync(await pack());
        await build({ minify: true });
        const same = readFileSync(await pack()).equals(once);
        const { passed, failed, output, note } = contents();
        const repeat = same ? '' : 'Two builds of the same sources gave different bytes.\n';
        return {
          passed: passed + (same ? 1 : 0),
          failed: failed + (same ? 0 : 1),
          output: repeat + output,
          note,
        };
      },
    },
    { name: 'tests', run: () => vitestProjects(TESTS, { env: COMPILED }) },
    {
      name: 'tests-editor-node',
      run: async () => {
        const { node } = await nodeOf(EDITOR_NODE);
        const result = await vitestProjects(TESTS, { node, version: EDITOR_NODE, env: COMPILED });
        return { ...result, note: [`Node ${EDITOR_NODE}`, result.note].filter(Boolean).join(', ') };
      },
    },
    { name: 'webview', slow: true, run: () => vitestProjects(['webview']) },
    { name: 'start', slow: true, run: startsWell },
    { name: 'editor', slow: true, run: () => vitestProjects(['editor']) },
  ];
}

async function main(names) {
  stopOnSignals();
  await ensureInstalled();
  await onNode24(process.argv[1]);
  const fast = names.includes('--fast');
  const chosen = names.filter((name) => !name.startsWith('-'));
  const all = await steps();
  const unknown = chosen.filter((name) => !all.some((step) => step.name === name));
  if (unknown.length > 0)
    throw new Error(`No step ${unknown.join(', ')}. Steps: ${all.map(({ name }) => name).join(', ')}`);
  const selected = all.filter(({ name, slow }) =>
    chosen.length > 0 ? chosen.includes(name) : !(fast && slow),
  );
  return await runSteps(selected);
}

process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  process.stdout.write(`${error.message}\n0 passed, 1 failed\n`);
  return 1;
});
