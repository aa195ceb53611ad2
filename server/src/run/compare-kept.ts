/** Two runs or history files beside each other. */
import { compare, createStore, type Store, type ThresholdOptions } from '../analysis/index.ts';
import type { Comparison } from '../protocol/comparison.ts';
import type { Interaction } from '../protocol/history.ts';
import type { RunError } from '../protocol/run.ts';
import { createReader, type LogOptions } from '../tenant/index.ts';
import { type HistorySource, openHistory } from './analyse-file.ts';
import { fail, type Outcome } from './host.ts';
import { MOST_BYTES, tooLarge } from './memory.ts';
import { keptRecords, keptRun, whyNotKept } from './store.ts';

/** What to compare: a run that is kept, or a history file; `label` is what messages call it. */
export type ComparedSource = { readonly label: string } & (
  | { readonly runsFolder: string; readonly runId: string }
  | { readonly file: HistorySource; readonly log?: LogOptions }
);

export interface CompareOptions extends ThresholdOptions {
  /** Rows of each list; 0 for all. */
  readonly top: number;
  /** Most that the columns of both may take; a share of the machine's memory when not given. */
  readonly maxBytes?: number;
}

export interface ComparedSources {
  readonly comparison: Comparison;
  /** Sentences on what a person should know of either. */
  readonly notes: readonly string[];
}

interface Loaded {
  readonly store: Store;
  readonly notes: readonly string[];
}

/** Interactions after which the memory is looked at again. */
const LOOK = 1_000;

/** Takes an interaction in; an error once there is too much. */
type TakeIn = (store: Store, interaction: Interaction) => RunError | undefined;

/** `b` beside `a`. Errors: `gone`, `running`, `too-large`, those of the file. */
export async function compareSources(
  a: ComparedSource,
  b: ComparedSource,
  options: CompareOptions,
): Promise<Outcome<ComparedSources>> {
  const { maxBytes = MOST_BYTES } = options;
  const stores = new Set<Store>();
  let taken = 0;
  const takeIn: TakeIn = (store, interaction) => {
    stores.add(store);
    store.add(interaction);
    taken += 1;
    if (taken % LOOK !== 1) return undefined;
    const bytes = [...stores].reduce((sum, one) => sum + one.bytes, 0);
    return bytes > maxBytes ? tooLarge([...stores], maxBytes) : undefined;
  };
  const loadedA = await load(a, takeIn);
  if (!loadedA.ok) return loadedA;
  const loadedB = await load(b, takeIn);
  if (!loadedB.ok) return loadedB;
  const [{ store: storeA, notes: notesA }, { store: storeB, notes: notesB }] = [loadedA.value, loadedB.value];
  const comparison = compare({ label: a.label, store: storeA }, { label: b.label, store: storeB }, options);
  const told = (label: string, notes: readonly string[]): string[] =>
    notes.map((note) => `${label}: ${note}`);
  return { ok: true, value: { comparison, notes: [...told(a.label, notesA), ...told(b.label, notesB)] } };
}

async function load(source: ComparedSource, takeIn: TakeIn): Promise<Outcome<Loaded>> {
  return 'file' in source
    ? loadFile(source.file, source.log, takeIn)
    : loadRun(source.runsFolder, source.runId, takeIn);
}

async function loadFile(
  file: HistorySource,
  log: LogOptions | undefined,
  takeIn: TakeIn,
): Promise<Outcome<Loaded>> {
  const opened = await openHistory(file, log);
  if (!opened.ok) return opened;
  const { interactions, end } = opened.value;
  const store = createStore();
  for await (const interaction of interactions) {
    const error = takeIn(store, interaction);
    if (error !== undefined) return { ok: false, error };
  }
  const ended = end();
  if (!ended.ok) return ended;
  const { notes, rejected } = ended.value;
  const left = rejected === 1 ? '1 record was' : `${rejected} records were`;
  const leftOut = rejected === 0 ? [] : [`${left} left out: they cannot be read. cxq analyze says why.`];
  return { ok: true, value: { store, notes: [...notes, ...leftOut] } };
}

async function loadRun(runsFolder: string, runId: string, takeIn: TakeIn): Promise<Outcome<Loaded>> {
  const manifest = await keptRun(runsFolder, runId);
  if (manifest === undefined) return fail('gone', await whyNotKept(runsFolder, runId));
  if (manifest.outcome === 'running') {
    return fail('running', `The run ${runId} still goes on: wait for its end, or cancel it.`);
  }
  const reader = createReader(manifest.response);
  const store = createStore({ reconcile: false });
  for await (const { record } of keptRecords(runsFolder, manifest)) {
    const interaction = reader.read(record);
    if (typeof interaction === 'string') {
      return fail('unreadable', `A record of the run ${runId} can no longer be read: ${interaction}`);
    }
    const error = takeIn(store, interaction);
    if (error !== undefined) return { ok: false, error };
  }
  const notes =
    manifest.outcome === 'complete'
      ? []
      : [`the run is ${manifest.outcome}, so interactions may be missing.`];
  return { ok: true, value: { store, notes } };
}
