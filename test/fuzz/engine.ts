/** Tries inputs until one fails, and makes that one as small as it can. */
import fc from 'fast-check';
import type { Target } from './target.ts';

export interface Job {
  readonly target: string;
  readonly runs: number;
  readonly seed: number;
  readonly size: 'small' | 'large';
  /** Where in the seed's inputs to begin: repeats one that failed. */
  readonly path?: string;
}

export interface Failure {
  readonly message: string;
  readonly seed: number;
  /** Repeats it, with the seed. */
  readonly path: string;
  /** The smallest input that was found to fail, as JSON. */
  readonly input: string;
}

export interface Outcome {
  /** How many inputs were tried. */
  readonly tried: number;
  readonly failure?: Failure;
}

/** How long a failing input is made smaller. */
const SHRINK_MS = 8_000;

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function whyNot<C>(target: Target<C>, input: C): Promise<string | undefined> {
  try {
    await target.holds(input);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function smallest<C>(
  target: Target<C>,
  input: C,
  message: string,
): Promise<{ input: C; message: string }> {
  const until = performance.now() + SHRINK_MS;
  let best = { input, message };
  for (let again = target.smaller !== undefined; again; ) {
    again = false;
    for (const candidate of target.smaller?.(best.input) ?? []) {
      if (performance.now() > until) return best;
      const why = await whyNot(target, candidate);
      if (why === undefined) continue;
      best = { input: candidate, message: why };
      again = true;
      break;
    }
  }
  return best;
}

/** Runs a job; `started` is told of each input before it is tried. */
export async function tryInputs<C>(target: Target<C>, job: Job, started: () => void): Promise<Outcome> {
  const inputs = job.size === 'large' ? (target.large ?? target.small) : target.small;
  let tried = 0;
  let failedAt: number | undefined;
  const property = fc.asyncProperty(inputs, async (input) => {
    started();
    // Enough was made smaller: every further input counts as one that holds.
    if (failedAt !== undefined && performance.now() - failedAt > SHRINK_MS) return;
    if (failedAt === undefined) tried += target.count(input);
    try {
      await target.holds(input);
    } catch (error) {
      failedAt ??= performance.now();
      throw error;
    }
  });
  const { seed, runs: numRuns, path } = job;
  try {
    const details = await fc.check(property, { seed, numRuns, ...(path === undefined ? {} : { path }) });
    if (!details.failed || details.counterexample === null) return { tried };
    const [input] = details.counterexample;
    const { input: least, message } = await smallest(target, input, messageOf(details.errorInstance));
    return {
      tried,
      failure: { message, seed, path: details.counterexamplePath ?? '', input: JSON.stringify(least) },
    };
  } finally {
    target.finish?.();
  }
}

/** The input of a job at an index, as JSON: the one that never ended. */
export function inputAt<C>(target: Target<C>, { seed, size }: Job, index: number): string {
  const inputs = size === 'large' ? (target.large ?? target.small) : target.small;
  const [input] = fc.sample(inputs, { seed, path: String(index), numRuns: 1 });
  return JSON.stringify(input);
}

/** Tries an input that was saved; gives why it fails. */
export async function tryAgain<C>(target: Target<C>, input: C): Promise<string | undefined> {
  try {
    return await whyNot(target, input);
  } finally {
    target.finish?.();
  }
}
