/**
 * Which VS Code the tests and `npm start` use, and the browser beside it. Run as a script it installs what is
 * missing and prints what was found.
 *
 * CXQ_VSCODE names a desktop executable. Without it the editor is VS Code's own server build from the npm registry
 * (code-server) in a cache folder, shown in a Chromium.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installOnce, installPackages, nodeOf } from './lib/nodes.mjs';
import { which } from './lib/run.mjs';

const CODE_SERVER = '4.139.1';
const CODE_SERVER_NODE = '24.21.0';
const BUILD_PACKAGES =
  'build-essential python3 pkg-config libkrb5-dev libx11-dev libxkbfile-dev libsecret-1-dev';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const BROWSER_FILES = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

export const BROWSER_HELP =
  'No Chromium was found. Install it with: sudo apt-get install -y chromium (or name one in CXQ_CHROMIUM).';

/** The Chromium that shows the editor and the panel; undefined when there is none. */
export function findChromium() {
  const named = process.env.CXQ_CHROMIUM;
  if (named) return existsSync(named) ? named : undefined;
  return BROWSERS.map((name) => which(name)).find(Boolean) ?? BROWSER_FILES.find((file) => existsSync(file));
}

/** The version that an executable prints, or undefined when it does not answer. */
function versionOf(command, args = ['--version']) {
  const { stdout, status } = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}

/** A desktop VS Code's command line: CXQ_VSCODE, else `code` on the PATH. */
export function findDesktop() {
  const named = process.env.CXQ_VSCODE;
  if (named) return existsSync(named) ? named : undefined;
  return which('code');
}

/** Builds or finds the VS Code server. Needs a compiler the first time; takes some minutes then. */
export async function ensureCodeServer() {
  const { folder: headers, node } = await nodeOf(CODE_SERVER_NODE);
  const base = await installOnce(`code-server-${CODE_SERVER}`, async (building) => {
    process.stdout.write(
      `Installing VS Code (code-server ${CODE_SERVER}) in ${building}: some minutes, once …\n`,
    );
    // Without nodedir, node-gyp would download Node's headers.
    const env = { npm_config_nodedir: headers, npm_package_config_node_gyp_nodedir: headers };
    const allowScripts = { 'code-server': true, argon2: true };
    try {
      await installPackages(building, { packages: { 'code-server': CODE_SERVER }, allowScripts, node, env });
    } catch (error) {
      throw new Error(`${error.message}\nIts native modules need: sudo apt-get install -y ${BUILD_PACKAGES}`);
    }
    // Install scripts that were held back leave the modules unbuilt without an error.
    const built = join(
      building,
      'node_modules/code-server/lib/vscode/node_modules/@vscode/spdlog/build/Release/spdlog.node',
    );
    if (!existsSync(built))
      throw new Error(`The native modules of code-server were not built in ${building}.`);
  });
  const folder = join(base, 'node_modules', 'code-server');
  const vscode = JSON.parse(readFileSync(join(folder, 'lib', 'vscode', 'package.json'), 'utf8')).version;
  return { node, entry: join(folder, 'out', 'node', 'entry.js'), vscode };
}

/** Arguments that every start of the server shares. `port` 0 lets the system choose. */
export function codeServerArguments({ entry, port, userData, extensions }) {
  return [
    entry,
    '--auth',
    'none',
    '--bind-addr',
    `127.0.0.1:${port}`,
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-workspace-trust',
    '--disable-getting-started-override',
    '--config',
    join(userData, 'config.yaml'),
    '--user-data-dir',
    userData,
    '--extensions-dir',
    extensions,
  ];
}

/**
 * Chooses the editor for the tests. Throws, with the command that helps, when there is none.
 * @returns {Promise<{ kind: 'desktop', executable: string, summary: string } | { kind: 'browser', node: string,
 *   entry: string, chromium: string, summary: string }>}
 */
export async function chooseEditor() {
  if (process.env.CXQ_VSCODE) {
    const executable = findDesktop();
    if (!executable) throw new Error(`CXQ_VSCODE names ${process.env.CXQ_VSCODE}, which is not there.`);
    return { kind: 'desktop', executable, summary: `desktop VS Code at ${executable}` };
  }
  const chromium = findChromium();
  if (!chromium) throw new Error(BROWSER_HELP);
  const server = await ensureCodeServer();
  const parts = [`code-server ${CODE_SERVER}`, `Node ${versionOf(server.node)}`, versionOf(chromium)];
  const summary = `VS Code ${server.vscode} in the browser (${parts.join(', ')})`;
  return { kind: 'browser', node: server.node, entry: server.entry, chromium, summary };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${(await chooseEditor()).summary}\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
