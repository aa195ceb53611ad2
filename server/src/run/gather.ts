/** Retrieval with selection: pages come, the predicate is asked, what is kept goes to the run's folder at once. */
import { deriveSteps } from '../analysis/index.ts';
import type { Mask } from '../output/index.ts';
import {
  type Interaction,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type RejectedRecord,
} from '../protocol/history.ts';
import type { Micros } from '../protocol/instant.ts';
import type { ReplacedLine } from '../protocol/journal.ts';
import type { Profile } from '../protocol/profile.ts';
import {
  createReader,
  type Reader,
  type Resume,
  type RetrievalProgress,
  type RetrievalRequest,
  type RetrievalResult,
  type RetrievedPage,
  type Tenant,
  type Traffic,
} from '../tenant/index.ts';
import type { Analysis } from './analysis-thread.ts';
import type { ComparedRecords } from './compared-records.ts';
import type { MatchingSteps } from './evaluate.ts';
import { withoutQuotation } from './hide.ts';
import type { Taken } from './journal.ts';
import { type KeptEntry, KeptRecords, recallRecord, recordsIn } from './kept-records.ts';
import type { RunKeys } from './keys.ts';
import type { Order } from './order.ts';
import { PackedRecords } from './packed.ts';
import { Stretch } from './stretch.ts';
import type { AppendedPage, KeptInteraction, RunWriter } from './writer.ts';

export interface Selection {
  /** The steps that satisfy the whole predicate, for marking; undefined without a predicate. */
  readonly matching: MatchingSteps | undefined;
  /** An interaction without a step that satisfies this is not kept; undefined where the tenant alone decides. */
  readonly keeps: MatchingSteps | undefined;
  /** Kept interactions to pass over, and to keep at most (null: all), counted here. */
  readonly offset: number;
  readonly limit: number | null;
  /** How what several batches gave is merged, or how everything is sorted; undefined for the tenant's own order. */
  readonly order: Order | undefined;
  /** Everything must be read before the limit applies: the tenant cannot sort so. */
  readonly readsAll: boolean;
}

/** How a run is written down as it goes, and what it goes on from. */
export interface Keeping {
  readonly writer: RunWriter;
  /** Tells records apart, also those of another process. */
  readonly digest: RunKeys['digest'];
  /** What the run had cost before. */
  readonly before: Traffic;
  /** Where another process had come to. */
  readonly taken?: Taken;
}

export interface GatherOptions {
  readonly tenant: Tenant;
  readonly profile: Profile;
  readonly request: RetrievalRequest;
  readonly selection: Selection;
  readonly mask: Mask;
  readonly now: Micros;
  /** Without it nothing is written, as for the ids of another query. */
  readonly keeping?: Keeping;
  /** Without `keeping`: where the records are held meanwhile, instead of in memory. */
  readonly held?: ComparedRecords;
  /** What counts of the records is their ids: without `keeping`, nothing else of them is held then. */
  readonly idsOnly?: boolean;
  /** Is given what is kept, as it comes. */
  readonly analysis?: Analysis;
  /** Where a page is held that is too large for memory. */
  readonly folder?: string;
  readonly signal: AbortSignal;
  /** More is kept; the analysis has it. */
  readonly onKept?: () => void;
  readonly onProgress?: (progress: RetrievalProgress) => void;
}

export interface Gathered {
  /** In the final order, masked. */
  readonly kept: KeptRecords;
  /** The analysis was given exactly these. */
  readonly analysed: boolean;
  /** What could not be read. */
  readonly rejected: readonly RejectedRecord[];
  readonly retrieval: RetrievalResult;
  /** LIMIT ended it: the tenant may hold more. */
  readonly limited: boolean;
  /** The run's folder could not be written. */
  readonly diskError: Error | undefined;
  /** Why nothing could be built on what another process had retrieved. */
  readonly startedOver: string | undefined;
}

/** What is held of an interaction that came. */
interface Seen {
  readonly kept: KeptEntry | undefined;
  /** As it came, where that is not what the folder has; undefined also where nobody knows it any more. */
  readonly packed: { readonly records: PackedRecords; readonly index: number } | undefined;
  /** What the folder has is what came. */
  readonly asItCame: boolean;
}

