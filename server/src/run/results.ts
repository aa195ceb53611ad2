/** A kept run for the results panel: what it asks for is worked out where the run's data is, beside this thread. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PanelResponse } from '../protocol/panel.ts';
import type { Filter } from '../protocol/panel-filter.ts';
import type { PanelRequest, RequestOf } from '../protocol/panel-requests.ts';
import type { RunError, RunManifest } from '../protocol/run.ts';
import type { Analyser, AnalyserAnswer, AnalysisOptions, PanelAsked } from './analyser.ts';
import { optionsOf } from './analysis-settings.ts';
import { AT_ONCE, brokeOff, startAnalysis } from './analysis-thread.ts';
import { MANIFEST } from './files.ts';
import { fail, type Outcome } from './host.ts';
import { comparisonOf, runsBeside, sideLabels } from './panel-compare.ts';
import type { NarrowedQuery } from './panel-query.ts';
import { PanelQueue, type RunAnswer, type RunRequest } from './panel-queue.ts';
import type { RunToOpen } from './panel-run.ts';
import { isResumable, keptFiles, keptRun, whyNotKept } from './store.ts';

/** More often nobody looks whether a run has gone on. */
const LOOK_MS = 1_000;

const NO_ANSWER = fail('analysis', 'The analysis gave no answer.');

const ADVICE = 'Nothing of the run is lost: try again, or open the results anew.';

export interface Results {
  /** As the run was when it was last looked at. */
  readonly manifest: RunManifest;
  /**
   * Answers one request of the panel. Errors: `gone` (the run, or what is asked for of it), `running`, `cancelled` by
   * the signal, `too-large`, `analysis` (the next request tries anew).
   */
  answer(request: PanelRequest, signal?: AbortSignal): Promise<Outcome<PanelResponse>>;
  /** The text of the run's query, narrowed to what a filter leaves. Errors as above. */
  narrowed(filter: Filter, signal?: AbortSignal): Promise<Outcome<NarrowedQuery>>;
  /** Lets go of what it holds. Whoever waits is refused. */
  close(): void;
}

/** When in a thread, and how. */
export type ResultsOptions = Pick<AnalysisOptions, 'atOnce' | 'door' | 'maxBytes'>;

/** Opens a kept run for the panel, also one that goes on; undefined where there is no such run. */
export async function openResults(
  runsFolder: string,
  runId: string,
  options: ResultsOptions = {},
): Promise<Results | undefined> {
  const manifest = await keptRun(runsFolder, runId);
  return manifest === undefined ? undefined : new KeptResults(runsFolder, manifest, options);
}

/** Where the data is. */
interface Holder {
  readonly isThread: boolean;
  ask(request: PanelAsked): Promise<AnalyserAnswer>;
  end(): void;
}

/** In this thread, of the little that there is. What analyses is read only now: a thread has its own. */
function holderHere(options: ResultsOptions): Holder {
  let analyser: Promise<Analyser> | undefined;
  return {
    isThread: false,
    ask: async (request) => {
      try {
        analyser ??= import('./analyser.ts').then((module) => new module.Analyser(options));
        return await (await analyser).answer(request);
      } catch (error) {
        return { kind: 'refused', error: brokeOff(error, ADVICE) };
      }
    },
    end: () => undefined,
  };
}

function holderOf(bytes: number, options: ResultsOptions): Holder {
  if (bytes <= (options.atOnce ?? AT_ONCE)) return holderHere(options);
  const analysis = startAnalysis({ ...options, advice: ADVICE });
  return { isThread: true, ask: (request) => analysis.ask(request), end: () => analysis.end() };
}

class KeptResults implements Results {
  manifest: RunManifest;
  readonly #runsFolder: string;
  readonly #options: ResultsOptions;
  readonly #queue = new PanelQueue((request) => this.#answer(request));
  #holder: Holder | undefined;
  /** Of the manifest that was looked at, and when. */
  #stamp = '';
  #looked = Number.NEGATIVE_INFINITY;
  /** Why what is there cannot be opened. */
  #refused: RunError | undefined;

  constructor(runsFolder: string, manifest: RunManifest, options: ResultsOptions) {
    this.#runsFolder = runsFolder;
    this.manifest = manifest;
    this.#options = options;
  }

  async answer(request: PanelRequest, signal?: AbortSignal): Promise<Outcome<PanelResponse>> {
    const answer = await this.#queue.ask(request, signal);
    if (!answer.ok) return answer;
    const { value } = answer;
    return value.kind === 'narrow' ? NO_ANSWER : { ok: true, value };
  }

  async narrowed(filter: Filter, signal?: AbortSignal): Promise<Outcome<NarrowedQuery>> {
    const answer = await this.#queue.ask({ kind: 'narrow', filter }, signal);
    if (!answer.ok) return answer;
    const { value } = answer;
    return value.kind === 'narrow' ? { ok: true, value } : NO_ANSWER;
  }

