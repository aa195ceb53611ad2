/** The results panels in the editor: one a run. The data stays with the server; a panel asks for what it shows. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { METHODS, panelResultSchema } from '../../../server/src/protocol/lsp.ts';
import { type FromWebview, fromWebviewSchema, type ToWebview, toWebviewSchema } from '../../../server/src/protocol/panel.ts';
import { type Overview } from '../../../server/src/protocol/panel-overview.ts';
import { panelStateSchema } from '../../../server/src/protocol/panel-state.ts';
import type { Server } from '../server.ts';
import { sentence } from '../text.ts';
import { panelHtml } from './html.ts';

export const VIEW_TYPE = 'cxq.results';

type Action = Extract<FromWebview, { type: 'action' }>['action'];

export interface PanelHost {
  readonly server: Server;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly act: (action: Action, runId: string) => Promise<void>;
}

export class ResultsPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #host: PanelHost;
  readonly #panels = new Map<string, vscode.WebviewPanel>();
  /** Of runs that go on: what was told last. */
  readonly #live = new Map<string, Overview>();
  readonly #registered: vscode.Disposable;

  constructor(host: PanelHost) {
    this.#host = host;
    this.#registered = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this);
  }

  get #assets(): vscode.Uri {
    return vscode.Uri.joinPath(this.#host.extensionUri, 'dist', 'webview');
  }

  /** Opens the run's panel beside the text, or reveals it; one that followed the run shows all of it now. */
  show(runId: string, title: string): void {
    const open = this.#panels.get(runId);
    const followed = this.#live.delete(runId);
    if (open !== undefined) {
      open.reveal(undefined, true);
      if (followed) this.#post(open, { type: 'show', state: panelStateSchema.parse({ runId }) });
      return;
    }
    this.#create(runId, title);
  }

  /** Opens a panel for a run that goes on, once, and tells it what has come. */
  follow(title: string, overview: Overview): void {
    const { runId } = overview.header;
    const isFirst = !this.#live.has(runId);
    this.#live.set(runId, overview);
    const open = this.#panels.get(runId);
    if (open !== undefined) this.#post(open, { type: 'snapshot', overview });
    // Closed meanwhile, it stays so until the end.
    else if (isFirst) this.#create(runId, title);
  }

  #create(runId: string, title: string): void {
    const panel = vscode.window.createWebviewPanel(
      VIEW_TYPE,
      title,
      { viewColumn: this.#column(), preserveFocus: true },
      this.#options(),
    );
    this.#fill(panel, runId);
  }

  /** Where another run's results are, so that runs do not open column after column; else beside the text. */
  #column(): vscode.ViewColumn {
    const active = vscode.window.tabGroups.activeTabGroup.viewColumn;
    const columns = [...this.#panels.values()].map(({ viewColumn }) => viewColumn);
    return columns.find((column) => column !== undefined && column !== active) ?? vscode.ViewColumn.Beside;
  }

  /** The run whose panel is in front. */
  shownRun(): string | undefined {
    return [...this.#panels].find(([, panel]) => panel.active)?.[0];
  }

  #options(): vscode.WebviewOptions {
    return { enableScripts: true, enableCommandUris: false, localResourceRoots: [this.#assets] };
  }

  /** After a reload of the window: the run is still in its folder, and the view kept its own tab and selection. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = panelStateSchema.safeParse(state);
    if (!kept.success) {
      panel.dispose();
      return;
    }
    panel.webview.options = this.#options();
    this.#fill(panel, kept.data.runId);
  }

  #fill(panel: vscode.WebviewPanel, runId: string): void {
    this.#panels.set(runId, panel);
    const { webview } = panel;
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.#host.extensionUri, 'client', 'images', 'cxq-light.svg'),
      dark: vscode.Uri.joinPath(this.#host.extensionUri, 'client', 'images', 'cxq-dark.svg'),
    };
    const listening = webview.onDidReceiveMessage((message) => this.#received(panel, runId, message));
    panel.onDidDispose(() => {
      listening.dispose();
      if (this.#panels.get(runId) === panel) this.#panels.delete(runId);
    });
    webview.html = panelHtml({
      cspSource: webview.cspSource,
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(this.#assets, 'panel.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(this.#assets, 'panel.css')).toString(),
      nonce: randomBytes(24).toString('base64'),
      lang: vscode.env.language,
    });
  }

  async #received(panel: vscode.WebviewPanel, runId: string, received: unknown): Promise<void> {
    const parsed = fromWebviewSchema.safeParse(received);
    if (!parsed.success) {
      this.#host.log.warn('The results panel sent a message that is none; it was ignored.');
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'ready':
        this.#post(panel, { type: 'show', state: panelStateSchema.parse({ runId }) });
        return;
      case 'request':
        this.#post(panel, await this.#ask(runId, message));
        return;
      case 'action':
        try {
          await this.#host.act(message.action, runId);
        } catch (reason) {
          void vscode.window.showErrorMessage(sentence(reason));
        }
    }
  }

  async #ask(runId: string, { id, body }: Extract<FromWebview, { type: 'request' }>): Promise<ToWebview> {
    const live = body.kind === 'overview' ? this.#live.get(runId) : undefined;
    if (live !== undefined) return { type: 'response', id, body: live };
    try {
      const result = await this.#host.server.request(
        METHODS.panel,
        { runId, request: body },
        panelResultSchema,
      );
      return 'response' in result
        ? { type: 'response', id, body: result.response }
        : { type: 'failed', id, message: result.error.message };
    } catch (reason) {
      this.#host.log.error(`The results panel asked for ${body.kind}: ${sentence(reason)}`);
      return { type: 'failed', id, message: sentence(reason) };
    }
  }

  #post(panel: vscode.WebviewPanel, message: ToWebview): void {
    // A panel closed meanwhile takes no message; its webview throws when it is touched.
    if (![...this.#panels.values()].includes(panel)) return;
    void panel.webview.postMessage(toWebviewSchema.parse(message));
  }

  dispose(): void {
    this.#registered.dispose();
  }
}
