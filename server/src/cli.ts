#!/usr/bin/env node
/** The command line: a thin door. */
import process from 'node:process';

/** Below this, Node lacks what the tenant's room needs of it. */
const OLDEST = [22, 15] as const;

const INTERRUPTED = 130;

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

async function start(): Promise<number> {
  const { processIo } = await import('./commands/io.ts');
  const { main } = await import('./commands/program.ts');
  const controller = new AbortController();
  // The first Ctrl-C cancels and keeps what came, the second ends the process at once. The listeners stay: a package
  // that finds none but its own (signal-exit does, under the audit's lock) would end the process on the first.
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // The same here: a file that may not grow any further is an error of its write, as a full disk is.
  process.on('SIGXFSZ', () => undefined);
  return main(process.argv.slice(2), processIo(controller.signal));
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) is no error.
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    process.stderr.write(`cxq: The output cannot be written: ${error.message}.\n`);
    process.exit(3);
  });
}

if (isTooOld(process.versions.node)) {
  process.stderr.write(
    `cxq needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node}. Install a newer Node.\n`,
  );
  process.exitCode = 2;
} else process.exitCode = await start();
