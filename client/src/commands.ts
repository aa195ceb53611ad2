/** What every command of the palette does. */
import * as vscode from 'vscode';
import type { RunResult } from '../../server/src/protocol/lsp.ts';
import { placeSchema } from '../../server/src/protocol/panel.ts';
import type { AuditTrail } from './audit.ts';
import type { Connections } from './connections/connections.ts';
import type { CommandId } from './ids.ts';
import { openReference } from './pages.ts';
import { choosePair, chooseRun, namedRun } from './results/history.ts';
import type { ResultsPanels } from './results/panel.ts';
import { oneQuery, wholeFile } from './runs/documents.ts';
import type { Exporter } from './runs/export.ts';
import { historyFiles } from './runs/history-file.ts';
import type { Plans } from './runs/plan.ts';
import type { Runner } from './runs/runner.ts';
import type { Server } from './server.ts';
import { sentence } from './text.ts';

export interface CommandHost {
  readonly context: vscode.ExtensionContext;
  readonly server: Server;
  readonly log: vscode.LogOutputChannel;
  readonly connections: Connections;
  readonly runner: Runner;
  readonly exporter: Exporter;
  readonly plans: Plans;
  readonly panels: ResultsPanels;
  readonly audit: AuditTrail;
  readonly startSandbox: () => Promise<boolean>;
  readonly connect: () => Promise<boolean>;
  readonly switchConnection: () => Promise<boolean>;
  readonly signOut: () => Promise<void>;
}

const EMPTY = `-- What happened in the last day, and where did it get stuck?
QUERY recent 'The last day'
LAST 24h
ANALYZE BOTTLENECKS OVER 15s
`;

/** A new document; with `example`, the one that the walkthrough runs. */
async function newQuery(context: vscode.ExtensionContext, which: unknown): Promise<void> {
  const example = vscode.Uri.joinPath(context.extensionUri, 'examples', 'getting-started.cxq');
  const content =
    which === 'example' ? new TextDecoder().decode(await vscode.workspace.fs.readFile(example)) : EMPTY;
  const document = await vscode.workspace.openTextDocument({ language: 'cxq', content });
  await vscode.window.showTextDocument(document);
}

/** Opens the run that a lens or a fix names, at the place that it names, else one that the person chooses. */
async function showResults(host: CommandHost, runId: unknown, place: unknown): Promise<void> {
  const chosen = await (typeof runId === 'string'
    ? namedRun(host.server, runId)
    : chooseRun(host.server, { title: 'CXQ: Show Results', ended: false }));
  if (chosen === undefined) return;
  // A menu gives what it was opened on, which is no place.
  const there = typeof runId === 'string' ? placeSchema.safeParse(place).data : undefined;
  host.panels.show(chosen.runId, chosen.title, there);
}

/** Compares the run in front, else one that the person chooses, with another one. */
async function compareRuns({ server, panels }: CommandHost): Promise<void> {
  const pair = await choosePair(server, panels.shownRun());
  if (pair === undefined) return;
  const { newer, older } = pair;
  panels.show(newer.runId, newer.title, { tab: 'compare', with: older });
}

function commands(host: CommandHost): Record<CommandId, (...args: unknown[]) => unknown> {
  const { server, runner, connections, context } = host;
  return {
    'cxq.run': async (uri, index) => {
      const target = await oneQuery(server, uri, index);
      return target === undefined ? undefined : runner.run(target);
    },
    'cxq.runAll': async (uri) => {
      const target = await wholeFile(uri);
      return target === undefined ? undefined : runner.run(target);
    },
    'cxq.cancelRun': () => runner.cancel(),
    'cxq.explain': async (uri, index) => {
      const target = await oneQuery(server, uri, index);
      if (target !== undefined) await host.plans.explain(server, target);
    },
    'cxq.showResults': (runId, place) => showResults(host, runId, place),
    'cxq.compareRuns': () => compareRuns(host),
    'cxq.exportResults': (which, index, file) => host.exporter.export(which, index, file),
    'cxq.openHistoryFile': async (uri, selected) => {
      let last: RunResult | undefined;
      for (const target of await historyFiles(uri, selected)) last = await runner.run(target);
      return last;
    },
    'cxq.connect': () => host.connect(),
    'cxq.switchConnection': () => host.switchConnection(),
    'cxq.signOut': () => host.signOut(),
    'cxq.startSandbox': () => host.startSandbox(),
    'cxq.stopSandbox': () => connections.stopSandbox(),
    'cxq.showAuditLog': () => host.audit.show(server),
    'cxq.verifyAuditLog': () => host.audit.verify(server),
    'cxq.showLog': () => host.log.show(),
    'cxq.networkDiagnostics': () => host.plans.reportNetwork(server),
    'cxq.newQuery': (which) => newQuery(context, which),
    'cxq.openReference': () => openReference(context.extensionUri),
    'cxq.openWalkthrough': () =>
      vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `${context.extension.id}#getStarted`,
        false,
      ),
  };
}

/** The commands to call by their ids; what one throws becomes a message with the way to the log. */
export function createCommands(
  host: CommandHost,
): (id: CommandId, args: readonly unknown[]) => Promise<unknown> {
  const all = commands(host);
  return async (id, args) => {
    try {
      return await all[id](...args);
    } catch (reason) {
      host.log.error(`${id}: ${sentence(reason)}`);
      const show = 'Show Log';
      void vscode.window
        .showErrorMessage(sentence(reason), show)
        .then((chosen) => (chosen === show ? host.log.show() : undefined));
      return undefined;
    }
  };
}
