/** What `cxq analyze` and `cxq run` tell a person: what matters, the trend, groups, decisions, outliers. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analysisReportSchema } from '../../../server/src/protocol/report.ts';
import { cli, deskOf, folderOf, valid } from './support.ts';

const HOUR = 3_600_000;
const BEGIN = Date.parse('2026-03-28T00:30:00Z');

/** A visit of a routing and of what it leads to: gold goes to agents, the rest to the bot; slow from the second day on. */
function record(i: number): string {
  const from = BEGIN + Math.floor(i / 4) * HOUR;
  const gold = i % 3 === 0;
  const slow = i >= 96;
  const at = (ms: number): string => new Date(from + ms).toISOString();
  const step = (nodeId: string, name: string, type: string, begin: number, end: number): object => ({
    ...{ nodeId, nodeName: name, nodeType: type, startTime: at(begin), endTime: at(end) },
    ...{ errorState: false, variablesBefore: { customer: { tier: gold ? 'gold' : 'basic' } } },
  });
  const routed = (slow ? 18_000 : 6_000) + (i % 10) * 100;
  return JSON.stringify({
    interactionId: `i${i}`,
    steps: [
      step('route', 'Routing', 'ROUTING', 0, routed),
      gold
        ? step('agent', 'Agent', 'AGENT', routed, routed + 60_000)
        : step('bot', 'Bot', 'MESSAGE', routed, routed + 5_000),
    ],
  });
}

async function history(): Promise<string> {
  const folder = await folderOf();
  await writeFile(
    join(folder, 'history.ndjson'),
    Array.from({ length: 288 }, (_, i) => record(i)).join('\n'),
  );
  return folder;
}

