/** A kept run as the results panel shows it: the data stays here, the panel asks for what is in sight. */
import {
  analyse,
  createStore,
  createThresholdRule,
  deriveSteps,
  diffVariables,
  headline,
  rankFindings,
  type ThresholdOptions,
} from '../analysis/index.ts';
import { type Interaction, isJsonObject, type JsonObject, type JsonValue } from '../protocol/history.ts';
import { MICROS_PER_SECOND, parseInstant, toSeconds } from '../protocol/instant.ts';
import type { PanelHeader, PanelRequest, PanelResponse, TimelineRow } from '../protocol/panel.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunManifest } from '../protocol/run.ts';
import { createReader } from '../tenant/index.ts';
import {
  flagsOf,
  instantOf,
  isShown,
  type Only,
  pageOf,
  type ShownInteraction,
  type ShownStep,
  secondsOf,
  tableRow,
} from './shown.ts';
import { readRun, type StoredRun } from './store.ts';
import { selectRows, type TableIndex, tableIndex } from './table.ts';

const TOP_SLOWEST = 20;

type TimelineOrder = Extract<PanelRequest, { kind: 'timeline' }>['order'];

export interface Results {
  readonly manifest: RunManifest;
  readonly report: AnalysisReport;
  /** Answers one request of the panel; undefined for a step that the run does not have. */
  answer(request: PanelRequest): PanelResponse | undefined;
}

function timelineRow(shown: ShownInteraction): TimelineRow {
  const { derived } = shown;
  return {
    interactionId: shown.id,
    startTime: instantOf(derived.start),
    duration: secondsOf(derived.duration),
    bottlenecks: shown.bottlenecks,
    errors: derived.errorCount,
    steps: shown.steps.map((step) => ({
      sequence: step.derived.sequence,
      nodeId: step.derived.step.nodeId,
      nodeName: step.derived.step.nodeName,
      nodeType: step.derived.step.nodeType,
      start:
        step.derived.start === null || derived.start === null
          ? null
          : toSeconds(step.derived.start - derived.start),
      dwell: secondsOf(step.derived.dwell),
      ...flagsOf(step),
    })),
  };
}

function thresholdsOf(manifest: RunManifest): ThresholdOptions {
  const { over, types } = manifest.threshold;
  return {
    thresholdMicros: Math.round(over * MICROS_PER_SECOND),
    ...(types === null ? {} : { types }),
  };
}

function headerOf(manifest: RunManifest): PanelHeader {
  const {
    runId,
    query,
    title,
    text,
    connection,
    tenant,
    timeZone,
    startedAt,
    endedAt,
    outcome,
    window,
    filter,
  } = manifest;
  return {
    ...{
      runId,
      query,
      title,
      text,
      connection,
      tenant,
      timeZone,
      startedAt,
      endedAt,
      outcome,
      window,
      filter,
    },
    ...(manifest.error === undefined ? {} : { error: manifest.error }),
  };
}

/** Two records of one id that contradict each other are both shown, told apart. */
function freeName(id: string, taken: ReadonlyMap<string, unknown>): string {
  let name = id;
  for (let number = 2; taken.has(name); number += 1) name = `${id} (${number})`;
  return name;
}

class KeptResults implements Results {
  readonly manifest: RunManifest;
  readonly report: AnalysisReport;
  readonly #shown: readonly ShownInteraction[];
  readonly #overview: PanelResponse;
  readonly #byId: ReadonlyMap<string, ShownInteraction>;
  #table: TableIndex | undefined;
  #selected: { readonly key: string; readonly rows: readonly ShownInteraction[] } | undefined;

