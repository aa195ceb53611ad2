/** So many requests of one run at once; who waits is let in by rank, then in the order of arrival. */
export interface Gate {
  /** Waits for a place. Gives the function that leaves it, or null as soon as the signal is aborted. */
  enter(signal: AbortSignal, rank: number): Promise<(() => void) | null>;
}

interface Waiter {
  readonly rank: number;
  readonly admit: () => void;
}

export function createGate(places: number): Gate {
  let free = places;
  const waiting: Waiter[] = [];

  const leaver = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next.admit();
    };
  };

  return {
    async enter(signal, rank) {
      if (signal.aborted) return null;
      if (free > 0) {
        free -= 1;
        return leaver();
      }
      return new Promise((resolve) => {
        const cancel = (): void => {
          waiting.splice(waiting.indexOf(waiter), 1);
          resolve(null);
        };
        const waiter: Waiter = {
          rank,
          admit() {
            signal.removeEventListener('abort', cancel);
            resolve(leaver());
          },
        };
        signal.addEventListener('abort', cancel, { once: true });
        const behind = waiting.findIndex((other) => other.rank > rank);
        waiting.splice(behind < 0 ? waiting.length : behind, 0, waiter);
      });
    },
  };
}
