/** Explain Plan and the report on the network: read-only texts that the server makes. */
import * as vscode from 'vscode';
import { explainResultSchema, METHODS } from '../../../server/src/protocol/lsp.ts';
import { networkReportResultSchema } from '../../../server/src/protocol/network.ts';
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
      this.#texts.get(uri.toString()) ?? 'This text was made in an earlier session. Run the command again.'
    );
  }

  async explain(server: Server, target: Target): Promise<void> {
    const params = { uri: target.uri.toString(), text: target.text, index: target.index ?? 0 };
    const { text, error } = await server.request(METHODS.explain, params, explainResultSchema);
    if (error !== undefined) {
      void vscode.window.showErrorMessage(error.message);
      return;
    }
    const document = await this.#open(`Plan of ${target.name}`, target.uri.toString(), text);
    await vscode.window.showTextDocument(document, {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
      preview: true,
    });
  }

  /** What lies between this machine and the tenant of the connection in force, to read and to send on. */
  async reportNetwork(server: Server): Promise<void> {
    const { text } = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Looking at the network', cancellable: true },
      (_progress, token) => server.request(METHODS.networkReport, {}, networkReportResultSchema, token),
    );
    await vscode.window.showTextDocument(await this.#open('Network of the connection', '', text));
  }

  /** A text under a title, which closes without a question; the one before of that title and query becomes this one. */
  async #open(title: string, query: string, text: string): Promise<vscode.TextDocument> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}`, query });
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
    return vscode.workspace.openTextDocument(uri);
  }

  dispose(): void {
    this.#registered.dispose();
    this.#changed.dispose();
  }
}