  constructor(stored: StoredRun) {
    const { manifest } = stored;
    this.manifest = manifest;
    const reader = createReader(manifest.response);
    const thresholds = thresholdsOf(manifest);
    const rule = createThresholdRule(thresholds);
    const now = parseInstant(manifest.startedAt)?.micros ?? 0;
    const store = createStore({ reconcile: false });
    const shown: ShownInteraction[] = [];
    const byId = new Map<string, ShownInteraction>();
    stored.records.forEach((record: JsonObject, index) => {
      const interaction = reader.read(record);
      // What was kept was readable when it came; a file that was edited since may hold anything.
      if (typeof interaction === 'string') return;
      store.add(interaction);
      const derived = deriveSteps(interaction, now);
      const matching = new Set(stored.matching[index]);
      const steps = derived.steps.map((step): ShownStep => {
        const threshold = rule(step.step.nodeId, step.step.nodeType);
        return {
          derived: step,
          bottleneck: threshold !== null && step.dwell !== null && step.dwell > threshold,
          matching: matching.has(step.sequence),
        };
      });
      const bottlenecks = steps.filter((step) => step.bottleneck).length;
      const id = freeName(interaction.interactionId, byId);
      const one = { id, interaction, derived, steps, bottlenecks };
      byId.set(id, one);
      shown.push(one);
    });
    this.#shown = shown;
    this.#byId = byId;
    const fresh = analyse(store, thresholds);
    this.report = stored.report ?? fresh;
    const findings = rankFindings(fresh, store, thresholds);
    this.#overview = {
      kind: 'overview',
      header: headerOf(manifest),
      headline: headline(fresh, findings),
      interactions: fresh.interactions,
      steps: fresh.steps,
      openSteps: fresh.openSteps,
      errors: fresh.errors,
      pathCount: fresh.pathCount,
      bottleneckCount: fresh.bottleneckCount,
      findings,
      slowest: fresh.bottlenecks.slice(0, TOP_SLOWEST),
      errorsByNode: fresh.nodes
        .filter((node) => node.errors > 0)
        .map(({ nodeId, nodeName, errors, errorRate }) => ({ nodeId, nodeName, errors, errorRate }))
        .sort((a, b) => b.errors - a.errors),
      nodes: fresh.nodes,
      retrieval: manifest.result?.retrieval ?? null,
      compliance: manifest.result?.compliance ?? 'REVIEW_REQUIRED',
      expectations: manifest.result?.expectations ?? [],
      notes: manifest.result?.notes ?? [],
      audit: manifest.result?.audit ?? null,
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
    const rows = this.#select(request.order, request.only);
    const { at } = request;
    const offset = pageOf(at === undefined ? -1 : rows.findIndex((one) => one.id === at), request);
    return {
      kind: 'timeline',
      total: rows.length,
      offset,
      maxDuration: toSeconds(rows.reduce((max, one) => Math.max(max, one.derived.duration ?? 0), 0)),
      rows: rows.slice(offset, offset + request.count).map(timelineRow),
    };
  }

  /** The rows that a filter leaves, in order; the last selection is kept, which scrolling asks for again and again. */
  #select(order: TimelineOrder, only: Only): readonly ShownInteraction[] {
    const key = `${order} ${only}`;
    if (this.#selected?.key === key) return this.#selected.rows;
    // An interaction without steps has nothing to filter by: it is among all.
    const rows = this.#shown.filter((one) => only === 'all' || one.steps.some((step) => isShown(step, only)));
    if (order === 'duration') rows.sort((a, b) => (b.derived.duration ?? -1) - (a.derived.duration ?? -1));
    else if (order === 'bottlenecks') rows.sort((a, b) => b.bottlenecks - a.bottlenecks);
    this.#selected = { key, rows };
    return rows;
  }

  #step(interactionId: string, sequence: number): PanelResponse | undefined {
    const shown = this.#byId.get(interactionId);
    const step = shown?.steps[sequence];
    if (shown === undefined || step === undefined) return undefined;
    const { variablesBefore, variablesAfter } = step.derived.step;
    const previous = shown.steps[sequence - 1];
    return {
      kind: 'step',
      interactionId,
      step: tableRow(shown, step),
      variables: diffVariables(variablesBefore, variablesAfter, { same: true }),
      outside:
        previous === undefined ? [] : diffVariables(previous.derived.step.variablesAfter, variablesBefore),
      raw: this.#rawStep(shown.interaction, step),
    };
  }

  /** The step as the tenant gave it, where it stands in the record. */
  #rawStep(interaction: Interaction, step: ShownStep): string {
    const at = interaction.steps.indexOf(step.derived.step);
    const steps = valueAt(interaction.raw, this.manifest.response.steps);
    const raw = Array.isArray(steps) ? steps[at] : undefined;
    return JSON.stringify(raw ?? step.derived.step, null, 2);
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
  const stored = await readRun(runsFolder, runId);
  return stored === undefined ? undefined : new KeptResults(stored);
}
