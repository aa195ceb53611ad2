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
    await log.append(run % 2 === 0 ? started(`r${run}`) : ended(`r${run - 1}`));
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
      'a number that is rounded away',
      () => replaced(1, at(1).replace('"requests":3', '"requests":3.5')),
      2,
      'changed',
    ],
  ])('finds %s', async (_name, tamper, line, reason) => {
    const verification = await verifyLines(tamper());
    expect(verification).toMatchObject({ ok: false, bad: { line, reason } });
    expect(verification.message).toContain(`line ${line}`);
    expect(verification.records).toBe(line - 1);
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
    await unlink(join(copy, 'audit-0002.jsonl'));
    expect(await verifyAudit(copy)).toMatchObject({ bad: { reason: 'removed' } });
  });

  it('says which file cannot be read, and that an empty folder has no records', async () => {
    const empty = await emptyFolder();
    expect(await verifyAudit(join(empty, 'none.jsonl'))).toMatchObject({
      ok: false,
      bad: { line: 0, reason: 'unreadable' },
    });
    expect(await verifyAudit(empty)).toMatchObject({ ok: true, records: 0, head: null });
    expect(await new AuditLog(join(empty, 'none')).verify()).toMatchObject({ ok: true, records: 0 });
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

  it('never throws, whatever the bytes', { timeout: 60_000 }, async () => {
    const file = join(await emptyFolder(), 'audit-0001.jsonl');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.constantFrom(...lines))),
        async (parts) => {
          await writeFile(file, parts.join('\n'));
          const verification = await verifyAudit(file);
          expect(verification.ok).toBe(verification.bad === null);
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });
});
