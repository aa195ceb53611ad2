/** A kept run as the results panel asks for it: where its data is, in the analysis thread or beside it. */
import { type AnalyseOptions, compare, type Store } from '../analysis/index.ts';
import { createPanelModel, type PanelModel } from '../panel/index.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { Filter } from '../protocol/panel-filter.ts';
import type { PanelRequest, RequestOf } from '../protocol/panel-requests.ts';
import type { RunManifest } from '../protocol/run.ts';
import { damageOf } from './damage.ts';
import { type KeptFiles, KeptReading } from './kept-reading.ts';
import { type NarrowedQuery, narrowedQuery } from './panel-query.ts';

/** What is known of a run beside its records. */
export interface RunToOpen {
  readonly manifest: RunManifest;
  readonly files: KeptFiles;
  /** Of its analysis. */
  readonly options: AnalyseOptions;
  /** It ended early and can be taken up again. */
  readonly resumable: boolean;
}

/** Another run beside it, each by what a person knows it by. */
export interface RunBeside {
  readonly run: RunToOpen;
  readonly label: string;
  readonly own: string;
}

/** Rows of each list of a comparison. */
const TOP = 100;

type Compared = Extract<PanelResponse, { kind: 'compare' }>;

/** One run at a time, and at most one other that it is compared with. */
export class PanelRun {
  readonly #isFull: (bytes: number) => boolean;
  #run: RunToOpen | undefined;
  #reading: KeptReading | undefined;
  #model: PanelModel | undefined;
  #beside: { readonly runId: string; readonly reading: KeptReading } | undefined;

  /** `isFull` says of bytes whether columns may not take so many. */
  constructor(isFull: (bytes: number) => boolean) {
    this.#isFull = isFull;
  }

  /** The columns of both. */
  get stores(): readonly Store[] {
    return [this.#reading, this.#beside?.reading].flatMap((one) => (one === undefined ? [] : [one.store]));
  }

  /** Opens a run; of the one that is open it takes in what came since. False where there is too much of it. */
  async open(run: RunToOpen): Promise<boolean> {
    const { manifest, files } = run;
    this.#run = run;
    if (this.#reading === undefined || !(await this.#reading.isOf(files))) {
      this.#reading = new KeptReading(files, manifest.response);
      this.#model = undefined;
    }
    const isMore = await this.#read(this.#reading, manifest);
    if (isMore) this.#model = undefined;
    return !this.#tooMuch();
  }

  /** undefined for a step that the run does not have. */
  async answer(request: PanelRequest): Promise<PanelResponse | undefined> {
    const opened = this.#opened();
    if (opened === undefined || request.kind === 'compare' || request.kind === 'runs') return undefined;
    const { model, reading } = opened;
    const { manifest, resumable } = opened.run;
    if (request.kind === 'step') return step(request, model, reading);
    return model.answer(request, { manifest, resumable, damage: damageOf(manifest, reading.lines) });
  }

  /** The query of what a filter leaves; undefined where no run is open. */
  async narrowed(filter: Filter): Promise<NarrowedQuery | undefined> {
    const opened = this.#opened();
    if (opened === undefined) return undefined;
    const { manifest, options } = opened.run;
    return narrowedQuery(manifest, options, filter, opened.model.narrowing(filter));
  }

  /** This run beside another one, which is held until another is asked for; undefined where there is too much. */
  async compare({ run, label, own }: RunBeside): Promise<Compared | undefined> {
    const [opened, reading] = [this.#run, this.#reading];
    if (opened === undefined || reading === undefined) return undefined;
    const { manifest, files } = run;
    const known = this.#beside;
    const isKnown = known?.runId === manifest.runId && (await known.reading.isOf(files));
    const other = isKnown ? known.reading : new KeptReading(files, manifest.response);
    this.#beside = { runId: manifest.runId, reading: other };
    await this.#read(other, manifest);
    if (this.#tooMuch()) {
      this.#beside = undefined;
      return undefined;
    }
    const [a, b] = [
      { label, store: other.store },
      { label: own, store: reading.store },
    ];
    const whole = compare(a, b, { ...opened.options, top: 0 });
    const { nodes, edges, paths, outcomes } = whole;
    const lists = { nodes: nodes.slice(0, TOP), edges: edges.slice(0, TOP), paths: paths.slice(0, TOP) };
    return {
      kind: 'compare',
      comparison: { ...whole, ...lists, outcomes: outcomes.slice(0, TOP) },
      names: nodes.map(({ nodeId, nodeName }) => ({ nodeId, nodeName })),
      notes: [...notesOf(label, manifest, other), ...notesOf(own, opened.manifest, reading)],
    };
  }

  #opened():
    | { readonly run: RunToOpen; readonly reading: KeptReading; readonly model: PanelModel }
    | undefined {
    const [run, reading] = [this.#run, this.#reading];
    if (run === undefined || reading === undefined) return undefined;
    const { store, names, matching } = reading;
    this.#model ??= createPanelModel({ store, names, matching, options: run.options });
    return { run, reading, model: this.#model };
  }

  #read(reading: KeptReading, { outcome }: RunManifest): Promise<boolean> {
    return reading.more(outcome === 'running', () => this.#tooMuch());
  }

  #tooMuch(): boolean {
    return this.#isFull(this.stores.reduce((sum, { bytes }) => sum + bytes, 0));
  }
}

function step(
  request: RequestOf<'step'>,
  model: PanelModel,
  reading: KeptReading,
): PanelResponse | undefined {
  const interaction = model.find(request.interactionId);
  const kept = interaction === undefined ? undefined : reading.recordOf(interaction);
  return kept === undefined ? undefined : model.step(request, kept);
}

/** What a person should know of a side of a comparison. */
function notesOf(label: string, manifest: RunManifest, { lines }: KeptReading): string[] {
  const damage = damageOf(manifest, lines);
  return [
    ...(manifest.outcome === 'complete'
      ? []
      : [`${label}: the run is ${manifest.outcome}, so interactions may be missing.`]),
    ...(damage === undefined ? [] : [`${label}: ${damage}`]),
  ];
}
