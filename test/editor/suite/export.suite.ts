/** Exporting kept runs through the editor's own commands. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as vscode from 'vscode';
import { runResultSchema } from '../../../server/src/protocol/lsp.ts';
import { exportedFileSchema } from '../../../server/src/protocol/run.ts';
import { test, until } from './registry.ts';

async function open(content: string): Promise<vscode.Uri> {
  const document = await vscode.workspace.openTextDocument({ language: 'cxq', content });
  await vscode.window.showTextDocument(document);
  return document.uri;
}

async function exportLens(uri: vscode.Uri): Promise<vscode.Command> {
  return until('the lens Export', async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      uri,
      10,
    );
    return lenses.find(({ command }) => command?.title === 'Export')?.command;
  });
}

test('the lens and the command export a run to the file that is named, and record it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cxq-exported-'));
  try {
    strictEqual(await vscode.commands.executeCommand('cxq.startSandbox'), true);
    const uri = await open('QUERY exported\nLAST 24h\nLIMIT 7\nMASK (queue)\n');
    const result = runResultSchema.parse(await vscode.commands.executeCommand('cxq.run', uri.toString(), 0));
    const [run] = result.runs;
    strictEqual(run?.outcome, 'complete');
    const { command, arguments: given = [] } = await exportLens(uri);
    strictEqual(command, 'cxq.exportResults');
    deepStrictEqual(given, [uri.toString(), 0]);

    const csv = join(folder, 'a.csv');
    const byLens = exportedFileSchema.parse(
      await vscode.commands.executeCommand(command, ...given, vscode.Uri.file(csv)),
    );
    const bytes = readFileSync(csv);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    deepStrictEqual([byLens.path, byLens.format, byLens.sha256], [csv, 'CSV', sha256]);
    ok(/""queue"":""\*\*\*[0-9a-f]{8}""/.test(bytes.toString()));
    const home = process.env['CXQ_HOME'] ?? '';
    const audit = readdirSync(join(home, 'audit')).map((name) =>
      name.endsWith('.jsonl') ? readFileSync(join(home, 'audit', name), 'utf8') : '',
    );
    ok(audit.join('').includes(sha256));

    const packed = join(folder, 'b.ndjson.gz');
    await vscode.commands.executeCommand('cxq.exportResults', run.runId, undefined, vscode.Uri.file(packed));
    const unnamed = join(folder, 'c.out');
    let isDone = false;
    const asked = vscode.commands
      .executeCommand('cxq.exportResults', run.runId, undefined, vscode.Uri.file(unnamed))
      .then(() => {
        isDone = true;
      });
    await until('the format to be taken', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return isDone;
    });
    await asked;
    strictEqual(JSON.parse(readFileSync(unnamed, 'utf8')).length, run.retrieval.records);

    const nowhere = vscode.Uri.file(join(folder, 'none', 'd.csv'));
    const gone = '20200101T000000Z-000000';
    for (const [runId, file] of [
      [run.runId, nowhere],
      [gone, vscode.Uri.file(join(folder, 'e.csv'))],
    ]) {
      const none = await vscode.commands.executeCommand('cxq.exportResults', runId, undefined, file);
      strictEqual(none, undefined);
    }
    deepStrictEqual(readdirSync(folder).toSorted(), ['a.csv', 'b.ndjson.gz', 'c.out']);
    strictEqual(gunzipSync(readFileSync(packed)).toString().trim().split('\n').length, run.retrieval.records);
  } finally {
    rmSync(folder, { recursive: true });
    await vscode.commands.executeCommand('cxq.stopSandbox');
  }
});
