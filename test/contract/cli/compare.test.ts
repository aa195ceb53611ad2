/** Two sets beside each other: COMPARE TO in a run, and `cxq compare`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { comparisonSchema } from '../../../server/src/protocol/comparison.ts';
import { cli, type Desk, deskOf, folderOf, step, valid } from './support.ts';

// The clock stands at 2026-11-20T10:30:00Z; the sandbox spreads its interactions over the days before.
const ALL = 'LIMIT ALL';

/** How many interactions a query keeps, run by itself. */
async function kept(desk: Desk, text: string): Promise<number> {
  return (await desk.json(text)).analysis.interactions;
}

describe('COMPARE TO', () => {
  it('PREVIOUS compares with the same query over the period before', async () => {
    const desk = await deskOf();
    const ran = await desk.json(`QUERY day LAST 5d ${ALL} COMPARE TO PREVIOUS`);
    const { comparison } = ran;
    expect(ran.outcome).toBe('complete');
    const before = await kept(
      desk,
      `nodeTimestamp >= '2026-11-10T10:30:00Z' AND nodeTimestamp < '2026-11-15T10:30:00Z' ${ALL}`,
    );
    expect(before).toBeGreaterThan(20);
    expect(comparison?.a).toMatchObject({
      label: 'the period before (2026-11-10T10:30:00.000Z to 2026-11-15T10:30:00.000Z)',
      interactions: before,
    });
    expect(comparison?.b).toMatchObject({ label: 'day', interactions: ran.analysis.interactions });
    expect(comparison?.verdict[0]).toMatch(
      /^\d+ interactions of the period before \(.*\) beside \d+ of day: they take/,
    );
    // What it cost belongs to the run.
    expect(ran.retrieval.requests).toBeGreaterThan(1);
    expect(ran.retrieval.records).toBe(ran.analysis.interactions);
  });

  it('another query of the file, with the ids that it needs', async () => {
    const desk = await deskOf();
    const text = `QUERY failing errorState = true LAST 10d ${ALL};
QUERY others interactionId NOT IN failing LAST 10d ${ALL};
QUERY these interactionId IN failing LAST 10d ${ALL} COMPARE TO others EXPECT RECORDS > 0`;
    const ran = await desk.json(text, ['--query', 'these']);
    expect(ran.outcome).toBe('complete');
    const { comparison } = ran;
    const alone = await desk.json(text, ['--query', 'others']);
    expect(comparison?.a).toMatchObject({ label: 'others', interactions: alone.analysis.interactions });
    expect(comparison?.errors.b).toMatchObject({ share: 1 });
    expect(comparison?.errors.a).toMatchObject({ count: 0 });
    expect(
      comparison?.verdict.some((sentence) => /^Interactions with an error: 0 % → 100 %/.test(sentence)),
    ).toBe(true);
  });

  it('is told on the terminal', async () => {
    const desk = await deskOf();
    const ran = await desk.run(`QUERY day LAST 5d ${ALL} COMPARE TO PREVIOUS`);
    expect(ran.code).toBe(0);
    expect(ran.out.replaceAll(/\s+/g, ' ')).toContain(
      'interactions of the period before (2026-11-10T10:30:00.000Z to 2026-11-15T10:30:00.000Z) beside',
    );
  });

  it('says so where there is nothing to compare with', async () => {
    const desk = await deskOf({ interactions: 5 });
    const ran = await desk.run("QUERY day interactionId = 'a' COMPARE TO PREVIOUS");
    // The checker refuses a query whose period before has no beginning.
    expect(ran.code).not.toBe(0);
    expect(ran.err).toContain('PREVIOUS needs a window with a beginning');
    expect(desk.tenant.stats.requests).toBe(0);
  });
});

describe('EXPECT of times', () => {
  it('is judged in seconds over what was kept', async () => {
    const desk = await deskOf();
    const ran = await desk.json(
      `QUERY q LAST 10d ${ALL} EXPECT P95(dwell) < 1h, P95(dwell) > 1h, AVG(duration) >= 0s, MIN(wait) = 0s, P50(dwell) >= 1ms, MAX(duration) < 1ms, P99(wait) < 7d, P90(dwell) > 0s`,
    );
    const { analysis, expectations } = ran;
    expect(expectations.map(({ ok }) => ok)).toEqual([true, false, true, true, true, false, true, true]);
    expect(expectations[0]).toEqual({ text: 'P95(dwell) < 1h', actual: analysis.dwell.p95, ok: true });
    expect(expectations[2]?.actual).toBe(analysis.duration.mean);
    expect(expectations[6]?.actual).toBe(analysis.wait.p99);
    expect(ran.ran.code).toBe(1);
  });

  it('of nothing is unknown, and not as expected', async () => {
    const desk = await deskOf({ interactions: 5 });
    const { expectations } = await desk.json(
      "QUERY q nodeId = 'no such node' LAST 10d EXPECT P95(dwell) < 1h",
    );
    expect(expectations).toEqual([{ text: 'P95(dwell) < 1h', actual: null, ok: false }]);
  });
});

