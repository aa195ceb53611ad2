import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
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
