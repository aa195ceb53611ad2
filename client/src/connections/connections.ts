/** Which connections there are and which one is in force, the sandbox among them. */
import * as vscode from 'vscode';
import { profileProblemsSchema, type ServerConfiguration } from '../../../server/src/protocol/lsp.ts';
import type { ProfileInput } from '../../../server/src/protocol/profile.ts';
import {
  configuredProfiles,
  namedConnection,
  onDidChangeSettings,
  serverConfiguration,
} from '../configuration.ts';
import type { CredentialStore } from './credentials.ts';
import { type ListedProfile, listProfiles, SANDBOX_ID, withProfile } from './profiles.ts';
import { handedOver, type RunningSandbox, type SandboxAddress, startSandboxProcess } from './sandbox.ts';

/** Says what is wrong with connections of the settings, with the way there. */
export async function showProblems(params: unknown): Promise<void> {
  const { problems } = profileProblemsSchema.parse(params);
  if (problems.length === 0) return;
  const open = 'Open Setting';
  const more = problems.length > 3 ? ` … and ${problems.length - 3} more` : '';
  const text = problems.slice(0, 3).join(' ') + more;
  if ((await vscode.window.showWarningMessage(text, open)) === open) await openConnections();
}

/** Opens the settings where the connections stand. */
export async function openConnections(): Promise<void> {
  const revealSetting = { key: 'cxq.connections', edit: false };
  await vscode.commands.executeCommand('workbench.action.openSettingsJson', { revealSetting });
}

/** Whose sandbox runs: none, this window's own, or one handed over by the environment. */
export type SandboxState = 'none' | 'starting' | 'own' | 'given';

export class Connections implements vscode.Disposable {
  readonly #credentials: CredentialStore;
  readonly #cli: string;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #settings: vscode.Disposable;
  #sandbox: { address: SandboxAddress; running: RunningSandbox | undefined; release: () => void } | undefined;
  #starting: Promise<void> | undefined;
  /** Set while the person works with the sandbox, whatever the settings name. */
  #sandboxChosen = false;

  readonly onDidChange = this.#changed.event;

  constructor(credentials: CredentialStore, cli: string, log: vscode.LogOutputChannel) {
    this.#credentials = credentials;
    this.#cli = cli;
    this.#log = log;
    this.#settings = onDidChangeSettings(() => this.#changed.fire());
    const given = handedOver(process.env);
    if (given !== undefined) this.#useSandbox(given, undefined);
  }

  /** Profiles of the settings, and the sandbox's while it runs. */
  list(): ListedProfile[] {
    return listProfiles(this.#profiles());
  }

  /** The connection where a query has no USING; null when there is none. */
  active(): string | null {
    return this.#sandboxChosen ? SANDBOX_ID : namedConnection();
  }

  configuration(): ServerConfiguration {
    return serverConfiguration(this.#profiles(), this.active());
  }

  sandboxState(): SandboxState {
    if (this.#sandbox !== undefined) return this.#sandbox.running === undefined ? 'given' : 'own';
    return this.#starting === undefined ? 'none' : 'starting';
  }

  sandboxUrl(): string | undefined {
    return this.#sandbox?.address.baseUrl;
  }

  #profiles(): unknown[] {
    const configured = configuredProfiles();
    if (this.#sandbox === undefined) return configured;
    const sandbox = { id: SANDBOX_ID, label: 'Sandbox tenant', baseUrl: this.#sandbox.address.baseUrl };
    return withProfile(configured, sandbox);
  }

  /** Puts a connection in force; one of the settings is remembered there, the sandbox only for this window. */
  async use(id: string): Promise<void> {
    this.#sandboxChosen = id === SANDBOX_ID && this.#sandbox !== undefined;
    if (!this.#sandboxChosen && namedConnection() !== id) {
      const settings = vscode.workspace.getConfiguration('cxq');
      const named = settings.inspect('connection');
      const inWorkspace = named?.workspaceValue !== undefined && vscode.workspace.isTrusted;
      const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
      await settings.update('connection', id, target);
    }
    this.#changed.fire();
  }

  /** Writes a profile to the machine's settings, in the place of its namesake. */
  async save(profile: Pick<ProfileInput, 'id'>): Promise<void> {
    const settings = vscode.workspace.getConfiguration('cxq');
    const profiles = withProfile(configuredProfiles(), profile);
    await settings.update('connections', profiles, vscode.ConfigurationTarget.Global);
  }

  /** Starts the sandbox tenant and puts it in force; one that runs is only put in force. */
  async startSandbox(): Promise<void> {
    if (this.#sandbox === undefined) {
      this.#starting ??= this.#launch().finally(() => {
        this.#starting = undefined;
        this.#changed.fire();
      });
      this.#changed.fire();
      await this.#starting;
    }
    await this.use(SANDBOX_ID);
  }

  async #launch(): Promise<void> {
    const running = await startSandboxProcess(this.#cli, (line) => this.#log.info(`sandbox: ${line}`));
    this.#useSandbox(running.address, running);
    this.#log.info(`The sandbox tenant listens at ${running.address.baseUrl}.`);
    void running.ended.then((code) => this.#lost(running, code));
  }

  #useSandbox(address: SandboxAddress, running: RunningSandbox | undefined): void {
    const { clientId, clientSecret, baseUrl } = address;
    const release = this.#credentials.hold(SANDBOX_ID, new URL(baseUrl).origin, { clientId, clientSecret });
    this.#sandbox = { address, running, release };
    this.#sandboxChosen = true;
    this.#changed.fire();
  }

  #lost(running: RunningSandbox, code: number | null): void {
    if (this.#sandbox?.running !== running) return;
    this.#forgetSandbox();
    void vscode.window.showWarningMessage(
      `The sandbox tenant ended by itself${code === null ? '' : ` (exit code ${code})`}. Start it again to go on.`,
    );
  }

  #forgetSandbox(): void {
    this.#sandbox?.release();
    this.#sandbox = undefined;
    this.#sandboxChosen = false;
    this.#changed.fire();
  }

  /** Ends the process that this window started, and no other. */
  async stopSandbox(): Promise<void> {
    const running = this.#sandbox?.running;
    if (running === undefined) return;
    this.#forgetSandbox();
    await running.stop();
    this.#log.info('The sandbox tenant was stopped.');
  }

  dispose(): void {
    this.#settings.dispose();
    this.#changed.dispose();
  }
}