describe('cxq compare', () => {
  const line = (id: number, seconds: number): string =>
    JSON.stringify({
      interactionId: `i${id}`,
      steps: [step('route', 'ROUTING', '08:00:00', `08:00:${String(seconds).padStart(2, '0')}`)],
    });
  const log = (base: number): string =>
    Array.from({ length: 60 }, (_, i) => line(i, base + (i % 7))).join('\n');

  async function files(): Promise<string> {
    const folder = await folderOf();
    await writeFile(join(folder, 'yesterday.ndjson'), log(3));
    await writeFile(join(folder, 'today.ndjson'), log(20));
    return folder;
  }

  it('says what takes longer, in words and as JSON', async () => {
    const cwd = await files();
    const told = await cli(['compare', 'yesterday.ndjson', 'today.ndjson'], { cwd });
    expect([told.code, told.err]).toEqual([0, '']);
    expect(told.out).toContain(
      '60 interactions of yesterday.ndjson beside 60 of today.ndjson: they take longer',
    );
    expect(told.out.replaceAll(/\s+/g, ' ')).toContain('route: median 6 s → 23 s (95 % interval +');
    expect(told.out).toMatch(/route +100 % +100 % +6 s +23 s +\+17 s +< 0\.001/);
    const json = await cli(['compare', 'yesterday.ndjson', 'today.ndjson', '--format', 'json'], { cwd });
    const comparison = comparisonSchema.parse(valid('compare', json.out));
    expect(comparison.nodes[0]).toMatchObject({ nodeId: 'route', time: { difference: 17 } });
    expect(comparison.bottlenecks).toMatchObject({ a: { count: 0 }, b: { count: 60 } });
  });

  it('compares runs with files, and says what is not whole', async () => {
    const desk = await deskOf({ interactions: 50 });
    const first = await desk.json(`QUERY q LAST 10d ${ALL}`);
    await desk.json(`QUERY q LAST 20d ${ALL}`);
    const ran = await cli(['compare', first.runId, 'latest', '--runs', 'runs', '--format', 'json'], {
      cwd: desk.folder,
    });
    expect(ran.code).toBe(0);
    const comparison = comparisonSchema.parse(JSON.parse(ran.out));
    expect(comparison.a).toMatchObject({ label: first.runId, interactions: first.analysis.interactions });
    expect(comparison.b.interactions).toBeGreaterThanOrEqual(first.analysis.interactions);
    await writeFile(join(desk.folder, 'part.ndjson'), `${log(3)}\n{"interactionId":""}\n`);
    const part = await cli(['compare', 'part.ndjson', first.runId, '--runs', 'runs'], { cwd: desk.folder });
    expect(part.code).toBe(0);
    expect(part.err).toBe(
      'cxq: part.ndjson: 1 record was left out: they cannot be read. cxq analyze says why.\n',
    );
  });

  it.each([
    [['none.ndjson', 'today.ndjson'], 2, 'There is no run and no file none.ndjson.'],
    [['-', '-'], 2, 'Standard input can be one side only'],
    [['', 'today.ndjson'], 2, 'The name of a run or file is empty.'],
    [['today.ndjson', 'today.ndjson', '--over', 'soon'], 2, '--over is a duration such as 10s'],
    [['today.ndjson', 'today.ndjson', '--top', '-1'], 2, '--top'],
    [['20200101T000000Z-abcdef', 'today.ndjson'], 2, '20200101T000000Z-abcdef'],
    [['today.ndjson', 'broken.json'], 3, 'broken.json'],
  ])('refuses %j', async (args, code, why) => {
    const cwd = await files();
    await writeFile(join(cwd, 'broken.json'), '[{"interactionId": ');
    const ran = await cli(['compare', ...args], { cwd });
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).toContain(why);
  });
});
