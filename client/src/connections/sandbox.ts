/** The sandbox tenant's process: one child of the extension host, ended with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as z from 'zod';

const announced = z.object({ baseUrl: z.url(), clientId: z.string(), clientSecret: z.string() });
export type SandboxAddress = z.infer<typeof announced>;

export interface RunningSandbox {
  readonly address: SandboxAddress;
  /** Resolves when the process is gone, with its exit code where it had one. */
  readonly ended: Promise<number | null>;
  readonly stop: () => Promise<void>;
}

const START_MS = 30_000;
const STOP_MS = 3_000;
const ARGUMENTS = [
  'sandbox',
  '--port',
  '0',
  '--interactions',
  '2000',
  '--seed',
  '7',
  '--quiet',
  '--exit-with-parent',
];

/** A sandbox that is already running, handed over by `npm start` in the environment: for development. */
export function handedOver(env: NodeJS.ProcessEnv): SandboxAddress | undefined {
  const parsed = announced.safeParse({
    baseUrl: env['CXQ_SANDBOX_URL'],
    clientId: env['CXQ_SANDBOX_CLIENT_ID'],
    clientSecret: env['CXQ_SANDBOX_CLIENT_SECRET'],
  });
  return parsed.success ? parsed.data : undefined;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
}

/**
 * Starts `cli.js sandbox` on the editor's own Node and reads the line that says where it listens.
 * Rejects with a sentence when the process ends first, or says nothing in 30 seconds.
 */
export async function startSandboxProcess(cli: string, log: (line: string) => void): Promise<RunningSandbox> {
  const child = spawn(process.execPath, [cli, ...ARGUMENTS], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const gone = ended(child);
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line);
    log(line);
  });
  const lines = createInterface({ input: child.stdout });
  const first = new Promise<string>((resolve) => lines.once('line', resolve));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, START_MS, 'late');
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(force);
  };
  try {
    const outcome = await Promise.race([
      first.then((line) => ({ line })),
      late,
      gone.then(() => 'gone' as const),
    ]);
    if (outcome === 'late') throw new Error('The sandbox tenant did not start within 30 seconds.');
    if (outcome === 'gone') {
      throw new Error(`The sandbox tenant ended before it listened: ${errors.at(-1) ?? 'it gave no reason'}`);
    }
    const address = announced.parse(JSON.parse(outcome.line));
    return { address, ended: gone, stop };
  } catch (reason) {
    await stop();
    throw reason;
  } finally {
    clearTimeout(timer);
  }
}
