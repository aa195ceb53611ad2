import { execFileSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalForm, GENESIS, hashRecord } from '../../../server/src/output/audit/chain.ts';
import { AuditLog, type AuditOptions } from '../../../server/src/output/audit/log.ts';
import { showAudit } from '../../../server/src/output/audit/show.ts';
import { type AuditEvent, auditRecordSchema } from '../../../server/src/protocol/audit.ts';
import { emptyFolder, ended, started } from './events.ts';

async function log(options: AuditOptions = {}): Promise<AuditLog> {
  return new AuditLog(join(await emptyFolder(), 'audit'), options);
}

async function add(target: AuditLog, ...events: Parameters<AuditLog['append']>[0][]) {
  const written = [];
  for (const event of events) {
    const result = await target.append(event);
    if (!result.ok) throw new Error(result.error.message);
    written.push(result.value);
  }
  return written;
}

async function records(target: AuditLog) {
  const texts = await Promise.all((await target.files()).map((file) => readFile(file, 'utf8')));
  return texts
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => auditRecordSchema.parse(JSON.parse(line)));
}

describe('canonical form', () => {
  it('is that of RFC 8785', () => {
    // The examples of RFC 8785, 3.2.2 and 3.2.3.
    const input = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalForm(input)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.values(JSON.parse(canonicalForm(keys)))).toHaveLength(7);
    expect(canonicalForm(keys)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
  });

  it('writes numbers as the RFC’s appendix B', () => {
    const numbers: [string, string][] = [
      ['0000000000000000', '0'],
      ['8000000000000000', '0'],
      ['0000000000000001', '5e-324'],
      ['7fefffffffffffff', '1.7976931348623157e+308'],
      ['4340000000000000', '9007199254740992'],
      ['444b1ae4d6e2ef4e', '999999999999999700000'],
      ['444b1ae4d6e2ef50', '1e+21'],
      ['3eb0c6f7a0b5ed8d', '0.000001'],
      ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
      ['becbf647612f3696', '-0.0000033333333333333333'],
    ];
    for (const [hex, text] of numbers) {
      expect(canonicalForm(Buffer.from(hex, 'hex').readDoubleBE(0))).toBe(text);
    }
    expect(() => canonicalForm(Number.NaN)).toThrow();
  });

  it('hashes the record without its hash', () => {
    expect(hashRecord({ b: 1, a: 'x', hash: 'whatever' })).toBe(hashRecord({ a: 'x', b: 1 }));
  });
});

