import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { cli, type Desk, deskOf, NOW, step, valid } from './support.ts';

const idsOf = (ndjson: string): string[] =>
  ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { interactionId: string }).interactionId);

describe('cxq run --format json', () => {
  it('gives the contract, with accuracy 1, and bottlenecks that analyze of the same history confirms', async () => {
    const desk = await deskOf();
    const run = await desk.json('LAST 24h ANALYZE BOTTLENECKS OVER 15s LIMIT ALL');
    expect(run.ran).toMatchObject({ code: 0, err: '' });
    expect(run).toMatchObject({ outcome: 'complete', query: null, compliance: 'VERIFIED' });
    expect(run.retrieval).toMatchObject({ accuracyRate: 1, rejected: 0, rangeChunks: 1, resumed: false });
    expect(run.retrieval.records).toBe(run.retrieval.expected);
    expect(run.analysis.interactions).toBe(run.retrieval.records);
    expect(run.analysis.bottleneckCount).toBeGreaterThan(3);
    expect(run.window).toEqual({ from: '2026-11-19T10:30:00.000Z', to: '2026-11-20T10:30:00.000Z' });
    expect(run.filter).toBe(
      "nodeTimestamp >= '2026-11-19T10:30:00.000Z' AND nodeTimestamp <= '2026-11-20T10:30:00.000Z'",
    );
    expect(run.retrieval.requests).toBe(desk.tenant.stats.historyRequests);

    const kept = desk.path('runs', run.runId, 'interactions.ndjson');
    const analysed = await cli(['analyze', kept, '--over', '15s', '--format', 'json']);
    expect(valid('analyze', analysed.out)).toEqual(JSON.parse(JSON.stringify(run.analysis)));
    const manifest = valid('run-manifest', await desk.read('runs', run.runId, 'manifest.json'));
    const { analysis: _, ran: __, ...result } = run;
    expect(manifest).toMatchObject({ outcome: 'complete', filter: run.filter, result });
    expect(JSON.parse(await desk.read('runs', run.runId, 'report.json'))).toEqual(
      JSON.parse(JSON.stringify(run.analysis)),
    );
  });

  it('runs a bare filter of the tenant', async () => {
    const desk = await deskOf();
    const ids = idsOf((await desk.run('LAST 7d', ['--format', 'ndjson'])).out).slice(0, 3);
    const list = ids.map((id) => `'${id}'`).join(', ');
    const run = await desk.json(`interactionId IN [${list}]`);
    expect(run.filter).toBe(`interactionId IN [${list}]`);
    expect([run.retrieval.records, run.retrieval.accuracyRate]).toEqual([3, 1]);
  });

  it('runs all queries of a file in order, each as its own run', async () => {
    const desk = await deskOf();
    const text = 'QUERY b LAST 6h; QUERY a LAST 1h';
    const ran = await desk.run(text, ['--all', '--format', 'json']);
    expect(ran.code).toBe(0);
    expect(valid('runs', ran.out)).toMatchObject({ runs: [{ query: 'b' }, { query: 'a' }] });
    const printed = await desk.run(text, ['--all']);
    expect(printed.out).toMatch(/✓ complete b[\s\S]*✓ complete a/);
  });

  it('takes the named query, with those whose ids it needs', async () => {
    const desk = await deskOf();
    const text = `QUERY other LAST 30m;
QUERY failed errorState = true LAST 24h LIMIT ALL;
QUERY wanted interactionId IN failed AND dwell > 5s LAST 24h LIMIT ALL`;
    const failed = await desk.json(text, ['--query', 'failed']);
    const before = desk.tenant.stats.historyRequests;
    const wanted = await desk.json(text, ['--query', 'wanted']);
    expect(wanted.query).toBe('wanted');
    expect(wanted.filter).toMatch(/^interactionId IN \['/);
    expect(wanted.retrieval.expected).toBe(failed.retrieval.records);
    expect(wanted.analysis.interactions).toBeLessThanOrEqual(failed.analysis.interactions);
    // The requests for the ids are this run's too.
    expect(wanted.retrieval.requests).toBe(desk.tenant.stats.historyRequests - before);
    expect((await desk.files('runs')).has(desk.path('runs', wanted.runId, 'manifest.json'))).toBe(true);
  });

  it('takes --now for the present of windows, of now(), and of retention', async () => {
    const desk = await deskOf();
    const run = await desk.json("nodeTimestamp >= now() - 90m AND nodeTimestamp <= '2026-11-20T09:30:00Z'");
    expect(run.window).toEqual({ from: '2026-11-20T09:00:00.000Z', to: '2026-11-20T09:30:00.000Z' });
    const earlier = await desk.json('LAST 1h', ['--now', '2026-11-18T12:00:00+02:00']);
    expect(earlier.window).toEqual({ from: '2026-11-18T09:00:00.000Z', to: '2026-11-18T10:00:00.000Z' });
    const old = await desk.run("SINCE '2026-09-01'");
    expect([old.code, old.err]).toEqual([1, expect.stringContaining('CXQ3003')]);
    const wrong = await desk.run('LAST 1h', ['--now', 'yesterday']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('RFC 3339')]);
  });

  it('reads a query from standard input', async () => {
    const desk = await deskOf();
    const args = [
      'run',
      '-',
      '--base-url',
      desk.tenant.baseUrl,
      '--runs',
      'runs',
      '--now',
      NOW,
      '--format',
      'json',
    ];
    const ran = await cli(args, { cwd: desk.folder, env: desk.env, stdin: '\uFEFFLAST 1h\r\nLIMIT 3\r\n' });
    expect(ran.code).toBe(0);
    expect(valid('run', ran.out)).toMatchObject({ outcome: 'complete', retrieval: { records: 3 } });
  });
});

describe('the choice of a query', () => {
  it('is wrong usage where several are there, and lists them', async () => {
    const desk = await deskOf();
    const none = await desk.run('QUERY one LAST 1h; QUERY two LAST 1h');
    expect([none.code, none.out]).toEqual([2, '']);
    expect(none.err).toMatch(/one, two/);
    const wrong = await desk.run('QUERY one LAST 1h; QUERY two LAST 1h', ['--query', 'tow']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/no query tow.*one, two/)]);
    const both = await desk.run('LAST 1h', ['--query', 'one', '--all']);
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('--all')]);
    const empty = await desk.run('-- nothing here');
    expect([empty.code, empty.err]).toEqual([2, expect.stringContaining('no query')]);
    const records = await desk.run('QUERY one LAST 1h; QUERY two LAST 1h', ['--all', '--format', 'ndjson']);
    expect([records.code, records.err]).toEqual([2, expect.stringContaining('--query')]);
    expect(desk.tenant.stats.requests).toBe(0);
  });
});

