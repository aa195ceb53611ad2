import { describe, expect, it } from 'vitest';
import { inTurns, Line, type Urgency } from '../../../server/src/services/turns.ts';

/** An event loop whose time passes only where a test says so, and whose rounds it counts. */
function stoppedLoop() {
  let now = 0;
  let rounds = 0;
  const calls: (() => void)[] = [];
  const line = new Line({ now: () => now, afterEvents: (call) => void calls.push(call) });
  return {
    line,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    get rounds() {
      return rounds;
    },
    /** Rounds until nothing is left to be called. */
    settle: async () => {
      // Whoever got a turn goes on before the next round.
      for (let tick = 0; tick < 20; tick++) await Promise.resolve();
      for (let call = calls.shift(); call !== undefined; call = calls.shift()) {
        rounds++;
        call();
        for (let tick = 0; tick < 20; tick++) await Promise.resolve();
      }
    },
  };
}

type Loop = ReturnType<typeof stoppedLoop>;

function* work(loop: Loop, log: string[], name: string, milliseconds: readonly number[]) {
  for (const length of milliseconds) {
    log.push(name);
    loop.pass(length);
    yield;
  }
  return name;
}

const start = (
  loop: Loop,
  log: string[],
  name: string,
  milliseconds: readonly number[],
  more: { urgency?: Urgency; guard?: () => void } = {},
) => inTurns(work(loop, log, name, milliseconds), { line: loop.line, ...more });

describe('work in turns', () => {
  it('goes on without a pause while a turn lasts', async () => {
    const loop = stoppedLoop();
    expect(await start(loop, [], 'a', [1, 2, 3])).toBe('a');
    expect(loop.rounds).toBe(0);
  });

  it('gives way when its turn has lasted long enough', async () => {
    const loop = stoppedLoop();
    const done = start(loop, [], 'a', [30, 30, 30]);
    await loop.settle();
    expect(await done).toBe('a');
    expect(loop.rounds).toBeGreaterThanOrEqual(3);
  });

  it('is one turn a round, however many begin at once', async () => {
    const loop = stoppedLoop();
    const log: string[] = [];
    const names = ['a', 'b', 'c', 'd'];
    const all = Promise.all(names.map((name) => start(loop, log, name, [20, 20])));
    // Only the first of them has done anything before the events of the round.
    expect(log).toEqual(['a']);
    await loop.settle();
    expect(await all).toEqual(names);
    expect(log).toEqual(['a', 'a', 'b', 'c', 'd', 'b', 'c', 'd']);
    expect(loop.rounds).toBeGreaterThanOrEqual(8);
  });

  it('comes in the order of who waits, then of who came first', async () => {
    const loop = stoppedLoop();
    const log: string[] = [];
    const all = [
      start(loop, log, 'check', [20, 20, 20], { urgency: 'later' }),
      start(loop, log, 'outline', [20, 20], { urgency: 'soon' }),
      start(loop, log, 'hover', [20], { urgency: 'now' }),
      start(loop, log, 'folds', [20], { urgency: 'soon' }),
    ];
    await loop.settle();
    await Promise.all(all);
    expect(log).toEqual(['check', 'hover', 'outline', 'folds', 'outline', 'check', 'check']);
  });

  it('stops at the step where it is no longer wanted, and others go on', async () => {
    const loop = stoppedLoop();
    const log: string[] = [];
    let wanted = true;
    const guard = () => {
      if (!wanted) throw new Error('no longer wanted');
    };
    const given = start(loop, log, 'given up', [20, 20, 20], { guard });
    const other = start(loop, log, 'other', [20]);
    wanted = false;
    const refused = expect(given).rejects.toThrow('no longer wanted');
    await loop.settle();
    await refused;
    expect(await other).toBe('other');
    expect(log).toEqual(['given up', 'other']);
  });

  it('throws what its steps throw', async () => {
    const loop = stoppedLoop();
    function* broken(): Generator<void, void> {
      yield;
      throw new Error('broken');
    }
    await expect(inTurns(broken(), { line: loop.line })).rejects.toThrow('broken');
    expect(await start(loop, [], 'after', [1])).toBe('after');
  });
});
