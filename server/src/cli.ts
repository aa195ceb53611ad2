#!/usr/bin/env node
/** The command line: a thin door. */
import { processIo } from './commands/io.ts';
import { main } from './commands/program.ts';

const controller = new AbortController();
// The first Ctrl-C cancels and keeps what came; the second, as everywhere, ends the process at once.
process.once('SIGINT', () => controller.abort());
process.once('SIGTERM', () => controller.abort());
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is no error.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2), processIo(controller.signal));
