import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Desk, deskOf, folderOf, step, tenantOf } from './support.ts';

/** Four interactions whose answers can be worked out by hand. */
const HISTORY = [
  {
    interactionId: 'recovered',
    steps: [
      step('auth', 'API', '09:00:00', '09:00:04', { errorState: true }),
      step('auth', 'API', '09:00:05', '09:00:06'),
      step('routing', 'ROUTING', '09:00:06', '09:00:46', { variablesAfter: { priority: 'high', tries: 2 } }),
      step('agent', 'AGENT', '09:00:46', '09:03:00'),
    ],
  },
  {
    interactionId: 'lost',
    steps: [
      step('auth', 'API', '09:10:00', '09:10:04', { errorState: true }),
      step('routing', 'ROUTING', '09:10:04', '09:10:09', { errorState: true }),
    ],
  },
  {
    interactionId: 'handed-on',
    steps: [
      step('agent', 'AGENT', '09:20:00', '09:21:00'),
      step('transfer', 'ROUTING', '09:21:00', '09:21:01'),
      step('transfer', 'ROUTING', '09:21:01', '09:21:02'),
      step('transfer', 'ROUTING', '09:21:02', '09:21:03', {
        variablesBefore: { priority: 'low' },
        variablesAfter: { priority: 'high' },
      }),
    ],
  },
  {
    interactionId: 'quick',
    steps: [step('menu', 'DECISION', '09:30:00', '09:30:02', { outcome: 'sales' })],
  },
];

async function small(): Promise<Desk> {
  const folder = await folderOf();
  const desk = new Desk(folder, await tenantOf());
  await writeFile(desk.path('history.json'), JSON.stringify(HISTORY));
  return new Desk(folder, await tenantOf({ data: desk.path('history.json') }));
}

async function idsOf(desk: Desk, text: string, args: readonly string[] = []): Promise<string[]> {
  const ran = await desk.run(text, [...args, '--format', 'ndjson']);
  if (ran.code !== 0) throw new Error(`exit ${ran.code}: ${ran.err}`);
  return ran.out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { interactionId: string }).interactionId);
}

describe('conditions that run here', () => {
  it.each([
    ["nodeId = 'auth' AND errorState", ['recovered', 'lost']],
    ['dwell > 30s', ['recovered', 'handed-on']],
    ["ANY(nodeId = 'auth' AND errorState) AND ANY(nodeId = 'agent')", ['recovered']],
    ["NONE(nodeType = 'AGENT')", ['lost', 'quick']],
    ['EVERY(NOT errorState)', ['handed-on', 'quick']],
    ["COUNT(nodeId = 'transfer') >= 3", ['handed-on']],
    ["SEQUENCE(nodeId = 'auth' AND errorState, nodeId = 'auth' AND NOT errorState)", ['recovered']],
    ['changed(priority) OR after.tries = 2', ['recovered', 'handed-on']],
    ['added(priority)', ['recovered']],
    ["outcome LIKE 's_l%'", ['quick']],
    ["nodeId MATCHES '^(men|tra)'", ['handed-on', 'quick']],
    ['errorCount = 2', ['lost']],
    ['stepCount BETWEEN 2 AND 3', ['lost']],
    ['isLast AND errorState', ['lost']],
    ["interactionStart >= '2026-11-20T09:15:00Z'", ['handed-on', 'quick']],
  ])('%s', async (predicate, expected) => {
    const desk = await small();
    expect(new Set(await idsOf(desk, `${predicate} LAST 24h`))).toEqual(new Set(expected));
  });

  it('mark the steps that satisfy the whole predicate', async () => {
    const desk = await small();
    const run = await desk.json("nodeType = 'ROUTING' AND (dwell > 30s OR errorState) LAST 24h");
    const matches = (await desk.read('runs', run.runId, 'matches.ndjson')).trimEnd().split('\n');
    expect(matches.map((line) => JSON.parse(line) as unknown).sort()).toEqual([[1], [2]]);
  });
});

