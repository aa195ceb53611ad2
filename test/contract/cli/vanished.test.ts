/** The folder of a run that is gone before `cxq run` prints what is in it. */
import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import pc from 'picocolors';
import { expect, it } from 'vitest';
import type { Io } from '../../../server/src/commands/io.ts';
import { main } from '../../../server/src/commands/program.ts';
import { deskOf, NOW, NOW_MICROS } from './support.ts';

/** What ends the line of progress, after the run and before what is printed. */
const CLEARED = '\r\u001b[K';

it('is a clear error', async () => {
  const desk = await deskOf();
  await writeFile(desk.path('query.cxq'), 'LAST 29d LIMIT ALL');
  let out = '';
  let err = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      out += String(chunk);
      done();
    },
  });
  const io: Io = {
    stdout,
    out: (text) => void stdout.write(text),
    err: (text) => {
      if (text === CLEARED) rmSync(desk.path('runs'), { recursive: true, force: true });
      else if (!text.startsWith(CLEARED)) err += text;
    },
    cwd: desk.folder,
    env: desk.env,
    colour: pc.createColors(false),
    progress: true,
    columns: 100,
    now: () => NOW_MICROS,
    signal: new AbortController().signal,
    readStdin: async () => Buffer.of(),
  };
  const where = ['--base-url', desk.tenant.baseUrl, '--runs', 'runs', '--now', NOW];
  const code = await main(['run', 'query.cxq', ...where, '--format', 'ndjson'], io);
  expect([code, out]).toEqual([3, '']);
  expect(err).toMatch(/^cxq: The run \S+ ended, but its records in \S+ can no longer be read: ENOENT/);
  expect(err).not.toMatch(/\n\s+at /);
});
