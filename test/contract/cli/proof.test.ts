import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openResults } from '../../../server/src/run/index.ts';
import { ask } from '../../unit/run/ask.ts';
import { cli, Desk, deskOf, folderOf, step, tenantOf, valid } from './support.ts';

interface AuditLine {
  readonly event: string;
  readonly run_id: string;
  readonly outcome?: string;
}

async function auditLines(desk: Desk): Promise<AuditLine[]> {
  const text = await desk.read('runs', 'audit', 'audit-0001.jsonl');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => valid('audit-record', line) as AuditLine);
}

async function deskWith(history: unknown): Promise<Desk> {
  const folder = await folderOf();
  const path = `${folder}/history.json`;
  await writeFile(path, JSON.stringify(history));
  return new Desk(folder, await tenantOf({ data: path }));
}

describe('MASK and redaction', () => {
  const CANARIES = [
    'canary-ssn',
    'canary-card',
    'canary-nested',
    'canary-json',
    'canary-unreadable',
    'canary-profile',
  ];
  const variables = {
    ssn: 'canary-ssn',
    cardNumber: 'canary-card',
    order: { payment: { iban: 'canary-nested' } },
    blob: '{"ssn": "canary-json"}',
    phone: 'canary-profile',
    queue: 'billing',
  };
  const history = [
    {
      interactionId: 'a1',
      ssn: 'canary-ssn',
      steps: [
        step('menu', 'DECISION', '09:00:00', '09:01:00', {
          variablesBefore: variables,
          variablesAfter: { ...variables, queue: 'sales' },
        }),
        step('routing', 'ROUTING', '09:01:00', '09:02:00', { variablesBefore: variables, outcome: 'gold' }),
      ],
    },
    {
      interactionId: 'a2',
      steps: [step('menu', 'DECISION', '09:00:00', '09:01:00', { startTime: 'soon' })],
    },
    {
      interactionId: 'a3',
      steps: [step('menu', 'DECISION', '09:00:00', '09:00:30', { variablesBefore: 'ssn=canary-unreadable' })],
    },
  ];

  it('let no masked value, secret or token out, wherever one looks', async () => {
    const desk = await deskWith(history);
    const profile = {
      id: 'masked',
      redaction: ['phone'],
      webhook: { url: `${desk.tenant.baseUrl}/hooks/cxq`, allow: [desk.tenant.baseUrl] },
    };
    await writeFile(desk.path('profile.json'), JSON.stringify(profile));
    const text = `interactionId IN ['a1', 'a2', 'a3'] MASK (ssn, card*, iban)
EXPORT TO 'out/all.json' EXPORT TO 'out/all.ndjson' EXPORT TO 'out/all.csv'`;
    const outputs = [];
    for (const format of ['text', 'json', 'ndjson']) {
      outputs.push(await desk.run(text, ['--profile', 'profile.json', '--format', format]));
    }
    expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0]);
    const run = valid('run', outputs[1]?.out ?? '') as { runId: string; retrieval: object; webhook: object };
    // Unreadable times keep a record from being found by time; by its id it is found, and set aside.
    expect(run.retrieval).toMatchObject({ records: 1, rejected: 2 });
    expect(run.webhook).toEqual({ status: 'delivered', attempts: 1 });

    const results = await openResults(desk.path('runs'), run.runId);
    if (results === undefined) throw new Error('the run is not there');
    const panel = [
      await ask(results, { kind: 'overview', filter: [] }),
      await ask(results, { kind: 'timeline', filter: [], offset: 0, count: 10, order: 'run', resolution: 0 }),
      await ask(results, { kind: 'table', filter: [], offset: 0, count: 10, sort: null }),
      await ask(results, { kind: 'flow', filter: [], hidden: 0 }),
      await ask(results, { kind: 'paths', filter: [], offset: 0, count: 10 }),
      await ask(results, { kind: 'decisions', filter: [] }),
      await ask(results, { kind: 'drivers', filter: [], nodeId: 'menu' }),
      await ask(results, { kind: 'variables', filter: [] }),
      await ask(results, { kind: 'runs' }),
      await ask(results, { kind: 'step', interactionId: 'a1', sequence: 0 }),
      await ask(results, { kind: 'step', interactionId: 'a1', sequence: 1 }),
    ];
    const places = new Map<string, string>([
      ...(await desk.files('runs')),
      ...(await desk.files('out')),
      ['panel', JSON.stringify(panel)],
      ['webhooks', JSON.stringify(desk.tenant.hooks)],
      ...outputs.flatMap(({ out, err }, index): [string, string][] => [
        [`stdout ${index}`, out],
        [`stderr ${index}`, err],
      ]),
    ]);
    expect(places.size).toBeGreaterThan(20);
    for (const [place, content] of places) {
      for (const canary of [...CANARIES, desk.tenant.clientSecret]) {
        expect(content.includes(canary), `${canary} in ${place}`).toBe(false);
      }
    }
    // What is not masked is still there, and so is that a masked value was the same before and after.
    expect(places.get('panel')).toContain('billing');
    expect(places.get(desk.path('out', 'all.csv'))).toContain('***');
    expect(desk.tenant.hooks.length).toBe(3);
  });

  it('without a mask keep the records as they came', async () => {
    const desk = await deskWith(history);
    const run = await desk.json("interactionId = 'a1'");
    expect(JSON.parse(await desk.read('runs', run.runId, 'interactions.ndjson'))).toEqual(history[0]);
  });

  it('take the secret out of the query and of what the tenant says', async () => {
    const desk = await deskOf();
    const { clientSecret } = desk.tenant;
    const ran = await desk.run(`after.note = '${clientSecret}' LAST 1h`, ['--format', 'json']);
    expect(ran.code).toBe(0);
    for (const [place, content] of [
      ...(await desk.files('runs')),
      ['stdout', ran.out],
      ['stderr', ran.err],
    ] as const) {
      expect(content.includes(clientSecret), place).toBe(false);
    }
  });
});