  close(): void {
    this.#queue.close(fail('gone', 'The results were closed. Open them anew.'));
    this.#letGo();
  }

  async #answer(request: RunRequest): Promise<RunAnswer> {
    try {
      if (request.kind === 'runs') {
        return { ok: true, value: { kind: 'runs', runs: await runsBeside(this.#runsFolder, this.manifest) } };
      }
      const refused = await this.#look();
      if (refused !== undefined) return { ok: false, error: refused };
      if (request.kind === 'compare') return await this.#compare(request);
      if (request.kind === 'narrow') return await this.#narrow(request.filter);
      return await this.#ask({ kind: 'panel', request });
    } catch (error) {
      this.#letGo();
      return { ok: false, error: brokeOff(error, ADVICE) };
    }
  }

  async #ask(asked: PanelAsked): Promise<RunAnswer> {
    const answer = await this.#holder?.ask(asked);
    if (answer?.kind === 'refused') return { ok: false, error: this.#failed(answer.error) };
    if (answer?.kind !== 'panel') return NO_ANSWER;
    return answer.response === undefined
      ? fail('gone', 'The run has no such step.')
      : { ok: true, value: answer.response };
  }

  async #narrow(filter: Filter): Promise<RunAnswer> {
    const answer = await this.#holder?.ask({ kind: 'narrow', filter });
    if (answer?.kind === 'refused') return { ok: false, error: this.#failed(answer.error) };
    if (answer?.kind !== 'narrowed' || answer.query === undefined) return NO_ANSWER;
    return { ok: true, value: answer.query };
  }

  /** What broke off is begun anew when it is asked next. */
  #failed(error: RunError): RunError {
    if (error.code === 'analysis') this.#letGo();
    return error;
  }

  #letGo(): void {
    this.#holder?.end();
    this.#holder = undefined;
    this.#stamp = '';
    this.#looked = Number.NEGATIVE_INFINITY;
  }

  /** Opens the run, and takes in what came since of one that goes on, or was taken up again. */
  async #look(): Promise<RunError | undefined> {
    if (this.#holder !== undefined && performance.now() - this.#looked < LOOK_MS) return this.#refused;
    const refused = await this.#lookNow();
    this.#looked = performance.now();
    return refused;
  }

  async #lookNow(): Promise<RunError | undefined> {
    const { runId } = this.manifest;
    const stamp = await stampOf(join(this.#runsFolder, runId, MANIFEST));
    if (this.#holder !== undefined && stamp === this.#stamp && this.manifest.outcome !== 'running') {
      return this.#refused;
    }
    const manifest = await keptRun(this.#runsFolder, runId);
    if (manifest === undefined) {
      this.#letGo();
      return { code: 'gone', message: await whyNotKept(this.#runsFolder, runId) };
    }
    this.manifest = manifest;
    this.#stamp = stamp;
    const run = await runToOpen(this.#runsFolder, manifest);
    const holder = this.#holderFor(await bytesOf(run));
    const opened = await holder.ask({ kind: 'open', run });
    this.#refused = opened.kind === 'refused' ? this.#failed(opened.error) : undefined;
    return this.#refused;
  }

  /** What was little has a thread once it is much. */
  #holderFor(bytes: number): Holder {
    const held = this.#holder;
    if (held?.isThread === true || (held !== undefined && bytes <= (this.#options.atOnce ?? AT_ONCE)))
      return held;
    held?.end();
    const holder = holderOf(bytes, this.#options);
    this.#holder = holder;
    return holder;
  }

  async #compare(request: RequestOf<'compare'>): Promise<RunAnswer> {
    const other = request.with;
    if (other === null) return { ok: true, value: comparisonOf(this.manifest) };
    const manifest = await keptRun(this.#runsFolder, other);
    if (manifest === undefined) return fail('gone', await whyNotKept(this.#runsFolder, other));
    for (const { runId, outcome } of [manifest, this.manifest]) {
      if (outcome === 'running') {
        return fail(
          'running',
          `The run ${runId} still goes on: wait for its end, or cancel it, and compare then.`,
        );
      }
    }
    const run = await runToOpen(this.#runsFolder, manifest);
    const labels = sideLabels(manifest, this.manifest);
    return this.#ask({ kind: 'beside', beside: { run, label: labels.other, own: labels.own } });
  }
}

async function runToOpen(runsFolder: string, manifest: RunManifest): Promise<RunToOpen> {
  return {
    manifest,
    files: await keptFiles(runsFolder, manifest),
    options: optionsOf(manifest),
    resumable: await isResumable(runsFolder, manifest),
  };
}

/** Tells a manifest from the one that stands there later. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
}

async function bytesOf({ files }: RunToOpen): Promise<number> {
  const found = await stat(files.interactions).catch(() => undefined);
  return found?.size ?? 0;
}
