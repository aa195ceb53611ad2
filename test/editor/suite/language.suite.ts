/** The language server's answers, as the editor receives them. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as vscode from 'vscode';
import { test, until } from './registry.ts';

async function open(content: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument({ language: 'cxq', content });
  await vscode.window.showTextDocument(document);
  return document;
}

function codes(document: vscode.TextDocument): string[] {
  return vscode.languages.getDiagnostics(document.uri).map(({ code }) => {
    const value = typeof code === 'object' ? code.value : code;
    return String(value);
  });
}

test('a mistake is marked as it is typed, and the mark goes when it is mended', async () => {
  const document = await open("QUERY q\nWHERE nodeTyp = 'MENU'\nLAST 24h\n");
  await until('the unknown field', () => codes(document).includes('CXQ2001'));
  const at = document.positionAt(document.getText().indexOf('nodeTyp'));
  const range = vscode.languages.getDiagnostics(document.uri)[0]?.range;
  deepStrictEqual(range?.start, at);
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, at.translate(0, 'nodeTyp'.length), 'e');
  await vscode.workspace.applyEdit(edit);
  await until('the mark to go', () => !codes(document).includes('CXQ2001'));
});

test('every example is without errors', async () => {
  const files = await vscode.workspace.findFiles('*.cxq');
  ok(files.length >= 3);
  for (const file of files) {
    const document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    await until(`${file.path} to be read`, async () => (await lenses(document)).length > 0);
    const errors = vscode.languages
      .getDiagnostics(file)
      .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
    deepStrictEqual(errors, []);
  }
});

async function lenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
  const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    document.uri,
    10,
  );
  return found ?? [];
}

test('each query has its lenses, which name it', async () => {
  const document = await open('QUERY a\nLAST 1h\n\nQUERY b\nLAST 2h\n');
  await until('two queries’ lenses', async () => (await lenses(document)).length >= 6);
  const commands = (await lenses(document)).map(({ command, range }) => [
    range.start.line,
    command?.command,
    command?.arguments?.[1],
  ]);
  deepStrictEqual(commands, [
    [0, 'cxq.run', 0],
    [0, 'cxq.explain', 0],
    [0, 'cxq.exportResults', 0],
    [3, 'cxq.run', 1],
    [3, 'cxq.explain', 1],
    [3, 'cxq.exportResults', 1],
  ]);
});

test('queries are in the outline, and fold', async () => {
  const document = await open("QUERY a 'First'\nLAST 1h\nLIMIT 1\n\nQUERY b\nLAST 2h\n");
  const symbols = await until('the outline', async () => {
    const found = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    return found !== undefined && found.length === 2 ? found : undefined;
  });
  deepStrictEqual(
    symbols.map(({ name }) => name),
    ['a', 'b'],
  );
  const folds = await vscode.commands.executeCommand<vscode.FoldingRange[]>(
    'vscode.executeFoldingRangeProvider',
    document.uri,
  );
  ok(folds.some(({ start, end }) => start === 0 && end === 2));
});

test('completion offers fields where a condition begins, and clauses after it', async () => {
  const document = await open('QUERY a\nWHERE \n');
  const labels = async (line: number, character: number) => {
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new vscode.Position(line, character),
    );
    return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
  };
  const inCondition = await until('the fields', async () => {
    const found = await labels(1, 6);
    return found.includes('errorState') ? found : undefined;
  });
  ok(inCondition.includes('nodeType'));
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, new vscode.Position(1, 6), 'errorState\n');
  await vscode.workspace.applyEdit(edit);
  ok((await labels(2, 0)).some((label) => /^LAST/.test(label)));
});

test('completion offers the values of history files that are open, saying in which', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cxq-histories-'));
  const record = (id: string) => JSON.stringify([{ interactionId: id, steps: [] }]);
  await writeFile(join(folder, 'calls.json'), record('from-json'));
  await writeFile(join(folder, 'calls.json.gz'), gzipSync(record('from-gzip')));
  const document = await open("QUERY a\nWHERE interactionId = ''\n");
  const offered = async () => {
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new vscode.Position(1, 23),
    );
    return list.items.flatMap(({ label }) =>
      typeof label === 'string' || label.description?.startsWith('seen in calls') !== true
        ? []
        : [`${label.label} ${label.description}`],
    );
  };
  try {
    for (const name of ['calls.json', 'calls.json.gz']) {
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(join(folder, name)), {
        preview: false,
      });
    }
    const both = ["'from-json' seen in calls.json", "'from-gzip' seen in calls.json.gz"];
    await until('the values of both files', async () => (await offered()).length === both.length);
    deepStrictEqual(await offered(), both);
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await vscode.window.tabGroups.close(tabs.filter(({ label }) => label.startsWith('calls.json')));
    await until('the values to go', async () => (await offered()).length === 0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('Explain Plan opens beside the query, and says what is sent', async () => {
  const document = await open('errorState = true AND dwell > 10s\n');
  await vscode.commands.executeCommand('cxq.explain', document.uri.toString(), 0);
  const plan = await until('the plan', () =>
    vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'cxq-plan'),
  );
  ok(plan.getText().includes('errorState = true'));
  strictEqual(plan.isDirty, false);
});