/** An interaction that has just come, before masking, with what was found out about it. */
interface Looked {
  readonly interaction: Interaction;
  readonly kept: KeptInteraction | undefined;
  readonly entry: KeptEntry | undefined;
}

/** What came so far, by the number under which each was handed on; undefined where it is not kept, nor here. */
interface Came {
  readonly seen: (Seen | undefined)[];
  readonly rejected: RejectedRecord[];
  readonly keptByBatch: number[];
  /** In the order in which the folder and the analysis have them. */
  readonly appended: KeptEntry[];
  /** The folder has them in the order in which they came, and none was replaced. */
  settled: boolean;
}

/** Retrieves, selects, masks and stores. Never rejects: how it ended is in the result. */
export async function gather(options: GatherOptions): Promise<Gathered> {
  const { selection, mask, keeping, profile } = options;
  const writer = keeping?.writer;
  const folder = writer?.folder ?? options.held?.folder ?? '';
  const reader = createReader(profile.response);
  const wanted = selection.limit === null ? null : selection.offset + selection.limit;
  let came = nothing();
  let diskError: Error | undefined;
  let startedOver: string | undefined;

  const masked = (interaction: Interaction): Interaction => {
    if (!mask.active) return interaction;
    const read = reader.read(mask.record(interaction.raw));
    // Masking keeps the shape, so what could be read can be read again; were it not so, nothing unmasked passes.
    return typeof read === 'string'
      ? { ...interaction, steps: [], raw: { interactionId: interaction.interactionId } }
      : read;
  };

  const look = (interaction: Interaction): Looked => {
    const derived = deriveSteps(interaction, options.now);
    const matching = selection.matching?.(interaction, derived) ?? [];
    const isKept = selection.keeps === undefined || selection.keeps(interaction, derived).length > 0;
    if (!isKept) return { interaction, kept: undefined, entry: undefined };
    const kept = { interaction: masked(interaction), matching };
    const entry: KeptEntry = {
      id: interaction.interactionId,
      matching,
      key: selection.order?.key({ interaction, derived, matching }) ?? null,
      source: { raw: options.idsOnly === true ? NO_RECORD : kept.interaction.raw },
    };
    return { interaction, kept, entry };
  };

  /** A page may hold thousands of steps, and the predicate thousands of conditions. */
  const lookAt = async (interactions: readonly Interaction[]): Promise<Looked[]> => {
    const stretch = new Stretch();
    const looked: Looked[] = [];
    for (const interaction of interactions) {
      if (stretch.isOver) await stretch.end();
      looked.push(look(interaction));
    }
    return looked;
  };

  /** Packs those of a page that the folder does not have as they came. */
  const held = (looked: readonly Looked[]): Seen[] => {
    const asItCame = ({ entry }: Looked): boolean =>
      entry !== undefined && !mask.active && options.idsOnly !== true;
    const others = looked.filter((one) => !asItCame(one));
    const records =
      others.length === 0 ? undefined : new PackedRecords(others.map(({ interaction }) => interaction.raw));
    let index = -1;
    return looked.map((one) => {
      if (asItCame(one) || records === undefined)
        return { kept: one.entry, packed: undefined, asItCame: true };
      index += 1;
      return { kept: one.entry, packed: { records, index }, asItCame: false };
    });
  };

  const recall = (version: number): Interaction | undefined => {
    const found = came.seen[version];
    if (found?.packed !== undefined) return found.packed.records.read(found.packed.index, reader);
    if (found?.kept === undefined || !found.asItCame) return undefined;
    const record = recallRecord(folder, found.kept.source);
    const read = record === undefined ? undefined : reader.read(record);
    return typeof read === 'string' ? undefined : read;
  };

  const onDisk = async <T>(work: Promise<T> | undefined): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      diskError = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  };

  const takePage = async (page: RetrievedPage): Promise<'stop' | undefined> => {
    const looked = await lookAt(page.interactions);
    const fuller = await lookAt(page.replaced);
    const { keptByBatch, seen, rejected, appended } = came;
    if (page.late || page.replaced.length > 0) came.settled = false;
    for (const one of held(looked)) seen.push(one);
    const replaced: ReplacedLine[] = [];
    const places: KeptEntry[][] = [];
    for (const [index, one] of held(fuller).entries()) {
      const version = page.replaces[index];
      if (version === undefined) continue;
      seen[version] = one;
      const kept = fuller[index]?.kept;
      replaced.push({
        version,
        kept: kept === undefined ? null : { raw: kept.interaction.raw, matching: [...kept.matching] },
      });
      places.push(one.kept === undefined ? [] : [one.kept]);
    }
    for (const record of page.rejected) rejected.push(record);
    const kept = looked.flatMap((one) => one.kept ?? []);
    const entries = looked.flatMap((one) => one.entry ?? []);
    const hiddenOnes = page.rejected.map((one) => hidden(mask, one));
    const count = (keptByBatch[page.batch] ?? 0) + kept.length;
    for (let batch = keptByBatch.length; batch <= page.batch; batch += 1) keptByBatch.push(0);
    keptByBatch[page.batch] = count;
    const stopped = wanted !== null && !selection.readsAll && count >= wanted;
    if (keeping !== undefined && diskError === undefined) {
      const { checkpoint, traffic } = page;
      const written = await onDisk(
        keeping.writer.append({
          kept,
          rejected: hiddenOnes,
          seen: page.seen.map((one) => {
            const { version } = one;
            const isNew = version !== null && version >= page.first;
            return isNew && seen[version]?.kept !== undefined ? { ...one, kept: true } : one;
          }),
          replaced,
          state:
            checkpoint === null
              ? null
              : {
                  checkpoint,
                  stopped,
                  keptByBatch: [...keptByBatch],
                  traffic: sumOf(keeping.before, traffic),
                },
        }),
      );
      if (written !== undefined) settle(written, entries, places);
      await options.analysis?.add(written?.lines ?? NO_LINES);
    } else if (options.held !== undefined) {
      const places = await options.held.append(kept.map(({ interaction }) => interaction.raw));
      if (places !== undefined) settle({ kept: places, replaced: [] }, entries, []);
    } else if (options.analysis !== undefined) {
      await options.analysis.add(
        Buffer.from(kept.map(({ interaction }) => `${JSON.stringify(interaction.raw)}\n`).join('')),
      );
    }
    options.analysis?.reject(hiddenOnes);
    for (const one of entries) appended.push(one);
    options.onKept?.();
    return stopped ? 'stop' : undefined;
  };

  const startOver = async (reason: string): Promise<void> => {
    startedOver ??= reason;
    came = nothing();
    options.analysis?.restart();
    await onDisk(writer?.restart());
  };

  let taken = keeping?.taken;
  if (taken !== undefined) {
    const read = await readAgain(taken, options, reader);
    if (read !== undefined) came = read;
    else {
      taken = undefined;
      await startOver('What had been kept can no longer be read.').catch(() => undefined);
    }
  }
  const resume: Resume | undefined =
    taken === undefined
      ? undefined
      : {
          checkpoint: taken.checkpoint.checkpoint,
          seen: taken.seen,
          stopped: taken.checkpoint.stopped,
        };

  const retrieval = await options.tenant.retrieve(
    { ...options.request, ...(resume === undefined ? {} : { resume }) },
    {
      signal: options.signal,
      onPage: takePage,
      onStartOver: startOver,
      recall,
      ...(keeping === undefined ? {} : { digest: keeping.digest }),
      ...(options.folder === undefined ? {} : { folder: options.folder }),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    },
  );

  const { seen, rejected, appended, settled } = came;
  const inOrder = retrieval.order?.map((version) => seen[version]) ?? seen;
  const found = inOrder.flatMap((one) => one?.kept ?? []);
  if (selection.order !== undefined) found.sort(selection.order.compare);
  const end = wanted ?? found.length;
  const kept = new KeptRecords(folder, found.slice(selection.offset, end));
  const { entries } = kept;
  const same = entries.length === appended.length && entries.every((one, index) => one === appended[index]);
  const analysed = settled && same;
  if (diskError === undefined && writer !== undefined && !analysed) {
    await onDisk(rewritten(writer, kept)).catch(() => undefined);
  }
  // Where everything that the tenant has was read, a limit that is just reached cut nothing off.
  const { total, records, duplicates } = retrieval.stats;
  const readAll =
    total !== null &&
    records + rejected.length + duplicates >= total - options.request.offset * options.request.batches.length;
  const limited = wanted !== null && (found.length > wanted || (found.length === wanted && !readAll));
  return { kept, analysed, rejected, retrieval, limited, diskError, startedOver };
}

