import * as vscode from 'vscode';
import { showResults } from './results/panel.ts';

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand('cxq.showResults', () => {
      showResults(context.extensionUri);
    }),
  );
}
