/** Whether the process that wrote a manifest still runs, although numbers of processes come again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { isProcessAlive, ownProcess } from '../../../server/src/run/process.ts';

/** The manifest's words of another process, written by itself. */
const PROGRAM = `
  import { ownProcess } from ${JSON.stringify(new URL('../../../server/src/run/process.ts', import.meta.url).href)};
  process.stdout.write(JSON.stringify(ownProcess()));
  setInterval(() => undefined, 1000);
`;

describe('the process that a manifest names', () => {
  it('is this one', () => {
    const own = ownProcess();
    expect(isProcessAlive(own)).toBe(true);
    expect(isProcessAlive({ ...own, token: 'another' })).toBe(false);
    expect(isProcessAlive({ ...own, host: 'another', pid: 1 })).toBe(true);
  });

  it('is this one for a thread of it, which loaded its own copy of the module', async () => {
    const url = JSON.stringify(new URL('../../../server/src/run/process.ts', import.meta.url).href);
    const program = `import('node:worker_threads').then(async ({ parentPort }) => parentPort.postMessage((await import(${url})).ownProcess()))`;
    const [named] = await once(new Worker(program, { eval: true }), 'message');
    expect(named).toEqual(ownProcess());
    expect(isProcessAlive(named)).toBe(true);
  });

  it('is another one while it runs, and not once it is gone', async ({ onTestFinished }) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const closed = once(child, 'close');
    const [written] = await once(child.stdout, 'data');
    const named = JSON.parse(String(written)) as ReturnType<typeof ownProcess>;
    expect(named.pid).toBe(child.pid);
    expect(isProcessAlive(named)).toBe(true);
    // As an earlier version wrote it.
    const { started, ...without } = named;
    expect(isProcessAlive(without)).toBe(true);
    // A later process has got its number: it started at another time.
    if (process.platform === 'linux' || process.platform === 'darwin') {
      expect(started).toBeDefined();
      expect(isProcessAlive({ ...named, started: `${started} before` })).toBe(false);
    }
    child.kill('SIGKILL');
    await closed;
    expect(isProcessAlive(named)).toBe(false);
    expect(isProcessAlive(without)).toBe(false);
  });
});
