/** Kept runs for the results panel, which asks for what it shows. */
import * as z from 'zod';
import { METHODS, panelParamsSchema } from '../protocol/lsp.ts';
import type { Results } from '../run/index.ts';
import { answer } from './answers.ts';
import type { Feature } from './feature.ts';
import { foldersOf } from './folders.ts';

/** Runs held open: as many as a person looks at side by side. */
const HELD = 3;

export const resultsFeature: Feature = {
  capabilities: {},
  register({ connection, workspace }) {
    const held = new Map<string, Promise<Results | undefined>>();

    const load = async (runId: string): Promise<Results | undefined> => {
      const { openResults } = await import('../run/index.ts');
      const { runs } = await foldersOf(workspace.configuration);
      return openResults(runs, runId);
    };
    const open = (runId: string): Promise<Results | undefined> => {
      const key = `${workspace.configuration.dataFolder}\n${runId}`;
      const results = held.get(key) ?? load(runId);
      // Last asked for is last in the map: the first is the one to let go.
      held.delete(key);
      held.set(key, results);
      for (const oldest of held.keys()) {
        if (held.size <= HELD) break;
        held.delete(oldest);
      }
      // A run that still goes on is read again the next time.
      void results.then(
        (found) => {
          if (found === undefined || found.manifest.outcome === 'running') held.delete(key);
        },
        () => held.delete(key),
      );
      return results;
    };

    answer(connection, METHODS.panel, panelParamsSchema, async ({ runId, request }) => {
      const results = await open(runId);
      if (results === undefined) {
        const { whyNotKept } = await import('../run/index.ts');
        const { runs } = await foldersOf(workspace.configuration);
        return { error: { code: 'gone', message: await whyNotKept(runs, runId) } };
      }
      const response = results.answer(request);
      return response === undefined
        ? { error: { code: 'gone', message: 'The run has no such step.' } }
        : { response };
    });

    answer(connection, METHODS.runs, z.unknown(), async () => {
      const { listRuns } = await import('../run/index.ts');
      const { runs } = await foldersOf(workspace.configuration);
      return { runs: await listRuns(runs) };
    });
  },
};
