/** Quick fixes that change no text: what the language server proposes and only the editor can do. */
import * as vscode from 'vscode';
import {
  FIX_COMMAND,
  fixArgumentsSchema,
  METHODS,
  testConnectionResultSchema,
} from '../../server/src/protocol/lsp.ts';
import type { Connections } from './connections/connections.ts';
import type { CredentialStore } from './connections/credentials.ts';
import type { Server } from './server.ts';
import { sentence } from './text.ts';

export interface FixHost {
  readonly server: Server;
  readonly connections: Connections;
  readonly credentials: CredentialStore;
  /** Connect to Tenant…, with the name that the new connection is to bear. */
  readonly connect: (id: string) => Promise<boolean>;
}

/** Asks for the secret of a connection anew, and tries it. */
async function storeSecret({ server, connections, credentials }: FixHost, id: string): Promise<void> {
  const profile = connections.list().find((one) => one.id === id);
  if (profile === undefined) {
    void vscode.window.showInformationMessage(
      `There is no connection ${id} to keep the secret for. Connect to a tenant first.`,
    );
    return;
  }
  await credentials.forget(id);
  const tested = await server.request(METHODS.testConnection, { profile }, testConnectionResultSchema);
  const next = 'Now remove the secret from the query.';
  void vscode.window.showInformationMessage(`${id}: ${tested.message} ${tested.ok ? next : ''}`.trim());
}

/** Registers the one command that all such fixes name; it is not in the palette, for it means nothing there. */
export function registerFixes(host: FixHost): vscode.Disposable {
  return vscode.commands.registerCommand(FIX_COMMAND, async (...given: unknown[]) => {
    try {
      const [{ name, argument }] = fixArgumentsSchema.parse(given);
      if (name === 'createProfile') await host.connect(argument);
      else if (name === 'storeSecret') await storeSecret(host, argument);
      else await vscode.commands.executeCommand('workbench.action.openSettings', '@id:cxq.webhook.allow');
    } catch (reason) {
      void vscode.window.showErrorMessage(sentence(reason));
    }
  });
}
