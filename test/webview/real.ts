/**
 * A generated history and the editor's side of the conversation about it: every answer is the server's own, from its
 * panel room, as the extension hands it over.
 */
import { type AnalyseOptions, compare, createStore } from '../../server/src/analysis/index.ts';
import type { PanelData } from '../../server/src/panel/data.ts';
import { createPanelModel, Namer, type PanelFacts } from '../../server/src/panel/index.ts';
import type { Interaction, JsonObject, JsonValue } from '../../server/src/protocol/history.ts';
import { parseInstant } from '../../server/src/protocol/instant.ts';
import type { PanelResponse } from '../../server/src/protocol/panel.ts';
import type { PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import type { PanelState } from '../../server/src/protocol/panel-state.ts';
import { profileSchema } from '../../server/src/protocol/profile.ts';
import type { RunManifest } from '../../server/src/protocol/run.ts';
import { createHistoryModel } from '../../server/src/sandbox/generate.ts';
import { createReader } from '../../server/src/tenant/index.ts';

type RunsOffered = Extract<PanelResponse, { kind: 'runs' }>['runs'];

export interface RealOptions {
  /** Interactions of the sandbox's history: about eleven steps each. */
  readonly interactions?: number;
  /** Instead of these: so many steps at least. */
  readonly steps?: number;
  readonly seed?: number;
  /** Changes a record before it is read. */
  readonly change?: (record: JsonObject, index: number) => JsonObject;
  readonly manifest?: Partial<RunManifest>;
  /** The run that it can be compared with. */
  readonly beside?: RealRun;
}

export interface RealRun {
  readonly data: PanelData;
  readonly facts: PanelFacts;
  /** Throws, with what the server says, for what the run does not have. */
  answer(request: PanelRequest): Promise<PanelResponse>;
}

const NOW = parseInstant('2026-11-02T09:00:00Z')?.micros ?? 0;
const OPTIONS: AnalyseOptions = { thresholdMicros: 15_000_000 };
/** Records of a larger run come again, as others of their ids: the server tells them apart. */
const DISTINCT = 5_000;
const MATCHING_TYPE = 'ROUTING';
const LONG = 15;
/** Seconds: fewer than those of a bottleneck, so that the two are told apart. */
const MATCHING = 8;

function manifest(more: Partial<RunManifest>): RunManifest {
  return {
    schemaVersion: 1,
    runId: '20261102T090000Z-real01',
    query: 'slowRouting',
    title: 'What held up routing',
    text: "QUERY slowRouting 'What held up routing'\nWHERE nodeType = 'ROUTING' AND dwell > 8s\nLAST 29d;",
    source: null,
    connection: 'sandbox',
    tenant: 'http://127.0.0.1:8080',
    timeZone: 'Europe/Berlin',
    startedAt: '2026-11-02T09:00:00.000Z',
    endedAt: '2026-11-02T09:00:04.000Z',
    outcome: 'complete',
    window: { from: '2026-10-04T09:00:00.000Z', to: '2026-11-02T09:00:00.000Z' },
    filter: '',
    response: profileSchema.parse({}).response,
    threshold: { over: LONG, types: null },
    process: { pid: 1, host: 'made' },
    files: {
      interactions: 'interactions.ndjson',
      rejected: 'rejected.ndjson',
      report: 'report.json',
      matches: 'matches.ndjson',
    },
    ...more,
  };
}

/** Of a record in the tenant's form. */
function isMatching({ nodeType, startTime, endTime }: Interaction['steps'][number]): boolean {
  const seconds = startTime === null || endTime === null ? 0 : (endTime - startTime) / 1e6;
  return nodeType === MATCHING_TYPE && seconds > MATCHING;
}

const copy = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value));

