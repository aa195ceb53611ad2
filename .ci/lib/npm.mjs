/**
 * The npm that is there (10, 11 or 12). It runs on a Node outside the project, because `npm ci` takes the
 * project's own Node away while it works.
 */
import { existsSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { cacheFolder, root } from './paths.mjs';
import { cleanEnvironment, run, which } from './run.mjs';

function withoutProject(path) {
  return path
    .split(delimiter)
    .filter((folder) => !folder.startsWith(root))
    .join(delimiter);
}

/** The Node that the calling npm runs on, else the machine's: npm and Node come as a pair. */
function outsideNode() {
  const calling = process.env.npm_node_execpath;
  if (calling !== undefined && !calling.startsWith(root) && existsSync(calling)) return calling;
  return which('node', root) ?? process.execPath;
}

/**
 * @param {string[]} args
 * @param {{ cwd?: string, node?: string, env?: Record<string, string>, show?: boolean }} options `node`: the Node
 *   to run npm and install scripts on, else the machine's
 */
export function npm(args, { cwd = root, node, env = {}, show = false } = {}) {
  const outside = withoutProject(process.env.PATH ?? '');
  const runtime = node ?? outsideNode();
  const path = [dirname(runtime), outside].join(delimiter);
  // Without a home npm would keep its cache in the working directory.
  const homeless =
    process.env.HOME || process.platform === 'win32' ? {} : { npm_config_cache: join(cacheFolder(), 'npm') };
  const environment = { ...cleanEnvironment(), ...homeless, PATH: path, ...env };
  const script = process.env.npm_execpath;
  const options = { cwd, env: environment, show };
  if (script !== undefined && basename(script) === 'npm-cli.js')
    return run(runtime, [script, ...args], options);
  const command = which('npm', root);
  if (command === undefined) return Promise.resolve({ code: 1, output: 'npm is not on the PATH\n' });
  return run(command, args, { ...options, shell: process.platform === 'win32' });
}
