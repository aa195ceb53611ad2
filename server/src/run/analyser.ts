/**
 * What an analysis thread does: fills the columns as records come, and makes reports of what is there. The same runs in
 * the caller's own thread where there is so little that starting one would take longer.
 */
import {
  type AnalyseOptions,
  analyse,
  compare,
  createStore,
  headline,
  rankFindings,
  type Store,
  type StoreCounts,
  type ThresholdOptions,
} from '../analysis/index.ts';
import type { Comparison } from '../protocol/comparison.ts';
import type { JsonValue } from '../protocol/history.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { Filter } from '../protocol/panel-filter.ts';
import type { Finding } from '../protocol/panel-overview.ts';
import type { PanelRequest } from '../protocol/panel-requests.ts';
import type { Profile } from '../protocol/profile.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunError } from '../protocol/run.ts';
import { createReader, type LogOptions, type Reader, streamBytes, streamHistory } from '../tenant/index.ts';
import { MOST_BYTES, tooLarge } from './memory.ts';
import type { NarrowedQuery } from './panel-query.ts';
import type { PanelRun, RunBeside, RunToOpen } from './panel-run.ts';

const LINE_FEED = 0x0a;

/** A history file's path, or bytes with the name under which messages speak of them. */
export type HistorySource = string | { readonly name: string; readonly bytes: Uint8Array };

/** A report with what is said of it in words. */
export interface Analysed {
  readonly report: AnalysisReport;
  readonly findings: readonly Finding[];
  readonly headline: string;
  readonly counts: StoreCounts;
  /** Memory of the columns: typed arrays exactly, texts and their tables by estimate. */
  readonly bytes: number;
}

/** The records that a run keeps, or those that they are compared with. */
export type Side = 'own' | 'other';

export type AnalyserRequest =
  /** Kept records as lines of NDJSON; none is cut. They were reconciled before. */
  | { readonly kind: 'records'; readonly lines: Uint8Array; readonly of: Side }
  | { readonly kind: 'rejected'; readonly rejected: AnalysisReport['rejected'] }
  /** All of it is void. */
  | { readonly kind: 'restart' }
  /** A history file instead of a run's records. */
  | { readonly kind: 'history'; readonly source: HistorySource; readonly log: LogOptions }
  | { readonly kind: 'analyse'; readonly options: AnalyseOptions }
  /** The other records beside these, each by its label. */
  | {
      readonly kind: 'compare';
      readonly other: string;
      readonly own: string;
      readonly options: ThresholdOptions;
    }
  | PanelAsked;

/** Of a kept run, instead of records that come. */
export type PanelAsked =
  /** Opens it, or takes in what came since. */
  | { readonly kind: 'open'; readonly run: RunToOpen }
  | { readonly kind: 'panel'; readonly request: PanelRequest }
  | { readonly kind: 'narrow'; readonly filter: Filter }
  | { readonly kind: 'beside'; readonly beside: RunBeside };

export type AnalyserAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'history'; readonly notes: readonly string[] }
  | { readonly kind: 'analysed'; readonly analysed: Analysed }
  | { readonly kind: 'compared'; readonly comparison: Comparison }
  /** undefined for what the run does not have. */
  | { readonly kind: 'panel'; readonly response: PanelResponse | undefined }
  | { readonly kind: 'narrowed'; readonly query: NarrowedQuery | undefined }
  | { readonly kind: 'refused'; readonly error: RunError };

/** What goes into the thread, and what comes out. */
export interface Asked {
  readonly id: number;
  readonly request: AnalyserRequest;
}

export interface Answered {
  readonly id: number;
  readonly answer: AnalyserAnswer;
}

export interface AnalyserOptions {
  /** How the records of a run are read; none for a history file. */
  readonly response?: Profile['response'];
  /** Most that the columns may take. */
  readonly maxBytes?: number;
}

/** How an analysis is done, and when in a thread. */
export interface AnalysisOptions extends AnalyserOptions {
  /** Bytes of records from which on there is a thread. */
  readonly atOnce?: number;
  /** What a person can do where it breaks off, in a sentence. */
  readonly advice?: string;
  /** The module that serves as the thread; the product's own by default. */
  readonly door?: URL;
}

const DONE: AnalyserAnswer = { kind: 'done' };

export class Analyser {
  readonly #reader: Reader | undefined;
  readonly #maxBytes: number;
  #store: Store;
  #other: Store | undefined;
  #panel: PanelRun | undefined;

  constructor({ response, maxBytes = MOST_BYTES }: AnalyserOptions) {
    this.#reader = response === undefined ? undefined : createReader(response);
    this.#maxBytes = maxBytes;
    this.#store = this.#newStore();
  }

