/** Run, Explain and Export over each query, in editors that have these commands; after a run, what it found. */
import { type CodeLens, CodeLensRefreshRequest } from 'vscode-languageserver/node';
import { asked } from './asked.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';

export const codeLensFeature: Feature = {
  capabilities: { codeLensProvider: {} },
  register({ connection, workspace }) {
    workspace.outcomes.onDidChange(() => {
      if (workspace.client.workspace?.codeLens?.refreshSupport !== true) return;
      // An editor that is on its way out need not answer.
      connection.sendRequest(CodeLensRefreshRequest.type).catch(() => undefined);
    });

    connection.onCodeLens(async ({ textDocument: { uri } }, token) => {
      // In an editor that does not have the commands a lens would do nothing.
      if (!workspace.configuration.clientCommands) return [];
      const text = await asked(workspace, uri, token);
      if (text === undefined) return [];
      const { document, parsed, language } = text;
      return language.queryLenses(parsed).flatMap((query): CodeLens[] => {
        const range = rangeOf(document, query);
        // A query with syntax errors has nothing to run: its diagnostics say what to do.
        if (query.broken) return [];
        const last = workspace.outcomes.last(uri, query.name, query.index);
        return [
          { range, command: { title: '$(play) Run', command: 'cxq.run', arguments: [uri, query.index] } },
          { range, command: { title: 'Explain', command: 'cxq.explain', arguments: [uri, query.index] } },
          {
            range,
            command: { title: 'Export', command: 'cxq.exportResults', arguments: [uri, query.index] },
          },
          ...(last === undefined
            ? []
            : [
                {
                  range,
                  command: { title: last.title, command: 'cxq.showResults', arguments: [last.runId] },
                },
              ]),
        ];
      });
    });
  },
};
