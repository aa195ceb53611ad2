import { copyFile, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalForm, hashRecord } from '../../../server/src/output/audit/chain.ts';
import { AuditLog } from '../../../server/src/output/audit/log.ts';
import { verifyAudit } from '../../../server/src/output/audit/verify.ts';
import { emptyFolder, ended, started } from './events.ts';

/** Five records in one file. */
let lines: string[];
let folder: string;
/** Nine records in three files, three each. */
let rotated: string[];

beforeAll(async () => {
  folder = await emptyFolder();
  const log = new AuditLog(folder);
  for (let run = 0; run < 5; run++)
    await log.append(
      run % 2 === 0 ? started(`r${run}`) : ended(`r${run - 1}`, run === 3 ? 'caf\u00e9' : null),
    );
  lines = (await readFile(join(folder, 'audit-0001.jsonl'), 'utf8')).trimEnd().split('\n');
  const many = new AuditLog(await emptyFolder(), { maxFileBytes: 1450 });
  for (let run = 0; run < 9; run++) await many.append(started(`r${run}`));
  rotated = await many.files();
  expect(rotated).toHaveLength(3);
});

async function verifyLines(changed: readonly string[], options = {}) {
  const file = join(await emptyFolder(), 'audit-0001.jsonl');
  await writeFile(file, changed.map((line) => `${line}\n`).join(''));
  return verifyAudit(file, options);
}

function at(index: number): string {
  const line = lines[index];
  if (line === undefined) throw new Error(`no line ${index}`);
  return line;
}

function record(index: number): Record<string, unknown> {
  return JSON.parse(at(index));
}

function rehashed(value: Record<string, unknown>): string {
  return canonicalForm({ ...value, hash: hashRecord(value) });
}

function replaced(index: number, ...by: string[]): string[] {
  return lines.toSpliced(index, 1, ...by);
}

