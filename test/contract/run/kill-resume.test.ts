/**
 * kill −9 of a real `cxq run` at any moment, again and again, then `--resume`: the result is that of a run that nobody
 * disturbed, and nothing of it is ever on the disk unmasked.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { verifyAudit } from '../../../server/src/output/index.ts';
import { runManifestSchema } from '../../../server/src/protocol/run.ts';
import { Desk, folderOf, NOW, tenantOf } from '../cli/support.ts';
import { progressOf } from '../support/progress.ts';
import { analysisOf, differences, randomOf, tagged, writeHistory } from './resume-support.ts';

const CLI = resolve(import.meta.dirname, '../../../server/src/cli.ts');
/** `npm run proof -- resume` takes 1,000. */
const KILLS = Number(process.env['CXQ_KILLS'] ?? 10);
const SEED = Number(process.env['CXQ_SEED'] ?? 20_261_122);

/** A condition that runs here, an order that is made here, batches of a set's ids, a mask: what a run may need of before. */
const TEXTS = [
  'QUERY q LAST 24h MASK (ssn) LIMIT ALL WITH pageSize = 12, concurrency = 2',
  "QUERY q dwell > 8s LAST 24h LIMIT 60 OFFSET 3 WITH pageSize = 12, concurrency = 1, mode = 'page'",
  'QUERY q LAST 24h MASK (ssn) ORDER BY duration DESC LIMIT 90 OFFSET 2 WITH pageSize = 15',
  'QUERY many dwell > 12s LAST 24h LIMIT ALL; QUERY q interactionId IN many LIMIT ALL WITH pageSize = 20',
] as const;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Since its run had begun. */
  readonly milliseconds: number;
}

class Bench {
  readonly desk: Desk;
  readonly #text: string;

  constructor(desk: Desk, text: string) {
    this.desk = desk;
    this.#text = text;
  }