/** One line, so that breaks do not matter. */
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe('cxq analyze as text', () => {
  it('says first what matters, then bottlenecks, trend, nodes and decisions', async () => {
    const cwd = await history();
    const ran = await cli(['analyze', 'history.ndjson'], { cwd });
    expect([ran.code, ran.err]).toEqual([0, '']);
    const titles = ran.out.split('\n').filter((line) => /^[A-Z]/.test(line));
    expect(titles).toEqual([
      'What matters',
      'Bottlenecks',
      'Trend by hour, 2026-03-28 00:00 to 2026-03-30 23:00 UTC',
      'Nodes by total dwell',
      'Decisions',
      'Paths (2)',
    ]);
    expect(flat(ran.out)).toContain(
      '• 100 % of the time above threshold is spent in Routing, which held 192 interactions for longer than 15 s; it takes 2.9 times as long since 2026-03-29 00:00 (median 6.4 s → 18.5 s).',
    );
    expect(flat(ran.out)).toContain(
      'Routing: it takes 2.9 times as long since 2026-03-29 00:00 (median 6.4 s → 18.5 s), n 96/192.',
    );
    expect(ran.out).toMatch(/^ {2}bottlenecks {2}·{12}█{24} {2}up to 8 in 2 hours$/m);
    expect(flat(ran.out)).toContain(
      'Routing, 288 visits Bot 67 % (61–72 %), Agent 33 % (28–39 %) goes with before.customer.tier: 0.92 of 0.92 bits, q < 0.001;',
    );
    expect(ran.out).toContain("      if before.customer.tier = 'gold': agent (100 % of 96)\n");
    expect(Math.max(...ran.out.split('\n').map((line) => Array.from(line).length))).toBeLessThanOrEqual(110);
  });

  it('breaks its sentences at the width of the terminal, and colours nothing where it may not', async () => {
    const cwd = await history();
    const narrow = await cli(['analyze', 'history.ndjson'], { cwd, columns: 60 });
    const [, matters = ''] = narrow.out.split('What matters\n');
    const sentences = matters.split('\n\n')[0]?.split('\n') ?? [];
    expect(sentences.length).toBeGreaterThan(3);
    expect(Math.max(...sentences.map((line) => Array.from(line).length))).toBeLessThanOrEqual(60);
    expect(narrow.out).not.toContain('\u001b');
    expect((await cli(['analyze', 'history.ndjson'], { cwd, colour: true })).out).toContain(
      '\u001b[1mWhat matters',
    );
  });

  it('shows what names hold, and obeys none of it', async () => {
    const folder = await folderOf();
    const text = Array.from({ length: 120 }, (_, i) =>
      record(i).replaceAll('Routing', 'Rou\\u001b[31mting'),
    ).join('\n');
    await writeFile(join(folder, 'history.ndjson'), text.replaceAll('gold', 'go\\u0007ld'));
    const ran = await cli(['analyze', 'history.ndjson', '--by', 'nodeName', '--by', 'customer.tier'], {
      cwd: folder,
    });
    expect(ran.code).toBe(0);
    expect(ran.out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(ran.out).toContain('Rou\\u001b[31mting');
  });
});

describe('--by and --time-zone', () => {
  it('give one table each', async () => {
    const cwd = await history();
    const ran = await cli(
      ['analyze', 'history.ndjson', '--by', 'day', '--by', 'nodeType', '--by', 'customer.tier'],
      { cwd },
    );
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(ran.out).toMatch(/^By day \(UTC\)\n.*\n {2}2026-03-28 \(part\) +96 +192 /m);
    expect(ran.out).toMatch(/^By nodeType\n.*\n.*\n.*\n {2}AGENT +96 +96 +1 min +1 min +\d+ % +0 +0$/m);
    expect(ran.out).toMatch(/^By customer.tier\n.*\n {2}basic +192 +384 /m);
  });

  it('put hours and days into a zone, with the hour that daylight saving takes', async () => {
    const cwd = await history();
    const json = async (...args: readonly string[]) => {
      const ran = await cli(['analyze', 'history.ndjson', '--format', 'json', ...args], { cwd });
      return analysisReportSchema.parse(valid('analyze', ran.out));
    };
    const { trends } = await json('--by', 'DAY', '--by', 'HOUR', '--time-zone', 'Europe/Berlin');
    expect(trends.map(({ by, timeZone }) => [by, timeZone])).toEqual([
      ['DAY', 'Europe/Berlin'],
      ['HOUR', 'Europe/Berlin'],
    ]);
    // 29 March 2026 has 23 hours in Berlin: four interactions began in each.
    expect(trends[0]?.groups.map(({ label, interactions }) => [label, interactions])).toEqual([
      ['2026-03-28', 92],
      ['2026-03-29', 92],
      ['2026-03-30', 96],
      ['2026-03-31', 8],
    ]);
    expect((await json('--time-zone', 'Asia/Kolkata')).trends[0]).toMatchObject({
      by: 'HOUR',
      timeZone: 'Asia/Kolkata',
      groups: expect.arrayContaining([expect.objectContaining({ label: '2026-03-28 06:00+05:30' })]),
    });
    expect((await json()).trends[0]?.timeZone).toBe('UTC');
  });

  it('draw many hours as a line instead', async () => {
    const cwd = await history();
    const ran = await cli(['analyze', 'history.ndjson', '--by', 'HOUR'], { cwd });
    expect(ran.out).toContain('Trend by hour, 2026-03-28 00:00 to');
    expect(ran.out).toContain('72 hours; the JSON output has each.');
  });

  it('say of a name that no step has it', async () => {
    const cwd = await history();
    const ran = await cli(['analyze', 'history.ndjson', '--by', 'tier'], { cwd });
    expect(ran.code).toBe(0);
    expect(ran.err).toBe(
      'cxq: No step has a value of tier: --by takes a field such as nodeType, or a variable such as priority.\n',
    );
  });

  it.each([
    [
      ['--time-zone', 'Mars/Olympus'],
      '--time-zone is an IANA name such as UTC or Europe/Berlin; Mars/Olympus is none.',
    ],
    [['--time-zone', '+02:00'], '+02:00 is none'],
    [['--time-zone', ''], '--time-zone is an IANA name'],
    [['--by', ''], '--by names HOUR, DAY, WEEKDAY, a field or a variable.'],
  ])('refuse %j', async (args, why) => {
    const cwd = await history();
    const ran = await cli(['analyze', 'history.ndjson', ...args], { cwd });
    expect([ran.code, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain(why);
  });
});

describe('cxq run as text', () => {
  it('has tables of the groups, and outliers, where they are asked for', async () => {
    const desk = await deskOf();
    const ran = await desk.run(
      'LAST 10d LIMIT ALL ANALYZE TREND BY nodeType, NODES BY WEEKDAY, BOTTLENECKS OVER 10s, OUTLIERS',
    );
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(ran.out).toMatch(/^By nodeType\n/m);
    expect(ran.out).toMatch(/^By weekday \(UTC\)\n.*\n {2}Monday +\d+ +\d+ /m);
    expect(ran.out).toMatch(/^Outliers\n {2}◆ .*took longer than the log-Tukey fence/m);
    expect(ran.out).not.toContain('Trend by');
  });

  it('has the trend by itself otherwise', async () => {
    const desk = await deskOf();
    const ran = await desk.run('LAST 10d LIMIT ALL');
    expect(ran.out).toMatch(/^Trend by day, 2026-11-10 to 2026-11-20 UTC\n {2}steps +[·▁▂▃▄▅▆▇█]{11} /m);
    expect(ran.out).not.toContain('Outliers');
  });
});
