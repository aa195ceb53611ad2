/** `npm run reliability`: runs the suite of faults with more seeds than a test run, and writes docs/reliability.md. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, onNode24 } from './install.mjs';
import { root } from './lib/paths.mjs';
import { projectEnvironment, run, stopOnSignals } from './lib/run.mjs';

stopOnSignals();
await ensureInstalled();
await onNode24(process.argv[1]);
const { report } = await import('../test/contract/faults/report.ts');
const tool = (script, args, env = {}) =>
  run(process.execPath, [join(root, 'node_modules', script), ...args], { env: projectEnvironment(env) });
process.exitCode = await report(root, async (env) => {
  const { code, output } = await tool(
    'vitest/vitest.mjs',
    [
      ...['run', '--project', 'contract', '--testTimeout', '0', 'test/contract/faults'],
      // As many processes as there are cores; modules by Node alone: each constant that is read costs a call otherwise.
      ...[
        `--maxWorkers=${process.env.CXQ_WORKERS ?? availableParallelism()}`,
        '--experimental.viteModuleRunner=false',
      ],
    ],
    env,
  );
  process.stdout.write(code === 0 ? 'Wrote docs/reliability.md.\n' : output);
  return code;
});
// The page is kept as the formatter writes tables.
if (process.exitCode === 0)
  await tool('@biomejs/biome/bin/biome', ['format', '--write', 'docs/reliability.md']);