describe('append', () => {
  it('writes one canonical line a record, chained from zeros', async () => {
    const target = await log({ now: () => new Date('2026-11-22T08:00:00Z') });
    const written = await add(target, started('r1'), ended('r1'));
    const [first, second] = await records(target);
    expect(first).toMatchObject({
      sequence: 0,
      prev_hash: GENESIS,
      audit_timestamp: '2026-11-22T08:00:00.000Z',
    });
    expect(second).toMatchObject({ sequence: 1, prev_hash: first?.hash, records_processed: 12 });
    expect(written.map((w) => w.hash)).toEqual([first?.hash, second?.hash]);
    const text = await readFile(join(target.folder, 'audit-0001.jsonl'), 'utf8');
    for (const line of text.trimEnd().split('\n')) expect(line).toBe(canonicalForm(JSON.parse(line)));
    expect(await target.head()).toEqual({ sequence: 1, hash: second?.hash });
    expect(written[1]?.line).toMatch(
      /#1 run\.ended · failing complete: 12 records, 34\.5 ms, accuracy 1 VERIFIED/,
    );
    expect(written[1]?.line).toContain('audit-0001.jsonl');
  });

  it.skipIf(process.platform === 'win32')('closes folder and file to others', async () => {
    const target = await log();
    await mkdir(target.folder, { mode: 0o755 });
    await add(target, started('r1'));
    const file = join(target.folder, 'audit-0001.jsonl');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(target.folder)).mode & 0o777).toBe(0o700);
    await chmod(file, 0o644);
    await add(target, ended('r1'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('refuses a symbolic link in place of the file, whether its target is there or not', async () => {
    for (const there of [true, false]) {
      const target = await log();
      await mkdir(target.folder);
      const other = join(target.folder, 'elsewhere.txt');
      if (there) await writeFile(other, '');
      await symlink(other, join(target.folder, 'audit-0001.jsonl'));
      const result = await target.append(started('r1'));
      expect(result).toMatchObject({ ok: false, error: { code: 'symlink' } });
      expect((await readdir(target.folder)).includes('elsewhere.txt')).toBe(there);
      if (there) expect(await readFile(other, 'utf8')).toBe('');
    }
  });

  it('refuses a symbolic link in place of the folder, also one that was put there later', async () => {
    const elsewhere = await emptyFolder();
    const linked = await log();
    await symlink(elsewhere, linked.folder);
    expect(await linked.append(started('r1'))).toMatchObject({ ok: false, error: { code: 'symlink' } });
    const later = await log();
    await add(later, started('r1'));
    await rename(later.folder, `${later.folder}-moved`);
    await symlink(`${later.folder}-moved`, later.folder);
    expect(await later.append(ended('r1'))).toMatchObject({ ok: false, error: { code: 'symlink' } });
    expect(await readdir(elsewhere)).toEqual([]);
    expect(await new AuditLog(`${later.folder}-moved`).verify()).toMatchObject({ records: 1 });
  });

  it('refuses a folder in place of the file', async () => {
    const target = await log();
    await mkdir(join(target.folder, 'audit-0001.jsonl'), { recursive: true });
    expect(await target.append(started('r1'))).toMatchObject({ ok: false, error: { code: 'not-a-file' } });
  });

  it('says so where a line that could not be made durable cannot be taken back', async () => {
    const target = await log({
      sync: async (handle) => {
        // As where the file system turned read-only under it.
        await handle.close();
        throw Object.assign(new Error('i/o error'), { code: 'EIO' });
      },
    });
    expect(await target.append(started('r1'))).toMatchObject({
      ok: false,
      error: { code: 'sync', message: expect.stringContaining('could not be taken back') },
    });
  });

  it('goes on in a new file when one is full, with one chain', async () => {
    const target = await log({ maxFileBytes: 1000 });
    await add(target, ...Array.from({ length: 7 }, (_, index) => started(`r${index}`)));
    const files = await target.files();
    expect(files.length).toBeGreaterThan(2);
    expect((await records(target)).map((record) => record.sequence)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await target.verify()).toMatchObject({ ok: true, records: 7 });
  });

  it('goes on after a crash between creating a file and writing its first line', async () => {
    const target = await log();
    await add(target, started('r1'));
    await writeFile(join(target.folder, 'audit-0002.jsonl'), '', { mode: 0o600 });
    const [written] = await add(target, ended('r1'));
    expect(written?.file).toContain('audit-0002.jsonl');
    expect(await target.verify()).toMatchObject({ ok: true, records: 2 });
  });

  it('sets a torn last line aside and notes it in the next record', async () => {
    const target = await log();
    await add(target, started('r1'), ended('r1'));
    const file = join(target.folder, 'audit-0001.jsonl');
    const { size } = await stat(file);
    await truncate(file, size - 40);
    expect(await target.verify()).toMatchObject({ ok: false, records: 1, bad: { line: 2, reason: 'torn' } });
    await add(target, ended('r1'));
    expect(await target.verify()).toMatchObject({ ok: true, records: 2 });
    const [, second] = await records(target);
    expect(second?.torn).toMatchObject([{ file: 'audit-torn-000001.txt' }]);
    const torn = await readFile(join(target.folder, 'audit-torn-000001.txt'), 'utf8');
    expect(torn).toContain('"event":"run.ended"');
    expect(torn.length).toBe(second?.torn?.[0]?.bytes);
    const { lines } = await target.show();
    expect(lines[1]).toContain('audit-torn-000001.txt');
  });

  it('survives being stopped anywhere in a write', { timeout: 60_000 }, async () => {
    const whole = await log({ now: () => new Date(0) });
    await add(whole, started('r1'), started('r2'));
    const text = await readFile(join(whole.folder, 'audit-0001.jsonl'));
    const border = text.indexOf('\n') + 1;
    for (let length = 0; length < text.length; length += 37) {
      const target = await log({ now: () => new Date(0) });
      await mkdir(target.folder);
      await writeFile(join(target.folder, 'audit-0001.jsonl'), text.subarray(0, length));
      await add(target, started('r3'));
      const verification = await target.verify();
      expect(verification).toMatchObject({ ok: true, records: length < border ? 1 : 2 });
    }
  });

  it('keeps a last record that only lost its line feed', async () => {
    const target = await log();
    await add(target, started('r1'));
    const file = join(target.folder, 'audit-0001.jsonl');
    await truncate(file, (await stat(file)).size - 1);
    expect(await target.verify()).toMatchObject({ ok: true, records: 1 });
    expect(await target.head()).toMatchObject({ sequence: 0 });
    await add(target, ended('r1'));
    expect(await target.verify()).toMatchObject({ ok: true, records: 2 });
    expect((await records(target))[1]?.torn).toBeUndefined();
  });

  it('says not audited when the disk does not take the line, and leaves none', async () => {
    let broken = false;
    const target = await log({
      sync: async (handle) => {
        if (broken) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
        await handle.datasync();
      },
    });
    await add(target, started('r1'));
    const before = await readFile(join(target.folder, 'audit-0001.jsonl'), 'utf8');
    broken = true;
    expect(await target.append(ended('r1'))).toMatchObject({ ok: false, error: { code: 'sync' } });
    expect(await readFile(join(target.folder, 'audit-0001.jsonl'), 'utf8')).toBe(before);
    broken = false;
    await add(target, ended('r1'));
    expect(await target.verify()).toMatchObject({ ok: true, records: 2 });
  });

  it('names a full disk and a folder that is none', async () => {
    const full = await log({
      sync: async () => {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
    });
    expect(await full.append(started('r1'))).toMatchObject({ ok: false, error: { code: 'disk-full' } });
    const file = join(await emptyFolder(), 'file');
    await writeFile(file, '');
    const result = await new AuditLog(join(file, 'audit')).append(started('r1'));
    expect(result).toMatchObject({ ok: false, error: { code: 'not-a-folder' } });
  });

  it.skipIf(process.platform !== 'linux')(
    'says that a file system is read-only (left out where there is no /sys)',
    async () => {
      const result = await new AuditLog('/sys/cxq-audit').append(started('r1'));
      expect(result).toMatchObject({ ok: false, error: { code: 'read-only' } });
    },
  );

  it('does not chain to a last line that is no record', async () => {
    const target = await log();
    await add(target, started('r1'));
    await writeFile(join(target.folder, 'audit-0001.jsonl'), 'something else\n');
    expect(await target.append(ended('r1'))).toMatchObject({ ok: false, error: { code: 'damaged' } });
  });

  it('leaves out what no record has, and secrets from every text', async () => {
    const target = await log({ secrets: () => ['canary-secret'] });
    const event = {
      ...ended('r1', 'refused: Bearer abcdefgh.ijklmnop with canary-secret'),
      variablesBefore: { ssn: 'canary-value' },
    };
    await add(target, event);
    const text = await readFile(join(target.folder, 'audit-0001.jsonl'), 'utf8');
    expect(text).not.toMatch(/canary|abcdefgh/);
    expect(text).toContain('refused');
    expect(text).toContain('ab'.repeat(32));
  });

  it('takes text that has no canonical form', async () => {
    const target = await log();
    await add(target, ended('r1', 'half \ud800 pair'));
    expect((await records(target))[0]).toMatchObject({ error: 'half \ufffd pair' });
    expect(await target.verify()).toMatchObject({ ok: true });
  });

  it('finds the head behind a line of any length', async () => {
    const target = await log();
    const ids = Array.from({ length: 30_000 }, (_, index) => `interaction-${index}`);
    const long = ended('r1');
    if (long.event !== 'run.ended') throw new Error(long.event);
    await add(target, started('r1'), { ...long, interaction_id: ids }, started('r2'), {
      ...long,
      interaction_id: ids,
    });
    const verification = await target.verify();
    expect(verification).toMatchObject({ ok: true, records: 4 });
    expect(await target.head()).toEqual(verification.head);
  });

  it('begins anew when somebody removed the folder', async () => {
    const target = await log();
    await add(target, started('r1'));
    const anchor = await target.head();
    await rm(target.folder, { recursive: true });
    expect(await target.verify(anchor === null ? {} : { anchor })).toMatchObject({
      ok: false,
      bad: { reason: 'cut' },
    });
    const [written] = await add(target, started('r2'));
    expect(written?.sequence).toBe(0);
  });

  it('queues appends of one process', async () => {
    const target = await log();
    const again = new AuditLog(target.folder);
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? target : again).append(started(`r${index}`)),
      ),
    );
    expect(results.every((result) => result.ok)).toBe(true);
    expect(await target.verify()).toMatchObject({ ok: true, records: 30 });
  });
});

