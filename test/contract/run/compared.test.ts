/** What a query is compared with is held on the disk while it is gathered, and gone afterwards. */
import { readdirSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHistoryQuerier } from '../../../server/src/index.ts';
import { ComparedRecords } from '../../../server/src/run/compared-records.ts';
import { KeptRecords } from '../../../server/src/run/kept-records.ts';
import { deskOf, folderOf, NOW_MICROS } from '../cli/support.ts';

describe('COMPARE TO', () => {
  it.each([
    ['as it comes', '', ''],
    ['sorted here', 'ORDER BY duration DESC LIMIT 40', ''],
    ['cut', 'LIMIT 30', ''],
    ['masked', 'LIMIT ALL', 'MASK (customer, queue)'],
  ])('holds the other set on the disk: %s', async (_, clauses, mask) => {
    const desk = await deskOf();
    const runs = desk.path('runs');
    const { clientId, clientSecret, baseUrl } = desk.tenant;
    const querier = createHistoryQuerier({
      ...{ baseUrl, credentials: { clientId, clientSecret }, runsFolder: runs, defaultLimit: 100_000 },
      now: () => new Date(NOW_MICROS / 1000),
    });
    const sizes = new Set<number>();
    const look = (): void => {
      for (const run of readdirSync(runs, { withFileTypes: true })) {
        const file = join(runs, run.name, 'compared', 'interactions.ndjson');
        sizes.add(statSync(file, { throwIfNoEntry: false })?.size ?? 0);
      }
    };
    const text = `QUERY other LAST 20d ${clauses} ${mask};
QUERY same LAST 20d ${clauses} ${mask} COMPARE TO other WITH pageSize = 20`;
    const [run] = await querier.run(text, { query: 'same', onProgress: look });
    expect(run?.outcome).toBe('complete');
    expect(Math.max(...sizes)).toBeGreaterThan(0);
    // The same set beside itself: nothing of it went missing.
    const { a, b } = run?.comparison ?? {};
    expect(a).toEqual({ ...b, label: 'other' });
    expect(a?.interactions).toBe(run?.records.length);
    expect(await readdir(run?.folder ?? '')).not.toContain('compared');
  });

  it('has them in memory where the disk takes no more', async () => {
    const folder = await folderOf();
    const held = await ComparedRecords.open(folder);
    const [place] = (await held.append([{ interactionId: 'ä' }])) ?? [];
    expect(place).toEqual({ offset: 0, length: 22 });
    if (place === undefined) return;
    const source = { file: 'interactions', ...place } as const;
    const entry = { id: 'ä', matching: [], key: null };
    const kept = new KeptRecords(held.folder, [
      { ...entry, source },
      { ...entry, source: { raw: { interactionId: 'b' } } },
    ]);
    const found: unknown[] = [];
    for await (const record of kept) found.push(record);
    expect(found).toEqual([{ interactionId: 'ä' }, { interactionId: 'b' }]);
    await held.discard();
    expect(await held.append([{ interactionId: 'c' }])).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });
});
