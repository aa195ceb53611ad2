/** `cxq run --resume`, runs that are too large, disks that are full, and what is shown of damaged runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runOutputSchema } from '../../../server/src/protocol/run.ts';
import { openResults } from '../../../server/src/run/index.ts';
import { cli, type Desk, deskOf, NOW } from './support.ts';

const CLI = resolve(import.meta.dirname, '../../../server/src/cli.ts');
const ALL = 'QUERY slow LAST 29d LIMIT ALL WITH pageSize = 20, concurrency = 1';

const where = (desk: Desk): string[] => ['--base-url', desk.tenant.baseUrl, '--runs', 'runs', '--now', NOW];

/** A run that was stopped where so many megabytes are kept of runs. */
async function stopped(desk: Desk, text = ALL): Promise<{ runId: string; err: string; code: number }> {
  const ran = await desk.run(text, ['--format', 'json'], { env: { ...desk.env, CXQ_KEEP_MB: '1' } });
  const { runId } = runOutputSchema.parse(JSON.parse(ran.out));
  return { runId, err: ran.err, code: ran.code };
}

describe('a run that grows beyond what is kept', () => {
  it('is partial, says so, and goes on once the limit is raised', async () => {
    const desk = await deskOf({ interactions: 600 });
    const whole = await desk.json(ALL);
    const wholeText = await desk.read('runs', whole.runId, 'interactions.ndjson');
    const { runId, err, code } = await stopped(desk);
    expect(code).toBe(4);
    expect(err).toMatch(/grown to the 1 MB that may be kept of runs/);
    expect(err).toContain(`cxq run --resume ${runId} takes it up where it stopped.`);
    const again = await cli(['run', '--resume', runId, ...where(desk), '--format', 'json'], {
      cwd: desk.folder,
      env: desk.env,
    });
    expect([again.code, again.err]).toEqual([0, '']);
    const run = runOutputSchema.parse(JSON.parse(again.out));
    expect(run).toMatchObject({ runId, outcome: 'complete', analysis: whole.analysis });
    expect(await desk.read('runs', runId, 'interactions.ndjson')).toBe(wholeText);
  });
});

describe('cxq run --resume', () => {
  it('takes an id, a folder or latest, with or without the file, and refuses everything else with 2', async () => {
    const desk = await deskOf({ interactions: 600 });
    const options = { cwd: desk.folder, env: desk.env };
    for (const name of ['id', 'folder', 'latest']) {
      const { runId } = await stopped(desk);
      const [file] = name === 'folder' ? ['query.cxq'] : [];
      const named = name === 'id' ? runId : name === 'folder' ? `runs/${runId}` : 'latest';
      const given = [...(file === undefined ? [] : [file]), '--resume', named];
      const elsewhere = name === 'folder' ? where(desk).filter((_, at) => at !== 2 && at !== 3) : where(desk);
      const ran = await cli(['run', ...given, ...elsewhere, '--format', 'text'], options);
      expect([name, ran.code, ran.err]).toEqual([name, 0, '']);
      expect(ran.out).toContain('Resumed:');
    }
    const { runId } = await stopped(desk);
    await writeFile(desk.path('other.cxq'), 'QUERY slow LAST 28d LIMIT ALL');
    for (const [args, why] of [
      [['other.cxq', '--resume', runId], /no longer in the text/],
      [['--resume', runId, '--param', 'a=1'], /a run keeps its values/],
      [['--resume', runId, '--all'], /cannot be used with/],
      [['--resume', 'query.cxq'], /names a run/],
      [['--resume', '20261120T103000Z-000000'], /no longer kept/],
      [[], /Name the file to run/],
    ] as const) {
      const ran = await cli(['run', ...args, ...where(desk)], options);
      expect([args, ran.code, ran.err]).toEqual([args, 2, expect.stringMatching(why)]);
    }
  });
});

describe('a disk that is full in the middle of a run', () => {
  it('leaves a partial run with what came, which goes on when there is room', async ({ skip }) => {
    skip(process.platform === 'win32', 'limits of a process need POSIX');
    const desk = await deskOf({ interactions: 600 });
    const whole = await desk.json(ALL);
    await writeFile(desk.path('query.cxq'), ALL);
    // The system refuses to let files grow beyond 400 KB: as a full disk does, at any byte.
    const command = `ulimit -f 400; exec "$0" "$@"`;
    const args = [process.execPath, CLI, 'run', 'query.cxq', ...where(desk), '--format', 'json'];
    const child = spawn('bash', ['-c', command, ...args], {
      cwd: desk.folder,
      env: { ...process.env, ...desk.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(out, err).not.toBe('');
    const run = runOutputSchema.parse(JSON.parse(out));
    expect([code, run.outcome, run.error?.code]).toEqual([4, 'partial', 'disk']);
    expect(run.error?.message).toContain('EFBIG');
    const kept = await desk.read('runs', run.runId, 'interactions.ndjson');
    expect(kept.endsWith('\n')).toBe(true);
    expect((await desk.read('runs', whole.runId, 'interactions.ndjson')).startsWith(kept)).toBe(true);
    const again = await cli(['run', '--resume', run.runId, ...where(desk), '--format', 'json'], {
      cwd: desk.folder,
      env: desk.env,
    });
    expect([again.code, again.err]).toEqual([0, '']);
    expect(await desk.read('runs', run.runId, 'interactions.ndjson')).toBe(
      await desk.read('runs', whole.runId, 'interactions.ndjson'),
    );
    const verified = await cli(['audit', 'verify', 'runs/audit'], { cwd: desk.folder });
    expect(verified.code).toBe(0);
  });
});

describe('a kept run whose file was cut', () => {
  it('says so in the panel and in an export', async () => {
    const desk = await deskOf();
    const run = await desk.json('LAST 7d LIMIT 20');
    const path = desk.path('runs', run.runId, 'interactions.ndjson');
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    await truncate(path, Buffer.byteLength(`${lines.slice(0, 5).join('\n')}\n`));
    const results = await openResults(desk.path('runs'), run.runId);
    const overview = await results?.answer({ kind: 'overview', filter: [] });
    expect(JSON.stringify(overview)).toContain('Only 5 of the 20 records that the run kept can be read');
    const exported = await cli(['export', run.runId, '--runs', 'runs', '--out', 'a.ndjson'], {
      cwd: desk.folder,
    });
    expect(exported.out + exported.err).toContain('Only 5 of the 20 records');
  });
});
