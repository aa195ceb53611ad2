/** The network as the editor has it: its proxy and certificate settings, and a report on what is in the way. */
import type { Connection } from 'vscode-languageserver/node';
import { METHODS } from '../protocol/lsp.ts';
import {
  type NetworkSettings,
  networkReportParamsSchema,
  networkSettingsSchema,
} from '../protocol/network.ts';
import { VERSION } from '../protocol/version.ts';
import type { NetworkOptions } from '../tenant/index.ts';
import { answer, signalOf } from './answers.ts';
import { askCredentials } from './credentials.ts';
import type { Feature, FeatureContext } from './feature.ts';
import { settingProblems } from './workspace.ts';

/** The editor's settings at this moment; null for an editor that does not give them: the environment then counts. */
async function askSettings({ connection, workspace }: FeatureContext): Promise<NetworkSettings | null> {
  if (!workspace.configuration.clientCommands) return null;
  try {
    const settings = networkSettingsSchema.parse(await connection.sendRequest<unknown>(METHODS.network));
    if (!settings.proxyStrictSSL) warnOnce(connection);
    return settings;
  } catch (error) {
    // What is in the answer may hold a password: only that it failed is told.
    const why = error instanceof Error ? error.name : 'error';
    connection.console.warn(`The editor’s proxy settings were not given (${why}); the environment’s count.`);
    return null;
  }
}

const NOT_STRICT =
  'http.proxyStrictSSL is off. It is not followed: without the check of certificates, whoever is in between would get the ' +
  'credentials. Add the authority to the system’s store, or name its file in “certificates” of the connection profile.';

const warned = new WeakSet<Connection>();
function warnOnce(connection: Connection): void {
  if (warned.has(connection)) return;
  warned.add(connection);
  connection.console.warn(NOT_STRICT);
}

/** The network options of what is about to be sent: settings that were changed meanwhile count. */
export async function askNetwork(context: FeatureContext): Promise<NetworkOptions> {
  const settings = await askSettings(context);
  if (settings === null) return {};
  const { networkOf } = await import('../tenant/index.ts');
  return networkOf(settings);
}

export const networkFeature: Feature = {
  capabilities: {},
  register(context) {
    const { connection, workspace } = context;
    answer(connection, METHODS.networkReport, networkReportParamsSchema, async ({ profile: id }, token) => {
      const profile = id === null ? workspace.inForce : workspace.profiles.get(id);
      if (profile === null || profile === undefined) {
        const name = id ?? workspace.configuration.connection ?? '';
        const broken = workspace.unusable.find((one) => one.id === name);
        const why = broken === undefined ? [] : settingProblems(broken);
        const named = name === '' ? '' : ` “${name}”`;
        return { text: [`There is no usable connection${named}.`, ...why, ''].join('\n') };
      }
      const [settings, { diagnoseNetwork, networkOf, proxyLabel }] = await Promise.all([
        askSettings(context),
        import('../tenant/index.ts'),
      ]);
      const lines = await diagnoseNetwork(profile, {
        ...(settings === null ? {} : { network: networkOf(settings) }),
        credentials: async () => {
          const given = await askCredentials(connection, profile);
          return given.ok ? given.value : given.error.message;
        },
        signal: signalOf(token),
      });
      const head = [
        `CXQ ${VERSION}: network of the connection “${profile.id}”, ${new Date().toISOString()}`,
        'No secret stands in this text: it can be sent to who runs the network.',
        '',
      ];
      return { text: `${[...head, ...settingLines(settings, proxyLabel), '', ...lines].join('\n')}\n` };
    });
  },
};

function settingLines(settings: NetworkSettings | null, label: (proxy: string) => string): string[] {
  if (settings === null) return ['Settings', '  The editor gives none: the environment counts.'];
  const { proxy, proxySupport, noProxy, proxyAuthorization, proxyStrictSSL, systemCertificates } = settings;
  return [
    'Settings',
    `  http.proxy: ${proxy === '' ? 'empty, so the environment counts' : label(proxy)}`,
    `  http.proxySupport: ${proxySupport}`,
    `  http.noProxy: ${noProxy.length === 0 ? 'empty, so the environment counts' : noProxy.join(', ')}`,
    `  http.proxyAuthorization: ${proxyAuthorization === null || proxyAuthorization === '' ? 'none' : 'set'}`,
    `  http.systemCertificates: ${systemCertificates ? 'on' : 'off'}`,
    `  http.proxyStrictSSL: ${proxyStrictSSL ? 'on' : `off. ${NOT_STRICT}`}`,
  ];
}
