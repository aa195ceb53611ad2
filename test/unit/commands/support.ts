/** A terminal without colour for tests of texts. */
import { Writable } from 'node:stream';
import pc from 'picocolors';
import type { Io } from '../../../server/src/commands/io.ts';

export const plainIo: Io = {
  stdout: new Writable(),
  out: () => undefined,
  err: () => undefined,
  cwd: '/',
  env: {},
  colour: pc.createColors(false),
  progress: false,
  columns: 100,
  now: () => 0,
  signal: new AbortController().signal,
  readStdin: async () => Buffer.alloc(0),
};
