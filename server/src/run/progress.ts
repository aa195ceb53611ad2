/** How far a run is, told to whoever watches. */
import type { RunProgress } from '../protocol/lsp.ts';
import type { RetrievalProgress } from '../tenant/index.ts';
import type { RunHost } from './host.ts';

type Counts = Pick<RetrievalProgress, 'records' | 'expected' | 'requests' | 'retries' | 'pausedUntil'>;
type Phase = RunProgress['phase'];

export interface ProgressTeller {
  phase(phase: Phase): void;
  counts(counts: Counts): void;
}

/** Tells at once that the run connects. A display that throws never ends a run. */
export function createProgress(host: RunHost, runId: string, query: string | null): ProgressTeller {
  let phase: Phase = 'connecting';
  let counts: Counts = { records: 0, expected: null, requests: 0, retries: 0, pausedUntil: null };
  const tell = (): void => {
    const { records, expected, requests, retries, pausedUntil } = counts;
    try {
      host.onProgress?.({
        runId,
        query,
        phase,
        records,
        expected,
        requests,
        retries,
        pausedUntil: pausedUntil === null ? null : new Date(pausedUntil).toISOString(),
      });
    } catch {
      // What is shown is the watcher's concern.
    }
  };
  tell();
  return {
    phase(next) {
      phase = next;
      tell();
    },
    counts(next) {
      counts = next;
      tell();
    },
  };
}
