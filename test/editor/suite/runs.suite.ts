/** Runs against a real sandbox tenant, through the commands that a person uses. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import { z } from 'zod';
import { type RunResult, runResultSchema } from '../../../server/src/protocol/lsp.ts';
import { test, until } from './registry.ts';

function home(): string {
  const folder = process.env['CXQ_HOME'];
  if (folder === undefined) throw new Error('CXQ_HOME names no folder.');
  return folder;
}

function resultTabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('cxq.results'));
}

async function open(content: string): Promise<string> {
  const document = await vscode.workspace.openTextDocument({ language: 'cxq', content });
  await vscode.window.showTextDocument(document);
  return document.uri.toString();
}

/** Runs a query of the document and gives what the command gives. */
async function run(uri: string, index = 0): Promise<RunResult> {
  return runResultSchema.parse(await vscode.commands.executeCommand('cxq.run', uri, index));
}

function codeOf(code: vscode.Diagnostic['code']): string {
  return String(typeof code === 'object' ? code.value : code);
}

function auditLines(): string[] {
  const folder = join(home(), 'audit');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'));
}

/** A sandbox of the test's own, that asks for no credentials; ended at the test's end. */
async function withTenant(more: string[], body: (baseUrl: string) => Promise<void>): Promise<void> {
  const cli = vscode.Uri.joinPath(
    vscode.extensions.getExtension('cxq.cxq')?.extensionUri ?? vscode.Uri.file('/'),
    'dist',
    'cli.js',
  ).fsPath;
  const child: ChildProcess = spawn(
    process.execPath,
    [cli, 'sandbox', '--port', '0', '--interactions', '400', '--seed', '3', '--quiet', '--no-auth', ...more],
    { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const { stdout } = child;
    if (stdout === null) throw new Error('The sandbox has no output.');
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: stdout }).once('line', resolve);
      child.once('exit', (code) => reject(new Error(`The sandbox ended with ${code}.`)));
    });
    await body(z.object({ baseUrl: z.string() }).parse(JSON.parse(line)).baseUrl);
  } finally {
    child.kill();
  }
}

async function connect(profile: { readonly id: string; readonly [field: string]: unknown }): Promise<void> {
  const settings = vscode.workspace.getConfiguration('cxq');
  await settings.update('connections', [profile], vscode.ConfigurationTarget.Global);
  await settings.update('connection', profile.id, vscode.ConfigurationTarget.Global);
}

async function disconnect(): Promise<void> {
  const settings = vscode.workspace.getConfiguration('cxq');
  await settings.update('connection', undefined, vscode.ConfigurationTarget.Global);
  await settings.update('connections', undefined, vscode.ConfigurationTarget.Global);
}

test('a run on the sandbox finds bottlenecks, opens its panel and is audited', async () => {
  strictEqual(await vscode.commands.executeCommand('cxq.startSandbox'), true);
  const before = auditLines().length;
  const result = await run(await open("QUERY day 'A day'\nLAST 24h\nANALYZE BOTTLENECKS OVER 10s\n"));
  strictEqual(result.error, undefined);
  const [day] = result.runs;
  strictEqual(day?.outcome, 'complete');
  strictEqual(day.retrieval.accuracyRate, 1);
  ok(day.retrieval.records > 0);
  ok(/bottleneck/.test(day.headline), day.headline);
  await until('the results tab', () => resultTabs().some(({ label }) => label.startsWith('day')));
  ok(day.audit !== null);
  const written = auditLines().slice(before);
  ok(written.some((line) => line.includes('"run.started"')));
  ok(written.some((line) => line.includes('"run.ended"') && line.includes(day.runId)));
});

