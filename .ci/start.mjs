/**
 * `npm start`: installs what is missing, builds, starts the sandbox tenant, runs an example on the command line, and
 * opens VS Code on examples/ with the extension and the sandbox connected. Ctrl-C ends all of it.
 * `--once` (or CXQ_START_ONCE=1) ends by itself when the editor answers.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureInstalled, onNode24 } from './install.mjs';
import { desktopExecutable } from './lib/desktop.mjs';
import { cacheFolder, root } from './lib/paths.mjs';
import { projectEnvironment, run, start, stopAll, stopOnSignals } from './lib/run.mjs';

const once = process.argv.includes('--once') || process.env.CXQ_START_ONCE === '1';
const examples = join(root, 'examples');
const cli = join(root, 'dist', 'cli.js');
/** The try-out's own settings, runs and audit, apart from a person's. */
const home = process.env.CXQ_START_HOME ?? join(cacheFolder(), 'start');

/** How it ends, where it does not end by itself. */
const END = once ? '' : '\nPress Ctrl-C to end.';

const say = (text = '') => process.stdout.write(`${text}\n`);

/** The first line that a child writes, as long as it lives. */
function firstLine(child, what) {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.once('line', (line) => resolve(line));
    child.once('exit', (code) => reject(new Error(`${what} ended with ${code} before it was ready.`)));
    child.once('error', (error) => reject(new Error(`${what} did not start: ${error.message}`)));
  });
}

async function startSandbox() {
  const args = [
    'sandbox',
    '--port',
    '0',
    '--interactions',
    '2000',
    '--seed',
    '7',
    '--quiet',
    '--exit-with-parent',
  ];
  // Its standard input is ours to hold: should this process be killed, the sandbox ends too.
  const child = start(process.execPath, [cli, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: projectEnvironment(),
  });
  return JSON.parse(await firstLine(child, 'The sandbox tenant'));
}

/** The example that a newcomer opens first. */
const EXAMPLE = join('examples', 'getting-started.cxq');

async function runExample(environment, baseUrl) {
  const command = ['run', EXAMPLE, '--all', '--base-url', baseUrl];
  say(`\n$ node dist/cli.js ${command.join(' ')}\n`);
  const { code } = await run(process.execPath, [cli, ...command], { show: true, env: environment });
  // 1 says that the example's own EXPECT found a problem, which is what it shows.
  if (code > 1) throw new Error(`The example ended with exit code ${code}.`);
}

/** Desktop VS Code with settings of its own; resolves with the child that ends with its window. */
async function openDesktop(command, environment) {
  const args = [
    examples,
    `--extensionDevelopmentPath=${root}`,
    `--user-data-dir=${join(home, 'desktop')}`,
    '--new-window',
    '--disable-workspace-trust',
    '--skip-welcome',
    '--wait',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  const child = start(desktopExecutable(command), args, { stdio: 'ignore', env: environment });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  say(`\nVS Code opens on ${relative(root, examples)}/ with CXQ and the sandbox tenant.${END}`);
  return child;
}

/** Installs the packed extension in the browser editor's own folder, unless these very bytes are there already. */
async function installVsix(server, shared) {
  const { pack } = await import('./package.mjs');
  const vsix = await pack();
  const hash = createHash('sha256').update(readFileSync(vsix)).digest('hex');
  const stamp = join(home, 'installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  const { code, output } = await run(server.node, [...shared, '--install-extension', vsix, '--force']);
  if (code !== 0) throw new Error(output);
  writeFileSync(stamp, hash);
}

/** VS Code in the browser; resolves with the child when its address answers. */
async function openBrowser(editor, environment) {
  const server = await editor.ensureCodeServer();
  const options = {
    entry: server.entry,
    port: 0,
    userData: join(home, 'browser'),
    extensions: join(home, 'extensions'),
  };
  mkdirSync(options.userData, { recursive: true });
  const shared = editor.codeServerArguments(options);
  await installVsix(server, shared);
  const child = start(server.node, shared, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  const origin = await new Promise((resolve, reject) => {
    let text = '';
    const read = (part) => {
      text += part;
      const found = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(text);
      if (found) resolve(found[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`VS Code's server ended with ${code}:\n${text}`)));
  });
  const address = `${origin}/?folder=${encodeURIComponent(examples)}`;
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`VS Code's server answered ${answer.status}.`);
  say(`\nVS Code is open in the browser, with CXQ and the sandbox tenant:\n\n    ${address}\n${END}`);
  return child;
}

async function offerVsix(reason) {
  const { pack } = await import('./package.mjs');
  const vsix = await pack();
  say(`\nNo VS Code could be opened here:\n${reason}\n`);
  say(`The extension is packed at ${vsix}\nInstall it with: code --install-extension ${vsix}`);
  say('or in VS Code: Extensions view, … menu, "Install from VSIX…". Then run "CXQ: Start Sandbox Tenant".');
}

async function openEditor(environment) {
  const editor = await import('./editor.mjs');
  const desktop = editor.findDesktop();
  try {
    return desktop ? await openDesktop(desktop, environment) : await openBrowser(editor, environment);
  } catch (error) {
    await offerVsix(error.message);
    return undefined;
  }
}

async function main() {
  stopOnSignals();
  await ensureInstalled();
  await onNode24(process.argv[1]);
  mkdirSync(home, { recursive: true });
  const { build } = await import('./build.mjs');
  await build({ minify: true });
  say('Built. Starting the sandbox tenant …');
  const sandbox = await startSandbox();
  say(`The sandbox tenant listens at ${sandbox.baseUrl}`);
  const environment = projectEnvironment({
    CXQ_HOME: process.env.CXQ_HOME ?? join(home, 'data'),
    CXQ_SANDBOX_URL: sandbox.baseUrl,
    CXQ_SANDBOX_CLIENT_ID: sandbox.clientId,
    CXQ_SANDBOX_CLIENT_SECRET: sandbox.clientSecret,
    CXONE_CLIENT_ID: sandbox.clientId,
    CXONE_CLIENT_SECRET: sandbox.clientSecret,
  });
  await runExample(environment, sandbox.baseUrl);
  const child = await openEditor(environment);
  if (child !== undefined && !once) await new Promise((resolve) => child.once('exit', resolve));
}

try {
  await main();
  await stopAll();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  await stopAll();
  process.exitCode = 1;
}
