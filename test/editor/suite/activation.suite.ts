import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import * as vscode from 'vscode';
import { test, until } from './registry.ts';

const ID = 'cxq.cxq';

test('the extension is found, and activates when its command is called', async () => {
  const extension = vscode.extensions.getExtension(ID);
  ok(extension, `${ID} is not installed`);
  await vscode.commands.executeCommand('cxq.showResults');
  strictEqual(extension.isActive, true);
});

test('every command of the manifest is registered after activation', async () => {
  const manifest: unknown = vscode.extensions.getExtension(ID)?.packageJSON;
  const declared = JSON.stringify(manifest).match(/(?<="command":")cxq\.[^"]+/g) ?? [];
  const known = new Set(await vscode.commands.getCommands(true));
  deepStrictEqual(
    declared.filter((command) => !known.has(command)),
    [],
  );
});

test('the results panel opens as a tab of its own', async () => {
  await vscode.commands.executeCommand('cxq.showResults');
  const tab = await until('the results tab', () =>
    vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      .find(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('cxq.results')),
  );
  strictEqual(tab.label, 'CXQ Results');
});