describe('what stands in the way', () => {
  it('is said: an event without its fields, a file that is a pipe, a folder behind a file', async () => {
    const target = await log();
    const half: AuditEvent = JSON.parse('{"event":"run.started","run_id":"r1"}');
    expect(await target.append(half)).toMatchObject({ ok: false, error: { code: 'invalid' } });
    const file = join(await emptyFolder(), 'file');
    await writeFile(file, '');
    await expect(new AuditLog(join(file, 'audit')).files()).rejects.toMatchObject({ code: 'ENOTDIR' });
    if (process.platform === 'win32') return;
    const piped = await log();
    await mkdir(piped.folder);
    const script = 'mkfifo "$0"';
    execFileSync('sh', ['-c', script, join(piped.folder, 'audit-0001.jsonl')]);
    expect(await piped.append(started('r1'))).toMatchObject({ ok: false, error: { code: 'not-a-file' } });
  });

  it('is no head: an empty folder, a last line that is no record', async () => {
    const target = await log();
    expect(await target.head()).toBeNull();
    await mkdir(target.folder);
    await writeFile(join(target.folder, 'audit-0001.jsonl'), '');
    expect(await target.head()).toBeNull();
    await writeFile(join(target.folder, 'audit-0001.jsonl'), 'something else\n');
    expect(await target.head()).toBeNull();
  });

  it('is set aside beside what another crash left before the same record', async () => {
    const target = await log();
    await add(target, started('r1'));
    const file = join(target.folder, 'audit-0001.jsonl');
    await writeFile(join(target.folder, 'audit-torn-000001.txt'), 'first crash');
    await writeFile(file, `${await readFile(file, 'utf8')}{"second`);
    await add(target, ended('r1'));
    expect((await records(target))[1]?.torn).toMatchObject([
      { file: 'audit-torn-000001-2.txt', bytes: 8 },
      { file: 'audit-torn-000001.txt', bytes: 11 },
    ]);
    expect(await target.verify()).toMatchObject({ ok: true, records: 2 });
  });
});

