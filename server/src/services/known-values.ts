/** Values that completion offers, from where they are known; read in the background, never waited for. */
import { access } from 'node:fs/promises';
import type { KnownValues, KnownVariable } from '../language/index.ts';
import { foldersOf } from './folders.ts';
import { whenIdle } from './turns.ts';
import type { Workspace } from './workspace.ts';

/** Where values come from. */
export interface KnownValueSource {
  /** Reads them anew; an abort ends it early. */
  load(signal: AbortSignal): Promise<KnownValues>;
}

/** Runs of another window or of the command line are seen after so long. */
const FRESH_MS = 60_000;

/** The runs that are kept on this machine. */
function runStore(workspace: Workspace): KnownValueSource {
  return {
    load: async (signal) => {
      const { runs } = await foldersOf(workspace.configuration);
      // Where nothing was run yet, what runs queries is not read either: it is a third of the server.
      if (
        !(await access(runs).then(
          () => true,
          () => false,
        ))
      )
        return { fields: new Map(), variables: [] };
      // Reading it takes about as long as a keystroke may: after the answers that are waited for.
      await whenIdle();
      const { readKnownValues } = await import('../run/index.ts');
      return readKnownValues(runs, signal);
    },
  };
}

/** Values of several sources: those of the first come first. */
export function mergedValues(all: readonly KnownValues[]): KnownValues {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const fields = new Map<string, readonly string[]>();
  const variables = new Map<string, KnownVariable>();
  for (const known of all) {
    for (const [name, values] of known.fields) {
      fields.set(name, [...new Set([...(fields.get(name) ?? []), ...values])]);
    }
    for (const { path, values } of known.variables) {
      const key = JSON.stringify(path);
      variables.set(key, { path, values: [...new Set([...(variables.get(key)?.values ?? []), ...values])] });
    }
  }
  return { fields, variables: [...variables.values()] };
}

export interface KnownValuesProvider {
  /** What is known so far; asking begins to read what is not, or no longer. */
  current(): KnownValues | undefined;
}

/** Keeps what the sources know; read again after a run, with other settings, and after a while. */
export function createKnownValues(
  workspace: Workspace,
  sources: readonly KnownValueSource[] = [runStore(workspace)],
  clock: () => number = Date.now,
): KnownValuesProvider {
  let known: KnownValues | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: AbortController | undefined;

  const read = async (controller: AbortController): Promise<void> => {
    const loaded = await Promise.allSettled(sources.map((source) => source.load(controller.signal)));
    if (reading !== controller) return;
    reading = undefined;
    known = mergedValues(loaded.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
  };
  const stale = (): void => {
    reading?.abort();
    reading = undefined;
    readAt = Number.NEGATIVE_INFINITY;
  };
  workspace.outcomes.onDidChange(stale);
  workspace.onDidChange(() => {
    // Another folder may hold the runs of another tenant.
    known = undefined;
    stale();
  });
  return {
    current: () => {
      if (reading === undefined && clock() - readAt >= FRESH_MS) {
        readAt = clock();
        reading = new AbortController();
        void read(reading);
      }
      return known;
    },
  };
}
