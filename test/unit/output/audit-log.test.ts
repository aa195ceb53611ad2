/** What an append says and leaves behind, whatever happens to it. */
import { rmSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AuditLog, type AuditOptions } from '../../../server/src/output/audit/log.ts';
import { OpenFile } from '../../../server/src/output/audit/open-file.ts';
import { showLine } from '../../../server/src/output/audit/show.ts';
import { REDACTED } from '../../../server/src/output/text.ts';
import type { AuditEvent } from '../../../server/src/protocol/audit.ts';
import { emptyFolder, ended, started } from './events.ts';

async function log(options: AuditOptions = {}): Promise<AuditLog> {
  return new AuditLog(join(await emptyFolder(), 'audit'), options);
}

async function append(target: AuditLog, event: AuditEvent) {
  const result = await target.append(event);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function textOf(target: AuditLog): Promise<string> {
  return readFile(join(target.folder, 'audit-0001.jsonl'), 'utf8');
}

function failing(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('what was appended', () => {
  it('is given back as it stands there', async () => {
    const target = await log();
    const before = Date.now();
    const written = await append(target, started('r1'));
    const file = join(target.folder, 'audit-0001.jsonl');
    expect(written).toEqual({
      file,
      sequence: 0,
      hash: written.record.hash,
      line: showLine(written.record, file),
      record: JSON.parse(await textOf(target)),
    });
    const time = Date.parse(written.record.audit_timestamp);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
    expect(await readdir(target.folder)).toEqual(['audit-0001.jsonl']);
  });

  it('names no secret, but for identities', async () => {
    const secrets = ['canary', 'run-', 'msg-', 'webhook', 'ab'.repeat(32), 'export'];
    const target = await log({ secrets: () => secrets });
    const run = ended('run-1', 'canary said');
    if (run.event !== 'run.ended') throw new Error(run.event);
    const { record } = await append(target, {
      ...run,
      query_name: 'the canary',
      interaction_id: ['canary', 'other'],
    });
    expect(record).toMatchObject({
      event: 'run.ended',
      run_id: 'run-1',
      query_text_sha256: 'ab'.repeat(32),
      query_name: `the ${REDACTED}`,
      interaction_id: [REDACTED, 'other'],
      error: `${REDACTED} said`,
    });
    const webhook = await append(target, {
      event: 'webhook',
      run_id: 'run-1',
      webhook_id: 'msg-1',
      url_origin: 'https://canary.example',
      status: null,
      outcome: 'retry',
      attempt: 1,
      user: 'canary',
    });
    expect(webhook.record).toMatchObject({
      event: 'webhook',
      run_id: 'run-1',
      webhook_id: 'msg-1',
      url_origin: `https://${REDACTED}.example`,
      user: REDACTED,
    });
    const exported = await append(target, {
      event: 'export',
      run_id: 'run-1',
      path: 'canary.csv',
      format: 'CSV',
      records: 1,
      sha256: 'ab'.repeat(32),
      user: 'ada',
    });
    expect(exported.record).toMatchObject({ sha256: 'ab'.repeat(32), path: `${REDACTED}.csv` });
  });
});

describe('a file', () => {
  it('is full when the next line would be too long for it, and never left empty', async () => {
    const now = () => new Date(0);
    const line = (await append(await log({ now }), started('r0'))).file;
    const { size } = await stat(line);
    for (const [maxFileBytes, files] of [
      [2 * size, 1],
      [2 * size - 1, 2],
      [size, 2],
      [1, 2],
    ] as const) {
      const target = await log({ now, maxFileBytes });
      await append(target, started('r0'));
      await append(target, started('r1'));
      expect(await target.files()).toHaveLength(files);
      expect(await target.verify()).toMatchObject({ ok: true, records: 2 });
    }
  });

  it('is full at 16 MiB, unless said otherwise', async () => {
    const target = await log();
    const first = await append(target, started('r0'));
    const text = await textOf(target);
    // Nothing but zeros before the record; those take no room.
    for (const [room, files] of [
      [text.length, 1],
      [text.length - 1, 2],
    ] as const) {
      await writeFile(first.file, '');
      await truncate(first.file, 16 * 1024 * 1024 - room - text.length - 1);
      await appendFile(first.file, `\n${text}`);
      const again = await append(target, started('r1'));
      expect(again.sequence).toBe(1);
      expect(await target.files()).toHaveLength(files);
    }
  });
});

describe('a failure', () => {
  it('to write takes back what there is of the line', async () => {
    const target = await log();
    await append(target, started('r0'));
    const before = await textOf(target);
    vi.spyOn(OpenFile.prototype, 'write').mockImplementationOnce(function (this: OpenFile, bytes) {
      this.write(bytes.subarray(0, 20));
      throw failing('EIO', 'i/o error');
    });
    expect(await target.append(started('r1'))).toEqual({
      ok: false,
      error: {
        code: 'io',
        message: 'The audit record could not be written to audit-0001.jsonl: i/o error.',
      },
    });
    expect(await textOf(target)).toBe(before);
    vi.spyOn(OpenFile.prototype, 'write').mockImplementationOnce(() => {
      throw failing('ENOSPC', 'no space');
    });
    expect(await target.append(started('r1'))).toEqual({
      ok: false,
      error: {
        code: 'disk-full',
        message:
          'The audit record could not be written to audit-0001.jsonl: the disk is full; free some space and try again.',
      },
    });
    expect(await readdir(target.folder)).toEqual(['audit-0001.jsonl']);
    expect((await append(target, started('r1'))).sequence).toBe(1);
    expect(await target.verify()).toMatchObject({ ok: true, records: 2 });
  });

  it('to make it durable says so, and what could not be taken back', async () => {
    let [code, synced] = ['', 0];
    const target = await log({
      sync: async (file) => {
        synced++;
        if (code !== '') throw failing(code, 'i/o error');
        await file.datasync();
      },
    });
    await append(target, started('r0'));
    const before = await textOf(target);
    code = 'EIO';
    expect(await target.append(started('r1'))).toEqual({
      ok: false,
      error: {
        code: 'sync',
        message: 'The audit record could not be made durable in audit-0001.jsonl: i/o error.',
      },
    });
    code = 'EDQUOT';
    expect(await target.append(started('r1'))).toEqual({
      ok: false,
      error: {
        code: 'disk-full',
        message:
          'The audit record could not be made durable in audit-0001.jsonl: the disk quota is used up; free some space and try again.',
      },
    });
    expect(await textOf(target)).toBe(before);
    code = 'EIO';
    vi.spyOn(OpenFile.prototype, 'truncate').mockImplementationOnce(() => {
      throw failing('EROFS', 'read-only');
    });
    expect(await target.append(started('r1'))).toEqual({
      ok: false,
      error: {
        code: 'sync',
        message:
          'The audit record could not be made durable in audit-0001.jsonl: i/o error. What was written of it could not be taken back either.',
      },
    });
    expect(synced).toBe(4);
    // What was taken back is taken back even where that cannot be made durable.
    await truncate(join(target.folder, 'audit-0001.jsonl'), before.length);
    vi.spyOn(OpenFile.prototype, 'datasync').mockRejectedValueOnce(failing('EIO', 'i/o error'));
    const refused = await target.append(started('r1'));
    expect(refused.ok ? '' : refused.error.message).toBe(
      'The audit record could not be made durable in audit-0001.jsonl: i/o error.',
    );
    expect(await textOf(target)).toBe(before);
  });

  it('before anything was written names the folder', async () => {
    const target = await log();
    const what = `The audit record could not be written to ${target.folder}`;
    await symlink(await emptyFolder(), target.folder);
    expect(await target.append(started('r0'))).toEqual({
      ok: false,
      error: { code: 'symlink', message: `${what}: a symbolic link stands in its place; remove the link.` },
    });
    const other = await log();
    await mkdir(join(other.folder, 'audit-0001.jsonl'), { recursive: true });
    expect(await other.append(started('r0'))).toEqual({
      ok: false,
      error: {
        code: 'not-a-file',
        message: `The audit record could not be written to ${other.folder}: a folder stands in its place.`,
      },
    });
    expect(await other.closeAbandoned(() => true)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining(`could not be written to ${other.folder}: `) },
    });
    const half: AuditEvent = JSON.parse('{"event":"run.started","run_id":"r1"}');
    expect(await (await log()).append(half)).toEqual({
      ok: false,
      error: { code: 'invalid', message: 'The audit record does not fit its schema.' },
    });
  });
});

