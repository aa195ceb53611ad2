/** The pages of the documentation that ship with the extension: the reference, and one for each code. */
import * as vscode from 'vscode';
import type { DiagnosticProviderMiddleware } from 'vscode-languageclient/node';

/** Opens the page of a code; not in the palette, which has no code to give. */
const PAGE_COMMAND = 'cxq.internal.openPage';
const CODE = /^CXQ\d{4}$/;

/** Shows the reference of the language, rendered. */
export async function openReference(extensionUri: vscode.Uri): Promise<void> {
  await show(vscode.Uri.joinPath(extensionUri, 'docs', 'language.md'));
}

async function show(page: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('markdown.showPreview', page);
}

export function registerPages(extensionUri: vscode.Uri): vscode.Disposable {
  return vscode.commands.registerCommand(PAGE_COMMAND, async (code: unknown) => {
    if (typeof code !== 'string' || !CODE.test(code)) return;
    await show(vscode.Uri.joinPath(extensionUri, 'docs', 'diagnostics', `${code}.md`));
  });
}

/** The server links a code to its page as a file, as any editor opens it; here it is shown rendered. */
function linked(diagnostics: readonly vscode.Diagnostic[]): void {
  for (const diagnostic of diagnostics) {
    const { code } = diagnostic;
    if (typeof code !== 'object' || !CODE.test(String(code.value))) continue;
    const argument = encodeURIComponent(JSON.stringify([code.value]));
    diagnostic.code = { ...code, target: vscode.Uri.parse(`command:${PAGE_COMMAND}?${argument}`) };
  }
}

export const pageLinks: DiagnosticProviderMiddleware = {
  provideDiagnostics: async (document, previousResultId, token, next) => {
    const report = await next(document, previousResultId, token);
    if (report && 'items' in report) linked(report.items);
    return report;
  },
  provideWorkspaceDiagnostics: async (resultIds, token, reporter, next) => {
    const report = await next(resultIds, token, (chunk) => {
      for (const item of chunk?.items ?? []) if ('items' in item) linked(item.items);
      reporter(chunk);
    });
    for (const item of report?.items ?? []) if ('items' in item) linked(item.items);
    return report;
  },
};