describe('verify', () => {
  it('passes a whole chain and gives its head', async () => {
    expect(await verifyLines(lines)).toMatchObject({
      ok: true,
      records: 5,
      bad: null,
      head: { sequence: 4, hash: record(4)['hash'] },
    });
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 5 });
    expect(await verifyAudit(rotated)).toMatchObject({ ok: true, records: 9 });
  });

  it.each<[string, () => string[], number, string]>([
    ['a changed field', () => replaced(2, at(2).replace('ada', 'eve')), 3, 'changed'],
    [
      'a changed hash',
      () => replaced(1, canonicalForm({ ...record(1), hash: 'f'.repeat(64) })),
      2,
      'changed',
    ],
    ['a field too many', () => replaced(1, canonicalForm({ ...record(1), note: '' })), 2, 'changed'],
    ['a removed field', () => replaced(1, canonicalForm({ ...record(1), user: undefined })), 2, 'changed'],
    [
      'a record changed with its hash',
      () => replaced(2, rehashed({ ...record(2), user: 'eve' })),
      4,
      'changed',
    ],
    ['the first line removed', () => lines.slice(1), 1, 'wrong-start'],
    ['a middle line removed', () => replaced(2), 3, 'removed'],
    ['two lines swapped', () => [at(0), at(2), at(1), at(3), at(4)], 2, 'moved'],
    ['a line moved to the end', () => [at(0), at(2), at(3), at(4), at(1)], 2, 'moved'],
    ['a line repeated', () => replaced(1, at(1), at(1)), 3, 'inserted'],
    [
      'a line inserted with its own right hash',
      () => replaced(1, at(1), rehashed({ ...record(1), user: 'eve' })),
      3,
      'inserted',
    ],
    [
      'a false continuation inserted',
      () => replaced(2, rehashed({ ...record(2), user: 'eve' }), at(2)),
      4,
      'inserted',
    ],
    ['an empty line', () => replaced(2, '', at(2)), 3, 'inserted'],
    ['a line cut short', () => replaced(2, at(2).slice(0, 100)), 3, 'changed'],
    ['another text', () => replaced(0, 'hello'), 1, 'changed'],
    ['a repeated key', () => replaced(1, at(1).replace('"user":', '"user":"eve","user":')), 2, 'changed'],
    [
      'a number with a fraction added',
      () => replaced(1, at(1).replace('"requests":3', '"requests":3.5')),
      2,
      'changed',
    ],
    [
      'digits that a double does not hold',
      () => replaced(1, at(1).replace('"requests":3', '"requests":3.0000000000000000001')),
      2,
      'changed',
    ],
    [
      'a number out of range',
      () => replaced(1, at(1).replace('"requests":3', '"requests":1e999')),
      2,
      'changed',
    ],
    [
      'the same letter written otherwise (é as e and an accent)',
      () => replaced(3, at(3).replace('\u00e9', 'e\u0301')),
      4,
      'changed',
    ],
    ['half of a surrogate pair', () => replaced(3, at(3).replace('\u00e9', '\\ud800')), 4, 'changed'],
    ['bytes that are no text', () => replaced(3, at(3).replace('\u00e9', '\ufffd')), 4, 'changed'],
    ['a byte order mark', () => replaced(0, `\ufeff${at(0)}`), 1, 'changed'],
    [
      'a key that many readers lose',
      () => replaced(1, at(1).replace('"user":', '"__proto__":{"user":"eve"},"user":')),
      2,
      'changed',
    ],
    [
      'a repeated key inside, spelt with an escape',
      () => replaced(1, at(1).replace('"user":', '"\\u0075ser":"eve","user":')),
      2,
      'changed',
    ],
    ['text behind a record', () => replaced(1, `${at(1)} {}`), 2, 'changed'],
    ['two records in one line', () => replaced(1, at(1) + at(2)), 2, 'changed'],
    ['a line of blanks', () => replaced(2, ' \t', at(2)), 3, 'inserted'],
    ['a list in place of a record', () => replaced(1, `[${at(1)}]`), 2, 'changed'],
    ['nesting without end', () => replaced(1, '['.repeat(200_000) + ']'.repeat(200_000)), 2, 'changed'],
    [
      'nesting without end inside a record',
      () => replaced(1, at(1).replace('"user":"ada"', `"user":${'['.repeat(200_000)}${']'.repeat(200_000)}`)),
      2,
      'changed',
    ],
    [
      'a hash in capitals',
      () =>
        replaced(
          1,
          at(1).replace(/"hash":"(\w+)"/, (text) => text.toUpperCase()),
        ),
      2,
      'changed',
    ],
    [
      'a number moved on with its hash',
      () => replaced(2, rehashed({ ...record(2), sequence: 9 })),
      3,
      'removed',
    ],
    [
      'a forged record at the end that follows another',
      () => [...lines, rehashed({ ...record(4), sequence: 5, prev_hash: 'e'.repeat(64) })],
      6,
      'changed',
    ],
  ])('finds %s', async (_name, tamper, line, reason) => {
    const verification = await verifyLines(tamper());
    expect(verification).toMatchObject({ ok: false, bad: { line, reason } });
    expect(verification.message).toContain(`line ${line}`);
    expect(verification.records).toBe(line - 1);
  });

  it('finds a last line that breaks off, and one whose line feed alone is missing passes', async () => {
    const file = join(await emptyFolder(), 'audit-0001.jsonl');
    const text = lines.map((line) => `${line}\n`).join('');
    for (const [cut, expected] of [
      [1, { ok: true, records: 5 }],
      [2, { ok: false, records: 4, bad: { line: 5, reason: 'torn' } }],
      [at(4).length, { ok: false, records: 4, bad: { line: 5, reason: 'torn' } }],
      [at(4).length + 1, { ok: true, records: 4 }],
    ] as const) {
      await writeFile(file, text.slice(0, text.length - cut));
      expect(await verifyAudit(file)).toMatchObject(expected);
    }
  });

  it('finds a chain that was written anew from one record on, by a later head alone', async () => {
    let previous = record(1)['hash'];
    const anew = lines.slice(2).map((_, index) => {
      const line = rehashed({ ...record(index + 2), user: 'eve', prev_hash: previous });
      previous = JSON.parse(line).hash;
      return line;
    });
    const changed = [...lines.slice(0, 2), ...anew];
    expect(await verifyLines(changed)).toMatchObject({ ok: true, records: 5 });
    for (const sequence of [2, 3, 4]) {
      const anchor = { sequence, hash: String(record(sequence)['hash']) };
      expect(await verifyLines(changed, { anchor })).toMatchObject({
        bad: { line: sequence + 1, reason: 'changed' },
      });
    }
    const early = { sequence: 1, hash: String(record(1)['hash']) };
    expect(await verifyLines(changed, { anchor: early })).toMatchObject({ ok: true });
  });

  it('passes what says the same: numbers and letters spelt otherwise', async () => {
    const spelt = at(3).replace('"requests":3', '"requests":30.0e-1').replace('\u00e9', '\\u00E9');
    expect(spelt).not.toBe(at(3));
    expect(await verifyLines(replaced(3, spelt))).toMatchObject({ ok: true, records: 5 });
    const zero = at(3).replace('"throttled":0', '"throttled":-0.00');
    expect(await verifyLines(replaced(3, zero))).toMatchObject({ ok: true });
    const blanks = at(3).replaceAll('":', `"${' '.repeat(300)}: `);
    expect(await verifyLines(replaced(3, blanks))).toMatchObject({ ok: true });
  });

  it('passes a line written with other blanks and another order of keys: its content is the same', async () => {
    const reversed = Object.fromEntries(Object.entries(record(1)).reverse());
    expect(await verifyLines(replaced(1, JSON.stringify(reversed).replaceAll('":', '" : ')))).toMatchObject({
      ok: true,
    });
    expect(await verifyLines(lines.map((line) => `${line}\r`))).toMatchObject({ ok: true });
  });

  it('shows a cut tail and a chain written anew only with a head that was kept elsewhere', async () => {
    const anchor = { sequence: 4, hash: String(record(4)['hash']) };
    expect(await verifyLines(lines, { anchor })).toMatchObject({ ok: true });
    expect(await verifyLines(lines.slice(0, 3))).toMatchObject({ ok: true });
    expect(await verifyLines(lines.slice(0, 3), { anchor })).toMatchObject({
      bad: { line: 4, reason: 'cut' },
    });
    expect(await verifyLines([], { anchor })).toMatchObject({ ok: false, bad: { reason: 'cut' } });
    const anew = new AuditLog(await emptyFolder());
    for (let run = 0; run < 5; run++) await anew.append(started('other'));
    expect(await anew.verify()).toMatchObject({ ok: true });
    expect(await anew.verify({ anchor })).toMatchObject({ bad: { line: 5, reason: 'changed' } });
  });

  it('begins later only with the hash before', async () => {
    const later = lines.slice(2);
    expect(await verifyLines(later)).toMatchObject({ bad: { line: 1, reason: 'wrong-start' } });
    expect(await verifyLines(later, { fromHash: record(1)['hash'] })).toMatchObject({ ok: true, records: 3 });
    expect(await verifyLines(later, { fromHash: record(0)['hash'] })).toMatchObject({ ok: false });
    // A record from before the beginning, behind it.
    expect(await verifyLines([...later, at(1)], { fromHash: record(1)['hash'] })).toMatchObject({
      records: 3,
      bad: { line: 4, reason: 'moved' },
    });
    const anchor = { sequence: 0, hash: String(record(0)['hash']) };
    expect(await verifyLines(later, { fromHash: record(1)['hash'], anchor })).toMatchObject({ ok: false });
  });

  it('goes across files in the given order', async () => {
    const [first = '', second = '', third = ''] = rotated;
    expect(await verifyAudit([second, first, third])).toMatchObject({
      bad: { line: 1, reason: 'wrong-start' },
    });
    expect(await verifyAudit([first, third, second])).toMatchObject({
      bad: { file: third, line: 1, reason: 'moved' },
    });
    expect(await verifyAudit([first, third])).toMatchObject({
      bad: { file: third, line: 1, reason: 'removed' },
    });
    expect(await verifyAudit([first, first])).toMatchObject({ bad: { line: 1, reason: 'inserted' } });
    const copy = await emptyFolder();
    for (const [index, file] of rotated.entries())
      await copyFile(file, join(copy, `audit-000${index + 1}.jsonl`));
    expect(await verifyAudit(copy)).toMatchObject({ ok: true, records: 9 });
    // Two files that changed names: the order is that of the names.
    await copyFile(second, join(copy, 'audit-0003.jsonl'));
    await copyFile(third, join(copy, 'audit-0002.jsonl'));
    expect(await verifyAudit(copy)).toMatchObject({
      records: 3,
      bad: { file: join(copy, 'audit-0002.jsonl'), line: 1, reason: 'moved' },
    });
    await copyFile(third, join(copy, 'audit-0003.jsonl'));
    await unlink(join(copy, 'audit-0002.jsonl'));
    expect(await verifyAudit(copy)).toMatchObject({ bad: { reason: 'removed' } });
    await unlink(join(copy, 'audit-0003.jsonl'));
    const anchor = {
      sequence: 8,
      hash: String(JSON.parse((await readFile(third, 'utf8')).trimEnd().split('\n').at(-1) ?? '').hash),
    };
    expect(await verifyAudit(copy)).toMatchObject({ ok: true, records: 3 });
    expect(await verifyAudit(copy, { anchor })).toMatchObject({ bad: { line: 4, reason: 'cut' } });
  });

  it('says which file cannot be read, and that an empty folder has no records', async () => {
    const empty = await emptyFolder();
    expect(await verifyAudit(join(empty, 'none.jsonl'))).toMatchObject({
      ok: false,
      bad: { line: 0, reason: 'unreadable' },
    });
    const nothing = {
      ok: true,
      records: 0,
      head: null,
      message: expect.stringMatching(/^There is nothing to verify/),
    };
    expect(await verifyAudit(empty)).toMatchObject({ ...nothing, message: expect.stringContaining(empty) });
    expect(await new AuditLog(join(empty, 'none')).verify()).toMatchObject(nothing);
    expect(await verifyAudit([empty, empty])).toMatchObject(nothing);
  });

  it('finds any one changed byte', { timeout: 60_000 }, async () => {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const file = join(await emptyFolder(), 'audit-0001.jsonl');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), async (offset, flip) => {
        const changed = Buffer.from(bytes);
        changed[offset] = (changed[offset] ?? 0) ^ flip;
        await writeFile(file, changed);
        expect((await verifyAudit(file)).ok).toBe(false);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('never throws, whatever the bytes', async () => {
    const file = join(await emptyFolder(), 'audit-0001.jsonl');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.constantFrom(...lines))),
        async (parts) => {
          // A last line without its end would be waited for each time.
          await writeFile(file, `${parts.join('\n')}\n`);
          const verification = await verifyAudit(file);
          expect(verification.ok).toBe(verification.bad === null);
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });
});
