/** One ability of the language server. */
import type { ClientCapabilities, Connection, ServerCapabilities } from 'vscode-languageserver/node';
import type { Workspace } from './workspace.ts';

export interface FeatureContext {
  readonly connection: Connection;
  readonly workspace: Workspace;
}

export interface Feature {
  /** What the editor is told; requests beyond the protocol need none. */
  readonly capabilities: ServerCapabilities | ((client: ClientCapabilities) => ServerCapabilities);
  readonly register: (context: FeatureContext) => void;
}