  /** A run's process, or one that takes a run up; killed so long after its run has begun, where a time is given. */
  async start(resume?: string, killAfter?: number): Promise<Ended> {
    await writeFile(this.desk.path('query.cxq'), this.#text);
    const profile = { baseUrl: this.desk.tenant.baseUrl, limits: { maxIdsPerRequest: 40 } };
    await writeFile(this.desk.path('profile.json'), JSON.stringify(profile));
    const where = ['--profile', 'profile.json', '--runs', 'runs', '--now', NOW];
    const what = resume === undefined ? ['query.cxq', '--query', 'q'] : ['--resume', resume];
    const child = spawn(process.execPath, [CLI, 'run', ...what, ...where, '--format', 'json'], {
      cwd: this.desk.folder,
      env: { ...process.env, ...this.desk.env, NODE_COMPILE_CACHE: this.desk.path('compiled') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    const closed = once(child, 'close') as Promise<[number | null]>;
    while (child.exitCode === null && !(await this.#isIn(child.pid))) await sleep(3);
    const began = performance.now();
    if (killAfter !== undefined) {
      await Promise.race([sleep(killAfter), closed]);
      child.kill('SIGKILL');
    }
    const [code] = await closed;
    return { code, out, err, milliseconds: performance.now() - began };
  }

  async runIds(): Promise<string[]> {
    const names = await readdir(this.desk.path('runs')).catch(() => []);
    return names.filter((name) => /^\d{8}T/.test(name));
  }

  async manifest(runId: string) {
    return runManifestSchema.parse(JSON.parse(await this.desk.read('runs', runId, 'manifest.json')));
  }

  /** Whether a process has a run of its own. */
  async #isIn(pid: number | undefined): Promise<boolean> {
    for (const runId of await this.runIds()) {
      const manifest = await this.manifest(runId).catch(() => undefined);
      if (manifest?.process.pid === pid) return true;
    }
    return false;
  }

  /** What of a run must not depend on kills. */
  async result(runId: string): Promise<Record<string, unknown>> {
    const { outcome, kept, result } = await this.manifest(runId);
    if (result === undefined) throw new Error('the run has no result');
    const { records, duplicates, rejected, expected, accuracyRate } = result.retrieval;
    const file = async (name: string): Promise<string> => tagged(await this.desk.read('runs', runId, name));
    return {
      ...{ outcome, kept, compliance: result.compliance },
      ...{ records, duplicates, rejected, expected, accuracyRate },
      interactions: await file('interactions.ndjson'),
      matches: await file('matches.ndjson'),
      rejects: await file('rejected.ndjson'),
      report: analysisOf(JSON.parse(await file('report.json'))),
    };
  }
}

describe('a run that is killed and resumed', () => {
  it('is as if nobody had killed it', { timeout: 120_000 + KILLS * 10_000 }, async ({ skip }) => {
    skip(process.platform === 'win32', 'SIGKILL needs POSIX');
    const random = randomOf(SEED);
    const folder = await folderOf();
    const data = await writeHistory(folder, 150);
    const tenant = await tenantOf({ data, latencyMs: 40, maxIdsPerRequest: 40 });
    const tally = { kills: 0, resumed: 0, startedOver: 0, tooEarly: 0, alreadyWhole: 0, unequal: 0 };
    const benches = TEXTS.map(
      (text, index) => new Bench(new Desk(join(folder, String(index)), tenant), text),
    );
    const wholes: { readonly result: Record<string, unknown>; readonly milliseconds: number }[] = [];
    for (const bench of benches) {
      await writeHistory(bench.desk.folder, 0);
      await bench.start();
      const { code, err, milliseconds } = await bench.start();
      expect([code, err]).toEqual([0, '']);
      const runId = (await bench.runIds()).sort().at(-1) ?? '';
      const result = await bench.result(runId);
      wholes.push({ result, milliseconds });
    }
    // A few kills may all have come too early or too late.
    const goesOn = (): boolean => tally.kills < KILLS || (tally.resumed === 0 && tally.kills < KILLS + 50);
    const tell = progressOf('processes started and killed', KILLS);
    for (let at = 0; goesOn(); at += 1) {
      if (at > 0) tell(tally.kills);
      const index = at % benches.length;
      const [bench, whole] = [benches[index], wholes[index]];
      if (bench === undefined || whole === undefined) throw new Error('no bench');
      const known = new Set(await bench.runIds());
      await bench.start(undefined, random() * whole.milliseconds);
      tally.kills += 1;
      const runId = (await bench.runIds()).find((name) => !known.has(name));
      if (runId === undefined) {
        tally.tooEarly += 1;
        continue;
      }
      for (let again = 0; again < 4; again += 1) {
        await expectMasked(bench.desk.path('runs', runId), index);
        const toTheEnd = again === 3 || random() < 0.4;
        const { code, err, out } = await bench.start(
          runId,
          toTheEnd ? undefined : random() * whole.milliseconds,
        );
        if (!toTheEnd) tally.kills += 1;
        if (code === 2) {
          if (err.includes('is complete')) tally.alreadyWhole += 1;
          else {
            expect(err).toContain('before a first page was kept');
            tally.tooEarly += 1;
          }
          break;
        }
        if (code === null) continue;
        const notes = (JSON.parse(out) as { notes: string[] }).notes.join(' ');
        expect(notes).toContain('Resumed');
        if (notes.includes('from the start')) tally.startedOver += 1;
        else tally.resumed += 1;
        break;
      }
      const audit = await verifyAudit(bench.desk.path('runs', 'audit'));
      expect(audit.ok || audit.bad?.reason === 'torn', JSON.stringify(audit.bad)).toBe(true);
      const manifest = await bench.manifest(runId);
      if (manifest.outcome !== 'complete' && manifest.outcome !== 'partial') continue;
      const result = await bench.result(runId);
      const unequal = differences(result, whole.result);
      if (unequal.length > 0) tally.unequal += 1;
      expect(unequal).toEqual([]);
    }
    process.stderr.write(`kill -9 and resume: ${JSON.stringify(tally)}\n`);
    expect(tally).toMatchObject({ startedOver: 0, unequal: 0 });
    expect(tally.resumed).toBeGreaterThan(0);
  });
});

/** Nothing of a masked run is on the disk as it came. */
async function expectMasked(folder: string, index: number): Promise<void> {
  if (!TEXTS[index]?.includes('MASK')) return;
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    expect(text, name).not.toContain('canary-');
  }
}
