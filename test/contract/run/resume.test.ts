/** Runs that are cancelled at any moment and taken up again: the result is that of an undisturbed run. */
import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { verifyAudit } from '../../../server/src/output/index.ts';
import { type FinishedRun, type RunHost, resumeRun } from '../../../server/src/run/index.ts';
import { Desk, deskOf, folderOf, NOW_MICROS, step, tenantOf } from '../cli/support.ts';
import { allOf } from '../support/records.ts';
import {
  abortAfter,
  differences,
  hostOf,
  randomOf,
  resultOf,
  resumed,
  runText,
  successorOf,
  writeHistory,
} from './resume-support.ts';

/** Cancels in-process runs of each kind so often; more with CXQ_CANCELS. */
const CANCELS = Number(process.env['CXQ_CANCELS'] ?? 4);

const QUERIES = {
  'all, several pages at once': 'LAST 29d LIMIT ALL WITH pageSize = 20, concurrency = 3',
  'all, page by page': "LAST 29d LIMIT ALL WITH pageSize = 25, concurrency = 1, mode = 'page'",
  'LIMIT and OFFSET': 'LAST 29d LIMIT 133 OFFSET 7 WITH pageSize = 20, concurrency = 2',
  'a condition that runs here': 'dwell > 30s LAST 29d LIMIT 40 OFFSET 3 WITH pageSize = 20',
  'an order that is made here': 'LAST 29d ORDER BY duration DESC LIMIT 60 OFFSET 5 WITH pageSize = 30',
  masked: 'LAST 29d MASK (customer*, queue*) LIMIT ALL WITH pageSize = 30, concurrency = 2',
} as const;

async function auditIsWhole(host: RunHost): Promise<void> {
  const names = (await readdir(host.auditFolder)).filter((name) => name.endsWith('.jsonl')).sort();
  const verified = await verifyAudit(names.map((name) => `${host.auditFolder}/${name}`));
  expect(verified).toMatchObject({ ok: true });
}

async function cancelledByTurn(
  host: RunHost,
  text: string,
  random: () => number,
  turns: number,
): Promise<FinishedRun> {
  const cancel = abortAfter(Math.ceil(random() * turns));
  const run = await runText(host, text, cancel.signal);
  cancel.stop();
  return run;
}

async function cancelledByCount(host: RunHost, text: string, random: () => number): Promise<FinishedRun> {
  const controller = new AbortController();
  const enough = 1 + Math.floor(random() * 100);
  const watched: RunHost = {
    ...host,
    onProgress: ({ phase, records }) => {
      if (phase === 'retrieving' && records >= enough) controller.abort();
    },
  };
  return runText(watched, text, controller.signal);
}

describe('a run that is cancelled and resumed', () => {
  it.each(Object.entries(QUERIES))('%s: is the same as an undisturbed one', async (name, text) => {
    const desk = await deskOf({ interactions: 300 });
    await runText(hostOf(desk, { runs: 'warm' }), text);
    const counter = abortAfter(Number.POSITIVE_INFINITY);
    const undisturbed = await runText(hostOf(desk, { runs: 'whole' }), text);
    const turns = counter.stop();
    const whole = await resultOf(undisturbed);
    const random = randomOf(name.length);
    const host = hostOf(desk);
    let went = 0;
    // Every other time by how much has come: what a run waits for may take nearly all of its turns.
    for (let round = 0; round < CANCELS; round += 1) {
      let run = await (round % 2 === 0
        ? cancelledByTurn(host, text, random, turns)
        : cancelledByCount(host, text, random));
      for (let again = 0; again < 5 && run.resumable; again += 1) {
        went += 1;
        const next = again === 4 ? undefined : abortAfter(Math.ceil(random() * turns));
        run = await resumed(host, run.output.runId, next?.signal);
        next?.stop();
        expect(run.output.notes.join(' ')).not.toContain('from the start');
      }
      if (run.output.outcome === 'complete') expect(differences(await resultOf(run), whole)).toEqual([]);
      else expect(run.resumable).toBe(false);
    }
    expect(went).toBeGreaterThan(0);
    await auditIsWhole(host);
  });
});

