/** Opening history files through the editor's own command. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { openHistoryResultSchema } from '../../../server/src/protocol/lsp.ts';
import { test, until } from './registry.ts';

function resultTab(name: string): vscode.Tab | undefined {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .find(
      ({ input, label }) =>
        input instanceof vscode.TabInputWebview &&
        input.viewType.endsWith('cxq.results') &&
        label.startsWith(name),
    );
}

test('a history file opens as results, with no tenant, and asks for the columns of a table', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cxq-history-'));
  try {
    const file = (name: string, content: string): vscode.Uri => {
      writeFileSync(join(folder, name), content);
      return vscode.Uri.file(join(folder, name));
    };
    const step = { nodeId: 'ask', nodeType: 'TASK', startTime: '2019-05-01T08:00:00Z' };
    const record = { interactionId: 'one', steps: [{ ...step, endTime: '2019-05-01T08:01:00Z' }] };
    const plain = file('calls.ndjson', `${JSON.stringify(record)}\n`);
    const opened = openHistoryResultSchema.parse(
      await vscode.commands.executeCommand('cxq.openHistoryFile', plain),
    );
    deepStrictEqual(
      opened.runs.map(({ outcome, retrieval }) => [outcome, retrieval.records]),
      [['complete', 1]],
    );
    await until('the results of the file', async () => resultTab('calls.ndjson ·'));

    const table = file('tickets.csv', 'a;b;c;d\n17;call;2019-05-01T08:00:00Z;2019-05-01T08:01:00Z\n');
    let isDone = false;
    const asked = vscode.commands.executeCommand('cxq.openHistoryFile', table).then((result) => {
      isDone = true;
      return result;
    });
    // The first column is the case, the next one the activity, and so on.
    await until('the columns to be taken', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return isDone;
    });
    const { runs } = openHistoryResultSchema.parse(await asked);
    deepStrictEqual([runs[0]?.outcome, runs[0]?.retrieval.records], ['complete', 1]);
    ok(await until('the results of the table', async () => resultTab('tickets.csv ·')));

    const none = await vscode.commands.executeCommand(
      'cxq.openHistoryFile',
      vscode.Uri.parse('untitled:log.json'),
    );
    strictEqual(none, undefined);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
