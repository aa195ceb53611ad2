/** The language server: features over the language room, each with the capability that it serves. */
import {
  type Connection,
  type InitializeParams,
  type ServerCapabilities,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import { METHODS } from '../protocol/lsp.ts';
import { VERSION } from '../protocol/version.ts';
import { auditFeature } from './audit.ts';
import { codeActionFeature } from './code-action.ts';
import { codeLensFeature } from './code-lens.ts';
import { completionFeature } from './completion.ts';
import { connectionFeature } from './connections.ts';
import { diagnosticsFeature } from './diagnostics.ts';
import { exportFeature } from './export.ts';
import type { Feature } from './feature.ts';
import { formattingFeature } from './formatting.ts';
import { hoverFeature } from './hover.ts';
import { inlayHintFeature } from './inlay-hint.ts';
import { linksFeature } from './links.ts';
import { logged, surviveMishaps } from './mishaps.ts';
import { navigationFeature } from './navigation.ts';
import { networkFeature } from './network.ts';
import { outboxFeature } from './outbox.ts';
import { resultsFeature } from './results.ts';
import { runsFeature } from './runs.ts';
import { semanticTokensFeature } from './semantic-tokens.ts';
import { signatureHelpFeature } from './signature-help.ts';
import { structureFeature } from './structure.ts';
import { reasonOf, Workspace } from './workspace.ts';
import { workspaceSymbolsFeature } from './workspace-symbols.ts';

const FEATURES: readonly Feature[] = [
  diagnosticsFeature,
  completionFeature,
  codeActionFeature,
  structureFeature,
  navigationFeature,
  workspaceSymbolsFeature,
  linksFeature,
  codeLensFeature,
  formattingFeature,
  hoverFeature,
  inlayHintFeature,
  signatureHelpFeature,
  semanticTokensFeature,
  runsFeature,
  resultsFeature,
  exportFeature,
  auditFeature,
  connectionFeature,
  networkFeature,
  outboxFeature,
];

/** Starts serving. What is advertised is what the features bring, so nothing is promised that is not there. */
export function startLanguageServer(connection: Connection): void {
  surviveMishaps(connection);
  const workspace = new Workspace();
  const own: ServerCapabilities = {
    positionEncoding: 'utf-16',
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };

  const configure = (value: unknown): void => {
    const problem = workspace.configure(value);
    if (problem !== undefined) connection.console.error(problem);
    for (const one of workspace.unusable)
      connection.console.error(`The connection ${one.id} cannot be used. ${reasonOf(one)}`);
  };

  connection.onInitialize((params: InitializeParams) => {
    workspace.open(params);
    // Another editor may give no options at all: the language then works, with the default profile's limits.
    const options: unknown = params.initializationOptions;
    if (options !== undefined && options !== null) configure(options);
    const capabilities = FEATURES.map((feature) =>
      typeof feature.capabilities === 'function'
        ? feature.capabilities(params.capabilities)
        : feature.capabilities,
    );
    return {
      capabilities: Object.assign(own, ...capabilities),
      serverInfo: { name: 'cxq', version: VERSION },
    };
  });
  const context = { connection: logged(connection), workspace };
  for (const feature of FEATURES) feature.register(context);
  connection.onNotification(METHODS.configuration, (value: unknown) => {
    configure(value);
    workspace.changed();
  });
  workspace.listen(connection);
  connection.listen();
}
