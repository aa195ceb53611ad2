import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  checkpointSchema,
  type SeenRecord,
  seenRecordSchema,
} from '../../../server/src/protocol/checkpoint.ts';
import type { Interaction, JsonObject, RejectedRecord } from '../../../server/src/protocol/history.ts';
import { pagesOfIds, readInteractions } from '../../../server/src/tenant/adapters.ts';
import type { BatchSource } from '../../../server/src/tenant/batch-run.ts';
import type {
  Batch,
  RetrievalRequest,
  RetrievalResult,
  RetrievedPage,
} from '../../../server/src/tenant/retrieval.ts';
import { type FakeOptions, fakeHistory, record, records, retrieveFrom } from './fake-history.ts';

/** What a caller keeps of a run on its disk. */
class Disk {
  kept: Interaction[] = [];
  rejected: RejectedRecord[] = [];
  seen: SeenRecord[] = [];
  reasons: string[] = [];
  #safe: { checkpoint: Checkpoint; kept: Interaction[]; rejected: number } | undefined;

  take(page: RetrievedPage): void {
    expect(page.first).toBe(this.kept.length);
    this.kept.push(...page.interactions);
    for (const [at, version] of page.replaces.entries()) {
      const fuller = page.replaced[at];
      if (fuller !== undefined) this.kept[version] = fuller;
    }
    this.rejected.push(...page.rejected);
    this.seen.push(...page.seen.map((one) => seenRecordSchema.parse(JSON.parse(JSON.stringify(one)))));
    const { checkpoint } = page;
    if (checkpoint === null) return;
    expect(checkpoint.totals).toMatchObject({ versions: this.kept.length, seen: this.seen.length });
    this.#safe = {
      checkpoint: checkpointSchema.parse(JSON.parse(JSON.stringify(checkpoint))),
      kept: [...this.kept],
      rejected: this.rejected.length,
    };
  }

  /** The process is gone: what came after the last checkpoint is dropped. */
  crash(): RetrievalRequest['resume'] {
    const safe = this.#safe;
    this.kept = safe?.kept ?? [];
    this.rejected = this.rejected.slice(0, safe?.rejected ?? 0);
    this.seen = this.seen.slice(0, safe?.checkpoint.totals.seen ?? 0);
    return safe === undefined ? undefined : { checkpoint: safe.checkpoint, seen: [...this.seen] };
  }

  clear(reason: string): void {
    this.reasons.push(reason);
    this.kept = [];
    this.rejected = [];
    this.seen = [];
    this.#safe = undefined;
  }

  records(result: RetrievalResult): unknown[] {
    const order = result.order ?? this.kept.map((_, version) => version);
    expect(order).toHaveLength(this.kept.length);
    return order.map((version) => this.kept[version]?.raw);
  }
}

interface Setting {
  readonly source: (batch: Batch) => BatchSource;
  readonly request: Partial<RetrievalRequest>;
}

function runOn(
  disk: Disk,
  { source, request }: Setting,
  more: { readonly resume?: RetrievalRequest['resume']; readonly cutAfter?: number } = {},
): Promise<RetrievalResult> {
  const controller = new AbortController();
  let pages = 0;
  const { resume, cutAfter } = more;
  return retrieveFrom(
    source,
    { ...request, ...(resume === undefined ? {} : { resume }) },
    {
      signal: controller.signal,
      recall: (version) => disk.kept[version],
      onStartOver: (reason) => disk.clear(reason),
      onPage(page) {
        disk.take(page);
        pages += 1;
        if (pages === cutAfter) controller.abort();
        return undefined;
      },
    },
  );
}

const comparable = (disk: Disk, result: RetrievalResult): unknown => ({
  outcome: result.outcome,
  records: disk.records(result),
  rejected: disk.rejected,
  stats: { ...result.stats, requests: 0, pages: 0 },
  notes: result.notes,
});

/** Rows among which some come twice, go on, contradict each other, or cannot be read. */
const oddRows = fc
  .tuple(
    fc.integer({ min: 0, max: 50 }),
    fc.array(
      fc.record({
        from: fc.nat(49),
        to: fc.nat(60),
        how: fc.constantFrom('again', 'fuller', 'other', 'odd', 'zoneless'),
      }),
      { maxLength: 5 },
    ),
  )
  .map(([count, oddities]): JsonObject[] => {
    const rows = records(count);
    for (const [at, { from, to, how }] of oddities.entries()) {
      const index = count === 0 ? 0 : from % count;
      const row: JsonObject =
        how === 'again'
          ? record(index)
          : how === 'fuller'
            ? record(index, 2 + at)
            : how === 'other'
              ? record(index, 1, { workflowId: `other-${at}` })
              : how === 'odd'
                ? { odd: at }
                : record(500 + at, 1, { steps: [{ nodeId: 'n', startTime: '2026-11-22T07:00:00' }] });
      rows.splice(Math.min(to, rows.length), 0, row);
    }
    return rows;
  });