/** A run that is cancelled once it has so many records. */
async function cancelledAt(
  host: RunHost,
  text: string,
  records: number,
  query?: string,
): Promise<FinishedRun> {
  const controller = new AbortController();
  const watched: RunHost = {
    ...host,
    onProgress: (progress) => {
      if (progress.phase === 'retrieving' && progress.records >= records) controller.abort();
    },
  };
  const run = await runText(watched, text, controller.signal, query);
  expect(run).toMatchObject({ resumable: true, output: { outcome: 'cancelled' } });
  return run;
}

async function refusal(host: RunHost, runId: string, text?: string): Promise<string> {
  const result = await resumeRun(
    host,
    { runId, ...(text === undefined ? {} : { text }) },
    new AbortController().signal,
  );
  if (result.ok) throw new Error('it was resumed');
  return `${result.error.code}: ${result.error.message}`;
}

const ALL = 'LAST 29d LIMIT ALL WITH pageSize = 20, concurrency = 1';

describe('what a resumed run goes on from', () => {
  it('is asked for once: the last page is read again, and no other', async () => {
    const desk = await deskOf({ interactions: 300 });
    const host = hostOf(desk);
    const run = await cancelledAt(host, ALL, 100);
    const before = desk.tenant.stats.historyRequests;
    const again = await resumed(host, run.output.runId);
    const asked = desk.tenant.stats.historyRequests - before;
    const { retrieval, notes } = again.output;
    expect(retrieval.records).toBe(retrieval.expected);
    expect(asked).toBeLessThanOrEqual(Math.ceil((retrieval.records - run.output.retrieval.records) / 20) + 2);
    // The report is about all attempts.
    expect(retrieval.requests).toBe(run.output.retrieval.requests + asked);
    expect(retrieval.resumed).toBe(true);
    expect(notes.join(' ')).toMatch(/Resumed: \d+ interactions that had been retrieved before/);
    const records = (await desk.read('runs', 'audit', 'audit-0001.jsonl')).trimEnd().split('\n');
    const events = records.map(
      (line) => JSON.parse(line) as { event: string; resumed?: boolean; outcome?: string },
    );
    expect(events.map(({ event, resumed: was, outcome }) => [event, was ?? outcome])).toEqual([
      ['run.started', undefined],
      ['run.ended', 'cancelled'],
      ['run.started', true],
      ['run.ended', 'complete'],
    ]);
  });

  it('is nothing where the data changed meanwhile: it starts over, and says so', async () => {
    const folder = await folderOf();
    const data = await writeHistory(folder, 200);
    const desk = new Desk(folder, await tenantOf({ data }));
    const run = await cancelledAt(hostOf(desk), 'LAST 24h LIMIT ALL WITH pageSize = 20, concurrency = 1', 60);
    await writeHistory(folder, 201);
    const again = await resumed(hostOf(await successorOf(desk, { data })), run.output.runId);
    expect(again.output).toMatchObject({ outcome: 'complete', retrieval: { records: 201, expected: 201 } });
    expect(again.output.notes.join(' ')).toMatch(/from the start: The tenant now says that there are 201/);
    expect(
      (await desk.read('runs', run.output.runId, 'interactions.ndjson')).trimEnd().split('\n'),
    ).toHaveLength(201);
  });

  it.each([
    ['cut', (path: string) => truncate(path, 100)],
    [
      'changed',
      async (path: string) => writeFile(path, (await readFile(path, 'utf8')).replace('node', 'mode')),
    ],
    ['gone', (path: string) => rm(path)],
  ])('is nothing where a file of it was %s: it starts over', async (_, damage) => {
    const desk = await deskOf({ interactions: 200 });
    const host = hostOf(desk);
    const whole = await resultOf(await runText(hostOf(desk, { runs: 'whole' }), ALL));
    const run = await cancelledAt(host, ALL, 60);
    await damage(desk.path('runs', run.output.runId, 'interactions.ndjson'));
    const again = await resumed(host, run.output.runId);
    expect(again.output.notes.join(' ')).toContain('not wholly there any more');
    expect(differences(await resultOf(again), whole)).toEqual([]);
  });

  it('is not what a process wrote behind the last whole page', async () => {
    const desk = await deskOf({ interactions: 200 });
    const host = hostOf(desk);
    const whole = await resultOf(await runText(hostOf(desk, { runs: 'whole' }), ALL));
    const run = await cancelledAt(host, ALL, 60);
    for (const name of ['interactions.ndjson', 'matches.ndjson', 'seen.ndjson', 'rejected.ndjson']) {
      await appendFile(desk.path('runs', run.output.runId, name), '{"half of a li');
    }
    const again = await resumed(host, run.output.runId);
    expect(again.output.notes.join(' ')).not.toContain('from the start');
    expect(differences(await resultOf(again), whole)).toEqual([]);
  });

  it('keeps the window of the run, though the present is another', async () => {
    const desk = await deskOf({ interactions: 200 });
    const run = await cancelledAt(hostOf(desk), 'LAST 7d LIMIT ALL WITH pageSize = 10, concurrency = 1', 30);
    const later = hostOf(desk, { more: { now: () => NOW_MICROS + 3_600_000_000 } });
    const again = await resumed(later, run.output.runId);
    expect(again.output).toMatchObject({ outcome: 'complete', window: run.output.window });
    expect(again.durationMs).toBeLessThan(3_600_000);
  });

  it('says so where the tenant no longer keeps the window’s beginning', async () => {
    const desk = await deskOf({ interactions: 200 });
    const run = await cancelledAt(hostOf(desk), ALL, 60);
    const twoDays = 2 * 86_400_000_000;
    const later = hostOf(desk, { more: { now: () => NOW_MICROS + twoDays } });
    const again = await resumed(later, run.output.runId);
    expect(again.output.window.from).not.toBe(run.output.window.from);
    expect(again.output.notes.join(' ')).toMatch(/now begins at .* no longer keeps/);
    const old = hostOf(desk, { more: { now: () => NOW_MICROS + 30 * twoDays } });
    const other = await cancelledAt(hostOf(desk), ALL, 60);
    expect(await refusal(old, other.output.runId)).toMatch(/^usage: .*older than what the tenant keeps/);
  });
});