function isRecord(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function realRun(options: RealOptions = {}): RealRun {
  const { seed = 1, change = (record) => record } = options;
  const most = options.interactions ?? Number.POSITIVE_INFINITY;
  const count = Math.min(most, DISTINCT, Math.ceil((options.steps ?? Number.POSITIVE_INFINITY) / 8));
  const history = createHistoryModel({ interactions: count, seed, now: NOW });
  const facts: PanelFacts = { manifest: manifest(options.manifest ?? {}), resumable: false };
  const reader = createReader(facts.manifest.response);
  const store = createStore({ reconcile: false });
  const namer = new Namer();
  const names: string[] = [];
  const marks: number[] = [];

  const recordAt = (index: number): JsonObject => {
    const record = copy(history.at(index, NOW));
    if (!isRecord(record)) throw new Error('The history gave no record.');
    return change(record, index);
  };
  const interactionOf = (record: JsonObject): Interaction => {
    const read = reader.read(record);
    if (typeof read === 'string') throw new Error(read);
    return read;
  };

  const distinct = Array.from({ length: count }, (_, index) => interactionOf(recordAt(index)));
  for (
    let index = 0;
    index < most && marks.length < (options.steps ?? Number.POSITIVE_INFINITY);
    index += 1
  ) {
    const interaction = distinct[index % count];
    if (interaction === undefined) break;
    store.add(interaction);
    names.push(namer.name(interaction.interactionId));
    for (const step of interaction.steps) marks.push(isMatching(step) ? 1 : 0);
  }
  const data: PanelData = { store, names, matching: Uint8Array.from(marks), options: OPTIONS };
  const model = createPanelModel(data);

  return {
    data,
    facts,
    async answer(request) {
      switch (request.kind) {
        case 'compare':
          return comparedWith(request.with === null ? undefined : options.beside, data);
        case 'runs':
          return { kind: 'runs', runs: options.beside === undefined ? [] : [toChoose(options.beside)] };
        case 'step': {
          const at = model.find(request.interactionId);
          const record = at === undefined ? undefined : recordAt(at % count);
          const found =
            record === undefined
              ? undefined
              : model.step(request, {
                  record,
                  interaction: interactionOf(record),
                  stepsPath: facts.manifest.response.steps,
                });
          if (found === undefined) throw new Error('This run has no such step.');
          return found;
        }
        default:
          return model.answer(request, facts);
      }
    },
  };
}

function comparedWith(beside: RealRun | undefined, { store }: PanelData): PanelResponse {
  if (beside === undefined) return { kind: 'compare', comparison: null, names: [], notes: [] };
  const comparison = compare(
    { label: labelOf(beside.facts.manifest), store: beside.data.store },
    { label: 'this run', store },
    OPTIONS,
  );
  const names = comparison.nodes.map(({ nodeId, nodeName }) => ({ nodeId, nodeName }));
  return { kind: 'compare', comparison, names, notes: [] };
}

function labelOf({ title, startedAt }: RunManifest): string {
  return `${title} of ${startedAt.slice(0, 10)}`;
}

function toChoose({ facts: { manifest: run } }: RealRun): RunsOffered[number] {
  const { runId, connection, startedAt, outcome } = run;
  if (outcome === 'running') throw new Error('Only runs that have ended are offered.');
  return { runId, title: run.title ?? '', connection, startedAt, outcome, sameQuery: true };
}

interface Host {
  /** Milliseconds before an answer. */
  readonly delay?: (request: PanelRequest) => number;
  /** How the panel is set when it is shown. */
  readonly state?: Partial<PanelState>;
}

/** The `answer` of the harness for a run: shows it when the view is ready, then answers its requests. */
export function realHost(
  run: RealRun,
  { delay = () => 0, state = {} }: Host = {},
): (message: unknown) => Promise<unknown> {
  return async (message) => {
    const asked = message as { type: string; id: number; body: PanelRequest };
    if (asked.type === 'ready') {
      return { type: 'show', state: { runId: run.facts.manifest.runId, ...state } };
    }
    if (asked.type !== 'request') return undefined;
    const wait = delay(asked.body);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      return { type: 'response', id: asked.id, body: await run.answer(asked.body) };
    } catch (error) {
      return {
        type: 'failed',
        id: asked.id,
        message: error instanceof Error ? error.message : String(error),
      };
    }
  };
}
