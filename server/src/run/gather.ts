/** Retrieval with selection: pages come, the predicate is asked, what is kept goes to the run's folder at once. */
import { type DerivedInteraction, deriveSteps } from '../analysis/index.ts';
import type { Mask } from '../output/index.ts';
import { type Interaction, isJsonObject, type JsonValue, type RejectedRecord } from '../protocol/history.ts';
import type { Micros } from '../protocol/instant.ts';
import type { Profile } from '../protocol/profile.ts';
import {
  createReader,
  type RetrievalProgress,
  type RetrievalRequest,
  type RetrievalResult,
  type RetrievedPage,
  type Tenant,
} from '../tenant/index.ts';
import type { MatchingSteps } from './evaluate.ts';
import { withoutQuotation } from './hide.ts';
import type { Order } from './order.ts';
import type { KeptInteraction, RunWriter } from './store.ts';

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

export interface GatherOptions {
  readonly tenant: Tenant;
  readonly profile: Profile;
  readonly request: RetrievalRequest;
  readonly selection: Selection;
  readonly mask: Mask;
  readonly now: Micros;
  readonly writer?: RunWriter;
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
}

/** An interaction that came, before masking, with what was found out about it. */
interface Seen {
  readonly kept: KeptInteraction | undefined;
  readonly interaction: Interaction;
  readonly derived: DerivedInteraction;
}

/** Retrieves, selects, masks and stores. Never rejects: how it ended is in the result. */
export async function gather(options: GatherOptions): Promise<Gathered> {
  const { selection, mask, writer, profile } = options;
  const reader = createReader(profile.response);
  /** By the number under which each was handed on. */
  const seen: Seen[] = [];
  const rejected: RejectedRecord[] = [];
  const wanted = selection.limit === null ? null : selection.offset + selection.limit;
  const countByBatch = new Map<number, number>();
  const appended: KeptInteraction[] = [];
  let settled = true;
  let diskError: Error | undefined;

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
    return { kept, interaction, derived };
  };

  const takePage = async (page: RetrievedPage): Promise<'stop' | undefined> => {
    if (page.late || page.replaced.length > 0) settled = false;
    const looked = page.interactions.map(look);
    for (const one of looked) seen.push(one);
    for (const [index, interaction] of page.replaced.entries()) {
      const version = page.replaces[index];
      if (version !== undefined) seen[version] = look(interaction);
    }
    for (const record of page.rejected) rejected.push(record);
    const kept = looked.flatMap((one) => one.kept ?? []);
    const count = (countByBatch.get(page.batch) ?? 0) + kept.length;
    countByBatch.set(page.batch, count);
    if (writer !== undefined && diskError === undefined) {
      const rejected = page.rejected.map((one) => ({
        ...one,
        reason: withoutQuotation(mask, one.reason),
        raw: maskedRaw(mask, one.raw),
      }));
      try {
        await writer.append(kept, rejected);
      } catch (error) {
        diskError = error instanceof Error ? error : new Error(String(error));
        throw error;
      }
    }
    for (const one of kept) appended.push(one);
    return wanted !== null && !selection.readsAll && count >= wanted ? 'stop' : undefined;
  };

  const retrieval = await options.tenant.retrieve(options.request, {
    signal: options.signal,
    onPage: takePage,
    recall: (version) => seen[version]?.interaction,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });

  const inOrder = retrieval.order?.flatMap((version) => seen[version] ?? []) ?? seen;
  const found = inOrder.filter((one) => one.kept !== undefined);
  if (selection.order !== undefined) found.sort(selection.order);
  const end = wanted ?? found.length;
  const kept = found.slice(selection.offset, end).flatMap((one) => one.kept ?? []);
  const same = kept.length === appended.length && kept.every((one, index) => one === appended[index]);
  if (writer !== undefined && diskError === undefined && !(settled && same)) {
    try {
      await writer.rewrite(kept);
    } catch (error) {
      diskError = error instanceof Error ? error : new Error(String(error));
    }
  }
  // Where everything that the tenant has was read, a limit that is just reached cut nothing off.
  const { total, records, duplicates } = retrieval.stats;
  const readAll =
    total !== null &&
    records + rejected.length + duplicates >= total - options.request.offset * options.request.batches.length;
  const limited = wanted !== null && (found.length > wanted || (found.length === wanted && !readAll));
  return { kept, rejected, retrieval, limited, diskError };
}

/** A record that could not be read: what has no names to mask by is hidden whole. */
function maskedRaw(mask: Mask, raw: JsonValue): JsonValue {
  if (!mask.active) return raw;
  return isJsonObject(raw) ? mask.record(raw) : '***';
}
