import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AuditLog } from '../../../server/src/output/audit/log.ts';
import { emptyFolder, started } from '../../unit/output/events.ts';

const WRITER = fileURLToPath(new URL('./audit-writer.ts', import.meta.url));

function writer(folder: string, name: string, count: number): ChildProcess {
  return spawn(process.execPath, [WRITER, folder, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function runIds(log: AuditLog): Promise<string[]> {
  const texts = await Promise.all((await log.files()).map((file) => readFile(file, 'utf8')));
  return texts
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => String(JSON.parse(line).run_id));
}

describe('several processes', () => {
  it('write one chain, with nothing lost', { timeout: 60_000 }, async () => {
    const folder = join(await emptyFolder(), 'audit');
    const children = ['left', 'right'].map((name) => writer(folder, name, 50));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0]);
    const log = new AuditLog(folder);
    expect(await log.verify()).toMatchObject({ ok: true, records: 100 });
    expect((await log.files()).length).toBeGreaterThan(1);
    const ids = await runIds(log);
    for (const name of ['left', 'right']) {
      const own = ids.filter((id) => id.startsWith(name));
      expect(own).toEqual(Array.from({ length: 50 }, (_, index) => `${name}-${index}`));
    }
  });

  it('go on after one was killed in the middle', { timeout: 60_000 }, async () => {
    const folder = join(await emptyFolder(), 'audit');
    const child = writer(folder, 'killed', 100_000);
    if (child.stdout === null) throw new Error('no output');
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const log = new AuditLog(folder, { lockWaitMs: 30_000 });
    const before = (await runIds(log)).length;
    const result = await log.append(started('after'));
    expect(result).toMatchObject({ ok: true });
    const verification = await log.verify();
    expect(verification.ok).toBe(true);
    expect(verification.records).toBeGreaterThan(Math.max(1, before - 1));
    const closed = await log.closeAbandoned((run) => run.run_id === 'after');
    expect(closed).toMatchObject({ ok: true, value: { length: verification.records - 1 } });
  });
});

/** Kills of one loop; CXQ_AUDIT_KILLS asks for more. */
const KILLS = Number(process.env['CXQ_AUDIT_KILLS'] ?? 3);

describe('processes that are killed at any moment', () => {
  it('leave one chain, without a record that was reported and is gone', {
    timeout: 120_000 + KILLS * 15_000,
  }, async () => {
    const folder = join(await emptyFolder(), 'audit');
    const log = new AuditLog(folder, { lockWaitMs: 60_000, lockStaleMs: 2_000 });
    const reported = new Map<string, number>();
    let killed = 0;
    for (let round = 0; round < KILLS; round++) {
      const names = ['left', 'middle', 'right'].map((name) => `${name}${round}`);
      const children = names.map((name) => {
        const child = writer(folder, name, 100_000);
        child.stdout?.on('data', (dots: Buffer) => {
          reported.set(name, (reported.get(name) ?? 0) + dots.toString().replaceAll(/[^.]/g, '').length);
        });
        return child;
      });
      // Not before each has written: what is killed then is in the middle of something.
      while (names.some((name) => !reported.has(name))) await sleep(5);
      for (const child of children) {
        await sleep(Math.random() * 60);
        child.kill('SIGKILL');
        await once(child, 'close');
        killed += child.signalCode === 'SIGKILL' ? 1 : 0;
      }
      expect(await log.append(started(`after-${round}`))).toMatchObject({ ok: true });
      expect(await log.verify()).toMatchObject({ ok: true });
    }
    const ids = await runIds(log);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, count] of reported) {
      const own = ids.filter((id) => id.startsWith(`${name}-`));
      // What was reported stands there, in order; one more may have been written and not reported.
      expect(own).toEqual(Array.from({ length: own.length }, (_, index) => `${name}-${index}`));
      expect(own.length).toBeGreaterThanOrEqual(count);
      expect(own.length).toBeLessThanOrEqual(count + 1);
    }
    expect(killed).toBe(KILLS * 3);
  });
});

describe.skipIf(process.platform === 'win32')(
  'a file that takes no more bytes (no limits on Windows)',
  () => {
    it('leaves whole records, says so, and goes on when there is room again', {
      timeout: 60_000,
    }, async () => {
      const folder = join(await emptyFolder(), 'audit');
      const script = 'ulimit -f 4; exec "$0" "$@"';
      const args = ['-c', script, process.execPath, WRITER, folder, 'full', '50'];
      const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
      });
      const [code] = await once(child, 'close');
      expect(code).toBe(3);
      expect(said).toMatch(/^\.+disk-full\n$/);
      const log = new AuditLog(folder);
      const written = said.indexOf('d');
      expect(await log.verify()).toMatchObject({ ok: true, records: written });
      expect(await log.append(started('after'))).toMatchObject({ ok: true, value: { sequence: written } });
      expect(await readdir(folder)).toEqual(['audit-0001.jsonl']);
    });
  },
);

describe('the lock', () => {
  it('is taken over when its owner is long gone, and waited for when not', async () => {
    const folder = join(await emptyFolder(), 'audit');
    await mkdir(join(folder, 'audit.lock'), { recursive: true });
    const log = new AuditLog(folder, { lockWaitMs: 100 });
    expect(await log.append(started('r1'))).toMatchObject({ ok: false, error: { code: 'locked' } });
    const long = new Date(Date.now() - 3_600_000);
    await utimes(join(folder, 'audit.lock'), long, long);
    expect(await log.append(started('r1'))).toMatchObject({ ok: true });
  });
});
