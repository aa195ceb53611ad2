import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { panelHtml } from './html.ts';

const VIEW_TYPE = 'cxq.results';

/** Opens the results panel beside the text. */
export function showResults(extensionUri: vscode.Uri): vscode.WebviewPanel {
  const assets = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  const panel = vscode.window.createWebviewPanel(
    VIEW_TYPE,
    'CXQ Results',
    { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
    { enableScripts: true, localResourceRoots: [assets] },
  );
  const { webview } = panel;
  webview.html = panelHtml({
    cspSource: webview.cspSource,
    script: webview.asWebviewUri(vscode.Uri.joinPath(assets, 'panel.js')).toString(),
    style: webview.asWebviewUri(vscode.Uri.joinPath(assets, 'panel.css')).toString(),
    nonce: randomBytes(16).toString('base64'),
  });
  return panel;
}
