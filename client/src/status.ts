/** Status bar: the connection in force, the sandbox, and the run in progress; and the keys of `when` clauses. */
import * as vscode from 'vscode';
import type { Connections, SandboxState } from './connections/connections.ts';
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
    this.#run.command = 'cxq.cancelRun';
    this.#listeners = connections.onDidChange(() => this.#showConnection());
    this.#showConnection();
    this.running([]);
  }

  #showConnection(): void {
    const active = this.#connections.active();
    const state = this.#connections.sandboxState();
    void vscode.commands.executeCommand('setContext', 'cxq.sandbox', state);
    void vscode.commands.executeCommand('setContext', 'cxq.connected', active !== null);
    const onSandbox = active === SANDBOX_ID;
    const icon = onSandbox ? 'beaker' : 'plug';
    this.#connection.text =
      active === null ? '$(debug-disconnect) CXQ: not connected' : `$(${icon}) CXQ: ${active}`;
    this.#connection.tooltip =
      active === null
        ? 'Queries have no tenant to ask. Select to connect, or to start the sandbox tenant.'
        : `Queries without USING ask the connection “${active}”${this.#where(onSandbox)}. Select to switch.`;
    this.#connection.show();
    this.#showSandbox(state, onSandbox);
  }

  #where(onSandbox: boolean): string {
    const url = this.#connections.sandboxUrl();
    return onSandbox && url !== undefined ? ` at ${url}` : '';
  }

  /** An item of its own while the sandbox starts, or runs without being asked. */
  #showSandbox(state: SandboxState, onSandbox: boolean): void {
    const starting = state === 'starting';
    if (!starting && (state === 'none' || onSandbox)) {
      this.#sandbox.hide();
      return;
    }
    this.#sandbox.text = starting ? '$(loading~spin) sandbox' : '$(beaker) sandbox';
    this.#sandbox.command = state === 'own' ? 'cxq.stopSandbox' : 'cxq.switchConnection';
    this.#sandbox.tooltip = starting
      ? 'The sandbox tenant starts.'
      : `The sandbox tenant runs${this.#where(true)}, and is not in force.${state === 'own' ? ' Select to stop it.' : ''}`;
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
