/** `npm run proof -- CASE`: a long proof, whole, of which a test run takes a sample (docs/reliability.md). */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, onNode24 } from './install.mjs';
import { root } from './lib/paths.mjs';
import { projectEnvironment, start, stopOnSignals } from './lib/run.mjs';

const PROOFS = {
  // Two files, for two processes.
  cuts: [
    ['test/contract/tenant/cuts-stream.test.ts', 'test/contract/tenant/cuts-page.test.ts'],
    { CXQ_CUTS: '1' },
  ],
  ranges: [['test/contract/tenant/ranges-property.test.ts'], { CXQ_RUNS: '10000' }],
  faults: [['test/contract/faults'], { CXQ_RUNS: '20' }],
  kill: [['test/contract/faults/kill.test.ts'], { CXQ_KILLS: '1000' }],
  resume: [['test/contract/run/kill-resume.test.ts'], { CXQ_KILLS: '1000' }],
  canary: [['test/contract/faults/canary.test.ts'], {}],
};

/** As many processes as there are cores; modules by Node alone: each constant that is read costs a call otherwise. */
const QUICKLY = [`--maxWorkers=${availableParallelism()}`, '--experimental.viteModuleRunner=false'];

stopOnSignals();
const [name = ''] = process.argv.slice(2);
const proof = Object.hasOwn(PROOFS, name) ? PROOFS[name] : undefined;
if (proof === undefined) {
  process.stderr.write(`Name a proof: ${Object.keys(PROOFS).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  await ensureInstalled();
  await onNode24(process.argv[1]);
  const [files, env] = proof;
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  // What the environment says counts: fewer, for a look, or more.
  const child = start(
    process.execPath,
    [vitest, 'run', '--project', 'contract', '--testTimeout', '0', ...QUICKLY, ...files],
    { env: projectEnvironment({ ...env, ...pick(Object.keys(env)) }), stdio: 'inherit' },
  );
  process.exitCode = await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

/** Those variables that are set. */
function pick(names) {
  return Object.fromEntries(names.flatMap((one) => (one in process.env ? [[one, process.env[one]]] : [])));
}
