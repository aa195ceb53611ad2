/** Runs that are cancelled at any moment and taken up again: the result is that of an undisturbed run. */
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { verifyAudit } from '../../../server/src/output/index.ts';
import type { RunHost } from '../../../server/src/run/index.ts';
import { deskOf } from '../cli/support.ts';
import { abortAfter, differences, hostOf, randomOf, resultOf, resumed, runText } from './resume-support.ts';

/** Cancels in-process runs of each kind so often; more with CXQ_CANCELS. */
const CANCELS = Number(process.env['CXQ_CANCELS'] ?? 6);

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
    for (let round = 0; round < CANCELS; round += 1) {
      const cancel = abortAfter(Math.ceil(random() * turns));
      let run = await runText(host, text, cancel.signal);
      cancel.stop();
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
