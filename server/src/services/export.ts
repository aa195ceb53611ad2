/** Exporting kept runs for the editor. */
import { homedir } from 'node:os';
import {
  type ExportResult,
  exportParamsSchema,
  lastRunParamsSchema,
  lastRunResultSchema,
  METHODS,
} from '../protocol/lsp.ts';
import { answer, signalOf } from './answers.ts';
import type { Feature } from './feature.ts';
import { foldersOf } from './folders.ts';
import { readText } from './texts.ts';

/** Progress is shown to a person: more often than this is work without use. */
const PROGRESS_MS = 100;

export const exportFeature: Feature = {
  capabilities: {},
  register({ connection, workspace }) {
    answer(connection, METHODS.lastRun, lastRunParamsSchema, async ({ text, index }, token) => {
      const query = (await readText(text, token)).queries[index];
      if (query === undefined) return { run: null };
      const { lastRunOf } = await import('../run/index.ts');
      const { runs } = await foldersOf(workspace.configuration);
      const run = await lastRunOf(runs, text, query);
      return lastRunResultSchema.parse({ run: run ?? null });
    });

    answer(
      connection,
      METHODS.export,
      exportParamsSchema,
      async ({ runId, path, format, token: name }, token): Promise<ExportResult> => {
        const { configuration } = workspace;
        if (!configuration.trusted) {
          const message = 'Exporting results needs a trusted workspace: it writes files.';
          return { error: { code: 'untrusted', message } };
        }
        const { exportRun } = await import('../run/index.ts');
        const folders = await foldersOf(configuration);
        let told = 0;
        const exported = await exportRun(
          {
            runsFolder: folders.runs,
            auditFolder: folders.audit,
            exportFolder: workspace.exportFolder('') ?? homedir(),
            profiles: workspace.profiles,
            user: configuration.user,
            onAudited: ({ line, file, sequence, hash }) => {
              void connection.sendNotification(METHODS.audited, { line, file, sequence, hash });
            },
          },
          runId,
          { path, format },
          signalOf(token),
          ({ records, share }) => {
            const now = Date.now();
            if (now - told < PROGRESS_MS) return;
            told = now;
            void connection.sendNotification(METHODS.exportProgress, { token: name, records, share });
          },
        );
        if (!exported.ok) return { error: exported.error };
        const { file, notes, audited } = exported.value;
        return { file, notes: [...notes], audited };
      },
    );
  },
};
