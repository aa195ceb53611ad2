import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnalysisReport } from '../../../server/src/protocol/report.ts';
import { VERSION } from '../../../server/src/protocol/version.ts';
import { cli, deskOf, folderOf, NOW, valid } from './support.ts';

describe('cxq check', () => {
  it('gives diagnostics of files and globs as its schema says', async () => {
    const folder = await folderOf();
    await writeFile(join(folder, 'a.cxq'), 'LAST 24h');
    await writeFile(join(folder, 'b.cxq'), 'WHERE nodeIdd = "x"\nLAST 1h');
    const ran = await cli(['check', 'b.cxq', '*.cxq', '--format', 'json'], { cwd: folder });
    expect(ran.code).toBe(1);
    const output = valid('check', ran.out);
    expect(output).toMatchObject({
      files: [{ path: 'b.cxq' }, { path: 'a.cxq', diagnostics: [] }],
      errorCount: 1,
      warningCount: 1,
    });
    expect(JSON.stringify(output)).toContain(
      '"range":{"start":{"line":0,"character":6},"end":{"line":0,"character":13}}',
    );
    expect(JSON.stringify(output)).toContain('"newText":"nodeId"');
    expect((await cli(['check', 'a.cxq'], { cwd: folder })).code).toBe(0);
  });

  it('places diagnostics as an editor does, which shows no byte-order mark', async () => {
    const folder = await folderOf();
    await writeFile(join(folder, 'bom.cxq'), '\uFEFFWHERE bogus = 1 LAST 1h');
    const ran = await cli(['check', 'bom.cxq'], { cwd: folder });
    expect(ran.out).toMatch(/^bom\.cxq:1:7: error CXQ2001/);
  });

  it('reads standard input, and depends on --now and --profile', async () => {
    const folder = await folderOf();
    const stdin = "USING europe SINCE '2026-11-01'";
    const early = await cli(['check', '-', '--now', NOW], { stdin });
    expect([early.code, early.out]).toEqual([0, '']);
    const late = await cli(['check', '-', '--now', '2027-01-01T00:00:00Z'], { stdin });
    expect([late.code, late.out]).toEqual([1, expect.stringMatching(/^-:1:\d+: error CXQ3003/)]);
    await writeFile(join(folder, 'p.json'), '{"id": "asia", "limits": {"retentionDays": 5}}');
    const other = await cli(['check', '-', '--now', NOW, '--profile', 'p.json'], { stdin, cwd: folder });
    expect(other.out).toMatch(/CXQ2010 .*europe[\s\S]*CXQ3003/);
  });
});

describe('cxq explain', () => {
  const TEXT = `PARAM lookback: DURATION
QUERY failing errorState = true AND dwell > 3s LAST $lookback LIMIT 500;
QUERY ids interactionId IN ['a', 'b'] OFFSET 2 WITH pageSize = 50`;

  it('gives the plan as its schema says, and sends nothing', async () => {
    const ran = await cli(['explain', '-', '--now', NOW, '--param', 'lookback=2h', '--format', 'json'], {
      stdin: TEXT,
    });
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(valid('explain', ran.out)).toMatchObject({
      queries: [
        {
          name: 'failing',
          connection: 'default',
          window: { from: '2026-11-20T08:30:00.000Z', to: '2026-11-20T10:30:00.000Z' },
          sent: "nodeTimestamp >= '2026-11-20T08:30:00.000Z' AND nodeTimestamp <= '2026-11-20T10:30:00.000Z' AND errorState = true",
          local: 'dwell > 3s',
          limit: 500,
          sort: 'nodeTimestamp DESC',
        },
        { name: 'ids', window: { from: null, to: null }, offset: 2, pageSize: 50, local: null, batches: 1 },
      ],
    });
  });

  it('explains what it can of a query that does not run, and says so', async () => {
    const missing = await cli(['explain', '-', '--now', NOW], { stdin: TEXT });
    expect(missing.code).toBe(0);
    expect(missing.out).toContain('parameter without a value');
    const wrong = await cli(['explain', '-', '--now', NOW], { stdin: 'nodeIdd = 1 LAST 1h' });
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/1 error and does not run: CXQ2001/)]);
    const nobody = await cli(['explain', '-', '--query', 'x'], { stdin: TEXT });
    expect([nobody.code, nobody.err]).toEqual([2, expect.stringContaining('failing, ids')]);
    const param = await cli(['explain', '-', '--param', 'x=1'], { stdin: TEXT });
    expect([param.code, param.err]).toEqual([2, expect.stringContaining('declares lookback')]);
  });

  it('fits the terminal', async () => {
    const { out } = await cli(['explain', '-', '--now', NOW, '--param', 'lookback=2h'], {
      stdin: TEXT,
      columns: 70,
    });
    expect(out).toMatch(/^failing\n {2}connection {2}default\n/);
    expect(out).toMatch(/runs here {3}dwell > 3s\n/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(70);
  });
});

