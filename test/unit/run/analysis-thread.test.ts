/** The analysis in a thread: the same report as without one, whatever the pieces; what becomes of a crash and a cancel. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AnalyseOptions, analyse, createStore } from '../../../server/src/analysis/index.ts';
import type { RejectedRecord } from '../../../server/src/protocol/history.ts';
import { MICROS_PER_MILLI } from '../../../server/src/protocol/instant.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import type { AnalysisOptions } from '../../../server/src/run/analyser.ts';
import { startAnalysis } from '../../../server/src/run/analysis-thread.ts';
import { generateInteractions } from '../../../server/src/sandbox/index.ts';
import { createReader } from '../../../server/src/tenant/index.ts';

const { response } = profileSchema.parse({});
const RECORDS = [
  ...generateInteractions({
    interactions: 120,
    seed: 5,
    now: Date.UTC(2026, 10, 22, 8) * MICROS_PER_MILLI,
  }),
].map((record) => JSON.stringify(record));
const OPTIONS: AnalyseOptions = {
  thresholdMicros: 8_000_000,
  nodeThresholds: new Map([['routing', 1_000_000]]),
  drivers: false,
};

/** Made without any of it. */
function expected(records: readonly string[], rejected: readonly RejectedRecord[] = []) {
  const reader = createReader(response);
  const store = createStore({ reconcile: false });
  for (const record of records) {
    const read = reader.read(JSON.parse(record));
    if (typeof read !== 'string') store.add(read);
  }
  for (const one of rejected) store.addRejected(one);
  return { report: analyse(store, OPTIONS), bytes: store.bytes };
}

function started(more: AnalysisOptions = {}) {
  const analysis = startAnalysis({ response, atOnce: 0, ...more });
  onTestFinished(() => analysis.end());
  return analysis;
}

const linesOf = (records: readonly string[]): Buffer =>
  Buffer.from(records.map((record) => `${record}\n`).join(''));

async function doorOf(text: string): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'cxq-door-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'door.mjs');
  await writeFile(file, text);
  return pathToFileURL(file);
}

describe('an analysis in a thread', () => {
  it('gives the report that there is without one, whatever the pieces', async () => {
    const whole = expected(RECORDS);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: RECORDS.length - 1 }), { maxLength: 8 }),
        fc.constantFrom(0, 20_000, Number.POSITIVE_INFINITY),
        async (cuts, atOnce) => {
          const analysis = startAnalysis({ response, atOnce });
          try {
            const places = [0, ...cuts.toSorted((a, b) => a - b), RECORDS.length];
            for (const [index, from] of places.entries()) {
              await analysis.add(linesOf(RECORDS.slice(from, places[index + 1] ?? from)));
            }
            const analysed = await analysis.analyse(OPTIONS);
            if (!analysed.ok) throw new Error(analysed.error.message);
            expect(analysed.value.report).toEqual(whole.report);
            expect(analysed.value.bytes).toBe(whole.bytes);
            expect(analysed.value.counts.interactions).toBe(RECORDS.length);
          } finally {
            analysis.end();
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  it('tells of what is there while more still comes, and begins anew', async () => {
    const analysis = started();
    const rejected = [{ index: 3, reason: 'no id', raw: null }];
    analysis.reject(rejected);
    const snapshots = [];
    for (const from of [0, 40, 80]) {
      await analysis.add(linesOf(RECORDS.slice(from, from + 40)));
      const snapshot = await analysis.analyse(OPTIONS);
      if (snapshot.ok) snapshots.push(snapshot.value.report);
    }
    expect(snapshots).toEqual([40, 80, 120].map((to) => expected(RECORDS.slice(0, to), rejected).report));
    analysis.restart();
    await analysis.add(linesOf(RECORDS.slice(5, 9)));
    expect(await analysis.analyse(OPTIONS)).toMatchObject({
      ok: true,
      value: { report: expected(RECORDS.slice(5, 9)).report },
    });
  });

  it('leaves the bytes of others alone', async () => {
    const analysis = started();
    const shared = linesOf(['', ...RECORDS.slice(0, 3)]).subarray(1);
    const before = Buffer.from(shared);
    await analysis.add(shared);
    expect(await analysis.analyse(OPTIONS)).toMatchObject({
      ok: true,
      value: { counts: { interactions: 3 } },
    });
    expect(shared.equals(before)).toBe(true);
  });

  it('says so when the thread ends by itself, to all who wait and ask', async () => {
    const door = await doorOf(
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { throw new Error('out of order'); });",
    );
    const analysis = started({ door });
    await analysis.add(linesOf(RECORDS));
    const failure = {
      ok: false,
      error: { code: 'analysis', message: expect.stringMatching(/out of order.*kept.*again/) },
    };
    expect(await analysis.analyse(OPTIONS)).toMatchObject(failure);
    await analysis.add(linesOf(RECORDS));
    expect(await analysis.analyse(OPTIONS)).toMatchObject(failure);
  });

  it('ends at once when it is cancelled, whatever it does', async () => {
    const door = await doorOf(
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { for (;;); });",
    );
    const analysis = started({ door });
    await analysis.add(linesOf(RECORDS));
    const asked = analysis.analyse(OPTIONS);
    analysis.cancel();
    expect(await asked).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(await analysis.analyse(OPTIONS)).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  });

  it('keeps whoever has more waiting while much is under way', async () => {
    const door = await doorOf(
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', ({ id }) => setTimeout(() => parentPort.postMessage({ id, answer: { kind: 'done' } }), 200));",
    );
    const analysis = started({ door });
    const much = (): Uint8Array => new Uint8Array(20 * 1024 * 1024);
    const order: string[] = [];
    await analysis.add(much());
    const second = analysis.add(much()).then(() => order.push('room'));
    order.push('asked');
    await second;
    expect(order).toEqual(['asked', 'room']);
  });

  it('says so where the columns would take more than there is', async () => {
    for (const atOnce of [0, Number.POSITIVE_INFINITY]) {
      const analysis = started({ maxBytes: 40_000, atOnce });
      await analysis.add(linesOf(RECORDS));
      expect(await analysis.analyse(OPTIONS)).toMatchObject({
        ok: false,
        error: { code: 'too-large', message: expect.stringMatching(/shorter window/) },
      });
    }
  });
});
