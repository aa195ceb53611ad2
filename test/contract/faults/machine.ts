/** Runs the cases of faults of this machine, each with several seeds, and writes a row for each. */
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../server/src/sandbox/random.ts';
import { type Row, SEEDS, writeRows } from './row.ts';

/** What came of one run. */
export interface MachineResult {
  /** How often the fault struck: 0 where it came too early or too late, which is tried again with another seed. */
  readonly fired: number;
  readonly outcome: string;
  readonly lost: number;
  readonly duplicated: number;
  readonly message: string;
}

export interface MachineCase {
  readonly name: string;
  /** Why it cannot be brought about here. */
  readonly skip?: string | undefined;
  /** Brings it about, and asserts what has to come of it. */
  readonly run: (seed: number, random: Random) => Promise<MachineResult>;
}

/** So many times as many seeds are tried as are wanted. */
const TRIES = 6;

/** The message without what differs from run to run. */
function plainly(message: string): string {
  return message
    .replace(/\/[^\s:,']*cxq-[^\s:,']*/g, '…')
    .replace(/'[^']*cxq-[^']*'/g, '…')
    .replace(/\b\d+(?= (of them|interactions?|records?)\b)/g, 'n');
}

export function describeMachine(part: string, first: number, cases: readonly MachineCase[]): void {
  const rows: Row[] = [];
  afterAll(() => writeRows('machine', part, rows));
  describe('machine', () => {
    for (const [index, tried] of cases.entries()) {
      it(tried.name, { timeout: 120_000 + 30_000 * SEEDS }, async ({ skip }) => {
        skip(tried.skip !== undefined, tried.skip);
        const row: Row = {
          ...{ order: first + index, name: tried.name, mode: 'stream', seeds: 0, fired: 0 },
          ...{ lost: 0, duplicated: 0, outcomes: [], messages: [] },
        };
        for (let seed = 1; row.seeds < SEEDS && seed <= TRIES * SEEDS; seed += 1) {
          const came = await tried.run(seed, createRandom(seed, index));
          if (came.fired === 0) continue;
          expect(came.duplicated).toBe(0);
          if (came.outcome === 'complete') expect(came.lost, 'a false complete').toBe(0);
          row.seeds += 1;
          row.fired += came.fired;
          row.lost += came.lost;
          row.duplicated += came.duplicated;
          if (!row.outcomes.includes(came.outcome)) row.outcomes.push(came.outcome);
          const message = plainly(came.message);
          if (message !== '' && !row.messages.includes(message)) row.messages.push(message);
        }
        expect(row.seeds, 'the fault did not fire').toBe(SEEDS);
        rows.push(row);
      });
    }
  });
}
