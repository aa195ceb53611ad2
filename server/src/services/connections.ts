/** Connections: tried before they are kept. */
import { forgetParamsSchema, METHODS, testConnectionParamsSchema } from '../protocol/lsp.ts';
import { answer, signalOf } from './answers.ts';
import { askCredentials } from './credentials.ts';
import type { Feature, FeatureContext } from './feature.ts';
import { askNetwork } from './network.ts';
import { settingProblems } from './workspace.ts';

/** Credentials are asked for anew at each run; what may outlive them in a server are tokens. */
export function forgetWhenTold(connection: FeatureContext['connection']): void {
  connection.onNotification(METHODS.forget, async (params: unknown) => {
    if (!forgetParamsSchema.safeParse(params).success) return;
    const { forgetTokens } = await import('../tenant/index.ts');
    forgetTokens();
  });
}

export const connectionFeature: Feature = {
  capabilities: {},
  register(context) {
    const { connection, workspace } = context;
    let told = '';
    workspace.onDidChange(() => {
      const problems = workspace.unusable.flatMap(settingProblems);
      const text = problems.join('\n');
      // Each state is told once: most changes of settings are about something else.
      if (text === told || !workspace.configuration.clientCommands) return;
      told = text;
      void connection.sendNotification(METHODS.profileProblems, { problems });
    });

    forgetWhenTold(connection);

    answer(connection, METHODS.testConnection, testConnectionParamsSchema, async ({ profile }, token) => {
      const { resolveProfile, testConnection } = await import('../tenant/index.ts');
      const resolved = resolveProfile(profile, workspace.configuration.profiles, { folder: null });
      if (!resolved.ok) {
        const list = resolved.problems.map(({ path, message }) => `${path}: ${message}`);
        return { ok: false, message: `The connection cannot be used. ${list.join(' ')}` };
      }
      const credentials = await askCredentials(connection, resolved.profile);
      if (!credentials.ok) return { ok: false, message: credentials.error.message };
      const network = await askNetwork(context);
      return testConnection(resolved.profile, credentials.value, { signal: signalOf(token), network });
    });
  },
};
