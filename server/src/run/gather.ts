/** Retrieval with selection: pages come, the predicate is asked, what is kept goes to the run's folder at once. */
import { type DerivedInteraction, deriveSteps } from '../analysis/index.ts';
import type { Mask } from '../output/index.ts';
import { type Interaction, isJsonObject, type JsonValue, type RejectedRecord } from '../protocol/history.ts';
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
import type { MatchingSteps } from './evaluate.ts';
import { withoutQuotation } from './hide.ts';
import type { Taken } from './journal.ts';
import type { RunKeys } from './keys.ts';
import type { Order } from './order.ts';
import type { KeptInteraction, RunWriter } from './writer.ts';

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
  /** Where a page is held that is too large for memory. */
  readonly folder?: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: RetrievalProgress) => void;
}

export interface Gathered {
  /** In the final order, masked. */
  readonly kept: readonly KeptInteraction[];
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

/** An interaction that came, before masking, with what was found out about it. */
interface Seen {
  readonly kept: KeptInteraction | undefined;
  readonly interaction: Interaction;
  readonly derived: DerivedInteraction;
  /** It was read back from the disk, where it is masked. */
  readonly masked: boolean;
}

/** What came so far, by the number under which each was handed on; undefined where it is not kept, nor here. */
interface Came {
  readonly seen: (Seen | undefined)[];
  readonly rejected: RejectedRecord[];
  readonly keptByBatch: number[];
  /** In the order in which the folder has them. */
  readonly appended: KeptInteraction[];
  /** The folder has them in the order in which they came, and none was replaced. */
  settled: boolean;
}

/** Retrieves, selects, masks and stores. Never rejects: how it ended is in the result. */
export async function gather(options: GatherOptions): Promise<Gathered> {
  const { selection, mask, keeping, profile } = options;
  const writer = keeping?.writer;
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

  const look = (interaction: Interaction): Seen => {
    const derived = deriveSteps(interaction, options.now);
    const matching = selection.matching?.(interaction, derived) ?? [];
    const isKept = selection.keeps === undefined || selection.keeps(interaction, derived).length > 0;
    const kept = isKept ? { interaction: masked(interaction), matching } : undefined;
    return { kept, interaction, derived, masked: false };
  };

  const onDisk = async (work: Promise<void> | undefined): Promise<void> => {
    try {
      await work;
    } catch (error) {
      diskError = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  };

  const takePage = async (page: RetrievedPage): Promise<'stop' | undefined> => {
    const { keptByBatch, seen, rejected, appended } = came;
    if (page.late || page.replaced.length > 0) came.settled = false;
    const looked = page.interactions.map(look);
    for (const one of looked) seen.push(one);
    const replaced: ReplacedLine[] = [];
    for (const [index, interaction] of page.replaced.entries()) {
      const version = page.replaces[index];
      if (version === undefined) continue;
      const fuller = look(interaction);
      seen[version] = fuller;
      const { kept } = fuller;
      replaced.push({
        version,
        kept: kept === undefined ? null : { raw: kept.interaction.raw, matching: [...kept.matching] },
      });
    }
    for (const record of page.rejected) rejected.push(record);
    const kept = looked.flatMap((one) => one.kept ?? []);
    const count = (keptByBatch[page.batch] ?? 0) + kept.length;
    for (let batch = keptByBatch.length; batch <= page.batch; batch += 1) keptByBatch.push(0);
    keptByBatch[page.batch] = count;
    const stopped = wanted !== null && !selection.readsAll && count >= wanted;
    if (keeping !== undefined && diskError === undefined) {
      const { checkpoint, traffic } = page;
      await onDisk(
        keeping.writer.append({
          kept,
          rejected: page.rejected.map((one) => hidden(mask, one)),
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
    }
    for (const one of kept) appended.push(one);
    return stopped ? 'stop' : undefined;
  };

  const startOver = async (reason: string): Promise<void> => {
    startedOver ??= reason;
    came = nothing();
    await onDisk(writer?.restart());
  };

  let taken = keeping?.taken;
  if (taken !== undefined) {
    const read = readAgain(taken, options, reader);
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
      recall: (version) => {
        const found = came.seen[version];
        return found === undefined || found.masked ? undefined : found.interaction;
      },
      ...(keeping === undefined ? {} : { digest: keeping.digest }),
      ...(options.folder === undefined ? {} : { folder: options.folder }),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    },
  );

  const { seen, rejected, appended, settled } = came;
  const inOrder = retrieval.order?.map((version) => seen[version]) ?? seen;
  const found = inOrder.filter((one): one is Seen => one?.kept !== undefined);
  if (selection.order !== undefined) found.sort(selection.order);
  const end = wanted ?? found.length;
  const kept = found.slice(selection.offset, end).flatMap((one) => one.kept ?? []);
  const same = kept.length === appended.length && kept.every((one, index) => one === appended[index]);
  if (diskError === undefined && !(settled && same)) {
    await onDisk(writer?.rewrite(kept)).catch(() => undefined);
  }
  // Where everything that the tenant has was read, a limit that is just reached cut nothing off.
  const { total, records, duplicates } = retrieval.stats;
  const readAll =
    total !== null &&
    records + rejected.length + duplicates >= total - options.request.offset * options.request.batches.length;
  const limited = wanted !== null && (found.length > wanted || (found.length === wanted && !readAll));
  return { kept, rejected, retrieval, limited, diskError, startedOver };
}

function nothing(): Came {
  return { seen: [], rejected: [], keptByBatch: [], appended: [], settled: true };
}

/** What another process had retrieved, as if it had come here; undefined where it cannot be read. */
function readAgain(
  { versions, kept, rejected, settled, checkpoint }: Taken,
  { mask, now }: GatherOptions,
  reader: Reader,
): Came | undefined {
  const seen: (Seen | undefined)[] = [];
  for (const version of versions) {
    const interaction = version === undefined ? undefined : reader.read(version.raw);
    if (typeof interaction === 'string') return undefined;
    seen.push(
      version === undefined || interaction === undefined
        ? undefined
        : {
            kept: { interaction, matching: version.matching },
            interaction,
            derived: deriveSteps(interaction, now),
            masked: mask.active,
          },
    );
  }
  // Where one was replaced, the folder's order is no longer that of `seen`: it is written anew at the end.
  const appended = settled ? seen.flatMap((one) => one?.kept ?? []) : [];
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
