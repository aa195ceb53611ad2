/** What the server of large texts answers, and takes over, from the other one. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import * as z from 'zod';
import { answer } from './answers.ts';
import { forgetWhenTold } from './connections.ts';
import { checkFile } from './diagnostics.ts';
import type { Feature } from './feature.ts';
import { LARGE_METHODS, lastRunsSchema } from './large-texts.ts';

const reportSchema = z.object({ uri: z.string(), text: z.string() });

export const largeRequestsFeature: Feature = {
  capabilities: {},
  register({ connection, workspace }) {
    forgetWhenTold(connection);
    connection.onNotification(LARGE_METHODS.lastRuns, (params: unknown) => {
      const { uri, runs } = lastRunsSchema.parse(params);
      workspace.outcomes.take({ uri, runs: new Map(runs) });
    });
    workspace.outcomes.onDidRun((uri) => {
      const runs = [...(workspace.outcomes.of(uri)?.runs ?? [])];
      void connection.sendNotification(LARGE_METHODS.lastRuns, { uri, runs });
    });

    answer(connection, LARGE_METHODS.report, reportSchema, ({ uri, text }, token) =>
      checkFile(TextDocument.create(uri, 'cxq', 0, text), workspace.checkContext(), token),
    );
  },
};