describe('the audit', () => {
  it('has a record of the start and one of the end, chained and exact', async () => {
    const desk = await deskOf();
    const run = await desk.json("QUERY mine 'Mine' LAST 24h LIMIT 20 EXPORT TO 'mine.csv'");
    const lines = await auditLines(desk);
    expect(lines.map(({ event }) => event)).toEqual(['run.started', 'export', 'run.ended']);
    expect(lines[2]).toMatchObject({
      sequence: 2,
      hash: run.audit?.hash,
      run_id: run.runId,
      query_name: 'mine',
      connection: 'default',
      tenant_origin: desk.tenant.baseUrl,
      interaction_id: null,
      query_filter: run.filter,
      records_processed: 20,
      extraction_latency_ms: run.retrieval.latencyMs,
      accuracy_rate: 1,
      compliance_status: 'VERIFIED',
      requests: run.retrieval.requests,
      retries: 0,
      throttled: 0,
      outcome: 'complete',
      error: null,
    });
    expect(run.audit).toMatchObject({ file: desk.path('runs', 'audit', 'audit-0001.jsonl'), sequence: 2 });
    const verified = await cli(['audit', 'verify', 'runs/audit', '--format', 'json'], { cwd: desk.folder });
    expect(verified.code).toBe(0);
    expect(valid('audit-verify', verified.out)).toMatchObject({ ok: true, records: 3, bad: null });
    const shown = await cli(['audit', 'show', 'runs/audit'], { cwd: desk.folder });
    expect(shown.out.trimEnd().split('\n').length).toBe(3);
    expect(shown.out).toContain('mine');
  });

  it('names the ids asked for', async () => {
    const desk = await deskOf();
    await desk.json("interactionId IN ['x1', 'x2'] AND errorState");
    expect((await auditLines(desk)).at(-1)).toMatchObject({
      interaction_id: ['x1', 'x2'],
      records_processed: 0,
    });
  });

  it('is found broken, by its first bad line', async () => {
    const desk = await deskOf();
    await desk.json('LAST 1h');
    await desk.json('LAST 2h');
    const file = desk.path('runs', 'audit', 'audit-0001.jsonl');
    const text = await desk.read('runs', 'audit', 'audit-0001.jsonl');
    await writeFile(file, text.replace('"outcome":"complete"', '"outcome":"partial"'));
    const broken = await cli(['audit', 'verify', file]);
    expect([broken.code, broken.out]).toEqual([1, expect.stringMatching(/✗ .*line 2/)]);
    const json = await cli(['audit', 'verify', file, '--format', 'json']);
    expect(valid('audit-verify', json.out)).toMatchObject({ ok: false, bad: { line: 2, reason: 'changed' } });
    const missing = await cli(['audit', 'verify', desk.path('nowhere.jsonl')]);
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('nowhere.jsonl')]);
  });

  it('is found cut, written anew or gone, by a record that the run printed', async () => {
    const desk = await deskOf();
    await desk.json('LAST 1h');
    const ran = await desk.run('LAST 2h');
    const anchor = /^audited .* (\d+:[0-9a-f]{64})$/m.exec(ran.out)?.[1] ?? '';
    expect(anchor).toMatch(/^3:/);
    const verify = (...more: string[]) => cli(['audit', 'verify', ...more], { cwd: desk.folder });
    const whole = await verify('runs/audit', '--anchor', anchor);
    expect([whole.code, whole.out]).toEqual([0, expect.stringContaining('in its place')]);
    expect(whole.out).toContain(`head ${anchor}`);

    const text = await desk.read('runs', 'audit', 'audit-0001.jsonl');
    const cut = text.split('\n').slice(0, 2).join('\n');
    await writeFile(desk.path('runs', 'audit', 'audit-0001.jsonl'), `${cut}\n`);
    const without = await verify('runs/audit');
    expect([without.code, without.out]).toEqual([0, expect.stringMatching(/^✓ 2 records/)]);
    const short = await verify('runs/audit', '--anchor', anchor);
    expect([short.code, short.out]).toEqual([1, expect.stringMatching(/✗ .*cut: record 3 was written/)]);
    const other = await verify('runs/audit', '--anchor', `1:${'0'.repeat(64)}`);
    expect([other.code, other.out]).toEqual([1, expect.stringContaining('written anew')]);
    await writeFile(desk.path('runs', 'audit', 'audit-0001.jsonl'), '');
    const gone = await verify('runs/audit', '--anchor', anchor, '--format', 'json');
    expect([gone.code, valid('audit-verify', gone.out)]).toEqual([
      1,
      expect.objectContaining({ ok: false, records: 0, bad: expect.objectContaining({ reason: 'cut' }) }),
    ]);
  });

  it('is nothing to verify where there are no records, and wrong usage where there is no folder', async () => {
    const desk = await deskOf();
    await mkdir(desk.path('empty'));
    const empty = await cli(['audit', 'verify', 'empty'], { cwd: desk.folder });
    expect([empty.code, empty.out]).toEqual([0, expect.stringMatching(/^– There is nothing to verify/)]);
    for (const command of ['verify', 'show']) {
      for (const name of ['missing', 'p.json/audit']) {
        const missing = await cli(['audit', command, name], { cwd: desk.folder });
        expect([missing.code, missing.out, missing.err]).toEqual([
          2,
          '',
          expect.stringContaining('there are no audit records'),
        ]);
      }
    }
    const shown = await cli(['audit', 'show', 'empty'], { cwd: desk.folder });
    expect([shown.code, shown.err]).toEqual([0, expect.stringContaining('no audit records')]);
    for (const wrong of [
      ['--anchor', 'abc'],
      ['--anchor', '1:beef'],
      ['--from-hash', 'beef'],
    ]) {
      const refused = await cli(['audit', 'verify', 'empty', ...wrong], { cwd: desk.folder });
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(wrong[0] ?? '')]);
    }
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    [
      'a value changed',
      (l) => l.with(1, (l[1] ?? '').replace('VERIFIED', 'REVIEW_REQUIRED')),
      /line 2: changed/,
    ],
    ['a line removed', (l) => l.toSpliced(1, 1), /line 2: removed/],
    ['the first removed', (l) => l.slice(1), /line 1: wrong start/],
    ['two swapped', (l) => [l[0] ?? '', l[2] ?? '', l[1] ?? '', ...l.slice(3)], /line 2: moved/],
    ['a copy inserted', (l) => l.toSpliced(1, 0, l[0] ?? ''), /line 2: inserted/],
    ['an empty line', (l) => l.toSpliced(2, 0, ''), /line 3: inserted/],
  ])('is found broken: %s', async (_name, tamper, expected) => {
    const desk = await deskOf();
    await desk.json('LAST 1h');
    await desk.json('LAST 2h');
    const lines = (await desk.read('runs', 'audit', 'audit-0001.jsonl')).trimEnd().split('\n');
    await writeFile(desk.path('runs', 'audit', 'audit-0001.jsonl'), `${tamper(lines).join('\n')}\n`);
    const broken = await cli(['audit', 'verify', 'runs/audit'], { cwd: desk.folder });
    expect([broken.code, broken.out]).toEqual([1, expect.stringMatching(expected)]);
  });

  it('closes a run whose process was killed', async () => {
    const desk = await deskOf();
    const first = await desk.json('LAST 1h');
    const file = desk.path('runs', 'audit', 'audit-0001.jsonl');
    const [started = ''] = (await desk.read('runs', 'audit', 'audit-0001.jsonl')).split('\n');
    // As a kill between the two records leaves it.
    await writeFile(file, `${started}\n`);
    const manifest = JSON.parse(await desk.read('runs', first.runId, 'manifest.json')) as {
      process: { pid: number };
    };
    manifest.process.pid = 2 ** 22 + 1;
    const killed = { ...manifest, outcome: 'running', endedAt: null, result: undefined };
    await writeFile(desk.path('runs', first.runId, 'manifest.json'), JSON.stringify(killed));
    await desk.json('LAST 1h');
    expect(
      (await auditLines(desk)).map(({ event, run_id, outcome }) => [event, run_id === first.runId, outcome]),
    ).toEqual([
      ['run.started', true, undefined],
      ['run.ended', true, 'failed'],
      ['run.started', false, undefined],
      ['run.ended', false, 'complete'],
    ]);
  });
});

