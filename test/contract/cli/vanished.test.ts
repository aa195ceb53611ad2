/** The folder of a run that is gone before `cxq run` prints what is in it. */
import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { CLEARED, cli, deskOf, NOW, NOW_MICROS } from './support.ts';

it('is a clear error', async () => {
  const desk = await deskOf();
  await writeFile(desk.path('query.cxq'), 'LAST 29d LIMIT ALL');
  const where = ['--base-url', desk.tenant.baseUrl, '--runs', 'runs', '--now', NOW];
  const { code, out, err } = await cli(['run', 'query.cxq', ...where, '--format', 'ndjson'], {
    ...{ cwd: desk.folder, env: desk.env, now: NOW_MICROS },
    // What ends the line of progress comes after the run and before what is printed.
    progress: (text) => {
      if (text === CLEARED) rmSync(desk.path('runs'), { recursive: true, force: true });
    },
  });
  expect([code, out]).toEqual([3, '']);
  expect(err).toMatch(/^cxq: The run \S+ ended, but its records in \S+ can no longer be read: ENOENT/);
  expect(err).not.toMatch(/\n\s+at /);
});
