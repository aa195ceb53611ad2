/** A short run of every target, always the same. `npm run fuzz` has long ones, with inputs of their own. */
import { afterAll, expect, it } from 'vitest';
import type { Job } from './engine.ts';
import { runnerOf, TARGETS } from './targets.ts';
import { report, Workshop } from './workshop.ts';

const SEED = 20_261_122;
/** Inputs of the fastest target; slower ones get fewer. */
const RUNS = 2_000;
const LARGE = 3;
const TIMEOUT = 240_000;

const workshop = new Workshop();
afterAll(() => workshop.close());

async function problemsOf(job: Job): Promise<string> {
  const { failure } = await workshop.run(job);
  return failure === undefined ? '' : report(job, failure);
}

it.each(TARGETS)('%s: holds for texts and messages of every kind', { timeout: TIMEOUT }, async (target) => {
  const runs = Math.ceil(RUNS / runnerOf(target).slowness);
  expect(await problemsOf({ target, runs, seed: SEED, size: 'small' })).toBe('');
});

it.each(TARGETS.filter((target) => runnerOf(target).hasLarge))(
  '%s: holds for 64 KiB, each within a second',
  { timeout: TIMEOUT },
  async (target) => {
    expect(await problemsOf({ target, runs: LARGE, seed: SEED, size: 'large' })).toBe('');
  },
);