  /** In the order in which they come, one at a time. */
  answer(request: AnalyserRequest): AnalyserAnswer | Promise<AnalyserAnswer> {
    switch (request.kind) {
      case 'records':
        this.#add(request.lines, request.of);
        return DONE;
      case 'rejected':
        for (const one of request.rejected) this.#store.addRejected({ ...one, raw: null });
        return DONE;
      case 'restart':
        this.#store = this.#newStore();
        this.#other = undefined;
        return DONE;
      case 'history':
        return this.#read(request.source, request.log);
      case 'analyse':
        return this.#isFull
          ? this.#tooLarge()
          : { kind: 'analysed', analysed: this.analyse(request.options) };
      case 'compare':
        return this.#compare(request.other, request.own, request.options);
      default:
        return this.#ofKept(request);
    }
  }

  #newStore(): Store {
    return createStore({ reconcile: this.#reader === undefined });
  }

  get #isFull(): boolean {
    return this.#store.bytes + (this.#other?.bytes ?? 0) > this.#maxBytes;
  }

  #add(lines: Uint8Array, side: Side): void {
    if (this.#reader === undefined || this.#isFull) return;
    if (side === 'other') this.#other ??= this.#newStore();
    const store = this.#other !== undefined && side === 'other' ? this.#other : this.#store;
    const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
    for (let from = 0; from < bytes.length; ) {
      const found = bytes.indexOf(LINE_FEED, from);
      const to = found < 0 ? bytes.length : found;
      const record: JsonValue = JSON.parse(bytes.toString('utf8', from, to));
      const interaction = this.#reader.read(record);
      // What was kept was readable when it came; a file that was edited since may hold anything.
      if (typeof interaction !== 'string') store.add(interaction);
      from = to + 1;
    }
  }

  async #read(source: HistorySource, log: LogOptions): Promise<AnalyserAnswer> {
    const stretches =
      typeof source === 'string' ? streamHistory(source, log) : streamBytes(source.bytes, log);
    for await (const stretch of stretches) {
      if (stretch.kind === 'error') {
        const { code, message } = stretch.error;
        const named = typeof source === 'string' ? message : `${source.name} ${message}`;
        return { kind: 'refused', error: { code, message: named } };
      }
      if (stretch.kind === 'end') return { kind: 'history', notes: this.#notes(stretch.notes) };
      for (const interaction of stretch.interactions) this.#store.add(interaction);
      for (const rejected of stretch.rejected) this.#store.addRejected(rejected);
      if (this.#isFull) return this.#tooLarge();
    }
    return DONE;
  }

  /** What the panel asks of a kept run: read only where it is needed, so that a run's thread starts fast. */
  async #ofKept(asked: PanelAsked): Promise<AnalyserAnswer> {
    if (this.#panel === undefined) {
      const module = await import('./panel-run.ts');
      this.#panel = new module.PanelRun((bytes) => bytes > this.#maxBytes);
    }
    const panel = this.#panel;
    if (asked.kind === 'panel') return { kind: 'panel', response: await panel.answer(asked.request) };
    if (asked.kind === 'narrow') return { kind: 'narrowed', query: await panel.narrowed(asked.filter) };
    if (asked.kind === 'open') return (await panel.open(asked.run)) ? DONE : this.#tooLarge(panel.stores);
    const response = await panel.compare(asked.beside);
    return response === undefined ? this.#tooLarge(panel.stores) : { kind: 'panel', response };
  }

  #notes(notes: readonly string[]): string[] {
    const { conflicts } = this.#store.counts;
    const twice = `${conflicts} interactions stand in the file twice with different steps; both were counted.`;
    return conflicts > 0 ? [...notes, twice] : [...notes];
  }

  /** The report of what is there. */
  analyse(options: AnalyseOptions): Analysed {
    const store = this.#store;
    const report = analyse(store, options);
    const findings = rankFindings(report, store, options);
    const { counts, bytes } = store;
    const words = headline(report);
    return { report, findings, headline: words, counts, bytes };
  }

  #compare(other: string, own: string, options: ThresholdOptions): AnalyserAnswer {
    if (this.#isFull) return this.#tooLarge();
    const a = { label: other, store: this.#other ?? this.#newStore() };
    return { kind: 'compared', comparison: compare(a, { label: own, store: this.#store }, options) };
  }

  #tooLarge(stores: readonly Store[] = [this.#store]): AnalyserAnswer {
    return { kind: 'refused', error: tooLarge(stores, this.#maxBytes) };
  }
}