describe('accuracy', () => {
  it('is null, and for review, where nothing tells how many there are', async () => {
    const desk = await deskOf({ totals: false });
    const cut = await desk.json('LAST 7d LIMIT 5');
    expect(cut.retrieval.accuracyRate).toBe(1);
    const whole = await desk.json('LAST 7d LIMIT ALL');
    // An empty closing page proves the end.
    expect([whole.retrieval.accuracyRate, whole.compliance]).toEqual([1, 'VERIFIED']);
    const failing = await deskOf({ totals: false, faults: [{ name: '5xx', rate: 1 }] });
    const failed = await failing.json('LAST 7d WITH retries = 0');
    expect(failed.retrieval).toMatchObject({ accuracyRate: null, expected: null });
    expect(failed.compliance).toBe('REVIEW_REQUIRED');
  });

  it('is lower with records that cannot be read', async () => {
    const good = (id: string) => ({
      interactionId: id,
      steps: [step('menu', 'DECISION', '09:00:00', '09:00:05')],
    });
    const bad = {
      interactionId: 'b',
      steps: [step('menu', 'DECISION', '09:00:00', '09:00:05', { errorState: 'maybe' })],
    };
    const desk = await deskWith([good('a1'), good('a2'), good('a3'), bad]);
    const run = await desk.json('LAST 24h');
    expect(run.retrieval).toMatchObject({ records: 3, rejected: 1, expected: 4, accuracyRate: 0.75 });
    expect(run.compliance).toBe('REVIEW_REQUIRED');
    expect(run.analysis.rejected).toEqual([
      { index: expect.any(Number), reason: expect.stringContaining('errorState') },
    ]);
    const [line] = (await desk.read('runs', run.runId, 'rejected.ndjson')).split('\n');
    expect(JSON.parse(line ?? '')).toMatchObject({ reason: expect.stringContaining('maybe'), raw: bad });
  });

  it('takes EXPECT RECORDS for the expectation where nothing runs here', async () => {
    const desk = await deskOf();
    const run = await desk.json('LAST 24h LIMIT 10 EXPECT RECORDS = 40');
    expect(run.retrieval).toMatchObject({ records: 10, expected: 40, accuracyRate: 0.25 });
    expect([run.ran.code, run.compliance]).toEqual([1, 'REVIEW_REQUIRED']);
    const local = await desk.json('dwell > 1s LAST 24h LIMIT 10 EXPECT RECORDS = 40');
    expect(local.retrieval.accuracyRate).toBe(1);
  });
});

