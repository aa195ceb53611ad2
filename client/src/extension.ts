/**
 * The door that the editor opens: it makes the commands known, and no more. What they do is in a file of its own
 * (session.ts, with every schema), read right after the activation; a command that comes first waits for it.
 */
import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import { COMMAND_IDS } from './ids.ts';
import type { Session } from './session.ts';

let opened: Promise<Session> | undefined;

export function activate(context: vscode.ExtensionContext): void {
  // The editor's own marks tell of all extensions together.
  performance.mark('cxq/willActivate');
  const log = vscode.window.createOutputChannel('CXQ', { log: true });
  // Not in this turn: the editor counts the activation as done first, and goes on with others.
  const session = setImmediate()
    .then(() => import('./session.ts'))
    .then(({ openSession }) => openSession(context, log));
  session.catch(async (reason: unknown) => {
    log.error(reason instanceof Error ? reason : String(reason));
    const show = 'Show Log';
    const message =
      'CXQ did not start: the extension was updated, or is damaged. Reload the window; if that does not help, install it again.';
    if ((await vscode.window.showErrorMessage(message, show)) === show) log.show();
  });
  opened = session;
  context.subscriptions.push(
    log,
    ...COMMAND_IDS.map((id) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) => (await session).command(id, args)),
    ),
  );
  performance.mark('cxq/didActivate');
}

export async function deactivate(): Promise<void> {
  const session = opened;
  opened = undefined;
  // One that never opened has nothing to end, and was told of above.
  await session?.then(
    (one) => one.close(),
    () => undefined,
  );
}