interface Way {
  readonly batches: readonly JsonObject[][];
  readonly cap: number | undefined;
  readonly pageSize: number;
  readonly concurrency: number;
  readonly block: number;
  readonly limit: number | null;
  readonly offset: number;
  readonly told: 'right' | 'none' | 'more' | 'less';
  readonly tokens: boolean;
  readonly cuts: readonly number[];
}

const way: fc.Arbitrary<Way> = fc.record({
  batches: fc.array(oddRows, { minLength: 1, maxLength: 3 }),
  cap: fc.option(fc.integer({ min: 2, max: 9 }), { nil: undefined }),
  pageSize: fc.integer({ min: 2, max: 12 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  block: fc.integer({ min: 1, max: 5 }),
  limit: fc.option(fc.integer({ min: 1, max: 40 }), { nil: null }),
  offset: fc.constantFrom(0, 0, 3),
  told: fc.constantFrom('right', 'none', 'more', 'less'),
  tokens: fc.boolean(),
  cuts: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }),
});

const TOLD: Record<Way['told'], (rows: number) => number | null> = {
  right: (rows) => rows,
  none: () => null,
  more: (rows) => rows + 3,
  less: (rows) => Math.max(0, rows - 3),
};

function settingOf(
  { batches, cap, block, told, tokens, limit, offset, pageSize, concurrency }: Way,
  more: Partial<FakeOptions> = {},
): Setting {
  const fakes = batches.map((rows) =>
    fakeHistory({
      ...{ rows: [...rows], block, tokens, total: TOLD[told] },
      ...(cap === undefined ? {} : { cap }),
      ...more,
    }),
  );
  return {
    source({ filter }) {
      const fake = fakes[Number(filter)];
      if (fake === undefined) throw new Error(`no batch ${filter}`);
      return fake;
    },
    request: {
      batches: batches.map((_, index) => ({ filter: String(index) })),
      ...{ limit, offset, pageSize, concurrency },
    },
  };
}

async function undisturbed(setting: Setting): Promise<unknown> {
  const disk = new Disk();
  return comparable(disk, await runOn(disk, setting));
}

