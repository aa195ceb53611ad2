/** Settings as the server gets them. What says where secrets go or files lie is never taken from a workspace. */
import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import * as z from 'zod';
import { configurationSchema, type ServerConfiguration } from '../../server/src/protocol/lsp.ts';
import { type NetworkSettings, networkSettingsSchema } from '../../server/src/protocol/network.ts';

const shape = configurationSchema.shape;

/** The machine's or user's value, else the manifest's default; a workspace's value is not looked at. */
function userValue<S extends z.ZodType>(key: string, schema: S, fallback: z.output<S>): z.output<S> {
  const found = vscode.workspace.getConfiguration('cxq').inspect(key);
  const parsed = schema.safeParse(found?.globalValue ?? found?.defaultValue);
  return parsed.success ? parsed.data : fallback;
}

/** Connection profiles as written by the person; the server validates each and says what is wrong. */
export function configuredProfiles(): unknown[] {
  return userValue('connections', z.array(z.unknown()), []);
}

/** The connection that the settings name. A workspace may name one: it cannot define one. */
export function namedConnection(): string | null {
  const name = z.string().trim().safeParse(vscode.workspace.getConfiguration('cxq').get('connection'));
  return name.success && name.data !== '' ? name.data : null;
}

export function codeLensEnabled(): boolean {
  return vscode.workspace.getConfiguration('cxq').get('codeLens.enabled') !== false;
}

/** Kinds of hints in the text. They change what is shown and nothing else: a workspace may say. */
function inlayHints(): ServerConfiguration['inlayHints'] {
  const parsed = shape.inlayHints.safeParse(vscode.workspace.getConfiguration('cxq').get('inlayHints'));
  return parsed.success ? parsed.data : shape.inlayHints.parse({});
}

/** Tells when the lenses are switched on or off. */
export function onDidChangeCodeLens(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('cxq.codeLens')) listener();
  });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return 'unknown';
  }
}

/** The message of `cxq/configuration`. */
export function serverConfiguration(profiles: unknown[], connection: string | null): ServerConfiguration {
  return {
    profiles,
    connection,
    dataFolder: userValue('dataFolder', z.string(), ''),
    keep: userValue('keep', shape.keep, { days: 90, megabytes: 4_096 }),
    defaultLimit: userValue('defaultLimit', shape.defaultLimit, 1000),
    bottleneckThresholdSeconds: userValue('bottleneckThreshold', shape.bottleneckThresholdSeconds, 15),
    bottleneckThresholds: userValue('bottleneckThresholds', shape.bottleneckThresholds, {
      nodeTypes: {},
      nodes: {},
    }),
    severities: userValue('diagnostics.severity', shape.severities, {}),
    inlayHints: inlayHints(),
    user: userName(),
    trusted: vscode.workspace.isTrusted,
    clientCommands: true,
    webhookAllow: userValue('webhook.allow', shape.webhookAllow, []),
  };
}

/** Answers `cxq/network`: the editor's own settings, which the server's process does not inherit. */
export function networkSettings(): NetworkSettings {
  const settings = vscode.workspace.getConfiguration('http');
  const value = (key: string): unknown => {
    const found = settings.inspect(key);
    return found?.globalValue ?? found?.defaultValue;
  };
  const keys = Object.keys(networkSettingsSchema.shape);
  return networkSettingsSchema.parse(Object.fromEntries(keys.map((key) => [key, value(key)])));
}

/** Tells of every change after which the server needs a new configuration. */
export function onDidChangeSettings(listener: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('cxq')) listener();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(listener),
  );
}
