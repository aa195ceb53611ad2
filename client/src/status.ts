/** Status bar: the connection in force, the sandbox, and the run in progress; and the keys of `when` clauses. */
import * as vscode from 'vscode';
import type { Connections } from './connections/connections.ts';
import { SANDBOX_ID } from './connections/profiles.ts';

function item(id: string, name: string, priority: number): vscode.StatusBarItem {
  const made = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left, priority);
  made.name = name;
  return made;
}

export class StatusBar implements vscode.Disposable {
  readonly #connections: Connections;
  readonly #connection = item('cxq.connection', 'CXQ Connection', 12);
  readonly #sandbox = item('cxq.sandbox', 'CXQ Sandbox', 11);
  readonly #run = item('cxq.run', 'CXQ Run', 10);
  readonly #listeners: vscode.Disposable;

  constructor(connections: Connections) {
    this.#connections = connections;
    this.#connection.command = 'cxq.switchConnection';
    this.#sandbox.command = 'cxq.stopSandbox';
    this.#run.command = 'cxq.cancelRun';
    this.#listeners = connections.onDidChange(() => this.#showConnection());
    this.#showConnection();
    this.running([]);
  }

  #showConnection(): void {
    const active = this.#connections.active();
    const state = this.#connections.sandboxState();
    void vscode.commands.executeCommand('setContext', 'cxq.sandbox', state);
    this.#connection.text =
      active === null ? '$(debug-disconnect) CXQ: not connected' : `$(plug) CXQ: ${active}`;
    this.#connection.tooltip =
      active === null
        ? 'Queries have no tenant to ask. Select to connect, or to start the sandbox tenant.'
        : `Queries without USING ask the connection “${active}”. Select to switch.`;
    this.#connection.show();
    if (state === 'none' || state === 'given') {
      this.#sandbox.hide();
      return;
    }
    const starting = state === 'starting';
    this.#sandbox.text = starting ? '$(loading~spin) sandbox' : '$(beaker) sandbox';
    const where = this.#connections.sandboxUrl() ?? 'this machine';
    this.#sandbox.tooltip = starting
      ? 'The sandbox tenant starts.'
      : `The sandbox tenant runs at ${where}${active === SANDBOX_ID ? '' : ', not in force'}. Select to stop it.`;
    this.#sandbox.show();
  }

  /** Texts of the runs in progress. */
  running(texts: readonly string[]): void {
    void vscode.commands.executeCommand('setContext', 'cxq.running', texts.length > 0);
    const [first] = texts;
    if (first === undefined) {
      this.#run.hide();
      return;
    }
    this.#run.text = `$(loading~spin) ${first}${texts.length > 1 ? ` (+${texts.length - 1})` : ''}`;
    this.#run.tooltip = `${texts.join('\n')}\nSelect to cancel.`;
    this.#run.show();
  }

  dispose(): void {
    this.#listeners.dispose();
    for (const one of [this.#connection, this.#sandbox, this.#run]) one.dispose();
  }
}
