/**
 * Installs the project's packages when they are not what the lock file says. Plain Node 20, no dependency.
 *
 * npm keeps its own record of what it installed in `node_modules/.package-lock.json`; that record against the
 * lock is the test, so a finished install is never repeated and a half-finished one always is.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './lib/npm.mjs';
import { node24, root } from './lib/paths.mjs';
import { projectEnvironment } from './lib/run.mjs';

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Undefined when everything stands as locked, else what is amiss. */
export function whatIsMissing() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) return 'package-lock.json cannot be read';
  if (present === undefined) return 'nothing is installed yet';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = present[path];
    if (found === undefined && (entry.optional || entry.devOptional || entry.peer)) continue;
    if (found?.version !== entry.version || !existsSync(join(root, path)))
      return `${path} is not ${entry.version}`;
  }
  const answer = spawnSync(node24, ['--version'], { encoding: 'utf8' });
  const version = wanted['node_modules/node']?.version;
  if (answer.stdout?.trim() !== `v${version}`) return `Node ${version} does not answer`;
  return undefined;
}

/** Installs if needed. Throws with npm's own words when that fails. */
export async function ensureInstalled() {
  const reason = whatIsMissing();
  if (reason === undefined) return false;
  process.stdout.write(`Installing packages (${reason}) …\n`);
  const { code, output } = await npm(['ci', '--no-audit', '--no-fund']);
  const still = code === 0 ? whatIsMissing() : undefined;
  if (code !== 0 || still !== undefined) {
    throw new Error(`${output}\nnpm ci failed${still ? `: ${still}` : ''}. Try it by hand: npm ci`);
  }
  return true;
}

/** Goes on in the project's Node 24 when this is another one, and ends with its exit code. */
export async function onNode24(script) {
  if (process.version === `v${installedVersion()}`) return;
  const child = spawn(node24, [script, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: projectEnvironment(),
  });
  // Ctrl-C reaches both; the child stops its own children and this process only waits for it.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.exit(await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1))));
}

function installedVersion() {
  return readPackages(join(root, 'package-lock.json'))?.['node_modules/node']?.version;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const installed = await ensureInstalled().catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  process.stdout.write(installed ? 'Packages installed.\n' : 'Packages are as locked.\n');
}
