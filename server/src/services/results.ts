/** Kept runs for the results panel, which asks for what it shows. */
import * as z from 'zod';
import { METHODS, panelParamsSchema, panelQueryParamsSchema } from '../protocol/lsp.ts';
import type { RunError } from '../protocol/run.ts';
import type { Results } from '../run/results.ts';
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
      const { openResults } = await import('../run/results.ts');
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

    const gone = async (runId: string): Promise<{ readonly error: RunError }> => {
      const { whyNotKept } = await import('../run/index.ts');
      const { runs } = await foldersOf(workspace.configuration);
      return { error: { code: 'gone', message: await whyNotKept(runs, runId) } };
    };

    answer(connection, METHODS.panel, panelParamsSchema, ({ runId, request }, token) =>
      using(runId, async (results) => {
        const answered = await results?.answer(request, signalOf(token));
        if (answered === undefined) return gone(runId);
        return answered.ok ? { response: answered.value } : { error: answered.error };
      }),
    );

    answer(connection, METHODS.panelQuery, panelQueryParamsSchema, ({ runId, filter }, token) =>
      using(runId, async (results) => {
        const answered = await results?.narrowed(filter, signalOf(token));
        if (answered === undefined) return gone(runId);
        if (!answered.ok) return { error: answered.error };
        const { text, notes } = answered.value;
        return { text, notes };
      }),
    );

    answer(connection, METHODS.runs, z.unknown(), async () => {
      const { listRuns } = await import('../run/index.ts');
      const { runs } = await foldersOf(workspace.configuration);
      return { runs: await listRuns(runs) };
    });
  },
};