describe('exit codes', () => {
  it('are the first that applies', async () => {
    const desk = await deskOf();
    const code = async (text: string, ...args: string[]) => (await desk.run(text, args)).code;
    expect(await code('LAST 1h')).toBe(0);
    expect(await code('LAST 1h EXPECT RECORDS < 0')).toBe(1);
    expect(await code('LAST 1h LIMIT 0')).toBe(1);
    expect(await code('LAST 1h', '--format', 'yaml')).toBe(2);
    // Partial before a failed EXPECT, failed before partial, interrupted before both.
    const cut = 'QUERY s LAST 24h LIMIT 1;';
    const partial = `${cut} QUERY p interactionId IN s LAST 24h EXPECT RECORDS < 0;`;
    const failed = 'QUERY f interactionId NOT IN s LAST 24h';
    expect(await code(partial, '--query', 'p')).toBe(4);
    expect(await code(`${partial} ${failed}`, '--all')).toBe(3);
    const stopped = await desk.run(`${partial} ${failed}`, ['--all'], { signal: AbortSignal.abort() });
    expect(stopped.code).toBe(130);
    expect(await code(`${partial} ${failed} LAST`, '--all', '--query', 'p')).toBe(2);
  });

  it.each([
    [[], 2],
    [['nonsense'], 2],
    [['run'], 2],
    [['run', 'a.cxq', 'b.cxq'], 2],
    [['run', 'a.cxq', '--resume', 'x'], 2],
    [['generate', '--interactions', '1'], 2],
    [['generate', '--interactions', '-1', '--seed', '1'], 2],
    [['sandbox', '--fault', 'nonsense'], 2],
    [['sandbox', '--fault', '429:2'], 2],
    [['sandbox', '--port', '99999'], 2],
    [['lsp'], 2],
    [['--version'], 0],
    [['--help'], 0],
  ])('%j ends with %i', async (args, code) => {
    const ran = await cli(args);
    expect([ran.code, ran.out + ran.err]).toEqual([code, expect.stringMatching(/\S/)]);
  });
});

describe('help', () => {
  it('is there for every command, with examples', async () => {
    const { out } = await cli(['--help']);
    const commands = [...out.matchAll(/^ {2}([a-z]+)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help');
    expect(commands).toEqual([
      'check',
      'format',
      'explain',
      'run',
      'runs',
      'analyze',
      'compare',
      'export',
      'audit',
      'outbox',
      'sandbox',
      'generate',
      'lsp',
    ]);
    for (const name of commands) {
      const inner: Readonly<Record<string, string[]>> = { audit: ['verify'], outbox: ['retry'] };
      const help = await cli([name, ...(inner[name] ?? []), '--help']);
      expect(help.code).toBe(0);
      expect(help.out).toContain(`Usage: cxq ${name}`);
      if (name !== 'lsp') expect(help.out).toMatch(/Examples:\n {2}(echo|cxq)/);
    }
    expect((await cli(['--version'])).out).toBe(`${VERSION}\n`);
  });

  it('of the sandbox points to its faults, which it lists', async () => {
    expect((await cli(['sandbox', '--help'])).out).toContain('cxq sandbox --fault list');
    const { code, out } = await cli(['sandbox', '--fault', 'list']);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^Transport\n {2}latency +the answer comes late\n[\s\S]*token-5xx/),
    ]);
    expect((await cli(['run', '--help'])).out).toMatch(/CXONE_CLIENT_SECRET[\s\S]*130 interrupted/);
  });
});

const DATA = resolve(import.meta.dirname, '../../..', process.env['CXQ_TEST_DATA'] ?? '../shared/data');
const LOGS = existsSync(join(DATA, 'expected')) ? readdirSync(join(DATA, 'expected')).sort() : [];

interface Expected {
  readonly cases: number;
  readonly events: number;
  readonly variants: number;
  readonly variants_sha256: string;
  readonly rework_total: number;
  readonly dfg: readonly { readonly src: string; readonly dst: string; readonly count: number }[];
}

/** As lines that can be compared whatever the order. */
const edges = (flow: readonly (readonly [from: string, to: string, count: number])[]): string[] =>
  flow.map((edge) => JSON.stringify(edge)).sort();

describe('cxq analyze on the public logs', () => {
  it('finds all seven', ({ skip }) => {
    skip(LOGS.length === 0, `there are no public logs in ${DATA} (CXQ_TEST_DATA)`);
    expect(LOGS.length).toBe(7);
  });

  it.each(LOGS)('%s equals the expected numbers', async (name) => {
    const expected = JSON.parse(readFileSync(join(DATA, 'expected', name), 'utf8')) as Expected;
    const file = join(DATA, 'history', name.replace('.json', '.ndjson.gz'));
    const ran = await cli(['analyze', file, '--types', 'TASK', '--top', '0', '--format', 'json']);
    expect(ran.code).toBe(0);
    const report = valid('analyze', ran.out) as AnalysisReport;
    expect(report).toMatchObject({
      interactions: expected.cases,
      steps: expected.events,
      pathCount: expected.variants,
      rework: { total: expected.rework_total },
      rejected: [],
    });
    const hash = createHash('sha256');
    for (const { nodes, count } of report.paths) hash.update(`${JSON.stringify([nodes, count])}\n`);
    expect(hash.digest('hex')).toBe(expected.variants_sha256);
    expect(edges(report.flow.edges.map(({ from, to, count }) => [from, to, count]))).toEqual(
      edges(expected.dfg.map(({ src, dst, count }) => [src, dst, count])),
    );
    expect(report.bottlenecks.length).toBe(report.bottleneckCount);
  });
});
