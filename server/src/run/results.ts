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
import type { Interaction, JsonObject } from '../protocol/history.ts';
import { MICROS_PER_SECOND, parseInstant, toSeconds } from '../protocol/instant.ts';
import type { PanelHeader, PanelRequest, PanelResponse, TimelineRow } from '../protocol/panel.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunManifest } from '../protocol/run.ts';
import { createReader } from '../tenant/index.ts';
import {
  flagsOf,
  instantOf,
  isShown,
  type ShownInteraction,
  type ShownStep,
  secondsOf,
  tableRow,
} from './shown.ts';
import { readRun, type StoredRun } from './store.ts';
import { selectRows, type TableIndex, tableIndex } from './table.ts';

const TOP_SLOWEST = 20;

export interface Results {
  readonly manifest: RunManifest;
  readonly report: AnalysisReport;
  /** Answers one request of the panel; undefined for a step that the run does not have. */
  answer(request: PanelRequest): PanelResponse | undefined;
}

function timelineRow(shown: ShownInteraction): TimelineRow {
  const { interaction, derived } = shown;
  return {
    interactionId: interaction.interactionId,
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

class KeptResults implements Results {
  readonly manifest: RunManifest;
  readonly report: AnalysisReport;
  readonly #shown: readonly ShownInteraction[];
  readonly #overview: PanelResponse;
  readonly #byId: ReadonlyMap<string, ShownInteraction>;
  #table: TableIndex | undefined;

  constructor(stored: StoredRun) {
    const { manifest } = stored;
    this.manifest = manifest;
    const reader = createReader(manifest.response);
    const thresholds = thresholdsOf(manifest);
    const rule = createThresholdRule(thresholds);
    const now = parseInstant(manifest.startedAt)?.micros ?? 0;
    const store = createStore({ reconcile: false });
    const shown: ShownInteraction[] = [];
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
      shown.push({ interaction, derived, steps, bottlenecks });
    });
    this.#shown = shown;
    this.#byId = new Map(shown.map((one) => [one.interaction.interactionId, one]));
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
        return { kind: 'table', offset: request.offset, ...selectRows(this.#table, request) };
      }
    }
  }

  #timeline(request: Extract<PanelRequest, { kind: 'timeline' }>): PanelResponse {
    const left = this.#shown.filter((one) => one.steps.some((step) => isShown(step, request.only)));
    const all = request.only === 'all' ? [...this.#shown] : left;
    if (request.order === 'duration') {
      all.sort((a, b) => (b.derived.duration ?? -1) - (a.derived.duration ?? -1));
    } else if (request.order === 'bottlenecks') {
      all.sort((a, b) => b.bottlenecks - a.bottlenecks);
    }
    const longest = all.reduce((max, one) => Math.max(max, one.derived.duration ?? 0), 0);
    return {
      kind: 'timeline',
      total: all.length,
      offset: request.offset,
      maxDuration: toSeconds(longest),
      rows: all.slice(request.offset, request.offset + request.count).map(timelineRow),
    };
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
      step: tableRow(shown.interaction, step),
      variables: diffVariables(variablesBefore, variablesAfter, { same: true }),
      outside:
        previous === undefined ? [] : diffVariables(previous.derived.step.variablesAfter, variablesBefore),
      raw: rawStep(shown.interaction, step),
    };
  }
}

/** The step as the tenant gave it, where it can be found; else as it was read. */
function rawStep(interaction: Interaction, step: ShownStep): string {
  const at = interaction.steps.indexOf(step.derived.step);
  const steps = interaction.raw['steps'];
  const raw = Array.isArray(steps) ? steps[at] : undefined;
  return JSON.stringify(raw ?? step.derived.step, null, 2);
}

/** Opens a kept run for the panel; undefined where there is no such run. */
export async function openResults(runsFolder: string, runId: string): Promise<Results | undefined> {
  const stored = await readRun(runsFolder, runId);
  return stored === undefined ? undefined : new KeptResults(stored);
}
