/** Which events of a log are the start and the end of one step. */

export interface LifecycleEvent {
  /** The activity; '' where it has none. */
  readonly name: string;
  readonly instance: string | null;
  /** `lifecycle:transition`, in lower case. */
  readonly transition: string | null;
}

/** Ends of an activity that is not completed: they end what has started, and are nothing by themselves. */
const ABORTS: ReadonlySet<string> = new Set([
  'abort',
  'ate_abort',
  'pi_abort',
  'abort_activity',
  'abort_case',
  'withdraw',
  'autoskip',
  'manualskip',
]);

export interface Paired {
  /** Positions among the events. `start` is null where only the end is there, `end` where only the start is. */
  readonly start: number | null;
  readonly end: number | null;
}

export interface Pairing {
  /** In the order of their first events. */
  readonly steps: readonly Paired[];
  /** Some event is the start of a step: then one that has no start took no time. */
  readonly hasStarts: boolean;
  /** Events that are neither start nor end of anything. */
  readonly ignored: number;
  /** No event is a start or a completion: each was taken for a step. */
  readonly isOtherLifecycle: boolean;
}

/**
 * Events that are one step: a start and the next end of the same activity, of the same `concept:instance` where both
 * sides have it, in their order where they do not. An instance that both a start and an end have is never given to
 * another one.
 */
export function pairEvents(events: readonly LifecycleEvent[]): Pairing {
  const kinds = events.map(({ transition }) => kindOf(transition));
  const isOtherLifecycle = events.length > 0 && kinds.every((kind) => kind === 'other' || kind === 'abort');
  if (isOtherLifecycle) {
    const steps = events.map((_, end): Paired => ({ start: null, end }));
    return { steps, hasStarts: false, ignored: 0, isOtherLifecycle };
  }
  const ends = new Map<number, number>();
  const starts = new Map<number, number>();
  const pair = (keyOf: (event: LifecycleEvent) => string | undefined): void => {
    const open = new Map<string, number[]>();
    for (const [at, event] of events.entries()) {
      const key = keyOf(event);
      const kind = kinds[at];
      if (key === undefined || kind === 'other' || starts.has(at) || ends.has(at)) continue;
      const waiting = open.get(key);
      if (kind === 'start') {
        if (waiting === undefined) open.set(key, [at]);
        else waiting.push(at);
        continue;
      }
      const start = waiting?.shift();
      if (start === undefined) continue;
      ends.set(start, at);
      starts.set(at, start);
    }
  };
  pair(({ name, instance }) => (instance === null ? undefined : JSON.stringify([name, instance])));
  pair(({ name }) => name);
  const steps: Paired[] = [];
  let ignored = 0;
  for (const [at, kind] of kinds.entries()) {
    if (kind === 'start') steps.push({ start: at, end: ends.get(at) ?? null });
    else if (kind === 'complete' && !starts.has(at)) steps.push({ start: null, end: at });
    else if (kind === 'other' || (kind === 'abort' && !starts.has(at))) ignored += 1;
  }
  return { steps, hasStarts: kinds.includes('start'), ignored, isOtherLifecycle };
}

function kindOf(transition: string | null): 'start' | 'complete' | 'abort' | 'other' {
  if (transition === null || transition === '' || transition === 'complete') return 'complete';
  if (transition === 'start') return 'start';
  return ABORTS.has(transition) ? 'abort' : 'other';
}
