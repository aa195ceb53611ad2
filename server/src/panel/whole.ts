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
  readonly #ranks = new Map<readonly string[], Int32Array>();
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

  /** Places of texts as a person sorts them: whatever the case of their letters, and only then by it. */
  ranks(texts: readonly string[]): Int32Array {
    const known = this.#ranks.get(texts);
    if (known !== undefined) return known;
    const lower = this.lower(texts);
    const ranks = new Int32Array(texts.length);
    const order = Int32Array.from(texts.keys()).sort(
      (a, b) => compare(lower[a] ?? '', lower[b] ?? '') || compare(texts[a] ?? '', texts[b] ?? ''),
    );
    for (const [place, id] of order.entries()) ranks[id] = place;
    this.#ranks.set(texts, ranks);
    return ranks;
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

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
