/** A tenant's history in memory: what a page fetcher gives, with every way of a tenant as a parameter. */
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import type { BatchSource } from '../../../server/src/tenant/batch-run.ts';
import { systemClock } from '../../../server/src/tenant/clock.ts';
import { failure, success, type TenantError } from '../../../server/src/tenant/errors.ts';
import { createMeter } from '../../../server/src/tenant/meter.ts';
import { type PageRecords, pageOf } from '../../../server/src/tenant/page-records.ts';
import type { FetchPage } from '../../../server/src/tenant/pages.ts';
import type {
  Batch,
  RetrievalRequest,
  RetrievalResult,
  RetrieveOptions,
} from '../../../server/src/tenant/retrieval.ts';
import { retrieveBatches } from '../../../server/src/tenant/retrieve.ts';

const profile = profileSchema.parse({});

export function record(index: number, steps = 1, more: JsonObject = {}): JsonObject {
  return {
    interactionId: `i${String(index).padStart(5, '0')}`,
    workflowId: 'wf-1',
    steps: Array.from({ length: steps }, (_, step) => ({
      nodeId: `n${step}`,
      startTime: new Date(1_795_330_800_000 + index * 60_000 + step * 1_000).toISOString(),
    })),
    ...more,
  };
}

export function records(count: number, from = 0): JsonObject[] {
  return Array.from({ length: count }, (_, index) => record(from + index));
}

export interface FakeOptions {
  readonly rows: JsonObject[];
  /** Most records that a page gives, whatever was asked. */
  readonly cap?: number;
  /** What is told as the total, of so many rows; null for none. */
  readonly total?: (rows: number) => number | null;
  readonly tokens?: boolean;
  /** Records of a block. */
  readonly block?: number;
  /** Turns that the request of a number takes. */
  readonly turns?: (request: number) => number;
  /** Whether the answer to a request has no rows, whatever was asked for. */
  readonly empty?: (request: number) => boolean;
  /** Before a request is answered; what it returns is the answer. */
  readonly before?: (request: number, rows: JsonObject[]) => TenantError | undefined;
}

export interface Fake {
  readonly fetch: FetchPage;
  readonly asked: { readonly offset: number; readonly limit: number; readonly token: string | null }[];
  /** Pages that were neither read nor discarded. */
  held(): number;
  readonly most: { atOnce: number };
}

export function fakeHistory(options: FakeOptions): Fake {
  const { rows, cap = Number.POSITIVE_INFINITY, block = 1_000 } = options;
  const asked: Fake['asked'] = [];
  const held = new Set<object>();
  const most = { atOnce: 0 };
  let active = 0;
  const inBlocks = (page: PageRecords): PageRecords => {
    const mark = {};
    held.add(mark);
    return {
      count: page.count,
      distinct: page.distinct,
      bytes: page.bytes,
      async *blocks() {
        for await (const whole of page.blocks()) {
          for (let at = 0; at < whole.length; at += block) yield whole.slice(at, at + block);
        }
      },
      async discard() {
        held.delete(mark);
        await page.discard();
      },
    };
  };
  return {
    asked,
    held: () => held.size,
    most,
    async fetch(place, signal) {
      const request = asked.length;
      asked.push(place);
      active += 1;
      most.atOnce = Math.max(most.atOnce, active);
      for (let turn = options.turns?.(request) ?? 0; turn > 0; turn -= 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      active -= 1;
      if (signal.aborted) return failure({ code: 'cancelled', message: 'cancelled', retriable: true });
      const error = options.before?.(request, rows);
      if (error !== undefined) return failure(error);
      const offset = place.token === null ? place.offset : Number(place.token.slice(1));
      const asIs = rows.slice(offset, offset + Math.min(place.limit, cap));
      const next = offset + asIs.length;
      const data = options.empty?.(request) === true ? [] : asIs;
      return success({
        records: inBlocks(await pageOf(data, profile.response)),
        total: (options.total ?? ((count) => count))(rows.length),
        token: options.tokens === true && next < rows.length ? `t${next}` : null,
      });
    },
  };
}

export const request = (more: Partial<RetrievalRequest> = {}): RetrievalRequest => ({
  batches: [{ filter: 'all' }],
  sort: 'nodeTimestamp DESC',
  ...{ offset: 0, limit: null, pageSize: 10, concurrency: 3, retries: 0, timeoutMs: 1_000 },
  ...more,
});

/** Retrieves from sources, one a batch. */
export function retrieveFrom(
  source: (batch: Batch) => BatchSource,
  asked: Partial<RetrievalRequest> = {},
  options: RetrieveOptions = {},
): Promise<RetrievalResult> {
  return retrieveBatches(
    {
      profile,
      clock: systemClock,
      meter: createMeter(() => 0),
      notes: [],
      pausedUntil: () => null,
      source,
    },
    request(asked),
    options,
  );
}

export function idsOf(result: RetrievalResult): string[] {
  return result.records.map(({ interactionId }) => interactionId);
}
