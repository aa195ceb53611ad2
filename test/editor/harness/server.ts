/** VS Code's server: one process with folders of its own for each test file, stopped at its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeServerArguments, type Editor } from '../../../.ci/editor.mjs';

export type BrowserEditor = Extract<Editor, { kind: 'browser' }>;

export interface EditorServer {
  /** Address without a path, on 127.0.0.1. */
  readonly url: string;
  /** A folder of its own, removed at the end. */
  readonly home: string;
  /** Replaces the machine's settings, as one who edits their file. */
  machineSettings(settings: Readonly<Record<string, unknown>>): void;
  stop(): Promise<void>;
}

/** What keeps the workbench still: no welcome page, no hints, no telemetry, no question about trust. */
const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'git.enabled': false,
  'window.commandCenter': false,
};

async function stopGroup(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // Already gone.
    }
  };
  if (child.exitCode !== null || child.signalCode !== null) return;
  signal('SIGTERM');
  const timer = setTimeout(() => signal('SIGKILL'), 3000);
  await gone;
  clearTimeout(timer);
}

export interface ServerOptions {
  readonly env?: Record<string, string>;
  readonly settings?: Record<string, unknown>;
  /** Settings of the machine: connections are read from nowhere else. */
  readonly machine?: Readonly<Record<string, unknown>>;
  readonly vsix?: string;
  /** Opens folders in restricted mode, without asking. */
  readonly untrusted?: boolean;
}

/** Restricted mode is what a folder gets that nobody said yes to. */
const RESTRICTED = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.emptyWindow': false,
};

/**
 * Starts the server on a free port. `env` reaches the extension host; `settings` add to the user's settings;
 * `vsix` is installed first.
 */
export async function startServer(editor: BrowserEditor, options: ServerOptions = {}): Promise<EditorServer> {
  const home = mkdtempSync(join(tmpdir(), 'cxq-editor-'));
  const userData = join(home, 'data');
  mkdirSync(join(userData, 'User'), { recursive: true });
  writeFileSync(
    join(userData, 'User', 'settings.json'),
    JSON.stringify({ ...SETTINGS, ...(options.untrusted === true ? RESTRICTED : {}), ...options.settings }),
  );
  const machineSettings = (settings: Readonly<Record<string, unknown>>): void => {
    mkdirSync(join(userData, 'Machine'), { recursive: true });
    writeFileSync(join(userData, 'Machine', 'settings.json'), JSON.stringify(settings));
  };
  machineSettings(options.machine ?? {});
  const common = codeServerArguments({
    entry: editor.entry,
    port: 0,
    userData,
    extensions: join(home, 'extensions'),
  }).filter((argument) => options.untrusted !== true || argument !== '--disable-workspace-trust');
  const env = { ...process.env, CXQ_HOME: join(home, 'cxq'), ...options.env };
  const launch = (more: string[]) =>
    spawn(editor.node, [...common, ...more], {
      cwd: home,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  if (options.vsix !== undefined) await finish(launch(['--install-extension', options.vsix]));
  const child = launch(['--vscode-option', 'enable-smoke-test-driver']);
  const url = await address(child);
  return {
    url,
    home,
    machineSettings,
    stop: async () => {
      await stopGroup(child);
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const add = (part: Buffer) => {
    text += part.toString('utf8');
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}

async function finish(child: ChildProcess): Promise<void> {
  const output = collect(child);
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`The editor ended with ${String(code)}:\n${output()}`);
}

async function address(child: ChildProcess): Promise<string> {
  const output = collect(child);
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`The editor's server did not answer:\n${output()}`)),
      60_000,
    );
    child.stdout?.on('data', () => {
      const found = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output())?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The editor's server ended with ${String(code)}:\n${output()}`));
    });
  });
}
