/** Orders that the tenant cannot make: by a field of the interaction, or across several batches. */
import type { DerivedInteraction } from '../analysis/index.ts';
import type { Interaction } from '../protocol/history.ts';

interface Sortable {
  readonly interaction: Interaction;
  readonly derived: DerivedInteraction;
  readonly matching: readonly number[];
}

/** What an interaction is sorted by. */
export type Key = string | number | null;

interface Sorted {
  readonly id: string;
  readonly key: Key;
}

export interface Order {
  readonly key: (one: Sortable) => Key;
  readonly compare: (a: Sorted, b: Sorted) => number;
}

/** The instant by which a tenant sorts: the latest (DESC) or earliest (ASC) start among the steps that match. */
function nodeTimestamp({ derived, matching: sequences }: Sortable, descending: boolean): Key {
  const matching = new Set(sequences);
  const steps =
    matching.size === 0 ? derived.steps : derived.steps.filter((step) => matching.has(step.sequence));
  let found: number | null = null;
  for (const { start } of steps) {
    if (start !== null && (found === null || (descending ? start > found : start < found))) found = start;
  }
  return found;
}

function keyOf(field: string, one: Sortable, descending: boolean): Key {
  switch (field.toLowerCase()) {
    case 'interactionid':
      return one.interaction.interactionId;
    case 'workflowid':
      return one.interaction.workflowId;
    case 'workflowname':
      return one.interaction.workflowName;
    case 'interactionstart':
      return one.derived.start;
    case 'interactionend':
      return one.derived.end;
    case 'duration':
      return one.derived.duration;
    case 'stepcount':
      return one.derived.stepCount;
    case 'errorcount':
      return one.derived.errorCount;
    default:
      return nodeTimestamp(one, descending);
  }
}

/** Sorts by a field of the interaction, or `nodeTimestamp`; what is unknown comes last, ties by id. */
export function orderBy(field: string, descending: boolean): Order {
  return {
    key: (one) => keyOf(field, one, descending),
    compare(a, b) {
      if (a.key === b.key) return a.id < b.id ? -1 : 1;
      if (a.key === null) return 1;
      if (b.key === null) return -1;
      return a.key < b.key !== descending ? -1 : 1;
    },
  };
}
