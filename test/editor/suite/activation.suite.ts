/** What holds without a tenant: activation, commands, settings, the language. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import { measured, test, until } from './registry.ts';

const ID = 'cxq.cxq';
const commandSchema = z.object({
  contributes: z.object({ commands: z.array(z.object({ command: z.string() })) }),
});

test('the extension is found, and marks a mistake in the first CXQ document', async () => {
  const extension = vscode.extensions.getExtension(ID);
  ok(extension, `${ID} is not installed`);
  const begin = performance.now();
  // The editor takes it from the cache afterwards.
  require(join(extension.extensionPath, 'dist', 'extension.cjs'));
  const read = performance.now() - begin;
  await extension.activate();
  const [will, did] = ['cxq/willActivate', 'cxq/didActivate'].map(
    (name) => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN,
  );
  measured('activation: the file read and run', read);
  measured('activation: the function itself', (did ?? Number.NaN) - (will ?? Number.NaN));
  const document = await vscode.workspace.openTextDocument({ language: 'cxq', content: 'nodId = 1' });
  const marked = new Promise<void>((resolve) => {
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      if (uris.some((uri) => uri.toString() === document.uri.toString())) resolve();
    });
  });
  await vscode.window.showTextDocument(document);
  await marked;
  measured('activation and first diagnostics', performance.now() - begin);
});

test('the extension activates when a CXQ document opens', async () => {
  const extension = vscode.extensions.getExtension(ID);
  ok(extension, `${ID} is not installed`);
  const document = await vscode.workspace.openTextDocument({ language: 'cxq', content: 'errorState = true' });
  strictEqual(document.languageId, 'cxq');
  await until('the extension to be active', () => extension.isActive);
});

test('the commands of the manifest are those that are registered', async () => {
  const manifest = commandSchema.parse(vscode.extensions.getExtension(ID)?.packageJSON);
  const declared = manifest.contributes.commands.map(({ command }) => command);
  // The editor adds commands of its own for the extension's views and settings; CXQ's have one dot.
  const registered = (await vscode.commands.getCommands(true)).filter((command) =>
    /^cxq\.\w+$/.test(command),
  );
  deepStrictEqual(registered.toSorted(), declared.toSorted());
});

test('a new query is a CXQ document with text to start from', async () => {
  await vscode.commands.executeCommand('cxq.newQuery');
  const document = vscode.window.activeTextEditor?.document;
  strictEqual(document?.languageId, 'cxq');
  ok(document.getText().includes('LAST 24h'));
});

test('the walkthrough’s example opens as a document of its own', async () => {
  await vscode.commands.executeCommand('cxq.newQuery', 'example');
  const document = vscode.window.activeTextEditor?.document;
  strictEqual(document?.isUntitled, true);
  ok(document.getText().includes('BOTTLENECKS'));
});

test('a workspace cannot define a connection, only name one', () => {
  const settings = vscode.workspace.getConfiguration('cxq');
  strictEqual(settings.inspect('connections')?.workspaceValue, undefined);
  deepStrictEqual(settings.inspect('connections')?.defaultValue, []);
});

test('the language has its own indentation', async () => {
  const document = await vscode.workspace.openTextDocument({
    language: 'cxq',
    content: 'errorState = true\n',
  });
  strictEqual(vscode.workspace.getConfiguration('editor', document).get('tabSize'), 2);
  const editor = await vscode.window.showTextDocument(document);
  strictEqual(editor.options.tabSize, 2);
});
