/** A value that is replaced in place: whatever a kill leaves of a write, a value that was whole is there. */
import { renameSync, writeFileSync, writeSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Disk } from '../../../server/src/run/growing-file.ts';
import { readSlots, SlotFile, slotsWith } from '../../../server/src/run/slots.ts';
import { folderOf } from './kept.ts';

/** A disk that writes in place only so many bytes of the write of a number, and nothing after it. */
function killed(at: number, bytes: number): Disk {
  let count = 0;
  return {
    write: (handle, data) => handle.appendFile(data),
    sync: (handle) => handle.datasync(),
    rename,
    replace: (path, temporary, data) => {
      count += 1;
      if (count >= at) throw new Error('killed');
      writeFileSync(temporary, data);
      renameSync(temporary, path);
    },
    put: (handle, data, position) => {
      count += 1;
      if (count < at) writeSync(handle.fd, data, 0, data.length, position);
      if (count === at) writeSync(handle.fd, data, 0, Math.min(bytes, data.length), position);
      if (count >= at) throw new Error('killed');
    },
  };
}

const sized = (number: number, size: number) => ({ number, text: 'ž'.repeat(size) });

describe('a value in slots', () => {
  it('is the last that was written whole, wherever a write is cut', async () => {
    const folder = await folderOf();
    let torn = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ size: fc.nat(9_000), durable: fc.boolean() }), { minLength: 2, maxLength: 12 }),
        fc.integer({ min: 2, max: 12 }),
        fc.nat(20_000),
        async (values, at, bytes) => {
          const path = join(folder, 'checkpoint.slots');
          const file = new SlotFile(path, join(folder, '.checkpoint.slots.tmp'), killed(at, bytes));
          let whole = 0;
          let last = 0;
          for (const [index, { size, durable }] of values.entries()) {
            last = index + 1;
            const isWritten = await file.write(sized(last, size), durable).then(
              () => true,
              () => false,
            );
            if (!isWritten) break;
            whole = last;
          }
          await file.close();
          const [latest, ...earlier] = readSlots(await readFile(path)) as { readonly number: number }[];
          // All of the write that was cut may be there.
          if (whole < last) torn += 1;
          expect([whole, last]).toContain(latest?.number);
          expect(latest).toEqual(sized(latest?.number ?? 0, values[(latest?.number ?? 0) - 1]?.size ?? 0));
          const numbers = earlier.map(({ number }) => number);
          expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
        },
      ),
      { numRuns: 300, seed: 61 },
    );
    expect(torn).toBeGreaterThan(50);
  });

  it('that was made durable is not written over by those after it', async () => {
    const folder = await folderOf();
    const path = join(folder, 'checkpoint.slots');
    const file = new SlotFile(path, join(folder, '.tmp'), killed(Number.POSITIVE_INFINITY, 0));
    for (let number = 1; number <= 20; number += 1) await file.write(sized(number, number), number === 7);
    await file.close();
    const numbers = (readSlots(await readFile(path)) as { readonly number: number }[]).map(
      ({ number }) => number,
    );
    expect(numbers).toEqual([20, 19, 7]);
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['a few bytes', Buffer.from('{}')],
    ['what an earlier version wrote', Buffer.from(`${JSON.stringify({ schemaVersion: 1 })}\n`)],
    ['zeros', Buffer.alloc(24 * 1024)],
  ])('is not there in %s', (_, bytes) => {
    expect(readSlots(bytes)).toEqual([]);
  });

  it('is not there when a bit of it is another', () => {
    const file = Buffer.from(slotsWith({ number: 1 }));
    expect(readSlots(file)).toEqual([{ number: 1 }]);
    const end = file.indexOf('\n');
    for (let at = 0; at <= end; at += 1) {
      for (const bit of [1, 8, 64]) {
        const other = Buffer.from(file);
        other[at] = (other[at] ?? 0) ^ bit;
        expect(readSlots(other)).toEqual([]);
      }
    }
  });
});