describe('parameters', () => {
  const TEXT = `PARAM lookback: DURATION
PARAM queue: STRING
PARAM ids: LIST = ['x']
PARAM most = 5
QUERY q (after.queue = $queue OR after.queue IS NULL OR interactionId IN $ids) LAST $lookback LIMIT $most`;

  it('are CXQ literals, or plain text for a STRING', async () => {
    const desk = await deskOf();
    const run = await desk.json(TEXT, [
      '--param',
      'lookback=2h',
      '--param',
      "queue=it's",
      '--param',
      '$most=2',
    ]);
    expect(run.window.from).toBe('2026-11-20T08:30:00.000Z');
    expect(run.analysis.interactions).toBeLessThanOrEqual(2);
    const manifest = await desk.read('runs', run.runId, 'manifest.json');
    const { text } = JSON.parse(manifest) as { text: string };
    expect(text).toContain('PARAM lookback = 2h;');
    expect(text).toContain("PARAM queue = 'it''s';");
    const again = await desk.json(TEXT, [
      '--param',
      "queue='billing'",
      '--param',
      "ids=['a', 'b']",
      '--param',
      'lookback=1h30m',
    ]);
    expect(again.window.from).toBe('2026-11-20T09:00:00.000Z');
  });

  it('are asked for where they are missing, and refused where they do not fit', async () => {
    const desk = await deskOf();
    const say = async (...given: string[]) => {
      const { code, err } = await desk.run(
        TEXT,
        given.flatMap((one) => ['--param', one]),
      );
      return [code, err];
    };
    expect(await say('queue=x')).toEqual([2, expect.stringContaining('$lookback')]);
    expect(await say('queue=x', 'lookback=soon')).toEqual([
      2,
      expect.stringMatching(/duration such as 2h, not soon/),
    ]);
    expect(await say('queue=x', 'lookback=1h', 'color=red')).toEqual([
      2,
      expect.stringMatching(/no parameter color; it declares lookback, queue, ids, most/),
    ]);
    expect(await say('queue')).toEqual([2, expect.stringContaining('name=value')]);
    expect(desk.tenant.stats.requests).toBe(0);
  });
});

