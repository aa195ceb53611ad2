import { describe, expect, it } from 'vitest';
import { createGate } from '../../../server/src/tenant/gate.ts';

const never = new AbortController().signal;

describe('the places of a run', () => {
  it('are given by rank, then by arrival, and never more than there are', async () => {
    const gate = createGate(2);
    const [first, second] = [await gate.enter(never, 9), await gate.enter(never, 9)];
    const order: string[] = [];
    const wait = async (name: string, rank: number): Promise<void> => {
      const leave = await gate.enter(never, rank);
      order.push(name);
      leave?.();
      leave?.();
    };
    const all = [wait('c', 3), wait('a1', 1), wait('b', 2), wait('a2', 1)];
    await Promise.resolve();
    expect(order).toEqual([]);
    first?.();
    await Promise.all(all);
    expect(order).toEqual(['a1', 'a2', 'b', 'c']);
    second?.();
    const places = [await gate.enter(never, 0), await gate.enter(never, 0)];
    expect(places.every((leave) => leave !== null)).toBe(true);
  });

  it('are waited for no longer once it is cancelled', async () => {
    const gate = createGate(1);
    const leave = await gate.enter(never, 0);
    const controller = new AbortController();
    const waiting = gate.enter(controller.signal, 0);
    const behind = gate.enter(never, 0);
    controller.abort();
    expect(await waiting).toBeNull();
    expect(await gate.enter(controller.signal, 0)).toBeNull();
    leave?.();
    expect(await behind).not.toBeNull();
  });
});