describe('a run that was cut off and goes on', () => {
  it('ends as one that was not, wherever it was cut', async () => {
    let cutOff = 0;
    await fc.assert(
      fc.asyncProperty(way, async (one) => {
        const disk = new Disk();
        let resume: RetrievalRequest['resume'];
        let result: RetrievalResult | undefined;
        for (const cutAfter of [...one.cuts, undefined]) {
          result = await runOn(disk, settingOf(one), {
            ...(resume === undefined ? {} : { resume }),
            ...(cutAfter === undefined ? {} : { cutAfter }),
          });
          if (result.outcome !== 'cancelled') break;
          cutOff += 1;
          resume = disk.crash();
        }
        expect(disk.reasons).toEqual([]);
        expect(result === undefined ? undefined : comparable(disk, result)).toEqual(
          await undisturbed(settingOf(one)),
        );
      }),
      { numRuns: 500, seed: 51 },
    );
    expect(cutOff).toBeGreaterThan(300);
  });

  it('starts over where the tenant is another one now, or what was seen is lost, and then ends as one that was not', async () => {
    const reasons = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        way,
        fc.constantFrom('page', 'total', 'seen', 'token', 'request'),
        async (one, how) => {
          const disk = new Disk();
          const cut = await runOn(disk, settingOf(one), { cutAfter: one.cuts[0] ?? 1 });
          fc.pre(cut.outcome === 'cancelled');
          const resume = disk.crash();
          if (resume === undefined) return;
          const { batch, last } = resume.checkpoint;
          fc.pre(how !== 'token' || last.place.token !== null);
          const later = {
            ...one,
            ...(how === 'request' ? { offset: one.offset + 1 } : {}),
            batches: one.batches.map((rows, index) => {
              if (how === 'total') return [...rows, record(900)];
              if (how !== 'page' || index !== batch) return rows;
              const at = last.place.token === null ? last.place.offset : Number(last.place.token.slice(1));
              return rows.with(at, record(901));
            }),
          };
          fc.pre(how !== 'total' || one.told === 'right');
          let refused = how === 'token';
          const setting = settingOf(later, {
            before() {
              if (!refused) return undefined;
              refused = false;
              return { code: 'bad-request', message: 'token expired', status: 400, retriable: false };
            },
          });
          const seen = how === 'seen' ? disk.seen.slice(1) : resume.seen;
          const result = await runOn(disk, setting, { resume: { ...resume, seen } });
          expect(disk.reasons).toHaveLength(1);
          for (const reason of disk.reasons) reasons.add(reason.replace(/\d+/g, 'n'));
          expect(comparable(disk, result)).toEqual(await undisturbed(settingOf(later)));
        },
      ),
      { numRuns: 300, seed: 52 },
    );
    expect([...reasons].sort()).toEqual([
      'The last page that had been retrieved is another now.',
      'The tenant does not know its page token any more.',
      'The tenant now says that there are n interactions, no longer n.',
      'What had been retrieved belongs to another request.',
      'What had been retrieved is not wholly there any more.',
    ]);
  });

  it('starts over where a record comes again that nobody can compare', async () => {
    // Long enough that not all of it has come when it is cut.
    const rows = [...records(140), record(3, 2)];
    const one: Way = {
      ...{
        batches: [rows],
        cap: undefined,
        pageSize: 10,
        concurrency: 2,
        block: 100,
        limit: null,
        offset: 0,
      },
      ...{ told: 'none', tokens: false, cuts: [] },
    };
    const disk = new Disk();
    await runOn(disk, settingOf(one), { cutAfter: 2 });
    const resume = disk.crash();
    const { source, request } = settingOf(one);
    const reasons: string[] = [];
    const handed: string[] = [];
    const result = await retrieveFrom(
      source,
      { ...request, ...(resume === undefined ? {} : { resume }) },
      {
        onStartOver(reason) {
          reasons.push(reason);
          handed.length = 0;
        },
        onPage(page) {
          handed.push(...page.interactions.map(({ interactionId }) => interactionId));
          return undefined;
        },
      },
    );
    expect(reasons).toEqual([expect.stringMatching(/came again with other content/)]);
    expect(handed).toHaveLength(140);
    expect(result).toMatchObject({ outcome: 'complete', continued: false, stats: { records: 140 } });
    expect(result.records[3]?.steps).toHaveLength(2);
  });

  it('takes nothing for granted when its last page cannot be read, and keeps what it has', async () => {
    const one: Way = {
      ...{
        batches: [records(90)],
        cap: undefined,
        pageSize: 10,
        concurrency: 2,
        block: 4,
        limit: null,
        offset: 0,
      },
      ...{ told: 'right', tokens: false, cuts: [] },
    };
    const disk = new Disk();
    await runOn(disk, settingOf(one), { cutAfter: 5 });
    const resume = disk.crash();
    const before = disk.kept.length;
    expect(before).toBeGreaterThan(10);
    expect(before).toBeLessThan(90);
    const setting = settingOf(one, {
      before: () => ({ code: 'unreachable', message: 'no way', retriable: true }),
    });
    const result = await runOn(disk, setting, resume === undefined ? {} : { resume });
    expect(disk.reasons).toEqual([]);
    expect(disk.kept).toHaveLength(before);
    expect(result).toMatchObject({
      outcome: 'partial',
      error: { code: 'unreachable' },
      stats: { records: before, expected: 90 },
    });
  });

  it('goes on behind the id that it had come to, where each is asked for alone', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => String(index));
    const settingFor = (asked: string[]): Setting => ({
      source: ({ ids: wanted = [] }) => {
        const fetchOne = pagesOfIds(wanted, async (id, signal) => {
          asked.push(id);
          // Some are unknown, and one stands for three.
          const rows = id === '4' ? [] : id === '5' ? records(3, 500) : [record(Number(id))];
          return fakeHistory({ rows, total: () => null }).fetch(
            { offset: 0, limit: 10, token: null },
            signal,
          );
        });
        return { fetch: fetchOne, open: (given) => readInteractions(wanted, given) };
      },
      request: { batches: [{ filter: '', ids }], concurrency: 3, offset: 1 },
    });
    for (let cutAfter = 1; cutAfter <= 10; cutAfter += 1) {
      const disk = new Disk();
      await runOn(disk, settingFor([]), { cutAfter });
      const resume = disk.crash();
      const asked: string[] = [];
      const result = await runOn(disk, settingFor(asked), resume === undefined ? {} : { resume });
      expect(disk.reasons).toEqual([]);
      expect(comparable(disk, result)).toEqual(await undisturbed(settingFor([])));
      expect(asked).toEqual(ids.slice(Number(asked[0])));
      expect(result).toMatchObject({ outcome: 'complete', stats: { records: 12, expected: 12 } });
    }
  });
});
