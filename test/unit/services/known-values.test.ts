import { describe, expect, it } from 'vitest';
import type { KnownValues } from '../../../server/src/language/index.ts';
import {
  createKnownValues,
  type KnownValueSource,
  mergedValues,
} from '../../../server/src/services/known-values.ts';
import { Workspace } from '../../../server/src/services/workspace.ts';

function known(field: string, ...values: string[]): KnownValues {
  return { fields: new Map([[field, values]]), variables: [{ path: ['queue'], values }] };
}

/** A source whose answers the test gives. */
function controlled() {
  const waiting: {
    readonly signal: AbortSignal;
    readonly give: (values: KnownValues) => void;
    readonly fail: () => void;
  }[] = [];
  const source: KnownValueSource = {
    load: (signal) =>
      new Promise((resolve, reject) => {
        waiting.push({ signal, give: resolve, fail: () => reject(new Error('gone')) });
      }),
  };
  return { source, waiting };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('known values', () => {
  it('are read in the background, once, and again after a while', async () => {
    const { source, waiting } = controlled();
    let now = 0;
    const provider = createKnownValues(new Workspace(), [source], () => now);
    expect(provider.current()).toBeUndefined();
    expect(provider.current()).toBeUndefined();
    expect(waiting).toHaveLength(1);
    waiting[0]?.give(known('nodeId', 'a'));
    await settled();
    expect(provider.current()?.fields.get('nodeId')).toEqual(['a']);
    now += 61_000;
    expect(provider.current()?.fields.get('nodeId')).toEqual(['a']);
    expect(waiting).toHaveLength(2);
  });

  it('are read again after a run, and forgotten with other settings', async () => {
    const { source, waiting } = controlled();
    const workspace = new Workspace();
    const provider = createKnownValues(workspace, [source]);
    provider.current();
    workspace.changed();
    expect(waiting[0]?.signal.aborted).toBe(true);
    waiting[0]?.give(known('nodeId', 'of before'));
    await settled();
    expect(provider.current()).toBeUndefined();
    waiting[1]?.give(known('nodeId', 'of now'));
    await settled();
    expect(provider.current()?.fields.get('nodeId')).toEqual(['of now']);
  });

  it('come from the sources that can be read', async () => {
    const [one, other] = [controlled(), controlled()];
    const provider = createKnownValues(new Workspace(), [one.source, other.source]);
    provider.current();
    one.waiting[0]?.fail();
    other.waiting[0]?.give(known('nodeId', 'b'));
    await settled();
    expect(provider.current()?.fields.get('nodeId')).toEqual(['b']);
  });

  it('of several sources are each there once, the first source’s first', () => {
    const merged = mergedValues([
      known('nodeId', 'a', 'b'),
      known('nodeId', 'b', 'c'),
      known('outcome', 'x'),
    ]);
    expect([...merged.fields]).toEqual([
      ['nodeId', ['a', 'b', 'c']],
      ['outcome', ['x']],
    ]);
    expect(merged.variables).toEqual([{ path: ['queue'], values: ['a', 'b', 'c', 'x'] }]);
  });
});
