/** Records read back from where they stand, whatever their order, and records that are packed. */
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import { type KeptEntry, KeptRecords, recallRecord } from '../../../server/src/run/kept-records.ts';
import { PackedRecords } from '../../../server/src/run/packed.ts';
import { createReader } from '../../../server/src/tenant/index.ts';
import { folderOf, step } from './kept.ts';

const recordOf = (number: number): JsonObject => ({
  interactionId: `i-${number}`,
  note: 'ž☎🐴\n'.repeat(number % 7),
  steps: [step('a', 'API', number, number + 1)],
});

/** Records of which each stands in one file or the other, or in none. */
async function written(kinds: readonly ('interactions' | 'replaced' | 'raw')[]) {
  const folder = await folderOf();
  const entries: KeptEntry[] = [];
  const lengths = { interactions: 0, replaced: 0 };
  await writeFile(join(folder, 'interactions.ndjson'), '');
  await writeFile(join(folder, 'replaced.ndjson'), '');
  for (const [number, kind] of kinds.entries()) {
    const raw = recordOf(number);
    const entry = { id: `i-${number}`, matching: [number], key: null };
    if (kind === 'raw') {
      entries.push({ ...entry, source: { raw } });
      continue;
    }
    const value = kind === 'interactions' ? raw : { version: number, kept: { raw, matching: [number] } };
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    await appendFile(join(folder, `${kind}.ndjson`), line);
    const source = { file: kind, offset: lengths[kind], length: line.length - 1 };
    lengths[kind] += line.length;
    entries.push({ ...entry, source });
  }
  return { folder, entries };
}

async function read(records: KeptRecords): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  for await (const record of records) all.push(record);
  return all;
}

describe('kept records', () => {
  it('come in the order of their entries, wherever they stand', async () => {
    const kind = fc.constantFrom('interactions' as const, 'replaced' as const, 'raw' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(kind, { maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        async (kinds, seeds) => {
          const { folder, entries } = await written(kinds);
          const order = entries.map((entry) => ({ entry, by: seeds.next().value ?? 0 }));
          const chosen = order
            .toSorted((a, b) => a.by - b.by)
            .slice(0, kinds.length - (kinds.length >> 2))
            .map(({ entry }) => entry);
          const expected = chosen.map(({ matching }) => recordOf(matching[0] ?? -1));
          const records = new KeptRecords(folder, chosen);
          expect(await read(records)).toEqual(expected);
          expect(chosen.map(({ source }) => recallRecord(folder, source))).toEqual(expected);
          // Written anew in this order, they are found where they are then.
          const lines: Uint8Array[] = [];
          const lengths: number[] = [];
          for await (const block of records.blocks()) {
            lines.push(block.lines);
            lengths.push(...block.lengths);
          }
          await writeFile(join(folder, 'interactions.ndjson'), Buffer.concat(lines));
          records.moved(lengths);
          expect(await read(records)).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('come in blocks of bounded size', async () => {
    const { folder, entries } = await written(Array.from({ length: 1_201 }, () => 'raw' as const));
    const sizes: number[] = [];
    for await (const block of new KeptRecords(folder, entries).blocks()) sizes.push(block.entries.length);
    expect(sizes).toEqual([500, 500, 201]);
  });

  it('that are gone are said to be, or are undefined one by one', async () => {
    const { folder, entries } = await written(['interactions', 'interactions']);
    await writeFile(join(folder, 'interactions.ndjson'), '{"interactionId"');
    await expect(read(new KeptRecords(folder, entries))).rejects.toThrow(/shorter/);
    const [first] = entries;
    expect(first && recallRecord(folder, first.source)).toBeUndefined();
    expect(
      recallRecord(join(folder, 'none'), { file: 'interactions', offset: 0, length: 3 }),
    ).toBeUndefined();
  });
});

describe('packed records', () => {
  it('are read as they came, one at a time', () => {
    const reader = createReader(profileSchema.parse({}).response);
    const records = Array.from({ length: 40 }, (_, number) => recordOf(number));
    const packed = new PackedRecords(records);
    for (const index of [39, 0, 17]) {
      expect(packed.read(index, reader)).toEqual(reader.read(recordOf(index)));
    }
    expect(packed.read(40, reader)).toBeUndefined();
    expect(new PackedRecords([{ steps: [] }]).read(0, reader)).toBeUndefined();
  });
});