describe('a masked run', () => {
  const MASKED = 'LAST 24h MASK (ssn) LIMIT ALL WITH pageSize = 20, concurrency = 1';

  async function desk(): Promise<Desk> {
    const folder = await folderOf();
    return new Desk(folder, await tenantOf({ data: await writeHistory(folder, 200) }));
  }

  async function expectNothingUnmasked(at: Desk): Promise<void> {
    for (const [path, text] of await at.files('runs')) expect(text, path).not.toContain('canary-');
  }

  it('has the same tags after a resume, and nothing unmasked on the disk', async () => {
    const at = await desk();
    const run = await cancelledAt(hostOf(at), MASKED, 60);
    await expectNothingUnmasked(at);
    const before = await at.read('runs', run.output.runId, 'interactions.ndjson');
    const again = await resumed(hostOf(at), run.output.runId);
    await expectNothingUnmasked(at);
    const after = await at.read('runs', run.output.runId, 'interactions.ndjson');
    expect(after.startsWith(before.split('\n').slice(0, 60).join('\n'))).toBe(true);
    expect(new Set(after.match(/\*{3}[0-9a-f]{8}/g)).size).toBe(7);
    expect(again.output.notes.join(' ')).not.toContain('from the start');
  });

  it('has other tags than another run: they cannot be compared', async () => {
    const at = await desk();
    const tags = async (): Promise<Set<string>> => {
      const run = await runText(hostOf(at), MASKED);
      const text = await at.read('runs', run.output.runId, 'interactions.ndjson');
      return new Set(text.match(/\*{3}[0-9a-f]{8}/g));
    };
    const [one, other] = [await tags(), await tags()];
    expect([...one].filter((tag) => other.has(tag))).toEqual([]);
  });

  it('starts over where what is masked, or the secret, is another now', async () => {
    const at = await desk();
    const run = await cancelledAt(hostOf(at), MASKED, 60);
    const again = await resumed(hostOf(at, { redaction: ['plain'] }), run.output.runId);
    expect(again.output.notes.join(' ')).toMatch(
      /from the start: The connection asks, reads or masks otherwise/,
    );
    const second = await cancelledAt(hostOf(at, { redaction: ['plain'] }), MASKED, 60);
    const successor = await successorOf(at, { data: at.path('history.json'), clientSecret: 'another one' });
    const started = await resumed(hostOf(successor, { redaction: ['plain'] }), second.output.runId);
    expect(started.output.notes.join(' ')).toMatch(
      /from the start: Values that were masked cannot be compared/,
    );
    await expectNothingUnmasked(at);
  });
});