const NO_RECORD: JsonObject = {};
const NO_LINES = new Uint8Array();

function nothing(): Came {
  return { seen: [], rejected: [], keptByBatch: [], appended: [], settled: true };
}

/** What was appended stands where the folder says, and not here any more. */
function settle(
  { kept, replaced }: Pick<AppendedPage, 'kept' | 'replaced'>,
  entries: readonly KeptEntry[],
  again: readonly (readonly KeptEntry[])[],
): void {
  for (const [index, place] of kept.entries()) {
    const entry = entries[index];
    if (entry !== undefined) entry.source = { file: 'interactions', ...place };
  }
  for (const [index, place] of replaced.entries()) {
    for (const entry of again[index] ?? []) entry.source = { file: 'replaced', ...place };
  }
}

/** Writes the folder's records anew, in their order. */
async function rewritten(writer: RunWriter, kept: KeptRecords): Promise<void> {
  const lengths: number[] = [];
  await writer.rewrite(
    (async function* () {
      for await (const block of kept.blocks()) {
        for (const length of block.lengths) lengths.push(length);
        yield block;
      }
    })(),
  );
  kept.moved(lengths);
}

/** What another process had retrieved, as if it had come here; undefined where it cannot be read. */
async function readAgain(
  { versions, kept, rejected, settled, checkpoint }: Taken,
  { mask, now, selection, keeping, analysis }: GatherOptions,
  reader: Reader,
): Promise<Came | undefined> {
  const known = versions.map(
    (version): KeptEntry | undefined => version && { id: '', key: null, ...version },
  );
  const entries: KeptEntry[] = [];
  const records = new KeptRecords(
    keeping?.writer.folder ?? '',
    known.flatMap((one) => one ?? []),
  );
  try {
    for await (const block of records.blocks()) {
      let index = 0;
      for (const record of recordsIn(block)) {
        const interaction = reader.read(record);
        const entry = block.entries[index];
        index += 1;
        if (typeof interaction === 'string' || entry === undefined) return undefined;
        const { matching } = entry;
        const key =
          selection.order?.key({ interaction, derived: deriveSteps(interaction, now), matching }) ?? null;
        entries.push({ ...entry, id: interaction.interactionId, key });
      }
      if (settled) await analysis?.add(block.lines);
    }
  } catch {
    return undefined;
  }
  let next = 0;
  const seen = known.map((one): Seen | undefined => {
    if (one === undefined) return undefined;
    const entry = entries[next];
    next += 1;
    return { kept: entry, packed: undefined, asItCame: !mask.active };
  });
  // Where one was replaced, the folder's order is no longer that of `seen`: it is written anew at the end.
  const appended = settled ? [...entries] : [];
  const hiddenOnes = rejected.map(({ index, reason }) => ({ index, reason }));
  analysis?.reject(hiddenOnes);
  return {
    seen,
    rejected: [...rejected],
    keptByBatch: [...checkpoint.keptByBatch],
    appended,
    settled: settled && appended.length === kept,
  };
}

/** What all of several attempts, or queries, cost. */
export function sumOf(...traffic: readonly Traffic[]): Traffic {
  const sum = (key: keyof Traffic): number => traffic.reduce((total, one) => total + one[key], 0);
  return {
    requests: sum('requests'),
    retries: sum('retries'),
    throttled: sum('throttled'),
    tokens: sum('tokens'),
    pages: sum('pages'),
    rangeChunks: sum('rangeChunks'),
    resumed: sum('resumed'),
    bytes: sum('bytes'),
    latencyMs: sum('latencyMs'),
  };
}

function hidden(mask: Mask, one: RejectedRecord): RejectedRecord {
  return { ...one, reason: withoutQuotation(mask, one.reason), raw: maskedRaw(mask, one.raw) };
}

/** A record that could not be read: what has no names to mask by is hidden whole. */
function maskedRaw(mask: Mask, raw: JsonValue): JsonValue {
  if (!mask.active) return raw;
  return isJsonObject(raw) ? mask.record(raw) : '***';
}
