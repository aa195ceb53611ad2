/** What the verifier says, word for word: each verdict is one sentence that names the line and what is wrong. */
import { mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalForm, GENESIS, hashRecord } from '../../../server/src/output/audit/chain.ts';
import { linesOf } from '../../../server/src/output/audit/lines.ts';
import { AuditLog } from '../../../server/src/output/audit/log.ts';
import { verifyAudit, verifyLines } from '../../../server/src/output/audit/verify.ts';
import { emptyFolder, started } from './events.ts';

const FILE = 'audit-0001.jsonl';
/** Four records. */
let lines: string[];

beforeAll(async () => {
  const log = new AuditLog(await emptyFolder());
  for (let run = 0; run < 4; run++) await log.append(started(`r${run}`));
  lines = (await readFile(join(log.folder, FILE), 'utf8')).trimEnd().split('\n');
});

function at(index: number): string {
  return lines[index] ?? '';
}

function hashAt(index: number): string {
  return String(JSON.parse(at(index)).hash);
}

function rehashed(index: number, by: object): string {
  const value = { ...JSON.parse(at(index)), ...by };
  return canonicalForm({ ...value, hash: hashRecord(value) });
}

/** Files in memory, one a list of lines. */
async function verify(files: readonly (readonly string[])[], options = {}) {
  const texts = new Map(files.map((held, index) => [`/audit/audit-000${index + 1}.jsonl`, held]));
  return verifyLines([...texts.keys()], options, {
    files: async (given) => [...given],
    lines: (file) =>
      linesOf(file, [Buffer.from((texts.get(file) ?? []).map((line) => `${line}\n`).join(''))]),
  });
}

describe('a verdict', () => {
  it.each<[string, () => string[], object]>([
    [
      'changed: its content does not fit its hash',
      () => [at(0), at(1).replace('ada', 'eve')],
      { line: 2, reason: 'changed' },
    ],
    ['changed: it is not an audit record', () => [at(0), 'hello', at(1)], { line: 2, reason: 'changed' }],
    ['inserted: an empty line', () => [at(0), ' ', at(1)], { line: 2, reason: 'inserted' }],
    [
      'changed: it was written after another record than the one before it here (1); one of the two was changed with its hash',
      () => [at(0), rehashed(1, { user: 'eve' }), at(2)],
      { line: 3, reason: 'changed' },
    ],
    [
      'removed: record 1 should stand here, not 2',
      () => [at(0), at(2), at(3)],
      { line: 2, reason: 'removed' },
    ],
    [
      // The one further on is not the one that is missing.
      'removed: record 1 should stand here, not 2',
      () => [at(0), at(2), rehashed(1, { prev_hash: GENESIS }), at(1).replace('ada', 'eve'), 'no record'],
      { line: 2, reason: 'removed' },
    ],
    [
      `moved: record 1 should stand here; it stands in ${FILE}, line 4`,
      () => [at(0), at(2), at(3), at(1)],
      { line: 2, reason: 'moved' },
    ],
    [
      'inserted: it is a repetition of record 0',
      () => [at(0), at(1), at(0)],
      { line: 3, reason: 'inserted' },
    ],
    [
      'inserted: it is a second record 0',
      () => [at(0), at(1), rehashed(0, { user: 'eve' })],
      { line: 3, reason: 'inserted' },
    ],
    [
      'wrong start: it is record 1, and the chain begins with record 0; give the hash before it to begin later',
      () => [at(1)],
      { line: 1, reason: 'wrong-start' },
    ],
    [
      'wrong start: it is record 0, and the chain begins with record 0; give the hash before it to begin later',
      () => [rehashed(0, { prev_hash: 'a'.repeat(64) })],
      { line: 1, reason: 'wrong-start' },
    ],
    [
      'wrong start: it is record 1, and the chain begins with record 0; give the hash before it to begin later',
      () => [rehashed(0, { sequence: 1 })],
      { line: 1, reason: 'wrong-start' },
    ],
  ])('%s', async (why, tampered, bad) => {
    const found = await verify([tampered()]);
    expect(found).toMatchObject({ ok: false, bad: { file: `/audit/${FILE}`, ...bad } });
    expect(found.message).toBe(`${FILE}, line ${found.bad?.line}: ${why}.`);
  });

  it('names the file of a later line, and the place where a moved one stands', async () => {
    expect(await verify([[at(0)], [at(2), at(1)]])).toMatchObject({
      records: 1,
      message:
        'audit-0002.jsonl, line 1: moved: record 1 should stand here; it stands in audit-0002.jsonl, line 2.',
      head: { sequence: 0, hash: hashAt(0) },
      files: ['/audit/audit-0001.jsonl', '/audit/audit-0002.jsonl'],
    });
  });

  it('of a chain that begins later goes by the hash that was given', async () => {
    const fromHash = hashAt(1);
    expect((await verify([[at(2), at(3)]], { fromHash })).message).toBe(
      `2 records in one file, whole and in order; the last is 3, ${hashAt(3)}.`,
    );
    expect((await verify([[at(1), at(2)]], { fromHash })).message).toBe(
      `${FILE}, line 1: wrong start: record 1 does not follow ${fromHash}.`,
    );
    expect(await verify([[at(0)]], { fromHash })).toMatchObject({ bad: { reason: 'wrong-start' } });
    expect((await verify([[at(2), at(1)]], { fromHash })).message).toBe(
      `${FILE}, line 2: moved: record 1 stands after 2.`,
    );
  });

  it('counts records and files of a whole chain, and says whether it was held against a head', async () => {
    expect((await verify([[at(0)]])).message).toBe(
      `1 record in one file, whole and in order; the last is 0, ${hashAt(0)}.`,
    );
    const anchor = { sequence: 1, hash: hashAt(1) };
    expect(await verify([[at(0)], [at(1), at(2)]], { anchor })).toEqual({
      ok: true,
      records: 3,
      message: `3 records in 2 files, whole and in order, with the record kept elsewhere (1) in its place; the last is 2, ${hashAt(2)}.`,
      files: ['/audit/audit-0001.jsonl', '/audit/audit-0002.jsonl'],
      head: { sequence: 2, hash: hashAt(2) },
      bad: null,
    });
  });

  it('against a head says what became of its record', async () => {
    const anchor = { sequence: 1, hash: hashAt(1) };
    expect(await verify([[at(0)]], { anchor })).toMatchObject({
      bad: { line: 2, reason: 'cut' },
      message: `${FILE}, line 2: cut: record 1 was written, and the chain ends with record 0.`,
    });
    expect(await verify([[]], { anchor })).toMatchObject({
      bad: { line: 1, reason: 'cut' },
      message: `${FILE}, line 1: cut: record 1 was written, and there is none.`,
    });
    expect(await verify([], { anchor })).toMatchObject({
      bad: { file: '', line: 1, reason: 'cut' },
      message: 'The chain: cut: record 1 was written, and there is none.',
    });
    expect(await verify([[at(0), rehashed(1, { user: 'eve' })]], { anchor })).toMatchObject({
      bad: { line: 2, reason: 'changed' },
      message: `${FILE}, line 2: changed: record 1 is not the one that was kept elsewhere; the chain was written anew.`,
    });
    const later = { fromHash: hashAt(1), anchor };
    expect(await verify([[at(2), at(3)]], later)).toMatchObject({
      bad: { line: 3, reason: 'wrong-start' },
      message: `${FILE}, line 3: record 1, kept elsewhere, is not among these files.`,
    });
    // The last record has the anchor's number, and stands in a chain that begins with it.
    const same = { fromHash: hashAt(0), anchor };
    expect(await verify([[at(1)]], same)).toMatchObject({ ok: true, records: 1 });
  });

  it('of nothing names where nothing is', async () => {
    expect((await verify([])).message).toBe('There is nothing to verify: there are no audit records.');
    expect((await verify([[]])).message).toBe(
      'There is nothing to verify: there are no audit records in /audit/audit-0001.jsonl.',
    );
    expect(await verify([[], []])).toMatchObject({
      ok: true,
      head: null,
      message: 'There is nothing to verify: there are no audit records.',
    });
  });
});

