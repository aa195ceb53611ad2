/**
 * kill −9 at any moment of a run, four processes at a time on one folder: the audit's chain stays whole, every run that
 * began is closed in it, and later runs are as if nothing had been.
 */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { verifyAudit } from '../../../server/src/output/index.ts';
import { startSandbox } from '../../../server/src/sandbox/index.ts';
import { createRandom } from '../../../server/src/sandbox/random.ts';
import { progressOf } from '../support/progress.ts';
import { writeRows } from './row.ts';
import { auditOf, NOW } from './whole-way.ts';

const CLI = resolve(import.meta.dirname, '../../../server/src/cli.ts');
/** `npm run proof -- kill` takes 1,000. */
const KILLS = Number(process.env['CXQ_KILLS'] ?? 10);
const AT_ONCE = 4;

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly out: string;
}

describe('a process that is killed', () => {
  it('leaves a chain that is whole and nothing in the way of later runs', {
    timeout: 60_000 + KILLS * 5_000,
  }, async ({ skip, onTestFinished }) => {
    skip(process.platform === 'win32', 'SIGKILL needs POSIX');
    const folder = await mkdtemp(join(tmpdir(), 'cxq-kill-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    let requests = 0;
    const arrived = new EventEmitter();
    arrived.setMaxListeners(0);
    const sandbox = await startSandbox({
      ...{ interactions: 120, seed: 7, now: NOW, latencyMs: 12 },
      onRequest: () => {
        requests += 1;
        arrived.emit('request');
      },
    });
    onTestFinished(() => sandbox.close());
    await writeFile(
      join(folder, 'query.cxq'),
      "LAST 29d LIMIT ALL WITH pageSize = 12 EXPORT TO 'out.ndjson'",
    );

    /** One run, killed a moment after the tenant has answered so many requests. */
    const run = async (kill?: { readonly requests: number; readonly moment: number }): Promise<Ended> => {
      const where = ['--base-url', sandbox.baseUrl, '--runs', 'runs', '--now', '2026-11-20T10:30:00Z'];
      const child = spawn(process.execPath, [CLI, 'run', 'query.cxq', ...where, '--format', 'json'], {
        cwd: folder,
        env: {
          ...process.env,
          NODE_COMPILE_CACHE: join(folder, 'compiled'),
          CXONE_CLIENT_ID: sandbox.clientId,
          CXONE_CLIENT_SECRET: sandbox.clientSecret,
        },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += String(chunk);
      });
      const closed = once(child, 'close');
      if (kill !== undefined) {
        let over = false;
        const ended = closed.then(() => {
          over = true;
        });
        while (!over && requests < kill.requests) await Promise.race([once(arrived, 'request'), ended]);
        await Promise.race([sleep(kill.moment), ended]);
        child.kill('SIGKILL');
      }
      const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
      return { code, signal, out };
    };
    const idsOf = ({ out }: Ended): unknown => {
      const { outcome, retrieval } = JSON.parse(out) as { outcome: string; retrieval: object };
      return { outcome, retrieval: { ...retrieval, latencyMs: 0 } };
    };

    const undisturbed = await run();
    const random = createRandom(20_261_122, KILLS);
    let killed = 0;
    const tell = progressOf('processes started and killed', KILLS);
    for (let at = 0; at < KILLS; at += AT_ONCE) {
      const ended = await Promise.all(
        // From before the first record to after the last: each of the four asks for a token and some ten pages.
        Array.from({ length: AT_ONCE }, () =>
          run({ requests: requests + random.integer(0, 12 * AT_ONCE), moment: 40 * random.next() }),
        ),
      );
      killed += ended.filter(({ signal }) => signal === 'SIGKILL').length;
      const { ok, bad } = await verifyAudit(join(folder, 'runs', 'audit'));
      // A line that was cut while it was written is set aside by the next that is.
      expect(ok || bad?.reason === 'torn', JSON.stringify(bad)).toBe(true);
      tell(at + AT_ONCE);
    }
    const later = await run();
    expect(idsOf(later)).toEqual(idsOf(undisturbed));
    const records = await auditOf(join(folder, 'runs', 'audit'));
    const begun = records.flatMap((one) => (one.event === 'run.started' ? one.run_id : []));
    const closed = records.flatMap((one) => (one.event === 'run.ended' ? [[one.run_id, one.outcome]] : []));
    expect(closed.map(([id]) => id).sort()).toEqual(begun.toSorted());
    const stopped = records.filter((one) => one.event === 'run.ended' && one.outcome !== 'complete');
    expect(killed).toBeGreaterThan(0);
    expect(stopped.length, 'no kill struck a run that had begun').toBeGreaterThan(0);
    expect(stopped.length).toBeLessThanOrEqual(killed);
    const told = stopped.flatMap((one) => (one.event === 'run.ended' ? (one.error ?? []) : []));
    const outcomes = stopped.flatMap((one) => (one.event === 'run.ended' ? one.outcome : []));
    writeRows('machine', 'kill', [
      {
        ...{ order: 0, name: 'kill −9 at any moment, four processes on one folder', mode: 'stream' },
        ...{ seeds: 1, fired: killed, lost: 0, duplicated: 0 },
        outcomes: [...new Set(outcomes)],
        messages: [...new Set(told)],
      },
    ]);
  });
});
