/** A kept run as the results panel shows it: the data stays here, the panel asks for what is in sight. */
import { createThresholdRule, deriveSteps, diffVariables } from '../analysis/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/history.ts';
import { type Micros, toSeconds } from '../protocol/instant.ts';
import type { PanelRequest } from '../protocol/panel-requests.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunManifest } from '../protocol/run.ts';
import { createReader, type Reader } from '../tenant/index.ts';
import { type Analysed, Analyser } from './analyser.ts';
import { optionsOf } from './analysis-settings.ts';
import { analyseRecords } from './analysis-thread.ts';
import type { Place } from './lines.ts';
import { overviewOf } from './overview.ts';
import {
  createIntern,
  isShown,
  type Only,
  pageOf,
  type ShowContext,
  type ShownInteraction,
  show,
  tableRow,
  timelineRow,
} from './shown.ts';
import { readRun, type StoredRun } from './store.ts';
import { selectRows, type TableIndex, tableIndex } from './table.ts';

/** Of the durations of a timeline's rows: most of them fit into it. */
const TYPICAL = 0.9;

interface TimelineSelection {
  readonly key: string;
  readonly rows: readonly ShownInteraction[];
  readonly longest: Micros;
  readonly typical: Micros;
}

/** Of values in ascending order, with linear interpolation (R type 7); 0 of none. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? 0;
  return low + (high - low) * (place - Math.floor(place));
}

type TimelineOrder = Extract<PanelRequest, { kind: 'timeline' }>['order'];

export interface Results {
  readonly manifest: RunManifest;
  readonly report: AnalysisReport;
  /** Answers one request of the panel; undefined for a step that the run does not have. */
  answer(request: PanelRequest): PanelResponse | undefined;
}

/** Two records of one id that contradict each other are both shown, told apart. `numbers` are those given so far. */
function freeName(id: string, taken: ReadonlyMap<string, unknown>, numbers: Map<string, number>): string {
  if (!taken.has(id)) return id;
  let number = numbers.get(id) ?? 2;
  while (taken.has(`${id} (${number})`)) number += 1;
  numbers.set(id, number + 1);
  return `${id} (${number})`;
}

/** The records of a run as they are read: analysed, and shown without what only one step at a time needs. */
class Reading {
  readonly shown: ShownInteraction[] = [];
  readonly byId = new Map<string, ShownInteraction>();
  readonly #numbers = new Map<string, number>();
  readonly #reader: Reader;
  readonly #context: ShowContext;

  constructor(manifest: RunManifest) {
    this.#reader = createReader(manifest.response);
    this.#context = { rule: createThresholdRule(optionsOf(manifest)), intern: createIntern() };
  }

