/**
 * Children: started, awaited and, when this process is told to stop, stopped with it. Only our own are touched.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { node24, root } from './paths.mjs';

const children = new Set();

/**
 * The environment without what npm adds for its own scripts, so that an npm called from a script starts clean. The user
 * agent names the calling npm's Node, by which install scripts judge on what they run.
 */
export function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^npm_(lifecycle_|package_|command$|config_(local_prefix|prefix|user_agent)$)/i.test(key),
  );
  return Object.fromEntries(kept);
}

/** An environment in which `node` and the project's tools are those of the install. */
export function projectEnvironment(extra = {}) {
  const bins = [dirname(node24), join(root, 'node_modules', '.bin')];
  return { ...cleanEnvironment(), PATH: [...bins, process.env.PATH ?? ''].join(delimiter), ...extra };
}

/** Starts a child that ends with this process. On POSIX it leads a group of its own, so that its children end too. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, detached: process.platform !== 'win32', ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  child.once('error', () => children.delete(child));
  return child;
}

export function stop(child, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Already gone.
  }
}

/** Stops all that was started here; what does not end in two seconds is killed. */
export async function stopAll() {
  const all = [...children];
  const gone = all.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of all) stop(child);
  const grace = setTimeout(() => {
    for (const child of all) stop(child, 'SIGKILL');
  }, 2000);
  await Promise.all(gone);
  clearTimeout(grace);
}

let handled = false;
/** Ctrl-C, a closed terminal and `kill` end the children first, then this process with the signal's exit code. */
export function stopOnSignals() {
  if (handled) return;
  handled = true;
  process.once('exit', () => {
    for (const child of children) stop(child);
  });
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  for (const [signal, code] of Object.entries(codes)) {
    process.once(signal, () => void stopAll().then(() => process.exit(code)));
  }
}

/**
 * Runs to the end. Gives the exit code (1 when it could not start) and, unless `show`, the output of both streams
 * in the order in which it came.
 */
export function run(command, args, { show = false, env = projectEnvironment(), cwd = root, ...rest } = {}) {
  return new Promise((resolve) => {
    const child = start(command, args, {
      cwd,
      env,
      stdio: ['ignore', ...(show ? ['inherit', 'inherit'] : ['pipe', 'pipe'])],
      ...rest,
    });
    const parts = [];
    child.stdout?.on('data', (part) => parts.push(part));
    child.stderr?.on('data', (part) => parts.push(part));
    child.once('error', (error) => resolve({ code: 1, output: `${command}: ${error.message}\n` }));
    child.once('close', (code) =>
      resolve({ code: code ?? 1, output: Buffer.concat(parts).toString('utf8') }),
    );
  });
}

/** The file that a command's name means on the PATH, leaving out folders under `without`; undefined when none. */
export function which(name, without) {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`, name] : [name];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '' || (without !== undefined && folder.startsWith(without))) continue;
    for (const candidate of names) if (existsSync(join(folder, candidate))) return join(folder, candidate);
  }
  return undefined;
}