describe('LIMIT, OFFSET and ORDER BY', () => {
  it('cut what the tenant sends, in its order', async () => {
    const desk = await small();
    const all = await idsOf(desk, 'LAST 24h');
    expect(all).toEqual(['quick', 'handed-on', 'lost', 'recovered']);
    expect(await idsOf(desk, 'LAST 24h ORDER BY nodeTimestamp ASC')).toEqual([...all].reverse());
    expect(await idsOf(desk, 'LAST 24h LIMIT 2 OFFSET 1')).toEqual(['handed-on', 'lost']);
    expect(await idsOf(desk, 'LAST 24h OFFSET 9')).toEqual([]);
  });

  it('cut what is sorted or selected here', async () => {
    const desk = await small();
    expect(await idsOf(desk, 'LAST 24h ORDER BY duration DESC')).toEqual([
      'recovered',
      'handed-on',
      'lost',
      'quick',
    ]);
    expect(await idsOf(desk, 'LAST 24h ORDER BY duration ASC LIMIT 2 OFFSET 1')).toEqual([
      'lost',
      'handed-on',
    ]);
    expect(await idsOf(desk, 'stepCount > 1 LAST 24h LIMIT 1 OFFSET 1')).toEqual(['lost']);
    expect(await idsOf(desk, 'LAST 24h ORDER BY errorCount DESC LIMIT 1')).toEqual(['lost']);
  });

  it('say that there may be more, and only then', async () => {
    const desk = await small();
    const note = (run: { readonly notes: readonly string[] }) =>
      run.notes.some((one) => one.includes('Stopped at LIMIT'));
    expect(note(await desk.json('LAST 24h LIMIT 3'))).toBe(true);
    expect(note(await desk.json('LAST 24h LIMIT 4'))).toBe(false);
    expect(note(await desk.json('LAST 24h LIMIT 5'))).toBe(false);
    expect(note(await desk.json('dwell > 30s LAST 24h LIMIT 1'))).toBe(true);
    expect(note(await desk.json('dwell > 30s LAST 24h LIMIT 2'))).toBe(false);
  });

  it('are accurate: what the limit left out was not expected', async () => {
    const desk = await deskOf();
    for (const text of ['LAST 7d LIMIT 10', 'LAST 7d LIMIT 10 OFFSET 5', 'dwell > 5s LAST 7d LIMIT 3']) {
      const run = await desk.json(text);
      expect([run.retrieval.accuracyRate, run.compliance], text).toEqual([1, 'VERIFIED']);
    }
  });
});

describe('many ids', () => {
  it('are asked for in batches and merged, each interaction once', async () => {
    const desk = await deskOf({ interactions: 600 });
    const all = await idsOf(desk, 'LAST 29d LIMIT 250');
    expect(all.length).toBe(250);
    const list = [...all, ...all.slice(0, 40), 'nobody-1', 'nobody-2'].map((id) => `'${id}'`).join(', ');
    const before = desk.tenant.stats.badRequests;
    const run = await desk.json(`interactionId IN [${list}] LIMIT ALL`);
    expect(run.retrieval).toMatchObject({ records: 250, expected: 250, accuracyRate: 1, duplicates: 0 });
    expect(run.retrieval.requests).toBeGreaterThanOrEqual(3);
    expect(desk.tenant.stats.badRequests).toBe(before);
    const merged = await idsOf(desk, `interactionId IN [${list}] LIMIT ALL`);
    expect(merged).toEqual(all);
    expect(await idsOf(desk, `interactionId IN [${list}] LIMIT 7 OFFSET 3`)).toEqual(all.slice(3, 10));
  });
});

