/** Values that completion offers, from where they are known; read in the background, never waited for. */
import { access } from 'node:fs/promises';
import type { KnownValues } from '../language/index.ts';
import { foldersOf } from './folders.ts';
import { whenIdle } from './turns.ts';
import type { Workspace } from './workspace.ts';

/** Where values come from. */
export interface KnownValueSource {
  /** What is known so far, the likeliest first. */
  readonly known: () => readonly KnownValues[];
  /** Reads it anew; an abort ends it early, and what was read then is not kept. */
  readonly load: (signal: AbortSignal) => Promise<void>;
  /** How long what was read is good, in milliseconds. */
  readonly freshMs: number;
  /** Calls back when it has to be read anew. */
  readonly onDidChange: (listener: () => void) => void;
}

/** Runs of another window or of the command line are seen after so long. */
const FRESH_MS = 60_000;

/** The runs that are kept on this machine. */
export function latestRuns(workspace: Workspace): KnownValueSource {
  let known: readonly KnownValues[] = [];
  return {
    known: () => known,
    load: async (signal) => {
      const { runs } = await foldersOf(workspace.configuration);
      // Where nothing was run yet, what runs queries is not read either: it is a third of the server.
      const isThere = await access(runs).then(
        () => true,
        () => false,
      );
      if (!isThere) return;
      // Reading it takes about as long as a keystroke may: after the answers that are waited for.
      await whenIdle();
      const { readKnownValues } = await import('../run/index.ts');
      const read = await readKnownValues(runs, signal);
      if (!signal.aborted) known = [read];
    },
    freshMs: FRESH_MS,
    onDidChange: (listener) => {
      workspace.outcomes.onDidChange(listener);
      workspace.onDidChange(() => {
        // Another folder may hold the runs of another tenant.
        known = [];
        listener();
      });
    },
  };
}

export interface KnownValuesProvider {
  /** What is known so far; asking begins to read what is not, or no longer. */
  readonly current: () => readonly KnownValues[];
}

/** Keeps what one source knows: read again after a change, and after a while. */
function kept(source: KnownValueSource, clock: () => number): KnownValuesProvider {
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: AbortController | undefined;

  const read = async (controller: AbortController): Promise<void> => {
    // What cannot be read is not known; what was known before still is.
    await source.load(controller.signal).catch(() => undefined);
    if (reading === controller) reading = undefined;
  };
  source.onDidChange(() => {
    reading?.abort();
    reading = undefined;
    readAt = Number.NEGATIVE_INFINITY;
  });
  return {
    current: () => {
      if (reading === undefined && clock() - readAt >= source.freshMs) {
        readAt = clock();
        reading = new AbortController();
        void read(reading);
      }
      return source.known();
    },
  };
}

/** What several sources know, one after another. */
export function createKnownValues(
  sources: readonly KnownValueSource[],
  clock: () => number = Date.now,
): KnownValuesProvider {
  const all = sources.map((source) => kept(source, clock));
  return { current: () => all.flatMap((one) => one.current()) };
}