  take(record: JsonObject, matching: readonly number[], place: Place): void {
    const interaction = this.#reader.read(record);
    // What was kept was readable when it came; a file that was edited since may hold anything.
    if (typeof interaction === 'string') return;
    const id = freeName(interaction.interactionId, this.byId, this.#numbers);
    const one = show(id, deriveSteps(interaction), matching, place, this.#context);
    this.byId.set(id, one);
    this.shown.push(one);
  }
}

class KeptResults implements Results {
  readonly manifest: RunManifest;
  readonly report: AnalysisReport;
  readonly #stored: StoredRun;
  readonly #shown: readonly ShownInteraction[];
  readonly #overview: PanelResponse;
  readonly #byId: ReadonlyMap<string, ShownInteraction>;
  #table: TableIndex | undefined;
  #selected: TimelineSelection | undefined;

  constructor(stored: StoredRun, { shown, byId }: Reading, fresh: Analysed, notes: readonly string[]) {
    const { manifest, damage } = stored;
    this.manifest = manifest;
    this.#stored = stored;
    this.#shown = shown;
    this.#byId = byId;
    this.report = stored.report ?? fresh.report;
    this.#overview = {
      ...overviewOf(manifest, fresh),
      notes: [...(damage === undefined ? [] : [damage]), ...notes, ...(manifest.result?.notes ?? [])],
    };
  }

  answer(request: PanelRequest): PanelResponse | undefined {
    switch (request.kind) {
      case 'overview':
        return this.#overview;
      case 'timeline':
        return this.#timeline(request);
      case 'step':
        return this.#step(request.interactionId, request.sequence);
      case 'table': {
        this.#table ??= tableIndex(this.#shown);
        return { kind: 'table', ...selectRows(this.#table, request) };
      }
    }
  }

  #timeline(request: Extract<PanelRequest, { kind: 'timeline' }>): PanelResponse {
    const { rows, longest, typical } = this.#select(request.order, request.only);
    const { at } = request;
    const offset = pageOf(at === undefined ? -1 : rows.findIndex((one) => one.id === at), request);
    return {
      kind: 'timeline',
      total: rows.length,
      offset,
      maxDuration: toSeconds(longest),
      typicalDuration: toSeconds(typical),
      rows: rows.slice(offset, offset + request.count).map(timelineRow),
    };
  }

  /** The rows that a filter leaves, in order; the last selection is kept, which scrolling asks for again and again. */
  #select(order: TimelineOrder, only: Only): TimelineSelection {
    const key = `${order} ${only}`;
    if (this.#selected?.key === key) return this.#selected;
    // An interaction without steps has nothing to filter by: it is among all.
    const rows = this.#shown.filter((one) => only === 'all' || one.steps.some((step) => isShown(step, only)));
    if (order === 'duration') rows.sort((a, b) => (b.duration ?? -1) - (a.duration ?? -1));
    else if (order === 'bottlenecks') rows.sort((a, b) => b.bottlenecks - a.bottlenecks);
    const durations = rows.flatMap(({ duration }) => duration ?? []).sort((a, b) => a - b);
    const selected = { key, rows, longest: durations.at(-1) ?? 0, typical: quantile(durations, TYPICAL) };
    this.#selected = selected;
    return selected;
  }

  #step(interactionId: string, sequence: number): PanelResponse | undefined {
    const shown = this.#byId.get(interactionId);
    const step = shown?.steps[sequence];
    const record = shown === undefined ? undefined : this.#stored.recordAt(shown.place);
    if (shown === undefined || step === undefined || record === undefined) return undefined;
    const { response } = this.manifest;
    const interaction = createReader(response).read(record);
    if (typeof interaction === 'string') return undefined;
    const { steps } = deriveSteps(interaction);
    const read = steps[sequence]?.step;
    if (read === undefined) return undefined;
    const { variablesBefore, variablesAfter } = read;
    // Where the tenant gave one side alone, that side is shown, and nothing as changed.
    const before = variablesBefore ?? variablesAfter ?? {};
    const after = variablesAfter ?? variablesBefore ?? {};
    const previous = steps[sequence - 1]?.step;
    const raw = valueAt(record, response.steps);
    const given = Array.isArray(raw) ? raw[interaction.steps.indexOf(read)] : undefined;
    return {
      kind: 'step',
      interactionId,
      step: tableRow(shown, step),
      variables: diffVariables(before, after, { same: true }),
      outside:
        previous?.variablesAfter == null || variablesBefore === null
          ? []
          : diffVariables(previous.variablesAfter, variablesBefore),
      raw: JSON.stringify(given ?? read, null, 2),
    };
  }
}

/** The value at a dotted path; a key that itself holds the dots wins over the walk. */
function valueAt(record: JsonObject, path: string): JsonValue | undefined {
  if (Object.hasOwn(record, path)) return record[path];
  let value: JsonValue | undefined = record;
  for (const key of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** Opens a kept run for the panel; undefined where there is no such run. */
export async function openResults(runsFolder: string, runId: string): Promise<Results | undefined> {
  let reading: Reading | undefined;
  let analysing: ReturnType<typeof analyseRecords> | undefined;
  const stored = await readRun(runsFolder, runId, (manifest, path) => {
    const made = new Reading(manifest);
    reading = made;
    // Beside this: what is shown of single steps is read here.
    analysing = analyseRecords({ kind: 'kept', path }, { response: manifest.response }, optionsOf(manifest));
    return (record, matching, place) => made.take(record, matching, place);
  });
  const analysed = await analysing;
  if (stored === undefined || reading === undefined || analysed === undefined) return undefined;
  if (analysed.ok) return new KeptResults(stored, reading, analysed.value, []);
  const nothing = new Analyser({}).analyse(optionsOf(stored.manifest));
  return new KeptResults(stored, reading, nothing, [analysed.error.message]);
}