describe('the lock', () => {
  it('is waited for, and taken over at an age', async () => {
    for (const [age, options, taken] of [
      [9_000, {}, false],
      [11_000, {}, true],
      [1_500, { lockStaleMs: 2_000 }, false],
      [2_500, { lockStaleMs: 2_000 }, true],
      [11_000, { lockStaleMs: 60_000 }, false],
    ] as const) {
      const target = await log({ ...options, lockWaitMs: 0 });
      const held = join(target.folder, 'audit.lock');
      await mkdir(target.folder);
      await writeFile(held, '');
      const then = new Date(Date.now() - age);
      await utimes(held, then, then);
      const result = await target.append(started('r0'));
      expect(result.ok).toBe(taken);
      if (!result.ok)
        expect(result.error).toEqual({
          code: 'locked',
          message: `The audit record could not be written to ${target.folder}: another process holds its lock; close other windows that use it and try again.`,
        });
    }
  });

  it('is taken when it is given back in time', async () => {
    const target = await log({ lockWaitMs: 30_000 });
    const usual = await log();
    for (const waiting of [target, usual]) {
      const held = join(waiting.folder, 'audit.lock');
      await mkdir(held, { recursive: true });
      setTimeout(() => rmSync(held, { recursive: true }), 60);
      expect(await append(waiting, started('r0'))).toMatchObject({ sequence: 0 });
    }
  });

  it('that cannot be taken is not waited for', async () => {
    const target = await log({ lockWaitMs: 30_000 });
    await append(target, started('r0'));
    // A folder with something in it: no lock of any process, and no better in a moment.
    const held = join(target.folder, 'audit.lock');
    await mkdir(join(held, 'kept'), { recursive: true });
    const long = new Date(Date.now() - 60_000);
    await utimes(held, long, long);
    expect(await target.append(started('r1'))).toMatchObject({ ok: false, error: { code: 'io' } });
    expect(await readdir(held)).toEqual(['kept']);
  }, 20_000);

  it('that another process took over meanwhile is no leave to write', async () => {
    const target = await log();
    await append(target, started('r0'));
    const before = await textOf(target);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const closed = await target.closeAbandoned(() => {
      rmSync(join(target.folder, 'audit.lock'));
      vi.advanceTimersByTime(1_001);
      return false;
    });
    vi.useRealTimers();
    expect(closed).toEqual({
      ok: false,
      error: {
        code: 'locked',
        message: `Another process took over the lock of ${target.folder}; try again.`,
      },
    });
    expect(await textOf(target)).toBe(before);
    expect((await append(target, ended('r0'))).sequence).toBe(1);
  });

  it('is kept fresh while work goes on', async () => {
    const target = await log();
    await append(target, started('r0'));
    const times: number[] = [];
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await target.closeAbandoned(async () => {
      const held = join(target.folder, 'audit.lock');
      times.push((await stat(held)).mtimeMs);
      const until = Date.now() + 20;
      while (Date.now() < until);
      vi.advanceTimersByTime(1_001);
      times.push((await stat(held)).mtimeMs);
      return true;
    });
    expect(times[1]).toBeGreaterThan(times[0] ?? Number.POSITIVE_INFINITY);
  });
});