describe('abandoned runs', () => {
  it('stay open where their end cannot be recorded', async () => {
    let broken = false;
    const target = await log({
      sync: async () => {
        if (broken) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
      },
    });
    const { file, line } = { file: 'out.csv', line: 'ab'.repeat(32) };
    const exported = { run_id: 'r1', path: file, format: 'CSV', records: 1, sha256: line, user: 'ada' };
    await add(target, started('r1'), { event: 'export', ...exported });
    broken = true;
    expect(await target.closeAbandoned(() => false)).toMatchObject({ ok: false, error: { code: 'sync' } });
    broken = false;
    expect(await target.closeAbandoned(() => false)).toMatchObject({ ok: true, value: [{ sequence: 2 }] });
  });

  it('are closed once, those that still run are not', async () => {
    const target = await log();
    await add(target, started('done'), ended('done'), started('killed'), started('alive'));
    const closed = await target.closeAbandoned((run) => run.run_id === 'alive');
    expect(closed).toMatchObject({ ok: true, value: [{ sequence: 4 }] });
    const last = (await records(target)).at(-1);
    expect(last).toMatchObject({
      event: 'run.ended',
      run_id: 'killed',
      outcome: 'failed',
      error: 'ended without a record: the process stopped',
      accuracy_rate: null,
      compliance_status: 'REVIEW_REQUIRED',
    });
    expect(await target.closeAbandoned((run) => run.run_id === 'alive')).toEqual({ ok: true, value: [] });
    expect(await target.verify()).toMatchObject({ ok: true, records: 5 });
  });

  it('are none in an empty folder', async () => {
    expect(await (await log()).closeAbandoned(() => false)).toEqual({ ok: true, value: [] });
  });
});

describe('show', () => {
  it('is one visible line a record', async () => {
    const target = await log();
    await add(
      target,
      ended('r1', 'tenant said \u001b[31mred\u001b[0m\nforged line \u202eright to left'),
      {
        event: 'export',
        run_id: 'r1',
        path: 'out/a.csv',
        format: 'CSV',
        records: 1,
        sha256: 'cd'.repeat(32),
        user: 'ada',
      },
      {
        event: 'webhook',
        run_id: 'r1',
        webhook_id: 'msg_1',
        url_origin: 'https://a.example',
        status: 503,
        outcome: 'retry',
        attempt: 2,
        user: 'ada',
      },
    );
    const { lines, files } = await showAudit(target.folder);
    expect(files).toHaveLength(1);
    expect(lines[0]).toContain('\\u001b[31mred\\u001b[0m\\nforged line \\u202eright');
    expect(lines[1]).toContain('1 record written to out/a.csv as CSV');
    expect(lines[2]).toContain('attempt 2 retry (HTTP 503)');
    await writeFile(files[0] ?? '', 'garbage\n');
    expect((await showAudit(files)).lines).toEqual([
      'audit-0001.jsonl line 1: unreadable, run the verification',
    ]);
  });
});
