/** How each query of a text ended last, for the lens above it; kept while the server lives. */
import { grouped } from '../language/index.ts';
import type { FinishedRun } from '../run/index.ts';

export interface LastRun {
  readonly runId: string;
  /** What a lens shows: `1,204 interactions · 7 bottlenecks · 2.1 s`. */
  readonly title: string;
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `0.4 s`, `2.1 s`, `74 s`, `12 min`. */
function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 600 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

const MARKS = {
  complete: '',
  partial: '$(warning) partial · ',
  failed: '$(error) failed · ',
  cancelled: '$(circle-slash) cancelled · ',
} as const satisfies Record<FinishedRun['output']['outcome'], string>;

/** A run in one line. Numbers and fixed words only: nothing of the tenant's data gets into a lens. */
function runTitle({ output, durationMs }: FinishedRun): string {
  const { outcome, analysis, expectations } = output;
  const broken = expectations.filter((one) => !one.ok).length;
  const unmet = broken === 0 || outcome !== 'complete' ? [] : [`${counted(broken, 'expectation')} not met`];
  const mark = outcome === 'complete' && unmet.length > 0 ? '$(warning) ' : MARKS[outcome];
  // One that failed before anything came has not found that there is nothing.
  const found = outcome === 'complete' || analysis.interactions > 0;
  const parts = [
    ...(found ? [counted(analysis.interactions, 'interaction')] : []),
    ...(analysis.interactions > 0 ? [counted(analysis.bottleneckCount, 'bottleneck')] : []),
    ...unmet,
    duration(durationMs),
  ];
  return mark + parts.join(' · ');
}

/** By the query's name, which stays with it when others come before it; else by its place. */
function keyOf(name: string | null, index: number): string {
  return name === null ? `#${index}` : `name ${name}`;
}

/** The last runs of a text, each by its query. */
export interface OutcomesOfText {
  readonly uri: string;
  readonly runs: ReadonlyMap<string, LastRun>;
}

export class Outcomes {
  readonly #byText = new Map<string, Map<string, LastRun>>();
  readonly #listeners: ((uri: string) => void)[] = [];
  readonly #runListeners: ((uri: string) => void)[] = [];

  /** Takes the runs of a text over; `first` is the index of the first of them in it. */
  remember(uri: string, first: number, runs: readonly FinishedRun[]): void {
    if (runs.length === 0) return;
    const known = this.#byText.get(uri) ?? new Map<string, LastRun>();
    for (const [at, run] of runs.entries()) {
      const { runId, query } = run.output;
      known.set(keyOf(query, first + at), { runId, title: runTitle(run) });
    }
    this.#keep(uri, known);
    for (const listener of this.#runListeners) listener(uri);
  }

  /** What is known of a text, for a server in another thread to take over. */
  of(uri: string): OutcomesOfText | undefined {
    const runs = this.#byText.get(uri);
    return runs === undefined ? undefined : { uri, runs };
  }

  /** Takes over what another server knows of a text. */
  take({ uri, runs }: OutcomesOfText): void {
    this.#keep(uri, new Map(runs));
  }

  /** The last run of a query of a text. */
  last(uri: string, name: string | null, index: number): LastRun | undefined {
    return this.#byText.get(uri)?.get(keyOf(name, index));
  }

  /** A text without a file is gone once closed: its address is given to the next one. */
  closed(uri: string): void {
    if (!uri.startsWith('file:')) this.#byText.delete(uri);
  }

  /** Calls back with the URI of the text whose queries have run. */
  onDidChange(listener: (uri: string) => void): void {
    this.#listeners.push(listener);
  }

  /** As `onDidChange`, of queries that have run in this server. */
  onDidRun(listener: (uri: string) => void): void {
    this.#runListeners.push(listener);
  }

  #keep(uri: string, runs: Map<string, LastRun>): void {
    this.#byText.set(uri, runs);
    for (const listener of this.#listeners) listener(uri);
  }
}
