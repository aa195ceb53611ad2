/** The results panels in the editor: one a run. The data stays with the server; a panel asks for what it shows. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { METHODS, panelResultSchema } from '../../../server/src/protocol/lsp.ts';
import type { PanelAction, PanelResponse, Place } from '../../../server/src/protocol/panel.ts';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import type { PanelRequest } from '../../../server/src/protocol/panel-requests.ts';
import { panelStateSchema } from '../../../server/src/protocol/panel-state.ts';
import type { Server } from '../server.ts';
import { Conversation } from './conversation.ts';
import { panelHtml } from './html.ts';

const VIEW_TYPE = 'cxq.results';

export interface PanelHost {
  readonly server: Server;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly act: (action: PanelAction, runId: string) => Promise<void>;
}

interface Open {
  readonly panel: vscode.WebviewPanel;
  readonly conversation: Conversation;
}

/** Asks the server one thing about a run; what it refuses is thrown with its sentence. */
export async function askAboutRun(
  server: Server,
  runId: string,
  request: PanelRequest,
  signal?: AbortSignal,
): Promise<PanelResponse> {
  const source = new vscode.CancellationTokenSource();
  const cancel = (): void => source.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted === true) cancel();
  try {
    const params = { runId, request };
    const result = await server.request(METHODS.panel, params, panelResultSchema, source.token);
    if ('error' in result) throw new Error(result.error.message);
    return result.response;
  } finally {
    signal?.removeEventListener('abort', cancel);
    source.dispose();
  }
}

export class ResultsPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #host: PanelHost;
  readonly #panels = new Map<string, Open>();
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

  /**
   * Opens the run's panel beside the text, or reveals it; one that followed the run shows all of it now. With a place
   * it goes there, and the keyboard with it.
   */
  show(runId: string, title: string, place?: Place): void {
    const open = this.#panels.get(runId);
    const followed = this.#live.delete(runId);
    if (open === undefined) {
      this.#create(runId, title, place);
      return;
    }
    open.panel.reveal(undefined, place === undefined);
    if (followed) open.conversation.show(place);
    else if (place !== undefined) open.conversation.reveal(place);
  }

  /** Opens a panel for a run that goes on, once, and tells it what has come. */
  follow(title: string, overview: Overview): void {
    const { runId } = overview.header;
    const isFirst = !this.#live.has(runId);
    this.#live.set(runId, overview);
    const open = this.#panels.get(runId);
    // One that showed how a run had ended shows anew that it goes on again.
    if (open !== undefined && isFirst) open.conversation.show();
    else if (open !== undefined) open.conversation.snapshot(overview);
    // Closed meanwhile, it stays so until the end.
    else if (isFirst) this.#create(runId, title);
  }

  /** A run that went on did not end well enough to be shown: its panel, where it is open, says so. */
  ended(runId: string): void {
    if (this.#live.delete(runId)) this.#panels.get(runId)?.conversation.show();
  }

  #create(runId: string, title: string, place?: Place): void {
    const panel = vscode.window.createWebviewPanel(
      VIEW_TYPE,
      title,
      { viewColumn: this.#column(), preserveFocus: place === undefined },
      this.#options(),
    );
    this.#fill(panel, runId, place);
  }

  /**
   * Where another run's results are, so that runs do not open column after column; else beside the text. A run that was
   * begun from results opens beside no text, but where those are.
   */
  #column(): vscode.ViewColumn {
    const active = vscode.window.tabGroups.activeTabGroup.viewColumn;
    const panels = [...this.#panels.values()].map(({ panel }) => panel);
    if (panels.some((panel) => panel.active)) return active;
    const columns = panels.map((panel) => panel.viewColumn);
    return columns.find((column) => column !== undefined && column !== active) ?? vscode.ViewColumn.Beside;
  }

  /** The run whose panel is in front. */
  shownRun(): string | undefined {
    return [...this.#panels].find(([, { panel }]) => panel.active)?.[0];
  }

  #options(): vscode.WebviewOptions {
    return { enableScripts: true, enableCommandUris: false, localResourceRoots: [this.#assets] };
  }

  /** After a reload of the window: the run is still in its folder, and the view kept its own tab and selection. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = panelStateSchema.safeParse(state);
    if (!kept.success || kept.data.runId === '') {
      panel.dispose();
      return;
    }
    panel.webview.options = this.#options();
    this.#fill(panel, kept.data.runId);
  }

  #fill(panel: vscode.WebviewPanel, runId: string, place?: Place): void {
    const { webview } = panel;
    const { log, server } = this.#host;
    const conversation = new Conversation(runId, {
      post: (message) => {
        // A panel closed meanwhile takes no message; its webview throws when it is touched.
        if (this.#panels.get(runId)?.panel === panel) void webview.postMessage(message);
      },
      ask: (request, signal) => askAboutRun(server, runId, request, signal),
      act: (action) => this.#host.act(action, runId),
      live: () => this.#live.get(runId),
      warn: (line) => log.warn(line),
      fail: (message) => void vscode.window.showErrorMessage(message),
    });
    if (place !== undefined) conversation.reveal(place);
    this.#panels.set(runId, { panel, conversation });
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.#host.extensionUri, 'client', 'images', 'cxq-light.svg'),
      dark: vscode.Uri.joinPath(this.#host.extensionUri, 'client', 'images', 'cxq-dark.svg'),
    };
    const listening = [
      webview.onDidReceiveMessage((message) => conversation.received(message)),
      panel.onDidChangeViewState(() => {
        // Its page is thrown away: it is loaded anew, and ready again, when it comes to the front.
        if (!panel.visible) conversation.hidden();
      }),
    ];
    panel.onDidDispose(() => {
      for (const one of listening) one.dispose();
      conversation.hidden();
      if (this.#panels.get(runId)?.panel === panel) this.#panels.delete(runId);
    });
    webview.html = panelHtml({
      cspSource: webview.cspSource,
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(this.#assets, 'panel.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(this.#assets, 'panel.css')).toString(),
      nonce: randomBytes(24).toString('base64'),
      lang: vscode.env.language,
    });
  }

  dispose(): void {
    this.#registered.dispose();
  }
}
