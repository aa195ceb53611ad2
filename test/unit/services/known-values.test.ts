import { describe, expect, it } from 'vitest';
import type { KnownValues } from '../../../server/src/language/index.ts';
import { createKnownValues, type KnownValueSource } from '../../../server/src/services/known-values.ts';

function known(value: string): KnownValues {
  return { origin: value, fields: new Map([['nodeId', [value]]]), variables: [] };
}

/** A source whose answers the test gives. */
function controlled() {
  const waiting: {
    readonly signal: AbortSignal;
    readonly give: (values: KnownValues) => void;
    readonly fail: () => void;
  }[] = [];
  let has: readonly KnownValues[] = [];
  const listeners: (() => void)[] = [];
  const source: KnownValueSource = {
    known: () => has,
    load: (signal) =>
      new Promise((resolve, reject) => {
        waiting.push({
          signal,
          give: (values) => {
            has = [values];
            resolve();
          },
          fail: () => reject(new Error('gone')),
        });
      }),
    freshMs: 60_000,
    onDidChange: (listener) => {
      listeners.push(listener);
    },
  };
  const change = (): void => {
    for (const listener of listeners) listener();
  };
  return { source, waiting, change };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('known values', () => {
  it('are read in the background, once, and again after a while', async () => {
    const { source, waiting } = controlled();
    let now = 0;
    const provider = createKnownValues([source], () => now);
    expect(provider.current()).toEqual([]);
    expect(provider.current()).toEqual([]);
    expect(waiting).toHaveLength(1);
    waiting[0]?.give(known('a'));
    await settled();
    expect(provider.current()).toEqual([known('a')]);
    expect(waiting).toHaveLength(1);
    now += 61_000;
    expect(provider.current()).toEqual([known('a')]);
    expect(waiting).toHaveLength(2);
  });

  it('are read again after a change of their source alone', async () => {
    const [one, other] = [controlled(), controlled()];
    const provider = createKnownValues([one.source, other.source]);
    provider.current();
    other.waiting[0]?.give(known('b'));
    one.change();
    expect(one.waiting[0]?.signal.aborted).toBe(true);
    await settled();
    expect(provider.current()).toEqual([known('b')]);
    expect([one.waiting.length, other.waiting.length]).toEqual([2, 1]);
    // The end of what was broken off is not the end of what goes on.
    one.waiting[0]?.fail();
    await settled();
    provider.current();
    expect(one.waiting).toHaveLength(2);
  });

  it('come from the sources that can be read, in their order', async () => {
    const [one, two, three] = [controlled(), controlled(), controlled()];
    const provider = createKnownValues([one.source, two.source, three.source]);
    provider.current();
    three.waiting[0]?.give(known('c'));
    one.waiting[0]?.give(known('a'));
    two.waiting[0]?.fail();
    await settled();
    expect(provider.current()).toEqual([known('a'), known('c')]);
  });
});
