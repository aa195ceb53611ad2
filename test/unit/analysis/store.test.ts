import { describe, expect, it } from 'vitest';
import { analyse, createStore } from '../../../server/src/analysis/index.ts';
import type { Interaction, JsonObject } from '../../../server/src/protocol/history.ts';
import { interaction, step } from './support.ts';

const first = interaction('i', step('a', 0, 1), step('b', 2, null));
const added = (...list: Interaction[]) => {
  const store = createStore();
  const outcomes = list.map((one) => store.add(one));
  return { store, outcomes };
};

describe('an interaction seen again', () => {
  it('is dropped when nothing about it changed', () => {
    const { store, outcomes } = added(first, structuredClone(first));
    expect(outcomes).toEqual(['added', 'duplicate']);
    expect(store.counts).toEqual({
      interactions: 1,
      steps: 2,
      rejected: 0,
      duplicates: 1,
      replaced: 0,
      conflicts: 0,
    });
  });

  it('replaces the first when it gained steps, and leaves no trace of it in the report', () => {
    const later = interaction(
      'i',
      step('a', 0, 1),
      step('b', 2, 5, { errorState: true, outcome: 'x' }),
      step('c', 6, 7, { variablesBefore: { v: 1 }, variablesAfter: { v: 2 } }),
    );
    const { store, outcomes } = added(first, later, first);
    // The first form again: it is known.
    expect(outcomes).toEqual(['added', 'replaced', 'duplicate']);
    expect(store.counts).toMatchObject({ interactions: 1, steps: 3, replaced: 1 });
    expect(analyse(store)).toEqual(analyse(added(later).store));
  });

  it('replaces the first when only its open step ended', () => {
    const { outcomes } = added(first, interaction('i', step('a', 0, 1), step('b', 2, 9)));
    expect(outcomes).toEqual(['added', 'replaced']);
  });

  it.each<[string, Interaction]>([
    ['another node', interaction('i', step('a', 0, 1), step('x', 2, null), step('c', 3, 4))],
    ['another start', interaction('i', step('a', 0.5, 1), step('b', 2, null), step('c', 3, 4))],
    ['another end', interaction('i', step('a', 0, 1.5), step('b', 2, null), step('c', 3, 4))],
    [
      'another error',
      interaction('i', step('a', 0, 1, { errorState: true }), step('b', 2, 3), step('c', 3, 4)),
    ],
    [
      'another outcome',
      interaction('i', step('a', 0, 1, { outcome: 'x' }), step('b', 2, 3), step('c', 3, 4)),
    ],
    ['fewer steps', interaction('i', step('a', 0, 1))],
  ])('is kept apart with %s', (_, other) => {
    const { store, outcomes } = added(first, other);
    expect(outcomes).toEqual(['added', 'conflict']);
    expect(store.counts).toMatchObject({ interactions: 2, conflicts: 1 });
  });

  it('is kept apart when a field that nobody reads changed', () => {
    const raw: JsonObject = { ...first.raw, channel: 'voice' };
    expect(added(first, { ...first, raw }).outcomes).toEqual(['added', 'conflict']);
  });

  it('may continue one of several that were kept apart', () => {
    const other = interaction('i', step('z', 0, 1));
    const longer = interaction('i', step('a', 0, 1), step('b', 2, 3), step('c', 4, 5));
    const { store, outcomes } = added(first, other, longer);
    expect(outcomes).toEqual(['added', 'conflict', 'replaced']);
    expect(analyse(store).paths.map(({ nodes }) => nodes.join(' '))).toEqual(['a b c', 'z']);
  });

  it('counts every time where the records were reconciled before', () => {
    const store = createStore({ reconcile: false });
    expect([store.add(first), store.add(first)]).toEqual(['added', 'added']);
    expect(store.counts.interactions).toBe(2);
  });

  it('keeps other interactions out of it', () => {
    const { outcomes } = added(first, { ...first, interactionId: 'j' });
    expect(outcomes).toEqual(['added', 'added']);
  });
});

describe('the store', () => {
  it('keeps the reasons of what could not be read', () => {
    const store = createStore();
    store.addRejected({ index: 3, reason: 'no interaction id', raw: { secret: 'x' } });
    expect(analyse(store).rejected).toEqual([{ index: 3, reason: 'no interaction id' }]);
    expect(store.counts.rejected).toBe(1);
  });

  it('grows far beyond its first size', () => {
    const store = createStore();
    for (let i = 0; i < 3_000; i += 1) {
      store.add(interaction(`i${i}`, step(`n${i}`, i, i + 1), step(`n${i + 1}`, i + 1, i + 2)));
    }
    const report = analyse(store, { top: 0 });
    expect(report.steps).toBe(6_000);
    expect(report.pathCount).toBe(3_000);
    expect(report.flow.edges).toHaveLength(3_000);
    expect(report.nodes).toHaveLength(3_001);
  });

  it('sorts a long interaction', () => {
    const steps = Array.from({ length: 5_000 }, (_, i) =>
      step(`n${(i * 7919) % 5_000}`, (i * 7919) % 5_000, null),
    );
    const store = createStore();
    store.add(interaction('long', ...steps));
    expect(analyse(store).paths[0]?.nodes.slice(0, 3)).toEqual(['n0', 'n1', 'n2']);
    expect(analyse(store).duration.sum).toBe(4_999);
  });
});