describe('runs that ended without a record', () => {
  it('are closed as what is known of them, in their order', async () => {
    const target = await log();
    for (const event of [
      started('again'),
      ended('again'),
      started('again'),
      started('first'),
      started('done'),
      ended('done'),
    ])
      await append(target, event);
    await appendFile(join(target.folder, 'audit-0001.jsonl'), '');
    const asked: string[] = [];
    const closed = await target.closeAbandoned(async (run) => {
      asked.push(run.run_id);
      return run.run_id === 'first';
    });
    expect(asked).toEqual(['again', 'first']);
    if (!closed.ok) throw new Error(closed.error.message);
    expect(closed.value).toHaveLength(1);
    expect(closed.value[0]?.record).toEqual({
      hash: expect.any(String),
      prev_hash: expect.any(String),
      audit_timestamp: expect.any(String),
      event: 'run.ended',
      sequence: 6,
      run_id: 'again',
      query_name: 'failing',
      query_text_sha256: 'ab'.repeat(32),
      connection: 'sandbox',
      tenant_origin: 'http://127.0.0.1:1',
      user: 'ada',
      query_filter: "interactionId IN ['a1']",
      interaction_id: null,
      records_processed: 0,
      extraction_latency_ms: 0,
      accuracy_rate: null,
      compliance_status: 'REVIEW_REQUIRED',
      requests: 0,
      retries: 0,
      throttled: 0,
      outcome: 'failed',
      error: 'ended without a record: the process stopped',
    });
    expect(await target.verify()).toMatchObject({ ok: true, records: 7 });
  });

  it('are those of all files, and of records that can be read', async () => {
    const target = await log({ maxFileBytes: 1 });
    await append(target, started('r0'));
    await append(target, started('r1'));
    await append(target, ended('r0'));
    const files = await target.files();
    expect(files).toHaveLength(3);
    const asked: string[] = [];
    await target.closeAbandoned((run) => {
      asked.push(run.run_id);
      return true;
    });
    expect(asked).toEqual(['r1']);
    await writeFile(files[0] ?? '', '{"event":"run.started","run_id":"half"}\n"run."\n');
    await target.closeAbandoned((run) => {
      asked.push(run.run_id);
      return true;
    });
    expect(asked).toEqual(['r1', 'r1']);
  });
});
