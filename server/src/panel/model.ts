/** Answers what the panel asks of a run, and keeps what a few filters left of it. */
import type { PanelResponse } from '../protocol/panel.ts';
import type { Filter } from '../protocol/panel-filter.ts';
import type { PanelRequest, RequestOf } from '../protocol/panel-requests.ts';
import type { PanelData } from './data.ts';
import { decisionsOf, driversOf } from './decisions.ts';
import { densityOf } from './density.ts';
import { flowOf } from './flow.ts';
import { type Left, leftBy } from './left.ts';
import { type Narrowing, narrowingOf } from './narrowing.ts';
import { Recent } from './ordering.ts';
import { overviewOf, type PanelFacts } from './overview.ts';
import { pathsOf } from './paths.ts';
import { type KeptRecord, stepOf } from './step.ts';
import { tableOf } from './table.ts';
import { timelineOf } from './timeline.ts';
import { variablesOf } from './variables.ts';
import { Whole } from './whole.ts';

/** Filters whose results are kept beside those of the whole run: the one in force, and those about to be undone. */
const KEPT = 3;

/** What is answered from the data alone; records, other runs and comparisons are not in it. */
export type ModelRequest = Exclude<PanelRequest, { kind: 'step' | 'compare' | 'runs' }>;

export interface PanelModel {
  answer(request: ModelRequest, facts: PanelFacts): PanelResponse | Promise<PanelResponse>;
  /** For a query of what a filter leaves. */
  narrowing(filter: Filter): Narrowing;
  /** The interaction of the store that the panel knows by a name; undefined where there is none that counts. */
  find(name: string): number | undefined;
  /** One step of an interaction, given its record; undefined where it has no such step. */
  step(request: RequestOf<'step'>, record: KeptRecord): PanelResponse | undefined;
}

export function createPanelModel(data: PanelData): PanelModel {
  return new Model(data);
}

class Model implements PanelModel {
  readonly #data: PanelData;
  readonly #recent = new Recent<Left>(KEPT);
  #all: Left | undefined;

  constructor(data: PanelData) {
    this.#data = data;
  }

  answer(request: ModelRequest, facts: PanelFacts): PanelResponse | Promise<PanelResponse> {
    const [data, left] = [this.#data, this.#leftBy(request.filter)];
    switch (request.kind) {
      case 'overview':
        return overviewOf(data, left, facts);
      case 'timeline':
        return timelineOf(data, left, request);
      case 'density':
        return densityOf(data, left, request);
      case 'table':
        return tableOf(data, left, request);
      case 'flow':
        return flowOf(data, left, request);
      case 'paths':
        return pathsOf(data, left, request);
      case 'decisions':
        return decisionsOf(left);
      case 'drivers':
        return driversOf(data, left, request);
      case 'variables':
        return variablesOf(data, left);
    }
  }

  narrowing(filter: Filter): Narrowing {
    return narrowingOf(this.#data, this.#leftBy(filter));
  }

  find(name: string): number | undefined {
    return this.#leftBy([]).whole.find(name);
  }

  step(request: RequestOf<'step'>, record: KeptRecord): PanelResponse | undefined {
    return stepOf(this.#leftBy([]), request, record);
  }

  #leftBy(filter: Filter): Left {
    this.#all ??= leftBy(this.#data, [], new Whole(this.#data));
    if (filter.length === 0) return this.#all;
    const { whole } = this.#all;
    return this.#recent.get(keyOf(filter), () => leftBy(this.#data, filter, whole));
  }
}

/** The same for the same conditions, in whatever order they were added. */
function keyOf(filter: Filter): string {
  return JSON.stringify(filter.toSorted((a, b) => (a.kind < b.kind ? -1 : 1)));
}