describe('the ids of another query', () => {
  const FAILED = 'QUERY failed errorState = true LAST 24h LIMIT ALL;';

  it('are what IN and NOT IN test', async () => {
    const desk = await small();
    const within = `${FAILED} QUERY q interactionId IN failed LAST 24h`;
    const without = `${FAILED} QUERY q NOT interactionId IN failed LAST 24h`;
    const negated = `${FAILED} QUERY q interactionId NOT IN failed AND stepCount > 1 LAST 24h`;
    expect(await idsOf(desk, within, ['--query', 'q'])).toEqual(['lost', 'recovered']);
    expect(await idsOf(desk, without, ['--query', 'q'])).toEqual(['quick', 'handed-on']);
    expect(await idsOf(desk, negated, ['--query', 'q'])).toEqual(['handed-on']);
  });

  it('come without the default limit, and with the same instants', async () => {
    const desk = await deskOf({ interactions: 1500 });
    const run = await desk.json('QUERY base LAST 29d; QUERY q interactionId IN base LAST 29d LIMIT ALL', [
      '--query',
      'q',
    ]);
    expect(run.retrieval.records).toBeGreaterThan(1000);
    expect(run.outcome).toBe('complete');
  });

  it('make the run partial where they were cut short, and fail NOT IN', async () => {
    const desk = await small();
    const cut = 'QUERY some errorState = true LAST 24h LIMIT 1;';
    const partial = await desk.json(`${cut} QUERY q interactionId IN some LAST 24h`, ['--query', 'q']);
    expect([partial.ran.code, partial.outcome, partial.compliance]).toEqual([
      4,
      'partial',
      'REVIEW_REQUIRED',
    ]);
    expect(partial.notes.join(' ')).toContain('some were cut short');
    expect(partial.analysis.interactions).toBe(1);
    for (const condition of [
      'interactionId NOT IN some',
      'NOT (interactionId IN some)',
      'NONE(interactionId IN some)',
    ]) {
      const failed = await desk.json(`${cut} QUERY q ${condition} LAST 24h`, ['--query', 'q']);
      expect([failed.ran.code, failed.outcome, failed.error?.code], condition).toEqual([
        3,
        'failed',
        'set-cut-short',
      ]);
      expect(failed.ran.err).toContain('LIMIT ALL');
      expect(failed.analysis.interactions).toBe(0);
    }
    // Two are all there are: nothing was cut.
    const exact = await desk.json(
      'QUERY two errorState = true LAST 24h LIMIT 2; QUERY q interactionId NOT IN two LAST 24h',
      ['--query', 'q'],
    );
    expect([exact.outcome, exact.analysis.interactions]).toEqual(['complete', 2]);
  });

  it('ask the tenant nothing where there are none', async () => {
    const desk = await small();
    const text = "QUERY none nodeId = 'nowhere' LAST 24h; QUERY q interactionId IN none LAST 24h LIMIT ALL";
    const before = desk.tenant.stats.historyRequests;
    const set = await desk.json(text, ['--query', 'none']);
    const setOnly = desk.tenant.stats.historyRequests - before;
    const run = await desk.json(text, ['--query', 'q']);
    expect(desk.tenant.stats.historyRequests - before).toBe(setOnly * 2);
    expect(set.analysis.interactions).toBe(0);
    expect(run).toMatchObject({
      outcome: 'complete',
      compliance: 'VERIFIED',
      retrieval: { records: 0, expected: 0, accuracyRate: 1, requests: setOnly },
    });
    expect(run.notes).toContain('No id is left to ask for: the tenant is not asked.');
  });

  it('say which query did not end', async () => {
    const desk = await deskOf({ faults: [{ name: '5xx', rate: 1 }] });
    const text = `${FAILED} QUERY q interactionId IN failed LAST 24h WITH retries = 0`;
    const run = await desk.json(text.replace('LIMIT ALL;', 'LIMIT ALL WITH retries = 0;'), ['--query', 'q']);
    expect([run.ran.code, run.outcome]).toEqual([3, 'failed']);
    expect(run.error?.message).toMatch(/The query failed, whose ids are needed, did not end\. .*50[0-9]/);
    expect(run.retrieval).toMatchObject({ accuracyRate: null, records: 0 });
  });
});
