/** The command line as a process of its own, where that makes a difference: signals, pipes, limits, the example. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Desk } from './support.ts';
import { cli, deskOf, valid } from './support.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const CLI = join(ROOT, 'server/src/cli.ts');
const POSIX = process.platform !== 'win32';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts a program; it is killed at the end of the test if it still runs. */
function program(command: string, args: readonly string[], desk: Desk, env: Record<string, string> = {}) {
  const child = spawn(command, args, {
    cwd: desk.folder,
    env: { ...process.env, ...desk.env, CXQ_HOME: desk.path('home'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const ended: Promise<Ended> = once(child, 'close').then(([code]) => ({ code, out, err }));
  return { child, ended };
}

const node = (args: readonly string[], desk: Desk) => program(process.execPath, [CLI, ...args], desk);

function runArgs(desk: Desk, text: string, more: readonly string[] = []): string[] {
  writeFileSync(desk.path('query.cxq'), text);
  return [
    'run',
    'query.cxq',
    '--base-url',
    desk.tenant.baseUrl,
    '--runs',
    'runs',
    '--now',
    '2026-11-20T10:30:00Z',
    ...more,
  ];
}

/** Bytes of interactions that runs have kept so far. */
function keptBytes(desk: Desk): number {
  try {
    return readdirSync(desk.path('runs'))
      .filter((name) => /^\d{8}T/.test(name))
      .reduce((sum, name) => sum + statSync(desk.path('runs', name, 'interactions.ndjson')).size, 0);
  } catch {
    return 0;
  }
}

describe('a process', () => {
  it('that gets Ctrl-C ends with 130 and keeps what came', async ({ skip }) => {
    skip(!POSIX, 'signals need POSIX');
    const desk = await deskOf({ interactions: 800, latencyMs: 150 });
    const text = 'LAST 29d LIMIT ALL WITH pageSize = 10, concurrency = 1';
    const { child, ended } = node(runArgs(desk, text, ['--format', 'json']), desk);
    while (keptBytes(desk) === 0 && child.exitCode === null) await sleep(20);
    // As a terminal does it, once: everything that came is kept.
    child.kill('SIGINT');
    const { code, out, err } = await ended;
    expect([code, err]).toEqual([130, expect.stringContaining('cancelled')]);
    const run = valid('run', out) as { runId: string; outcome: string; retrieval: { records: number } };
    expect(run.outcome).toBe('cancelled');
    expect(run.retrieval.records).toBeGreaterThan(0);
    const kept = readFileSync(desk.path('runs', run.runId, 'interactions.ndjson'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(kept.length).toBe(run.retrieval.records);
    const verified = await cli(['audit', 'verify', desk.path('runs', 'audit')]);
    expect(verified.out).toContain('2 records');
  });

  it('that is killed leaves a run that opens, and that the next start closes', async ({ skip }) => {
    skip(!POSIX, 'signals need POSIX');
    const desk = await deskOf({ interactions: 800, latencyMs: 150 });
    const { child, ended } = node(
      runArgs(desk, 'LAST 29d LIMIT ALL WITH pageSize = 10, concurrency = 1'),
      desk,
    );
    while (keptBytes(desk) === 0 && child.exitCode === null) await sleep(20);
    child.kill('SIGKILL');
    await ended;
    const run = await desk.json('LAST 1h');
    expect(run.ran.code).toBe(0);
    const audit = await cli(['audit', 'show', desk.path('runs', 'audit')]);
    expect(audit.out).toContain('the process stopped');
    expect(audit.out.trimEnd().split('\n').length).toBe(4);
    expect((await cli(['audit', 'verify', desk.path('runs', 'audit')])).code).toBe(0);
  });

  it('whose reader has seen enough ends quietly', async ({ skip }) => {
    skip(!POSIX, 'pipes of a shell need POSIX');
    const desk = await deskOf({ interactions: 600 });
    const args = runArgs(desk, 'LAST 29d LIMIT ALL', ['--format', 'ndjson']);
    const line = `"$0" "$@" | head -n 1; echo "\${PIPESTATUS[0]}" >&2`;
    const { code, out, err } = await program('bash', ['-c', line, process.execPath, CLI, ...args], desk)
      .ended;
    expect([code, out.trimEnd().split('\n').length]).toEqual([0, 1]);
    expect(err).toMatch(/(^|\n)0\n$/);
    expect(err).not.toMatch(/EPIPE|at .*:\d+/);
  });

  it('prints no colours into a pipe, and keeps its runs in CXQ_HOME', async () => {
    const desk = await deskOf({ interactions: 60 });
    const args = runArgs(desk, 'LAST 29d').filter((arg) => arg !== '--runs' && arg !== 'runs');
    const { code, out, err } = await program(process.execPath, [CLI, ...args], desk, { FORCE_COLOR: '1' })
      .ended;
    expect([code, err]).toEqual([0, '']);
    expect(out).not.toContain('\u001b');
    expect(readdirSync(desk.path('home')).sort()).toEqual(expect.arrayContaining(['audit', 'runs']));
    expect(out).toContain(desk.path('home', 'audit', 'audit-0001.jsonl'));
  });

  it('is a sandbox that says in one line where it listens', async () => {
    const desk = await deskOf({ interactions: 5 });
    const { child, ended } = node(
      ['sandbox', '--port', '0', '--interactions', '50', '--seed', '7', '--quiet'],
      desk,
    );
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    const line = JSON.parse(String(first)) as {
      baseUrl: string;
      clientId: string;
      clientSecret: string;
      pid: number;
    };
    expect(line.pid).toBe(child.pid);
    writeFileSync(desk.path('query.cxq'), 'LAST 29d LIMIT 5');
    const env = { CXONE_CLIENT_ID: line.clientId, CXONE_CLIENT_SECRET: line.clientSecret };
    const args = ['run', 'query.cxq', '--base-url', line.baseUrl, '--runs', 'runs', '--format', 'json'];
    const ran = await cli(args, { cwd: desk.folder, env });
    expect(valid('run', ran.out)).toMatchObject({
      outcome: 'complete',
      retrieval: { records: 5, accuracyRate: 1 },
    });
    child.kill('SIGTERM');
    const { code, out, err } = await ended;
    expect([code, out.trimEnd().split('\n').length, err]).toEqual([0, 1, '']);
  });
});

describe('the example program', () => {
  const example = (desk: Desk, args: readonly string[], env: Record<string, string> = {}) =>
    program(process.execPath, [join(ROOT, 'examples/history-querier.mjs'), ...args], desk, {
      CXQ_LIBRARY: join(ROOT, 'server/src/index.ts'),
      ...env,
    }).ended;

  it('runs a query by the library and says what held interactions up', async () => {
    const now = Date.now() * 1000;
    const desk = await deskOf({ interactions: 1200, now });
    const { code, out, err } = await example(desk, [desk.tenant.baseUrl, desk.path('runs')]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^\d+ bottlenecks in \d+ interactions/);
    expect(out).toMatch(/\n- Priority routing: \d+ times, \d+ % of the time above the threshold\n/);
    expect(out).toMatch(/\ncomplete: \d+ records, accuracy 1, VERIFIED\nkept in .*, audited as #1\n$/);
  });

  it('says what is wrong', async () => {
    const desk = await deskOf({ interactions: 5 });
    const wrong = await example(desk, [desk.tenant.baseUrl, desk.path('runs')], {
      CXONE_CLIENT_SECRET: 'wrong',
    });
    expect([wrong.code, wrong.out]).toEqual([1, expect.stringMatching(/refused the credentials/)]);
    const none = await example(desk, ['nonsense', desk.path('runs')]);
    expect([none.code, none.err]).toEqual([
      2,
      expect.stringMatching(/^connection: The connection cannot be used/),
    ]);
  });
});
