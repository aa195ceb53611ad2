/** The editor's side of CXQ: puts its parts together. */
import './zod.ts';
import * as vscode from 'vscode';
import { METHODS } from '../../server/src/protocol/lsp.ts';
import { AuditTrail } from './audit.ts';
import { registerCommands } from './commands.ts';
import { Connections } from './connections/connections.ts';
import { CredentialStore } from './connections/credentials.ts';
import { connectToTenant, signOut, switchConnection } from './connections/wizard.ts';
import { registerFixes } from './fixes.ts';
import { registerPages } from './pages.ts';
import { panelTitle, RunSources, sourceOf } from './results/history.ts';
import { ResultsPanels } from './results/panel.ts';
import { Plans } from './runs/plan.ts';
import { Runner } from './runs/runner.ts';
import { type Server, sendConfiguration, startServer } from './server.ts';
import { StatusBar } from './status.ts';
import { sentence } from './text.ts';

/** What must end before the editor goes. */
let running: { server: Server; connections: Connections } | undefined;

export function activate(context: vscode.ExtensionContext): void {
  // The editor's own marks tell of all extensions together.
  performance.mark('cxq/willActivate');
  const { extensionUri } = context;
  const log = vscode.window.createOutputChannel('CXQ', { log: true });
  const cli = vscode.Uri.joinPath(extensionUri, 'dist', 'cli.js').fsPath;
  const credentials = new CredentialStore(context.secrets);
  const connections = new Connections(credentials, cli, log);
  const audit = new AuditTrail(context.globalState);
  const plans = new Plans();
  const status = new StatusBar(connections);
  const sources = new RunSources();

  const server = startServer({
    extensionUri,
    log,
    configuration: () => connections.configuration(),
    answers: { [METHODS.credentials]: (params) => credentials.answer(params) },
    listeners: {
      [METHODS.runProgress]: (params) => runner.progress(params),
      [METHODS.audited]: (params) => audit.audited(params),
    },
  });
  running = { server, connections };

  const startSandbox = async (): Promise<boolean> => {
    try {
      await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: 'Starting the sandbox tenant' },
        () => connections.startSandbox(),
      );
      return true;
    } catch (reason) {
      log.error(sentence(reason));
      void vscode.window.showErrorMessage(sentence(reason));
      return false;
    }
  };
  const connect = (id?: string) => connectToTenant(connections, credentials, server, id);
  const switchTo = () => switchConnection(connections, () => connect());
  const runner = new Runner({
    server,
    log,
    startSandbox,
    connect,
    switchConnection: switchTo,
    forgetCredentials: async (connection) => {
      const profile = connection ?? connections.active();
      if (profile === null) return;
      await credentials.forget(profile);
      await server.notify(METHODS.forget, { profile });
    },
    showResults: (run, target) => {
      sources.remember(run.runId, target);
      panels.show(run.runId, panelTitle(run.query, new Date()));
    },
    onProgress: (texts) => status.running(texts),
  });
  const panels = new ResultsPanels({
    server,
    extensionUri,
    log,
    act: async (action, runId) => {
      if (action === 'showAudit') return audit.show(server);
      if (action === 'showLog') return log.show();
      const target = sources.target(runId);
      if (action === 'rerun' && target !== undefined) {
        await runner.run(target);
        return;
      }
      const document = await sourceOf(server, runId);
      if (document === undefined) throw new Error('The run’s folder is gone, and its query with it.');
      await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
    },
  });

  context.subscriptions.push(
    log,
    connections,
    audit,
    plans,
    status,
    runner,
    panels,
    connections.onDidChange(() => {
      sendConfiguration(server, connections.configuration()).catch((reason: unknown) => {
        log.error(`The settings did not reach the language server: ${sentence(reason)}`);
      });
    }),
    registerPages(extensionUri),
    registerFixes({ server, connections, credentials, connect }),
    registerCommands({
      context,
      server,
      log,
      connections,
      runner,
      plans,
      panels,
      audit,
      startSandbox,
      connect,
      switchConnection: switchTo,
      signOut: () => signOut(credentials, server),
    }),
  );
  performance.mark('cxq/didActivate');
}

export async function deactivate(): Promise<void> {
  await Promise.all([running?.connections.stopSandbox(), running?.server.stop()]);
  running = undefined;
}
