/** Logs of other tools on the command line: read, analysed, and written as other formats. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analysisReportSchema } from '../../../server/src/protocol/report.ts';
import { cli, folderOf } from './support.ts';

async function withFile(name: string, text: string): Promise<string> {
  const folder = await folderOf();
  await writeFile(join(folder, name), text);
  return folder;
}

const LOG = `ticket;action;opened;closed;queue
7;menu;22.11.2026 07:00:00;22.11.2026 07:00:05;north
8;menu;22.11.2026 07:00:00;22.11.2026 07:00:20;
7;agent;22.11.2026 07:00:06;22.11.2026 07:01:06;south
`;
const COLUMNS = 'case=ticket,activity=action,start=opened,end=closed';

async function analysed(folder: string, file: string, ...args: readonly string[]) {
  const ran = await cli(['analyze', file, '--top', '0', '--format', 'json', ...args], { cwd: folder });
  expect(ran.code).toBe(0);
  return analysisReportSchema.parse(JSON.parse(ran.out));
}

describe('a log of another tool', () => {
  it('is analysed with its columns named, and by its content whatever its name', async () => {
    const folder = await withFile('tickets.dat', LOG);
    await writeFile(join(folder, 'packed'), gzipSync(LOG));
    const refused = await cli(['analyze', 'tickets.dat'], { cwd: folder });
    expect([refused.code, refused.out]).toEqual([3, '']);
    expect(refused.err).toContain(
      'none of its columns is known as the interaction (case): “ticket”, “action”, “opened”, “closed”, “queue”. Name them: --columns',
    );
    const report = await analysed(folder, 'tickets.dat', '--columns', COLUMNS);
    expect(report).toMatchObject({ interactions: 2, steps: 3, openSteps: 0, pathCount: 2 });
    expect(report.nodes.map(({ nodeId, dwell }) => [nodeId, dwell.sum])).toEqual([
      ['agent', 60],
      ['menu', 25],
    ]);
    expect(report.variables.map(({ name, changed }) => [name, changed])).toEqual([['queue', 1]]);
    expect(await analysed(folder, 'packed', '--columns', COLUMNS)).toEqual(report);
    const told = await cli(['analyze', 'tickets.dat', '--columns', COLUMNS], { cwd: folder });
    expect(told.err).toBe('cxq: 6 times had no time zone and were read as UTC.\n');
  });

  it.each([
    [
      'colour=ticket',
      /--columns says which column is what, such as .* colour=ticket does not\. What a column can be: case, /,
    ],
    ['case', /--columns says/],
    ['case=', /--columns says/],
    ['', /nothing does not/],
  ])('refuses --columns %j before it reads', async (columns, why) => {
    for (const args of [
      ['analyze', 'none.csv'],
      ['export', 'none.csv', '--out', 'out.csv'],
    ]) {
      const ran = await cli([...args, '--columns', columns], { cwd: await folderOf() });
      expect([ran.code, ran.out]).toEqual([2, '']);
      expect(ran.err).toMatch(why);
    }
  });

  it('has dates in which day and month may change places, in the order that a person says', async () => {
    const folder = await withFile('a.csv', 'case,activity,timestamp\na,x,03/04/2026 07:00:00Z\n');
    const refused = await cli(['analyze', 'a.csv'], { cwd: folder });
    expect([refused.code, refused.err]).toEqual([
      3,
      expect.stringContaining('--dates day-first or --dates month-first'),
    ]);
    expect((await analysed(folder, 'a.csv', '--dates', 'day-first')).window.from).toBe(
      '2026-04-03T07:00:00.000Z',
    );
    expect((await analysed(folder, 'a.csv', '--dates', 'month-first')).window.from).toBe(
      '2026-03-04T07:00:00.000Z',
    );
  });

  it('becomes any format, and those that are read give the same analysis', async () => {
    const folder = await withFile('tickets.csv', LOG);
    const first = await cli(['export', 'tickets.csv', '--columns', COLUMNS, '--out', 'history.ndjson'], {
      cwd: folder,
    });
    expect([first.code, first.err]).toEqual([0, 'cxq: 6 times had no time zone and were read as UTC.\n']);
    const report = await analysed(folder, 'history.ndjson');
    for (const format of ['csv', 'xes', 'ocel', 'json']) {
      const out = `again.${format}.gz`;
      const ran = await cli(['export', 'history.ndjson', '--format', format, '--out', out], { cwd: folder });
      expect([ran.code, ran.err]).toEqual([0, '']);
      expect(await analysed(folder, out)).toEqual(report);
    }
    const parquet = await cli(['export', 'history.ndjson', '--out', 'out.parquet'], { cwd: folder });
    expect(parquet.out).toContain('2 interactions exported to out.parquet (PARQUET, ');
    expect((await readFile(join(folder, 'out.parquet'))).subarray(0, 4).toString()).toBe('PAR1');
    const both = await cli(['export', 'history.ndjson', '--as', 'csv', '--format', 'json', '--out', 'x'], {
      cwd: folder,
    });
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('cannot be used with')]);
  });
});