test('the lens of the last run opens its results, and those of a run that is gone are said to be', async () => {
  const uri = await open('QUERY hours\nLAST 6h\n');
  const [hours] = (await run(uri)).runs;
  const found = await until('the lens', async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      vscode.Uri.parse(uri),
      10,
    );
    return lenses.find(({ command }) => command?.command === 'cxq.showResults');
  });
  ok(/^[\d,]+ interactions? · .* s$/.test(found.command?.title ?? ''), found.command?.title);
  deepStrictEqual(found.command?.arguments, [hours?.runId]);
  const shown = () => resultTabs().filter(({ label }) => label.startsWith('hours'));
  await until('the results tab', () => shown().length > 0);
  await vscode.window.tabGroups.close(shown());
  strictEqual(shown().length, 0);
  await vscode.commands.executeCommand('cxq.showResults', hours?.runId);
  await until('the results tab again', () => shown().length > 0);
  const before = resultTabs().length;
  await vscode.commands.executeCommand('cxq.showResults', '20200101T000000Z-000000');
  strictEqual(resultTabs().length, before);
});

test('a query with IN runs the other first, and exports into the workspace', async () => {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  ok(folder);
  const result = await run(vscode.Uri.joinPath(folder.uri, 'failing-then-slow.cxq').toString(), 1);
  strictEqual(result.error, undefined);
  const last = result.runs.at(-1);
  strictEqual(last?.query, 'slowAfterFailure');
  strictEqual(last.outcome, 'complete');
  ok(
    last.expectations.every(({ ok }) => ok),
    JSON.stringify(last.expectations),
  );
  ok(existsSync(vscode.Uri.joinPath(folder.uri, 'reports', 'slow-after-failure.csv').fsPath));
});

test('Run All runs every query of the file in order', async () => {
  const uri = await open('QUERY a\nLAST 1h;\nQUERY b\nLAST 2h\n');
  const result = runResultSchema.parse(
    await vscode.commands.executeCommand('cxq.runAll', vscode.Uri.parse(uri)),
  );
  strictEqual(result.runs.map(({ query }) => query).join(), 'a,b');
});

test('a query with errors does not run', async () => {
  const before = auditLines().length;
  const result = await run(await open('QUERY wrong\nWHERE nodeTyp = 1\n'));
  strictEqual(result.error?.code, 'diagnostics');
  strictEqual(result.runs.length, 0);
  strictEqual(
    resultTabs().some(({ label }) => label.startsWith('wrong')),
    false,
  );
  strictEqual(auditLines().length, before);
});

test('a bare filter runs, and finding nothing is no failure', async () => {
  const result = await run(await open("interactionId IN ['no-such-one']\n"));
  strictEqual(result.error, undefined);
  strictEqual(result.runs[0]?.outcome, 'complete');
  strictEqual(result.runs[0].retrieval.records, 0);
});

test('the sandbox stops, and its name is no connection any more', async () => {
  const uri = vscode.Uri.parse(await open('QUERY q\nUSING sandbox\nLAST 1h\n'));
  const unknown = () => vscode.languages.getDiagnostics(uri).some(({ code }) => codeOf(code) === 'CXQ2010');
  strictEqual(unknown(), false);
  await vscode.commands.executeCommand('cxq.stopSandbox');
  await until('the connection to be unknown', unknown);
});

test('a tenant that is not there is said so, with what to do', async () => {
  await connect({ id: 'down', baseUrl: 'http://127.0.0.1:9', auth: { kind: 'none' } });
  try {
    const result = await run(await open('QUERY q\nLAST 1h\nWITH retries = 0\n'));
    const error = result.error ?? result.runs[0]?.error;
    strictEqual(error?.code, 'unreachable');
    ok(error.message.includes('127.0.0.1:9'), error.message);
  } finally {
    await disconnect();
  }
});

test('a cancelled run ends at once and keeps what came', async () => {
  await withTenant(['--latency', '400'], async (baseUrl) => {
    await connect({ id: 'slow', baseUrl, auth: { kind: 'none' } });
    try {
      const uri = await open('QUERY q\nLAST 7d\nLIMIT ALL\nWITH pageSize = 10, concurrency = 1\n');
      const running = run(uri);
      setTimeout(() => void vscode.commands.executeCommand('cxq.cancelRun'), 2500);
      const [cancelled] = (await running).runs;
      strictEqual(cancelled?.outcome, 'cancelled');
      ok(cancelled.retrieval.records < 400);
      ok(auditLines().some((line) => line.includes(cancelled.runId) && line.includes('"cancelled"')));
    } finally {
      await disconnect();
    }
  });
});
