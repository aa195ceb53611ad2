/** Connect to Tenant…: address, name, credentials; tried at the tenant before anything is kept. */
import * as vscode from 'vscode';
import * as z from 'zod';
import { METHODS, testConnectionResultSchema } from '../../../server/src/protocol/lsp.ts';
import type { Server } from '../server.ts';
import { type Connections, openConnections } from './connections.ts';
import { askCredentials, type CredentialStore } from './credentials.ts';
import { freeId, idProblem, newProfile, parseAddress } from './profiles.ts';

const TITLE = 'Connect to Tenant';

async function askAddress(): Promise<{ baseUrl: string; id: string } | undefined> {
  const text = await vscode.window.showInputBox({
    title: TITLE,
    prompt: 'Tenant name, for https://NAME.my.cxone.com, or a base URL',
    placeHolder: 'acme',
    ignoreFocusOut: true,
    validateInput: (value) => {
      const parsed = parseAddress(value);
      return 'problem' in parsed ? parsed.problem : undefined;
    },
  });
  if (text === undefined) return undefined;
  const parsed = parseAddress(text);
  return 'problem' in parsed ? undefined : parsed;
}

/** What the person wants to do about credentials that did not work. */
async function afterFailure(message: string): Promise<'again' | 'keep' | undefined> {
  const again = { title: 'Enter Credentials Again' };
  const keep = { title: 'Save Anyway' };
  const chosen = await vscode.window.showErrorMessage(message, { modal: true }, again, keep);
  if (chosen === again) return 'again';
  return chosen === keep ? 'keep' : undefined;
}

/** Walks through the steps; true when a connection was saved and put in force. `named` is the name to begin with. */
export async function connectToTenant(
  connections: Connections,
  credentials: CredentialStore,
  server: Server,
  named?: string,
): Promise<boolean> {
  const address = await askAddress();
  if (address === undefined) return false;
  const taken = connections.list().map((profile) => profile.id);
  const id = await vscode.window.showInputBox({
    title: TITLE,
    prompt: 'Name by which queries call this connection (USING name)',
    value: named ?? freeId(address.id, taken),
    ignoreFocusOut: true,
    validateInput: (value) => {
      const severity = vscode.InputBoxValidationSeverity.Warning;
      const replaces = { message: `“${value}” exists; it will be replaced.`, severity };
      return idProblem(value) ?? (taken.includes(value) ? replaces : undefined);
    },
  });
  if (id === undefined || idProblem(id) !== undefined) return false;
  const profile = newProfile(id, address.baseUrl);
  const { origin } = new URL(address.baseUrl);
  for (;;) {
    const given = await askCredentials(TITLE, `for ${origin}`, 'oauth2-client-credentials');
    if (given === undefined) return false;
    const release = credentials.hold(id, origin, given);
    try {
      const tested = await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: `Signing in at ${origin}`,
          cancellable: true,
        },
        (_progress, token) =>
          server.request(METHODS.testConnection, { profile }, testConnectionResultSchema, token),
      );
      const decision = tested.ok ? 'keep' : await afterFailure(tested.message);
      if (decision === 'again') continue;
      if (decision === undefined) return false;
      await credentials.save(id, origin, given);
      await connections.save(profile);
      await connections.use(id);
      await server.notify(METHODS.forget, { profile: id });
      void vscode.window.showInformationMessage(
        tested.ok ? `Connected to ${id}: ${tested.message}` : `Saved ${id}; signing in did not work yet.`,
      );
      return true;
    } finally {
      release();
    }
  }
}

const ENDING = '.cxq-profile.json';
const example = z.looseObject({ id: z.string(), label: z.string() });

/** Adds one of the packed examples to the settings under a name of its own, and shows it there to be completed. */
async function startFromExample(connections: Connections, extensionUri: vscode.Uri): Promise<false> {
  const folder = vscode.Uri.joinPath(extensionUri, 'examples', 'connections');
  const files = (await vscode.workspace.fs.readDirectory(folder)).filter(([name]) => name.endsWith(ENDING));
  const profiles = await Promise.all(
    files.map(async ([name]) => {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, name));
      return example.parse(JSON.parse(new TextDecoder().decode(bytes)));
    }),
  );
  const chosen = await vscode.window.showQuickPick(
    profiles.map((profile) => ({ label: profile.id, detail: profile.label, profile })),
    { title: 'CXQ: Start from an Example', placeHolder: 'None was tried on a live tenant' },
  );
  if (chosen === undefined) return false;
  const { label: _, ...profile } = chosen.profile;
  const taken = connections.list().map(({ id }) => id);
  await connections.save({ ...profile, id: freeId(profile.id, taken) });
  await openConnections();
  return false;
}

interface Choice extends vscode.QuickPickItem {
  readonly action: { readonly use: string } | 'sandbox' | 'connect' | 'example';
}

/** Lets the person choose among the connections, the sandbox and a new one; true when one is in force now. */
export async function switchConnection(
  connections: Connections,
  connect: () => Promise<boolean>,
  extensionUri: vscode.Uri,
): Promise<boolean> {
  const active = connections.active();
  const choices: Choice[] = connections.list().map(({ id, label }) => ({
    label: id,
    description: [label, id === active ? 'in force' : undefined].filter(Boolean).join(' · '),
    iconPath: new vscode.ThemeIcon(id === active ? 'check' : 'plug'),
    action: { use: id },
  }));
  if (connections.sandboxState() === 'none') {
    choices.push({
      label: 'Start the sandbox tenant',
      description: 'made-up contact-centre data on this machine, no account',
      iconPath: new vscode.ThemeIcon('beaker'),
      action: 'sandbox',
    });
  }
  choices.push({
    label: 'Connect to a tenant…',
    iconPath: new vscode.ThemeIcon('add'),
    action: 'connect',
  });
  choices.push({
    label: 'Start from an example…',
    description: 'an access key, a gateway of your own, a log file',
    iconPath: new vscode.ThemeIcon('file-code'),
    action: 'example',
  });
  const chosen = await vscode.window.showQuickPick(choices, {
    title: 'CXQ: Switch Connection',
    placeHolder: 'Connection for queries without USING',
  });
  if (chosen === undefined) return false;
  if (chosen.action === 'connect') return connect();
  if (chosen.action === 'example') return startFromExample(connections, extensionUri);
  if (chosen.action === 'sandbox') await connections.startSandbox();
  else await connections.use(chosen.action.use);
  return true;
}

/** Removes the stored credentials of a connection that the person chooses. */
export async function signOut(credentials: CredentialStore, server: Server): Promise<void> {
  const profiles = await credentials.signedIn();
  if (profiles.length === 0) {
    void vscode.window.showInformationMessage(
      'No credentials are stored, so there is nothing to sign out of.',
    );
    return;
  }
  const id =
    profiles.length === 1
      ? profiles[0]
      : await vscode.window.showQuickPick(profiles, { title: 'CXQ: Sign Out', placeHolder: 'Connection' });
  if (id === undefined) return;
  await credentials.forget(id);
  await server.notify(METHODS.forget, { profile: id });
  void vscode.window.showInformationMessage(`The credentials of ${id} were removed from this machine.`);
}
