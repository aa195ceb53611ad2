/** What CXQ is in one window, from its activation to its end: puts the parts together. */
import './zod.ts';
import * as vscode from 'vscode';
import { METHODS } from '../../server/src/protocol/lsp.ts';
import { AuditTrail } from './audit.ts';
import { createCommands } from './commands.ts';
import { networkSettings } from './configuration.ts';
import { Connections, showProblems } from './connections/connections.ts';
import { CredentialStore } from './connections/credentials.ts';
import { connectToTenant, signOut, switchConnection } from './connections/wizard.ts';
import { registerFixes } from './fixes.ts';
import { OpenHistories } from './histories.ts';
import type { CommandId } from './ids.ts';
import { registerPages } from './pages.ts';
import { panelActions } from './results/actions.ts';
import { panelTitle, RunSources } from './results/history.ts';
import { ResultsPanels } from './results/panel.ts';
import { RunProblems } from './results/problems.ts';
import { registerRecords } from './results/records.ts';
import type { Target } from './runs/documents.ts';
import { Exporter } from './runs/export.ts';
import { Plans } from './runs/plan.ts';
import { Runner } from './runs/runner.ts';
import { sendConfiguration, startServer } from './server.ts';
import { StatusBar } from './status.ts';
import { sentence } from './text.ts';

export interface Session {
  /** Does what the command says and gives its result; what goes wrong is told to the person, who gets undefined. */
  readonly command: (id: CommandId, args: readonly unknown[]) => Promise<unknown>;
  /** Ends the processes; what the editor holds ends with the context's subscriptions. */
  readonly close: () => Promise<void>;
}

/** What results of a history file are called. */
function historyName({ history, name }: Target): string | null {
  return history === undefined ? null : name;
}

export function openSession(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Session {
  const { extensionUri } = context;
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
    answers: {
      [METHODS.credentials]: (params) => credentials.answer(params),
      [METHODS.network]: async () => networkSettings(),
    },
    listeners: {
      [METHODS.runProgress]: (params) => runner.progress(params),
      [METHODS.runSnapshot]: (params) => runner.snapshot(params),
      [METHODS.exportProgress]: (params) => exporter.progress(params),
      [METHODS.audited]: (params) => audit.audited(params),
      [METHODS.profileProblems]: (params) => void showProblems(params),
    },
    onBegan: () => histories.serverBegan(),
  });
  const histories = new OpenHistories((uris) => {
    server.notify(METHODS.historyFiles, { uris }).catch((reason: unknown) => {
      log.error(`The open history files did not reach the language server: ${sentence(reason)}`);
    });
  });

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
  const switchTo = () => switchConnection(connections, () => connect(), extensionUri);
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
      panels.show(run.runId, panelTitle(run.query ?? historyName(target), new Date(run.startedAt)));
    },
    showSnapshot: (overview, target) => {
      const { runId, query, startedAt } = overview.header;
      sources.remember(runId, target);
      panels.follow(panelTitle(query ?? historyName(target), new Date(startedAt)), overview);
    },
    runEnded: (runId) => panels.ended(runId),
    onResult: (target, result) => void problems.ran(target, result),
    onProgress: (texts) => status.running(texts),
  });
  const problems = new RunProblems(server, log);
  const panels = new ResultsPanels({
    server,
    extensionUri,
    log,
    act: panelActions({ server, log, audit, runner, sources }),
  });

  const exporter = new Exporter({
    server,
    log,
    run: (target) => runner.run(target),
    shownRun: () => panels.shownRun(),
  });

  context.subscriptions.push(
    connections,
    audit,
    plans,
    status,
    runner,
    panels,
    problems,
    histories,
    connections.onDidChange(() => {
      sendConfiguration(server, connections.configuration()).catch((reason: unknown) => {
        log.error(`The settings did not reach the language server: ${sentence(reason)}`);
      });
    }),
    registerPages(extensionUri),
    registerRecords(server),
    registerFixes({ server, connections, credentials, connect }),
  );
  return {
    command: createCommands({
      context,
      server,
      log,
      connections,
      runner,
      exporter,
      plans,
      panels,
      audit,
      startSandbox,
      connect,
      switchConnection: switchTo,
      signOut: () => signOut(credentials, server),
    }),
    close: async () => {
      await Promise.all([connections.stopSandbox(), server.stop()]);
    },
  };
}
