/** The language server: features over the language room, each with the capability that it serves. */
import {
  type Connection,
  type InitializeParams,
  type ServerCapabilities,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import type { Patterns } from '../language/index.ts';
import { METHODS } from '../protocol/lsp.ts';
import { VERSION } from '../protocol/version.ts';
import { auditFeature } from './audit.ts';
import { clausesFeature } from './clauses.ts';
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
import { largeRequestsFeature } from './large-requests.ts';
import type { LargeTexts } from './large-texts.ts';
import { linksFeature } from './links.ts';
import { logged, surviveMishaps } from './mishaps.ts';
import { navigationFeature } from './navigation.ts';
import { networkFeature } from './network.ts';
import { openHistoryFeature } from './open-history.ts';
import { outboxFeature } from './outbox.ts';
import { resultsFeature } from './results.ts';
import { runsFeature } from './runs.ts';
import { semanticTokensFeature } from './semantic-tokens.ts';
import { signatureHelpFeature } from './signature-help.ts';
import { structureFeature } from './structure.ts';
import { reasonOf, Workspace } from './workspace.ts';
import { workspaceSymbolsFeature } from './workspace-symbols.ts';

/** What is about a text. */
const TEXT_FEATURES: readonly Feature[] = [
  diagnosticsFeature,
  completionFeature,
  codeActionFeature,
  structureFeature,
  navigationFeature,
  linksFeature,
  codeLensFeature,
  formattingFeature,
  hoverFeature,
  inlayHintFeature,
  signatureHelpFeature,
  semanticTokensFeature,
  runsFeature,
  clausesFeature,
  exportFeature,
];

const FEATURES: readonly Feature[] = [
  ...TEXT_FEATURES,
  openHistoryFeature,
  workspaceSymbolsFeature,
  resultsFeature,
  auditFeature,
  connectionFeature,
  networkFeature,
  outboxFeature,
];

/** Starts serving an editor; what is about large texts, where they are set apart, is handed on before it comes here. */
export function startLanguageServer(connection: Connection, large?: LargeTexts): void {
  const workspace = new Workspace(large);
  const log = (line: string): void => connection.console.error(line);
  large?.attach({ document: (uri) => workspace.documents.get(uri), outcomes: workspace.outcomes, log });
  serve(connection, workspace, { features: FEATURES, log });
}

/** Starts serving another server of this process, which has its large texts here, and told what is wrong with settings. */
export function startLargeTextServer(connection: Connection, patterns: Patterns): void {
  const features = [...TEXT_FEATURES, largeRequestsFeature];
  serve(connection, new Workspace(undefined, patterns), { features, log: () => undefined });
}

interface Manner {
  readonly features: readonly Feature[];
  /** Tells what is wrong with settings. */
  readonly log: (line: string) => void;
}

/** What is advertised is what the features bring, so nothing is promised that is not there. */
function serve(connection: Connection, workspace: Workspace, { features, log }: Manner): void {
  surviveMishaps(connection);
  const own: ServerCapabilities = {
    positionEncoding: 'utf-16',
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };

  const configure = (value: unknown): void => {
    const problem = workspace.configure(value);
    if (problem !== undefined) log(problem);
    for (const one of workspace.unusable) log(`The connection ${one.id} cannot be used. ${reasonOf(one)}`);
  };

  connection.onInitialize((params: InitializeParams) => {
    workspace.open(params);
    // Another editor may give no options at all: the language then works, with the default profile's limits.
    const options: unknown = params.initializationOptions;
    if (options !== undefined && options !== null) configure(options);
    const capabilities = features.map((feature) =>
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
  for (const feature of features) feature.register(context);
  connection.onNotification(METHODS.configuration, (value: unknown) => {
    configure(value);
    workspace.changed();
  });
  workspace.listen(connection);
  connection.listen();
}
