/** Orders that the tenant cannot make: by a field of the interaction, or across several batches. */
import type { DerivedInteraction } from '../analysis/index.ts';
import type { Interaction } from '../protocol/history.ts';

interface Sortable {
  readonly interaction: Interaction;
  readonly derived: DerivedInteraction;
  readonly kept: { readonly matching: readonly number[] } | undefined;
}
export type Order = (a: Sortable, b: Sortable) => number;

type Key = string | number | null;

/** The instant by which a tenant sorts: the latest (DESC) or earliest (ASC) start among the steps that match. */
function nodeTimestamp({ derived, kept }: Sortable, descending: boolean): Key {
  const matching = new Set(kept?.matching);
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
  const keys = new Map<Sortable, Key>();
  const key = (one: Sortable): Key => {
    const known = keys.get(one);
    if (known !== undefined) return known;
    const made = keyOf(field, one, descending);
    keys.set(one, made);
    return made;
  };
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === right) return a.interaction.interactionId < b.interaction.interactionId ? -1 : 1;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right !== descending ? -1 : 1;
  };
}