describe('a run that cannot be resumed', () => {
  it('is one that is complete, unknown, of another tenant, or has no page yet', async () => {
    const desk = await deskOf();
    const host = hostOf(desk);
    const whole = await runText(host, 'LAST 1h');
    expect(await refusal(host, whole.output.runId)).toMatch(/^usage: .* is complete/);
    expect(await refusal(host, '20261120T103000Z-000000')).toMatch(/^usage: .*no longer kept/);
    expect(await refusal(host, '../elsewhere')).toMatch(/^usage: /);
    const early = await runText(host, ALL, AbortSignal.abort());
    expect(early.resumable).toBe(false);
    expect(await refusal(host, early.output.runId)).toMatch(/^usage: .*before a first page/);
    const run = await cancelledAt(host, ALL, 60);
    const other = new Desk(desk.folder, await tenantOf());
    expect(await refusal(hostOf(other), run.output.runId)).toMatch(/^usage: .*Connect as before/);
    expect(await refusal(host, run.output.runId, 'LAST 28d LIMIT ALL')).toMatch(
      /^usage: .*no longer in the text/,
    );
    expect((await resumed(host, run.output.runId)).output.outcome).toBe('complete');
  });

  it('is one that goes on: of two that take it up at once one is refused', async () => {
    const desk = await deskOf({ interactions: 300, latencyMs: 5 });
    const host = hostOf(desk);
    const run = await cancelledAt(host, ALL, 60);
    const signal = new AbortController().signal;
    const both = await Promise.all([1, 2, 3].map(() => resumeRun(host, { runId: run.output.runId }, signal)));
    const refused = both.flatMap((one) => (one.ok ? [] : [one.error]));
    expect(refused.map(({ code }) => code)).toEqual(['usage', 'usage']);
    expect(refused[0]?.message).toMatch(/still goes on|is complete/);
    const records = (await desk.read('runs', 'audit', 'audit-0001.jsonl')).trimEnd().split('\n');
    expect(records).toHaveLength(4);
  });

  it('is one of a later version, which is named as such', async () => {
    const desk = await deskOf();
    const host = hostOf(desk);
    const run = await cancelledAt(host, ALL, 60);
    const path = desk.path('runs', run.output.runId, 'manifest.json');
    const manifest = await readFile(path, 'utf8');
    await writeFile(path, manifest.replace('"schemaVersion": 1', '"schemaVersion": 7'));
    expect(await refusal(host, run.output.runId)).toMatch(/kept by a later version of CXQ .*version 7/);
    await writeFile(path, manifest.slice(0, 40));
    expect(await refusal(host, run.output.runId)).toContain('is damaged');
  });
});

