/** Kept runs for the results panel, which asks for what it shows. */
import * as z from 'zod';
import { METHODS, panelParamsSchema } from '../protocol/lsp.ts';
import type { Results } from '../run/index.ts';
import { answer, signalOf } from './answers.ts';
import type { Feature } from './feature.ts';
import { foldersOf } from './folders.ts';

/** Runs held open: as many as a person looks at side by side. */
const HELD = 3;

interface Held {
  readonly results: Promise<Results | undefined>;
  /** Requests that wait for it. */
  waiting: number;
}

export const resultsFeature: Feature = {
  capabilities: {},
  register({ connection, workspace }) {
    /** By data folder and run; the one that was asked for last is the last. */
    const held = new Map<string, Held>();

    const load = async (runId: string): Promise<Results | undefined> => {
      const { openResults } = await import('../run/index.ts');
      const { runs } = await foldersOf(workspace.configuration);
      return openResults(runs, runId);
    };
    /** Lets go of those that were not asked for longest, but of none that somebody waits for. */
    const letGo = (): void => {
      for (const [key, { results, waiting }] of held) {
        if (held.size <= HELD) return;
        if (waiting > 0) continue;
        held.delete(key);
        void results.then(
          (found) => found?.close(),
          () => undefined,
        );
      }
    };
    /** Has the results of a run while they are used. */
    const using = async <T>(runId: string, use: (results: Results | undefined) => Promise<T>): Promise<T> => {
      const key = `${workspace.configuration.dataFolder}\n${runId}`;
      const one = held.get(key) ?? { results: load(runId), waiting: 0 };
      held.delete(key);
      held.set(key, one);
      one.waiting += 1;
      try {
        const found = await one.results;
        // A run that is not there may be there the next time.
        if (found === undefined && held.get(key) === one) held.delete(key);
        return await use(found);
      } finally {
        one.waiting -= 1;
        letGo();
      }
    };

    answer(connection, METHODS.panel, panelParamsSchema, async ({ runId, request }, token) => {
      return using(runId, async (results) => {
        if (results === undefined) {
          const { whyNotKept } = await import('../run/index.ts');
          const { runs } = await foldersOf(workspace.configuration);
          return { error: { code: 'gone', message: await whyNotKept(runs, runId) } };
        }
        const answered = await results.answer(request, signalOf(token));
        return answered.ok ? { response: answered.value } : { error: answered.error };
      });
    });

    answer(connection, METHODS.runs, z.unknown(), async () => {
      const { listRuns } = await import('../run/index.ts');
      const { runs } = await foldersOf(workspace.configuration);
      return { runs: await listRuns(runs) };
    });
  },
};
