/** `cxq sandbox` and `cxq generate`: a tenant on this machine, and its history alone. */
import { resolve } from 'node:path';
import { faultList, runGenerateCommand, runSandboxCommand, SandboxError } from '../sandbox/index.ts';
import { CommandError, clockOf, EXIT, type ExitCode, type Io } from './io.ts';
import { wholeNumber } from './numbers.ts';

interface Made {
  readonly interactions: string;
  readonly seed: string;
  readonly now?: string;
}

function made(io: Io, options: Made) {
  return {
    interactions: wholeNumber('--interactions', options.interactions, 0, 100_000_000),
    seed: wholeNumber('--seed', options.seed, 0, 4_294_967_295),
    ...(options.now === undefined ? {} : { now: clockOf(io, options.now)() }),
  };
}

/** The room says why it cannot start; the door gives that its exit code. */
async function orCommandError(work: Promise<unknown>): Promise<ExitCode> {
  try {
    await work;
    return EXIT.ok;
  } catch (error) {
    if (error instanceof SandboxError) {
      throw new CommandError(error.kind === 'usage' ? EXIT.usage : EXIT.failed, error.message);
    }
    throw error;
  }
}

export interface SandboxOptions extends Made {
  readonly port: string;
  readonly data?: string;
  readonly latency: string;
  readonly fault: readonly string[];
  readonly auth: boolean;
  readonly quiet?: boolean;
  readonly exitWithParent?: boolean;
}

export async function sandboxCommand(io: Io, options: SandboxOptions): Promise<ExitCode> {
  if (options.fault.includes('list')) {
    io.out(`${faultList()}\n`);
    return EXIT.ok;
  }
  return orCommandError(
    runSandboxCommand(
      {
        ...made(io, options),
        port: wholeNumber('--port', options.port, 0, 65_535),
        latencyMs: wholeNumber('--latency', options.latency, 0, 600_000),
        faults: options.fault,
        auth: options.auth,
        quiet: options.quiet === true,
        exitWithParent: options.exitWithParent === true,
        ...(options.data === undefined ? {} : { data: resolve(io.cwd, options.data) }),
      },
      { out: io.out, err: io.err, signal: io.signal },
    ),
  );
}

export async function generateCommand(io: Io, options: Made): Promise<ExitCode> {
  return orCommandError(runGenerateCommand(made(io, options), { stdout: io.stdout, signal: io.signal }));
}
