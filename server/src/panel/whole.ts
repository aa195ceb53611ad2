/** What all filters of one run share, each part worked out when it is first asked for. */
import {
  createFrame,
  createThresholdRule,
  type FlaggedSteps,
  type Frame,
  flagSteps,
  outcomeNodes,
} from '../analysis/index.ts';
import type { PanelData } from './data.ts';

export class Whole {
  readonly data: PanelData;
  /** Of all interactions that count; their ids are the names by which the panel knows them. */
  readonly frame: Frame;
  readonly flagged: FlaggedSteps;
  /** Steps of the store, those of interactions that no longer count among them. */
  readonly stepCount: number;
  #isBottleneck: Uint8Array | undefined;
  #isNamed: Uint8Array | undefined;
  #byName: ReadonlyMap<string, number> | undefined;
  readonly #lower = new Map<readonly string[], readonly string[]>();

  constructor(data: PanelData) {
    this.data = data;
    const frame = createFrame(data.store);
    this.frame = { ...frame, columns: { ...frame.columns, ids: [...data.names] } };
    this.flagged = flagSteps(this.frame, createThresholdRule(data.options));
    this.stepCount = frame.columns.node.length;
  }

  /** By step of the store. */
  get isBottleneck(): Uint8Array {
    if (this.#isBottleneck === undefined) {
      const marks = new Uint8Array(this.stepCount);
      for (const s of this.flagged.step) marks[s] = 1;
      this.#isBottleneck = marks;
    }
    return this.#isBottleneck;
  }

  /** By node: 1 where the tenant gave all its visits an outcome. */
  get isNamed(): Uint8Array {
    this.#isNamed ??= outcomeNodes(this.frame);
    return this.#isNamed;
  }

  /** The interaction of a name; undefined where there is none that counts. */
  find(name: string): number | undefined {
    if (this.#byName === undefined) {
      const { names } = this.data;
      this.#byName = new Map(Array.from(this.frame.live, (i) => [names[i] ?? '', i]));
    }
    return this.#byName.get(name);
  }

  /** Texts as they are searched. */
  lower(texts: readonly string[]): readonly string[] {
    const known = this.#lower.get(texts);
    if (known !== undefined) return known;
    const lower = texts.map(searchable);
    this.#lower.set(texts, lower);
    return lower;
  }
}

/** Whatever the case of its letters, and however its accents are written. */
export function searchable(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
