/** Which history files are open in the editor: the server offers their values as it completes. */
import * as vscode from 'vscode';
import { isHistoryName } from './runs/history-text.ts';

function urisOf({ input }: vscode.Tab): readonly vscode.Uri[] {
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return [input.uri];
  return input instanceof vscode.TabInputTextDiff ? [input.original, input.modified] : [];
}

/** A file of another scheme is not on the server's disk. */
function openFiles(): string[] {
  const uris = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.flatMap(urisOf));
  const files = uris.filter(({ scheme, path }) => scheme === 'file' && isHistoryName(path));
  return [...new Set(files.map((uri) => uri.toString()))];
}

/** Sends the list when it changes, and whole to a server that has just begun. */
export class OpenHistories implements vscode.Disposable {
  readonly #send: (uris: readonly string[]) => void;
  readonly #listening: vscode.Disposable;
  /** What the server has; undefined before there is one. */
  #sent: string | undefined;

  constructor(send: (uris: readonly string[]) => void) {
    this.#send = send;
    this.#listening = vscode.window.tabGroups.onDidChangeTabs(() => {
      if (this.#sent !== undefined) this.#tell();
    });
  }

  /** A server runs that knows of no file yet. */
  serverBegan(): void {
    this.#sent = '';
    this.#tell();
  }

  #tell(): void {
    const uris = openFiles();
    const list = uris.join('\n');
    if (list === this.#sent) return;
    this.#sent = list;
    this.#send(uris);
  }

  dispose(): void {
    this.#listening.dispose();
  }
}
