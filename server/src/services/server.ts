/** The language server: features over the language room, each with the capability that it serves. */
import type { Connection } from 'vscode-languageserver/node';

export function startLanguageServer(connection: Connection): void {
  connection.onInitialize(() => ({ capabilities: {} }));
  connection.listen();
}