describe('EXPECT', () => {
  it('counts, and a failed one is exit code 1', async () => {
    const desk = await deskOf();
    const run = await desk.json(
      'LAST 24h LIMIT 10 EXPECT RECORDS = 10, STEPS > 10, ERRORS >= 0, PATHS <= 10, ACCURACY >= 0.95, BOTTLENECKS < 0',
    );
    expect(run.ran.code).toBe(1);
    expect(run.expectations.map(({ ok }) => ok)).toEqual([true, true, true, true, true, false]);
    expect(run.expectations[0]).toEqual({ text: 'RECORDS = 10', actual: 10, ok: true });
    expect((await desk.json('LAST 24h EXPECT RECORDS >= 1')).ran.code).toBe(0);
  });
});

describe('EXPORT', () => {
  it('writes JSON, NDJSON and CSV, whole, and says how much', async () => {
    const desk = await deskOf();
    const run = await desk.json(
      "LAST 24h LIMIT 12 EXPORT TO 'out/a.json' EXPORT TO 'out/b' AS ndjson EXPORT TO 'out/c.csv'",
    );
    expect(run.exports.map(({ path, format, records }) => [path, format, records])).toEqual([
      ['out/a.json', 'JSON', 12],
      ['out/b', 'NDJSON', 12],
      ['out/c.csv', 'CSV', 12],
    ]);
    expect(JSON.parse(await desk.read('out', 'a.json'))).toHaveLength(12);
    expect((await desk.read('out', 'b')).trimEnd().split('\n')).toHaveLength(12);
    expect(await desk.read('out', 'b')).toBe(await desk.read('runs', run.runId, 'interactions.ndjson'));
    expect((await desk.read('out', 'c.csv')).split('\r\n').length).toBe(run.analysis.steps + 2);
  });

  it('does not leave the working directory, nor follow links out of it', async () => {
    const desk = await deskOf();
    for (const path of ['../out.json', '/tmp/out.json', 'a/../../out.json', 'C:/out.json']) {
      const ran = await desk.run(`LAST 1h EXPORT TO '${path}'`);
      expect([ran.code, ran.err], path).toEqual([1, expect.stringContaining('CXQ5003')]);
    }
    expect(desk.tenant.stats.requests).toBe(0);
  });
});