describe('what batches, sets and page tokens leave', () => {
  it.each([
    ['batches of ids, merged here', {}, 'ids'],
    ['page tokens, pages without total', { tokens: true, totals: false }, ALL],
    [
      'the ids of another query',
      {},
      'QUERY some dwell > 20s LAST 29d LIMIT ALL; QUERY q interactionId IN some LIMIT ALL WITH pageSize = 10',
    ],
  ])('%s: is gone on from', async (_, options, given) => {
    const desk = await deskOf({ interactions: 300, ...options });
    const limits = { maxIdsPerRequest: 40 };
    const all = await runText(hostOf(desk, { runs: 'ids', limits }), 'LAST 29d LIMIT 150');
    const ids = (await allOf(all.records)).map((record) => `'${String(record['interactionId'])}'`).join(', ');
    const text = given === 'ids' ? `interactionId IN [${ids}] LIMIT 120 OFFSET 4 WITH pageSize = 15` : given;
    const query = text.includes('QUERY') ? 'q' : undefined;
    const whole = await resultOf(
      await runText(hostOf(desk, { runs: 'whole', limits }), text, undefined, query),
    );
    const host = hostOf(desk, { limits });
    const random = randomOf(3);
    const total = JSON.parse(JSON.stringify(whole['counts'])) as { records: number };
    for (let round = 0; round < 4; round += 1) {
      const controller = new AbortController();
      const at = 1 + Math.floor(random() * (total.records - 2));
      let asking = false;
      const run = await runText(
        {
          ...host,
          onProgress: ({ records, requests }) => {
            asking ||= requests <= 1;
            if (asking && records >= at) controller.abort();
          },
        },
        text,
        controller.signal,
        query,
      );
      if (!run.resumable) continue;
      const again = await resumed(host, run.output.runId);
      expect(again.output.notes.join(' ')).not.toContain('from the start');
      expect(differences(await resultOf(again), whole)).toEqual([]);
    }
  });
});

describe('a run that an error broke off', () => {
  it('goes on behind it, as often as it takes', async () => {
    const desk = await deskOf({ interactions: 300, faults: [{ name: '403', rate: 0.08 }] });
    const host = hostOf(desk);
    const quiet = await deskOf({ interactions: 300 });
    const whole = await resultOf(await runText(hostOf(quiet), ALL));
    let run = await runText(host, ALL);
    let went = 0;
    while (run.output.outcome !== 'complete' && went < 40) {
      if (run.resumable) {
        expect(run.output).toMatchObject({ outcome: 'partial', error: { code: 'forbidden' } });
        run = await resumed(host, run.output.runId);
        went += 1;
      } else run = await runText(host, ALL);
    }
    expect(went).toBeGreaterThan(0);
    expect(differences(await resultOf(run), whole)).toEqual([]);
  });
});

describe('records that come again', () => {
  /** Every seventh interaction twice: the second time further on, and with one step more. */
  async function withTwins(): Promise<Desk> {
    const folder = await folderOf();
    const path = await writeHistory(folder, 140);
    const records = JSON.parse(await readFile(path, 'utf8')) as { interactionId: string; steps: unknown[] }[];
    const twins = records.flatMap((record, index) => {
      const more = step('late', 'API', '09:50:00', `09:50:${String(10 + (index % 40))}`);
      return index % 7 === 0 ? [{ ...record, steps: [...record.steps, more] }] : [];
    });
    // Some cannot be read, and are set aside.
    const odd = [20, 90].map((index) => {
      const record = records[index];
      return {
        ...record,
        interactionId: `odd-${index}`,
        steps: [...(record?.steps ?? []), { startTime: 'soon' }],
      };
    });
    await writeFile(path, JSON.stringify([...records, ...twins, ...odd]));
    return new Desk(folder, await tenantOf({ data: path }));
  }

  it.each([
    [
      'in the order of the tenant',
      'LAST 24h ORDER BY nodeTimestamp ASC LIMIT ALL WITH pageSize = 9, concurrency = 1',
    ],
    [
      'with a condition here',
      'dwell > 5s LAST 24h ORDER BY nodeTimestamp ASC LIMIT ALL WITH pageSize = 9, concurrency = 1',
    ],
  ])('take the place of those that came before, also before a resume: %s', async (_, text) => {
    const desk = await withTwins();
    const undisturbed = await runText(hostOf(desk, { runs: 'whole' }), text);
    expect(undisturbed.output.retrieval).toMatchObject({ duplicates: 20, rejected: 2 });
    const whole = await resultOf(undisturbed);
    for (const records of [20, 60, 110, 135]) {
      const run = await cancelledAt(hostOf(desk), text, records);
      const again = await resumed(hostOf(desk), run.output.runId);
      const result = await resultOf(again);
      const startedOver = again.output.notes.join(' ').includes('from the start');
      // What was not kept is not there to compare with: then, and only then, it starts over.
      expect(startedOver && !text.startsWith('dwell')).toBe(false);
      expect(differences(result, whole)).toEqual([]);
    }
  });
});
