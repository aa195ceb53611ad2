/** What is there of a run while it goes on, told at its first page and then from time to time. */
import { overviewOfReport } from '../panel/index.ts';
import type { Overview } from '../protocol/panel-overview.ts';
import { optionsOf } from './analysis-settings.ts';
import type { Analysis } from './analysis-thread.ts';
import type { ManifestStart } from './begin.ts';
import type { RunHost } from './host.ts';

/** More often nobody can read it. */
const EVERY_MS = 1_000;
/** Of the analysis's time, at most one part in so many is for them. */
const SHARE = 4;
const TOP = 20;

interface Counts {
  readonly records: number;
  readonly expected: number | null;
}

export interface Snapshots {
  /** How many records came so far, of how many. */
  counts(counts: Counts): void;
  /** More of them is kept and analysed. */
  page(): void;
  /** None follows, not even one that is being made. */
  end(): void;
}

const NONE: Snapshots = { counts: () => undefined, page: () => undefined, end: () => undefined };

/** Tells the host of the run, where it wants to hear of it. A display that throws never ends a run. */
export function createSnapshots(
  { onSnapshot }: Pick<RunHost, 'onSnapshot'>,
  manifest: ManifestStart,
  analysis: Analysis,
): Snapshots {
  if (onSnapshot === undefined) return NONE;
  let counts: Counts = { records: 0, expected: null };
  let isMaking = false;
  let hasMore = false;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  const tell = (overview: Overview): void => {
    try {
      onSnapshot(overview);
    } catch {
      // What is shown is the watcher's concern.
    }
  };

  const make = async (): Promise<void> => {
    isMaking = true;
    hasMore = false;
    const begin = performance.now();
    const { records, expected } = counts;
    // Drivers and rules of decisions take longer than all the rest: they are for the end.
    const made = await analysis.analyse({ ...optionsOf(manifest), drivers: false, top: TOP });
    if (hasEnded) return;
    if (made.ok && made.value.report.interactions > 0) {
      const running = { ...manifest, endedAt: null, outcome: 'running' } as const;
      const { report, findings } = made.value;
      const progress = { records, expected };
      tell(overviewOfReport(report, findings, { manifest: running, resumable: false, progress }));
    }
    const wait = Math.max(EVERY_MS, (SHARE - 1) * (performance.now() - begin));
    timer = setTimeout(() => {
      isMaking = false;
      if (hasMore) void make();
    }, wait);
    timer.unref();
  };

  return {
    counts(now) {
      counts = now;
    },
    page() {
      hasMore = true;
      if (!isMaking && !hasEnded) void make();
    },
    end() {
      hasEnded = true;
      clearTimeout(timer);
    },
  };
}