describe('NOTIFY', () => {
  it('posts the completion, and its outcome is audited', async () => {
    const desk = await deskOf();
    const env = { ...desk.env, PROCESS_MINING_WEBHOOK: `${desk.tenant.baseUrl}/hooks/cxq` };
    await writeFile(desk.path('p.json'), JSON.stringify({ webhook: { allow: [desk.tenant.baseUrl] } }));
    const run = await desk.json('LAST 24h', ['--profile', 'p.json'], { env });
    expect(run.webhook).toEqual({ status: 'delivered', attempts: 1 });
    const ended = (await auditLines(desk)).find(({ event }) => event === 'run.ended');
    expect(desk.tenant.hooks.map(({ body }) => body)).toEqual([
      {
        status: 'completion',
        audit_log: ended,
        bottleneck_count: run.analysis.bottleneckCount,
        analysis_payload: JSON.parse(JSON.stringify(run.analysis.bottlenecks)),
      },
    ]);
    expect((await auditLines(desk)).at(-1)).toMatchObject({
      event: 'webhook',
      run_id: run.runId,
      status: 204,
      outcome: 'delivered',
      attempt: 1,
    });
    const manifest = valid('run-manifest', await desk.read('runs', run.runId, 'manifest.json'));
    expect(manifest).toMatchObject({ outcome: 'complete', result: { webhook: { status: 'delivered' } } });
  });

  it('keeps what could not be delivered, and delivers it beside a later run', async () => {
    const desk = await deskOf();
    const dead = 'http://127.0.0.1:1/hooks/cxq';
    await writeFile(desk.path('p.json'), JSON.stringify({ webhook: { allow: ['http://127.0.0.1:1'] } }));
    const run = await desk.json(`LAST 1h NOTIFY '${dead}'`, ['--profile', 'p.json']);
    expect([run.ran.code, run.outcome, run.webhook?.status]).toEqual([0, 'complete', 'pending']);
    expect(run.notes.join(' ')).toContain('127.0.0.1:1 could not be reached');
    const [waiting] = [...(await desk.files('runs/outbox'))];
    if (waiting === undefined) throw new Error('nothing waits');
    // The receiver is back, at the address that is allowed, and the time has come.
    const message = JSON.parse(waiting[1]) as object;
    const due = {
      ...message,
      url: `${desk.tenant.baseUrl}/hooks/cxq`,
      origin: desk.tenant.baseUrl,
      nextAttemptAt: '2026-01-01T00:00:00Z',
    };
    await writeFile(waiting[0], JSON.stringify(due));
    await writeFile(desk.path('p.json'), JSON.stringify({ webhook: { allow: [desk.tenant.baseUrl] } }));
    await desk.json('LAST 1h', ['--profile', 'p.json']);
    expect(desk.tenant.hooks.map(({ body }) => body)).toMatchObject([{ audit_log: { run_id: run.runId } }]);
    expect((await desk.files('runs/outbox')).size).toBe(0);
    expect(
      (await auditLines(desk))
        .filter(({ event, run_id }) => event === 'webhook' && run_id === run.runId)
        .at(-1),
    ).toMatchObject({
      outcome: 'delivered',
    });
  });
});