describe('cxq run --format ndjson', () => {
  it('prints the kept interactions in order, and nothing else', async () => {
    const desk = await deskOf();
    const ran = await desk.run('errorState = true LAST 24h ORDER BY duration DESC LIMIT 7', [
      '--format',
      'ndjson',
    ]);
    expect(ran.code).toBe(0);
    const [id] = [...(await desk.files('runs')).keys()].filter((name) =>
      name.endsWith('interactions.ndjson'),
    );
    expect(id).toBeDefined();
    expect(ran.out).toBe((await desk.files('runs')).get(id ?? ''));
    const spans = ran.out
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { steps } = JSON.parse(line) as { steps: { startTime: string; endTime: string | null }[] };
        const ends = steps.map(({ startTime, endTime }) => Date.parse(endTime ?? startTime));
        return Math.max(...ends) - Math.min(...steps.map(({ startTime }) => Date.parse(startTime)));
      });
    expect(spans.length).toBe(7);
    expect(spans).toEqual([...spans].sort((a, b) => b - a));
    expect(ran.err).toContain('LIMIT 7');
  });
});

describe('cxq run as text', () => {
  const shows = async (desk: Desk, text: string, columns = 100) =>
    (await desk.run(text, [], { columns })).out;

  it('says how it went, what it found, and where the proof is', async () => {
    const desk = await deskOf();
    const out = await shows(desk, "QUERY day 'The day' LAST 24h EXPECT RECORDS >= 1, ERRORS < 0");
    expect(out).toMatch(/^✓ complete day {2}\d{8}T\d{6}Z-[0-9a-f]{6}\n {2}nodeTimestamp >= '2026/);
    expect(out).toMatch(/\d+ records in \d+ requests? · [\d.]+ s · accuracy 100 %/);
    expect(out).toMatch(/✓ EXPECT RECORDS >= 1 {2}\(is \d+\)\n {2}✗ EXPECT ERRORS < 0 {2}\(is \d+\)/);
    expect(out).toMatch(/Bottlenecks\n {2}▲ 1\. Priority routing held \d+ interactions/);
    expect(out).toMatch(/Nodes by total dwell\n {2}node .*bottlenecks/);
    expect(out).toMatch(/Paths \(\d+\)\n {2,}\d/);
    expect(out).toMatch(/audited .*audit-0001\.jsonl 1:[0-9a-f]{64}\n$/);
    expect(out).not.toContain('\u001b[');
  });

  it('shortens a long filter, and keeps all of it for machines', async () => {
    const desk = await deskOf();
    const ids = Array.from(
      { length: 90 },
      (_, index) => `d90cda33-4be0-457c-b42b-${String(index).padStart(12, '0')}`,
    );
    const text = `interactionId IN [${ids.map((id) => `'${id}'`).join(', ')}]`;
    const out = await shows(desk, text, 80);
    expect(out).toContain("'d90cda33-4be0-457c-b42b-000000000001', … 88 more]");
    expect(
      Math.max(
        ...out
          .split('\n')
          .slice(0, 6)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
    expect((await desk.json(text)).filter).toContain("000000000089'");
  });

  it('shows control characters of data instead of obeying them', async () => {
    const desk = await deskOf();
    const record = {
      interactionId: 'esc\u001b[31m',
      steps: [step('n\u202e\u0007', 'DECISION', '09:00:00', '09:01:00')],
    };
    await writeFile(desk.path('history.json'), JSON.stringify([record]));
    const { out } = await cli(['analyze', 'history.json'], { cwd: desk.folder });
    expect(out).toContain('\\u001b[31m');
    expect(out).toContain('\\u202e\\u0007');
    // The characters themselves are nowhere.
    for (const character of ['\u001b', '\u202e', '\u0007']) expect(out).not.toContain(character);
  });

  it('is coloured for a terminal only', async () => {
    const desk = await deskOf();
    const coloured = await desk.run('LAST 1h', [], { colour: true });
    expect(coloured.out).toContain('\u001b[32m✓ complete\u001b[39m');
  });

  it('says that nothing came', async () => {
    const desk = await deskOf();
    const ran = await desk.run(
      "nodeTimestamp >= '2026-11-20T10:29:59.998Z' AND nodeTimestamp <= '2026-11-20T10:29:59.999Z'",
    );
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/✓ complete query .*\n.*\n {2}0 records in \d requests? .* accuracy 100 %/);
    expect(ran.out).toContain('No interactions.');
  });
});
