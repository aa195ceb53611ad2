/** Explain Plan: what a query will send and do, as a read-only text beside it. */
import * as vscode from 'vscode';
import { explainResultSchema, METHODS } from '../../../server/src/protocol/lsp.ts';
import type { Server } from '../server.ts';
import type { Target } from './documents.ts';

const SCHEME = 'cxq-plan';

export class Plans implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registered: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#registered = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === SCHEME) this.#texts.delete(uri.toString());
      }),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#texts.get(uri.toString()) ?? 'This plan was made in an earlier session. Explain the query again.'
    );
  }

  async explain(server: Server, target: Target): Promise<void> {
    const params = { uri: target.uri.toString(), text: target.text, index: target.index ?? 0 };
    const { text, error } = await server.request(METHODS.explain, params, explainResultSchema);
    if (error !== undefined) {
      void vscode.window.showErrorMessage(error.message);
      return;
    }
    const uri = vscode.Uri.from({
      scheme: SCHEME,
      path: `/Plan of ${target.name}`,
      query: target.uri.toString(),
    });
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
      preview: true,
    });
  }

  dispose(): void {
    this.#registered.dispose();
    this.#changed.dispose();
  }
}
