import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  generateInteractions,
  runGenerateCommand,
  runSandboxCommand,
  type SandboxCommandOptions,
} from '../../../server/src/sandbox/index.ts';
import { NOW, sandboxOf } from './client.ts';

interface Started {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly pid: number;
}

/** Runs the command until `use` is done with the sandbox it started. */
async function withCommand(
  options: SandboxCommandOptions,
  use: (started: Started, stop: () => void, stdin: PassThrough) => Promise<void>,
): Promise<{ out: string; err: string }> {
  let out = '';
  let err = '';
  const stopper = new AbortController();
  const stdin = new PassThrough();
  const listening = new PassThrough();
  const ended = runSandboxCommand(
    { port: 0, interactions: 20, seed: 7, now: NOW, ...options },
    {
      out: (text) => {
        out += text;
        listening.write(text);
      },
      err: (text) => {
        err += text;
      },
      signal: stopper.signal,
      stdin,
    },
  );
  await Promise.race([once(listening, 'data'), ended]);
  await use(JSON.parse(out) as Started, () => stopper.abort(), stdin);
  await ended;
  return { out, err };
}

describe('cxq sandbox', () => {
  it('prints one JSON line, logs requests without their secrets, and stops when asked', async () => {
    let url = '';
    const { out, err } = await withCommand({}, async ({ baseUrl, clientId, clientSecret, pid }, stop) => {
      url = baseUrl;
      expect(pid).toBe(process.pid);
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      });
      const response = await fetch(`${baseUrl}/oauth/token?client_secret=${clientSecret}`, {
        method: 'POST',
        body,
      });
      expect(response.status).toBe(200);
      await response.text();
      stop();
    });
    expect(out.split('\n').length).toBe(2);
    expect(err).toMatch(/POST \/oauth\/token 200 \d+ ms {2}token\n/);
    expect(err).not.toContain(JSON.parse(out).clientSecret);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('says which faults fired', async () => {
    const { err } = await withCommand({ auth: false, faults: ['403:1'] }, async ({ baseUrl }, stop) => {
      await (await fetch(`${baseUrl}/api/v2/interactions/history`)).text();
      stop();
    });
    expect(err).toMatch(/^fault 403 in request 1: 403\n/m);
  });

  it('says nothing more when quiet', async () => {
    const { err } = await withCommand({ quiet: true }, async ({ baseUrl }, stop) => {
      await (await fetch(baseUrl)).text();
      stop();
    });
    expect(err).toBe('');
  });

  it('goes when its parent goes, if asked to', async () => {
    const { out } = await withCommand({ exitWithParent: true, quiet: true }, async (_, __, stdin) => {
      stdin.end();
    });
    expect(out).toContain('"baseUrl"');
  });

  it('does not start with an unknown fault, a taken port or unreadable data', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const io = { out: () => undefined, err: () => undefined };
    await expect(runSandboxCommand({ faults: ['nonsense'] }, io)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('The faults are:\n\nTransport\n  latency'),
    });
    await expect(runSandboxCommand({ interactions: 1, port }, io)).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringContaining(`Port ${port} is taken`),
    });
    await expect(runSandboxCommand({ data: '/nowhere/history.json' }, io)).rejects.toMatchObject({
      kind: 'usage',
    });
    taken.close();
  });
});

describe('a sandbox process', () => {
  const room = new URL('../../../server/src/sandbox/index.ts', import.meta.url).href;
  const code = `
    import { runSandboxCommand } from ${JSON.stringify(room)};
    await runSandboxCommand({ interactions: 5, exitWithParent: true }, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    });
    process.stdout.write('stopped\\n');
  `;

  it.each([
    ['SIGTERM', (child: ReturnType<typeof spawn>) => child.kill('SIGTERM')],
    ['SIGINT', (child: ReturnType<typeof spawn>) => child.kill('SIGINT')],
    ['the end of its stdin', (child: ReturnType<typeof spawn>) => child.stdin?.end()],
  ])('ends well on %s', async (_, stop) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'pipe' });
    try {
      let out = '';
      let err = '';
      child.stderr.on('data', (chunk) => {
        err += String(chunk);
      });
      child.stdout.on('data', (chunk) => {
        out += String(chunk);
        if (out === String(chunk)) stop(child);
      });
      const [exitCode] = await once(child, 'close');
      expect([exitCode, err]).toEqual([0, expect.not.stringContaining('Error')]);
      expect(out).toMatch(/^\{"baseUrl".*"pid":\d+\}\nstopped\n$/);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('cxq generate', () => {
  it('writes the records as NDJSON, no faster than they are taken', async () => {
    const stdout = new PassThrough({ highWaterMark: 1024 });
    const done = runGenerateCommand({ interactions: 300, seed: 7, now: NOW }, { stdout }).then((count) => {
      stdout.end();
      return count;
    });
    let text = '';
    for await (const chunk of stdout) text += String(chunk);
    const expected = [...generateInteractions({ interactions: 300, seed: 7, now: NOW })];
    expect(await done).toBe(300);
    expect(text).toBe(expected.map((record) => `${JSON.stringify(record)}\n`).join(''));
  });

  it('waits for a reader that does not read, and ends when it leaves', async () => {
    const stdout = new PassThrough({ highWaterMark: 1024 });
    const done = runGenerateCommand({ interactions: 1_000_000, seed: 7, now: NOW }, { stdout });
    await once(stdout, 'readable');
    expect(stdout.readableLength + stdout.writableLength).toBeLessThan(1_000_000);
    stdout.destroy();
    expect(await done).toBeLessThan(10_000);
  });

  it('ends without an error on a broken pipe, and with one on a full disk', async () => {
    const failing = (code: string): Writable =>
      new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
    const options = { interactions: 100_000, seed: 7, now: NOW };
    expect(await runGenerateCommand(options, { stdout: failing('EPIPE') })).toBeLessThan(1000);
    await expect(runGenerateCommand(options, { stdout: failing('ENOSPC') })).rejects.toMatchObject({
      message: 'The history cannot be written: ENOSPC',
    });
  });
});

describe('the webhook receiver', () => {
  it('keeps what it got and lists it', async () => {
    const sandbox = await sandboxOf();
    const url = `${sandbox.baseUrl}/hooks/cxq`;
    const headers = {
      'Content-Type': 'application/json',
      'webhook-id': 'm1',
      'X-Other': 'no',
      Authorization: 'no',
    };
    const sent = await fetch(url, { method: 'POST', headers, body: '{"status":"completion"}' });
    expect(sent.status).toBe(204);
    await fetch(url, { method: 'POST', body: 'not json' });
    const listed = (await (await fetch(url)).json()) as { data: object[] };
    expect(listed.data).toMatchObject([{ body: { status: 'completion' } }, { body: 'not json' }]);
    expect(listed.data[0]).toHaveProperty('headers', expect.objectContaining({ 'webhook-id': 'm1' }));
    expect(JSON.stringify(listed)).not.toContain('"no"');
    expect(sandbox.hooks.length).toBe(2);
    await fetch(url, { method: 'DELETE' });
    expect(sandbox.hooks.length).toBe(0);
  });
});
