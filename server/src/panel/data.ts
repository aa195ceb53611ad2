/** What the results panel is answered from. */
import type { AnalyseOptions, Store } from '../analysis/index.ts';

/** A run at one moment: where more comes, there is another one of it. */
export interface PanelData {
  readonly store: Store;
  /** By interaction of the store: what it is called, told apart where several have one id (`a1`, `a1 (2)`). */
  readonly names: readonly string[];
  /** By step of the store: 1 where it satisfies the conditions of the query that ran. */
  readonly matching: Uint8Array;
  /** Of the run. */
  readonly options: AnalyseOptions;
}

/**
 * Names for records in the order in which they come: their ids, and for those whose id has one already the first that
 * is free of `a1 (2)`, `a1 (3)` and so on.
 */
export class Namer {
  readonly #taken = new Set<string>();
  readonly #numbers = new Map<string, number>();

  name(id: string): string {
    const name = this.#free(id);
    this.#taken.add(name);
    return name;
  }

  #free(id: string): string {
    if (!this.#taken.has(id)) return id;
    let number = this.#numbers.get(id) ?? 2;
    while (this.#taken.has(`${id} (${number})`)) number += 1;
    this.#numbers.set(id, number + 1);
    return `${id} (${number})`;
  }
}
