/** A run's folder when the disk gives up: nothing that was whole is lost, and the run can be taken up. */
import { renameSync, writeFileSync, writeSync } from 'node:fs';
import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../server/src/protocol/checkpoint.ts';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import type { Disk } from '../../../server/src/run/growing-file.ts';
import { readCheckpoints, readTaken } from '../../../server/src/run/journal.ts';
import { recallRecord } from '../../../server/src/run/kept-records.ts';
import { NO_TRAFFIC } from '../../../server/src/run/take-up.ts';
import {
  createRunWriter,
  RunTooLarge,
  type RunWriter,
  type WrittenPage,
} from '../../../server/src/run/writer.ts';
import { createReader } from '../../../server/src/tenant/index.ts';
import { folderOf, manifestOf, step } from './kept.ts';

const reader = createReader(manifestOf().response);

function interaction(id: string) {
  const raw: JsonObject = { interactionId: id, steps: [step('a', 'API', 1, 2)] };
  const read = reader.read(raw);
  if (typeof read === 'string') throw new Error(read);
  return { interaction: read, matching: [0] };
}

function checkpointAfter(seen: number): Checkpoint {
  const totals = { readable: seen, rejected: 0, duplicates: 0, replaced: 0, conflicts: 0 };
  return {
    version: 2,
    request: 'r',
    batch: 0,
    next: null,
    last: { place: { offset: 0, limit: 2, token: null }, rows: 2, whole: true, total: null },
    batches: [],
    totals: { ...totals, versions: seen, seen, records: seen },
    assumed: {},
  };
}

/** The page with the interactions `from` and the one after it. */
function page(from: number): WrittenPage {
  const numbers = [from, from + 1];
  return {
    kept: numbers.map((number) => interaction(`i-${number}`)),
    seen: numbers.map((number) => ({
      ...{ id: `i-${number}`, digest: 'd', batch: 0, row: number, version: number },
      kept: true as const,
    })),
    state: {
      checkpoint: checkpointAfter(from + 2),
      stopped: false,
      keptByBatch: [from + 2],
      traffic: NO_TRAFFIC,
    },
  };
}

/** A disk whose so-and-so-many-th operation fails, and all after it while `full` says so. */
function failing(at: number, code: string): { readonly disk: Disk; readonly count: () => number } {
  let count = 0;
  const step = (): void => {
    count += 1;
    if (count === at) throw Object.assign(new Error(`${code}: injected`), { code });
  };
  return {
    disk: {
      write: async (handle, bytes) => {
        if (count + 1 === at) await handle.appendFile(bytes.subarray(0, bytes.length / 2));
        step();
        await handle.appendFile(bytes);
      },
      sync: async () => step(),
      rename: async (from, to) => {
        step();
        await rename(from, to);
      },
      replace: (path, temporary, bytes) => {
        writeFileSync(temporary, bytes);
        step();
        renameSync(temporary, path);
      },
      put: (handle, bytes, position) => {
        if (count + 1 === at) writeSync(handle.fd, bytes, 0, Math.floor(bytes.length / 2), position);
        step();
        writeSync(handle.fd, bytes, 0, bytes.length, position);
      },
    },
    count: () => count,
  };
}

async function idsIn(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'interactions.ndjson'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { interactionId: string }).interactionId);
}

/** Two pages and another order at the end. */
async function use(writer: RunWriter): Promise<void> {
  await writer.append(page(0));
  await writer.append(page(2));
  await writer.rewrite(
    (async function* () {
      for (const entry of [3, 1].map((number) => interaction(`i-${number}`))) {
        yield { lines: Buffer.from(`${JSON.stringify(entry.interaction.raw)}\n`), entries: [entry] };
      }
    })(),
  );
}

describe('a disk that fails', () => {
  it.each(['ENOSPC', 'EROFS', 'EIO'])(
    'with %s at any operation loses no page that was whole',
    async (code) => {
      const undisturbed = failing(Number.POSITIVE_INFINITY, code);
      const whole = await createRunWriter(await folderOf(), manifestOf(), { disk: undisturbed.disk });
      await use(whole);
      await whole.close();
      expect(await idsIn(whole.folder)).toEqual(['i-3', 'i-1']);
      expect(undisturbed.count()).toBeGreaterThan(8);
      for (let at = 1; at <= undisturbed.count(); at += 1) {
        const writer = await createRunWriter(await folderOf(), manifestOf(), {
          disk: failing(at, code).disk,
        });
        await expect(use(writer)).rejects.toThrow(code);
        await writer.close();
        const ids = await idsIn(writer.folder);
        const inOrder = ['i-0', 'i-1', 'i-2', 'i-3'].slice(0, ids.length);
        // A page is there whole or not at all, in the order in which it came.
        expect([ids, ids.length % 2]).toEqual([inOrder, 0]);
        expect(ids).toHaveLength(writer.kept);
        const [checkpoint] = await readCheckpoints(writer.folder);
        expect(writer.resumable).toBe(checkpoint !== undefined);
        if (checkpoint === undefined) continue;
        const taken = await readTaken(writer.folder, [checkpoint]);
        const versions = 'versions' in taken ? taken.versions : [];
        const records = versions.map((one) => one && recallRecord(writer.folder, one.source));
        const seen = inOrder.slice(0, checkpoint.checkpoint.totals.seen);
        expect(records.map((record) => record?.['interactionId'])).toEqual(seen);
        const left = (await readdir(writer.folder)).filter((name) => name.includes('interactions'));
        expect(left).toEqual(['interactions.ndjson']);
      }
    },
  );

  it('takes no page that makes the run larger than it may be, and the run can go on with another limit', async () => {
    const first = await createRunWriter(await folderOf(), manifestOf());
    await first.append(page(0));
    await first.close();
    const { size } = await stat(join(first.folder, 'interactions.ndjson'));
    const writer = await createRunWriter(await folderOf(), manifestOf(), { maxBytes: 3 * size });
    await writer.append(page(0));
    let refused: unknown;
    for (let from = 2; refused === undefined && from < 20; from += 2) {
      refused = await writer.append(page(from)).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expect(refused).toBeInstanceOf(RunTooLarge);
    await writer.close();
    const sizes = await Promise.all(
      (await readdir(writer.folder))
        .filter((name) => name.endsWith('.ndjson'))
        .map(async (name) => (await stat(join(writer.folder, name))).size),
    );
    expect(sizes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(3 * size);
    const [checkpoint] = await readCheckpoints(writer.folder);
    expect(checkpoint?.checkpoint.totals.seen).toBe(writer.kept);
  });
});