describe('files', () => {
  it('that cannot be read are named, with the line that was read last', async () => {
    const folder = await emptyFolder();
    const none = join(folder, 'none.jsonl');
    expect(await verifyAudit(none)).toEqual({
      ok: false,
      records: 0,
      message: 'none.jsonl: The audit files cannot be read: it does not exist.',
      files: [],
      head: null,
      bad: { file: none, line: 0, reason: 'unreadable' },
    });
    const first = join(folder, 'first.jsonl');
    await writeFile(first, `${at(0)}\n${at(1)}\n`);
    const gone = join(folder, 'gone.jsonl');
    await writeFile(gone, '');
    const found = await verifyLines(
      [first, gone],
      {},
      {
        files: async (given) => [...given],
        async *lines(file) {
          if (file === first) yield* linesOf(file, [await readFile(file)]);
          else throw new Error('i/o error');
        },
      },
    );
    expect(found).toMatchObject({
      records: 2,
      head: { sequence: 1, hash: hashAt(1) },
      bad: { file: first, line: 2, reason: 'unreadable' },
      message: 'first.jsonl, line 2: The audit files cannot be read: i/o error.',
    });
  });

  it('may be one that is being written: it is looked at again', async () => {
    const file = join(await emptyFolder(), FILE);
    await writeFile(file, `${at(0)}\n${at(1).slice(0, 50)}`);
    expect(await verifyAudit(file, { writingMs: 1 })).toMatchObject({
      records: 1,
      bad: { line: 2, reason: 'torn' },
      message: `${FILE}, line 2: torn: it breaks off, by a crash while it was written or by a cut.`,
    });
    const given = verifyAudit(file, { writingMs: 700 });
    const usual = verifyAudit(file);
    setTimeout(() => void writeFile(file, `${at(0)}\n${at(1)}\n`), 60);
    expect(await usual).toMatchObject({ ok: true, records: 2 });
    await writeFile(file, `${at(0)}\n${at(1).slice(0, 50)}`);
    setTimeout(() => void writeFile(file, `${at(0)}\n${at(1)}\n`), 20);
    expect(await given).toMatchObject({ ok: true, records: 2 });
  });

  it('are those of a folder, in the order of their numbers, among other names', async () => {
    const folder = await emptyFolder();
    const names = ['audit-9998.jsonl', 'audit-9999.jsonl', 'audit-10000.jsonl', 'audit-10001.jsonl'];
    for (const [index, name] of names.entries()) await writeFile(join(folder, name), `${at(index)}\n`);
    for (const other of ['xaudit-0001.jsonl', 'audit-001.jsonl', 'audit-0001.jsonl.bak', 'notes.txt']) {
      await writeFile(join(folder, other), 'something else\n');
    }
    await mkdir(join(folder, 'audit.lock'));
    expect(await verifyAudit(folder)).toMatchObject({
      ok: true,
      records: 4,
      files: names.map((name) => join(folder, name)),
    });
    await unlink(join(folder, 'audit-10000.jsonl'));
    expect(await verifyAudit(folder)).toMatchObject({
      message: 'audit-10001.jsonl, line 1: removed: record 2 should stand here, not 3.',
    });
    expect(await verifyAudit([folder, join(folder, 'xaudit-0001.jsonl')])).toMatchObject({ records: 2 });
  });
});
