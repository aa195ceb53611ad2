/** History files that are read as they come: exported and compared without being held, and under a connection's names. */
import { execFileSync } from 'node:child_process';
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHistoryQuerier } from '../../../server/src/index.ts';
import { compareSources, exportHistory } from '../../../server/src/run/index.ts';
import { cli, folderOf, NOW_MICROS, step } from '../cli/support.ts';

const RECORDS = 5000;
const NEVER = new AbortController().signal;

function line(index: number): string {
  const steps = [
    step('menu', 'DECISION', '07:00:00', '07:00:20'),
    step('agent', 'TASK', '07:00:21', '07:01:00'),
  ];
  return `${JSON.stringify({ interactionId: `id-${index}`, steps })}\n`;
}

async function withHistory(lines: readonly string[]): Promise<string> {
  const folder = await folderOf();
  await writeFile(join(folder, 'history.ndjson'), lines.join(''));
  return folder;
}

describe('the export of a history file', () => {
  // A pipe by its name; Windows has none.
  it.skipIf(process.platform === 'win32')('is written while the file is read', async () => {
    const folder = await folderOf();
    const pipe = join(folder, 'history.ndjson');
    execFileSync('mkfifo', [pipe]);
    const exported = exportHistory(folder, pipe, { path: 'out.csv', format: null }, NEVER);
    const writer = await open(pipe, 'w');
    const written = async (): Promise<number> => {
      const part = (await readdir(folder)).find((name) => name.includes('out.csv'));
      return part === undefined ? 0 : (await stat(join(folder, part))).size;
    };
    try {
      for (let index = 0; index < RECORDS; index += 1) await writer.write(line(index));
      await expect.poll(written).toBeGreaterThan(0);
      await writer.write(line(RECORDS));
    } finally {
      await writer.close();
    }
    expect(await exported).toMatchObject({
      ok: true,
      value: { rejected: 0, file: { records: RECORDS + 1, path: 'out.csv' } },
    });
  });

  it('that breaks off leaves what was there, and says where', async () => {
    const folder = await withHistory([]);
    const log = join(folder, 'log.json');
    // Much of it is there before the place where it breaks off.
    const records = Array.from({ length: RECORDS }, (_, index) => line(index));
    await writeFile(log, `[${records.join(',')},{"interactionId":"cut`);
    await writeFile(join(folder, 'out.csv'), 'before');
    const exported = await exportHistory(folder, log, { path: 'out.csv', format: null }, NEVER);
    expect(exported).toMatchObject({ ok: false, error: { code: 'not-history' } });
    expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe('before');
    expect((await readdir(folder)).sort()).toEqual(['history.ndjson', 'log.json', 'out.csv']);
    const file = { label: 'log', file: log };
    expect(await compareSources(file, file, { top: 5 })).toEqual(exported);
  });

  it('is not compared where the columns of both would take more memory than they may', async () => {
    const folder = await withHistory(Array.from({ length: 3_000 }, (_, index) => line(index)));
    const file = { label: 'a', file: join(folder, 'history.ndjson') };
    const compared = (maxBytes: number) => compareSources(file, file, { top: 5, maxBytes });
    expect(await compared(100_000_000)).toMatchObject({ ok: true });
    for (const maxBytes of [1, 500_000]) {
      expect(await compared(maxBytes)).toMatchObject({
        ok: false,
        error: {
          code: 'too-large',
          message: expect.stringMatching(/\d interactions .* Analyse a shorter window\.$/),
        },
      });
    }
  });

  it('counts what could not be read, and is of the rest', async () => {
    const folder = await withHistory([line(1), '{"nothing":1}\n', line(2)]);
    const path = join(folder, 'history.ndjson');
    expect(await exportHistory(folder, path, { path: 'out.json', format: null }, NEVER)).toMatchObject({
      ok: true,
      value: { rejected: 1, file: { records: 2 } },
    });
    const file = { label: 'a', file: path };
    expect(await compareSources(file, file, { top: 5 })).toMatchObject({
      ok: true,
      value: { notes: [expect.stringMatching(/^a: 1 record was left out/), expect.anything()] },
    });
  });
});

describe('a log of another tool as a connection', () => {
  const response = {
    interactions: 'items',
    steps: 'node.events',
    map: { interactionId: 'case.id', nodeId: 'label', startTime: 'begins', endTime: 'ends' },
  };

  it.each(['xes', 'ocel', 'csv'])('is read under the names of its response: %s', async (format) => {
    const folder = await withHistory([line(1), line(2)]);
    const path = join(folder, `log.${format}`);
    const made = await cli(['export', 'history.ndjson', '--as', format, '--out', path], { cwd: folder });
    expect(made.code).toBe(0);
    const ran = async (more: object) => {
      const querier = createHistoryQuerier({
        profile: { query: { adapter: 'file', path }, auth: { kind: 'none' }, ...more },
        ...{ runsFolder: join(folder, 'runs'), exportFolder: folder },
        now: () => new Date(NOW_MICROS / 1000),
      });
      const [run] = await querier.run("WHERE nodeId = 'agent' LIMIT ALL");
      const { interactions, rejected, nodes, paths } = run?.analysis ?? {};
      return { outcome: run?.outcome, interactions, rejected, nodes, paths };
    };
    const plain = await ran({});
    expect(plain).toMatchObject({ outcome: 'complete', interactions: 2, rejected: [] });
    expect(await ran({ response })).toEqual(plain);
  });
});
