/** Times of things that are compared: run in turn, so that what the machine does meanwhile hits all alike. */
import { performance } from 'node:perf_hooks';

export interface Case {
  readonly name: string;
  /** Done before each run, and not timed. */
  readonly before?: () => void;
  readonly run: () => unknown;
}

/** Milliseconds. */
export interface Times {
  readonly median: number;
  readonly p95: number;
  readonly runs: number;
}

/** The value below which a share of the sorted values lies, by the nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function summary(times: readonly number[]): Times {
  const sorted = [...times].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), runs: sorted.length };
}

/** Each case so many times, in turn, after `warmUp` rounds that do not count. */
export async function compare(
  cases: readonly Case[],
  runs: number,
  warmUp: number,
): Promise<ReadonlyMap<string, Times>> {
  const times = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let round = -warmUp; round < runs; round++) {
    for (const { name, before, run } of cases) {
      before?.();
      const begin = performance.now();
      await run();
      const took = performance.now() - begin;
      if (round >= 0) times.get(name)?.push(took);
    }
  }
  return new Map([...times].map(([name, all]) => [name, summary(all)]));
}
