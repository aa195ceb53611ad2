/** A kept run in a thread, and one that goes on: the panel sees what has come, whatever becomes of the files. */
import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MICROS_PER_MILLI } from '../../../server/src/protocol/instant.ts';
import type { PanelRequest } from '../../../server/src/protocol/panel-requests.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import type { RunManifest } from '../../../server/src/protocol/run.ts';
import { openResults, type Results } from '../../../server/src/run/index.ts';
import { KeptReading } from '../../../server/src/run/kept-reading.ts';
import type { ResultsOptions } from '../../../server/src/run/results.ts';
import { generateInteractions } from '../../../server/src/sandbox/index.ts';
import { ask, refusal } from './ask.ts';
import { folderOf, type Kept, keepRun, manifestOf, RUN_ID, step } from './kept.ts';

const kept = (id: string, matching: readonly number[] = [0]): Kept => ({
  matching,
  raw: { interactionId: id, steps: [step('menu', 'DECISION', 0, 5), step('agent', 'AGENT', 5, 9)] },
});

async function opened(runs: string, options: ResultsOptions = {}): Promise<Results> {
  const results = await openResults(runs, RUN_ID, options);
  if (results === undefined) throw new Error('the run is not there');
  onTestFinished(() => results.close());
  return results;
}

let time = 0;

/** Time stands still, and passes here alone: the next request looks at the files again. */
function later(): void {
  time += 10_000;
  vi.spyOn(performance, 'now').mockReturnValue(time);
}

const ALL: PanelRequest & { kind: 'timeline' } = {
  ...{ kind: 'timeline', filter: [], offset: 0, count: 500 },
  ...{ order: 'run', resolution: 0 },
};
const idsOf = async (results: Results, matching = false): Promise<string[]> => {
  const filter = matching ? [{ kind: 'mark' as const, mark: 'matching' as const }] : [];
  return (await ask(results, { ...ALL, filter })).rows.map((row) => row.interactionId);
};

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

describe('a run that goes on', () => {
  async function going(options: ResultsOptions = {}) {
    const started: RunManifest = manifestOf({ outcome: 'running', endedAt: null });
    const { runs, writer } = await keepRun([kept('a1'), kept('b2')], { manifest: started, end: false });
    const at = (name: string) => join(writer.folder, name);
    onTestFinished(() => void vi.restoreAllMocks());
    later();
    const results = await opened(runs, options);
    return {
      results,
      at,
      grow: async (...more: readonly Kept[]) => {
        await appendFile(at('interactions.ndjson'), more.map(({ raw }) => line(raw)).join(''));
        await appendFile(at('matches.ndjson'), more.map(({ matching }) => line(matching)).join(''));
      },
      ends: (more: Partial<RunManifest> = {}) =>
        writeFile(at('manifest.json'), JSON.stringify(manifestOf(more))),
    };
  }

  it.each([
    ['here', Number.POSITIVE_INFINITY],
    ['in a thread', -1],
    ['at first here, then in a thread', 1_500],
  ])('fills %s as it grows, and ends', async (_, atOnce) => {
    const { results, grow, ends } = await going({ atOnce });
    expect(await idsOf(results)).toEqual(['a1', 'b2']);
    await grow(kept('c3', [1]), kept('a1', []));
    // Within a second nobody looks again.
    expect(await idsOf(results)).toEqual(['a1', 'b2']);
    later();
    expect(await idsOf(results)).toEqual(['a1', 'b2', 'c3', 'a1 (2)']);
    expect(await idsOf(results, true)).toEqual(['a1', 'b2', 'c3']);
    const overview = await ask(results, { kind: 'overview', filter: [] });
    expect(overview).toMatchObject({ interactions: 4, header: { outcome: 'running' } });
    expect(await ask(results, { kind: 'step', interactionId: 'a1 (2)', sequence: 1 })).toMatchObject({
      step: { nodeId: 'agent', matching: false },
    });
    await grow(kept('d4'));
    await ends();
    later();
    expect(await ask(results, { kind: 'overview', filter: [] })).toMatchObject({
      interactions: 5,
      header: { outcome: 'complete' },
    });
  });

  it('is read by whole lines, and not before their matching steps are there', async () => {
    const { results, at } = await going();
    const text = line(kept('c3').raw);
    await appendFile(at('interactions.ndjson'), text.slice(0, 40));
    expect(await idsOf(results)).toEqual(['a1', 'b2']);
    later();
    await appendFile(at('interactions.ndjson'), text.slice(40));
    expect(await idsOf(results)).toEqual(['a1', 'b2']);
    later();
    await appendFile(at('matches.ndjson'), line([1]));
    const rows = await ask(results, { ...ALL, filter: [{ kind: 'mark', mark: 'matching' }] });
    expect(
      rows.rows.map(({ interactionId, steps }) => [interactionId, steps.map(({ found }) => found)]),
    ).toEqual([
      ['a1', [true, false]],
      ['b2', [true, false]],
      ['c3', [false, true]],
    ]);
  });

  it('is read anew where its files were cut or replaced', async () => {
    const { results, at, ends } = await going();
    expect(await idsOf(results)).toEqual(['a1', 'b2']);
    const write = async (records: readonly Kept[]) => {
      await writeFile(at('interactions.ndjson'), records.map(({ raw }) => line(raw)).join(''));
      await writeFile(at('matches.ndjson'), records.map(({ matching }) => line(matching)).join(''));
    };
    // Cut to less, and grown to more than was read before the next look.
    await write([kept('a1')]);
    later();
    expect(await idsOf(results)).toEqual(['a1']);
    await write([kept('x1'), kept('x2'), kept('x3', [])]);
    later();
    expect(await idsOf(results)).toEqual(['x1', 'x2', 'x3']);
    expect(await idsOf(results, true)).toEqual(['x1', 'x2']);
    // Put into another order at the end.
    for (const name of ['interactions.ndjson', 'matches.ndjson']) {
      const lines = (await readFile(at(name), 'utf8')).trimEnd().split('\n').toReversed();
      await writeFile(at(`${name}.new`), `${lines.join('\n')}\n`);
      await rename(at(`${name}.new`), at(name));
    }
    await ends();
    later();
    expect(await idsOf(results)).toEqual(['x3', 'x2', 'x1']);
    expect(await idsOf(results, true)).toEqual(['x2', 'x1']);
  });

  it('that is removed meanwhile is said to be gone', async () => {
    const { results, at } = await going();
    expect(await idsOf(results)).toEqual(['a1', 'b2']);
    await rm(at('.'), { recursive: true });
    later();
    expect(await refusal(results, ALL)).toBe('gone');
  });

  it('is the same however it grew', async () => {
    const { response } = profileSchema.parse({});
    const now = Date.UTC(2026, 10, 22, 8) * MICROS_PER_MILLI;
    const records = [...generateInteractions({ interactions: 30, seed: 4, now })];
    const matches = records.map((_, index) => (index % 3 === 0 ? [0, 1] : []));
    const texts = { interactions: records.map(line).join(''), matches: matches.map(line).join('') };
    const folder = await folderOf();
    const files = { interactions: join(folder, 'i.ndjson'), matches: join(folder, 'm.ndjson') };
    const columnsOf = ({ store, names, matching }: KeptReading) => {
      const { columns } = store;
      return [names, [...matching], columns.ids, [...columns.dwell.values.subarray(0, columns.node.length)]];
    };
    await writeFile(files.interactions, texts.interactions);
    await writeFile(files.matches, texts.matches);
    const whole = new KeptReading(files, response);
    await whole.more(false, () => false);
    expect(whole.lines).toBe(30);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        ),
        async (cuts) => {
          const share = (text: string, part: number) =>
            Buffer.from(text).subarray(0, Math.round(part * Buffer.byteLength(text)));
          const reading = new KeptReading(files, response);
          const sorted = [
            cuts.map(([one]) => one).sort((a, b) => a - b),
            cuts.map(([, other]) => other).sort((a, b) => a - b),
          ];
          await writeFile(files.interactions, '');
          await writeFile(files.matches, '');
          for (const index of cuts.keys()) {
            // A file that grows keeps what it is: writing in place does not replace it.
            await writeFile(files.interactions, share(texts.interactions, sorted[0]?.[index] ?? 0));
            await writeFile(files.matches, share(texts.matches, sorted[1]?.[index] ?? 0));
            expect(await reading.isOf(files)).toBe(true);
            await reading.more(true, () => false);
          }
          await writeFile(files.interactions, texts.interactions);
          await writeFile(files.matches, texts.matches);
          await reading.more(false, () => false);
          expect(columnsOf(reading)).toEqual(columnsOf(whole));
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a run that is opened in a thread', () => {
  async function doorOf(text: string): Promise<URL> {
    const folder = await mkdtemp(join(tmpdir(), 'cxq-door-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'door.mjs');
    await writeFile(file, text);
    return pathToFileURL(file);
  }

  it('answers as one that is not', async () => {
    const { runs } = await keepRun([kept('a1'), kept('b2', []), kept('b2')]);
    const [here, there] = [await opened(runs), await opened(runs, { atOnce: -1 })];
    const filter = [{ kind: 'mark' as const, mark: 'matching' as const }];
    const requests: PanelRequest[] = [
      { kind: 'overview', filter: [] },
      { kind: 'overview', filter },
      ALL,
      { kind: 'density', filter, axis: 'clock', bins: 7 },
      { kind: 'step', interactionId: 'b2 (2)', sequence: 1 },
      { kind: 'table', filter, offset: 0, count: 9, sort: null },
      { kind: 'flow', filter, hidden: 0.2 },
      { kind: 'paths', filter, offset: 0, count: 9 },
      { kind: 'decisions', filter },
      { kind: 'drivers', filter, nodeId: 'menu' },
      { kind: 'variables', filter },
      { kind: 'compare', with: null },
      { kind: 'runs' },
    ];
    for (const request of requests) {
      const answers = [await here.answer(request), await there.answer(request)];
      expect(answers[0]).toMatchObject({ ok: true, value: { kind: request.kind } });
      expect(answers[1]).toEqual(answers[0]);
    }
    expect(await refusal(there, { kind: 'step', interactionId: 'nobody', sequence: 0 })).toBe('gone');
  });

  it('says that it broke off, and the next request begins anew', async () => {
    const { runs } = await keepRun([kept('a1')]);
    const folder = await folderOf();
    const own = new URL('../../../server/src/analyser.ts', import.meta.url).href;
    // Ends by itself the first time.
    const door = await doorOf(`
      import { existsSync, writeFileSync } from 'node:fs';
      import { parentPort } from 'node:worker_threads';
      const mark = ${JSON.stringify(join(folder, 'mark'))};
      if (existsSync(mark)) await import(${JSON.stringify(own)});
      else {
        writeFileSync(mark, '');
        parentPort.on('message', () => { throw new Error('no more memory'); });
      }`);
    const results = await opened(runs, { atOnce: -1, door });
    const asked = await Promise.all([results.answer(ALL), results.answer({ kind: 'overview', filter: [] })]);
    expect(asked[0]).toMatchObject({
      ok: false,
      error: { code: 'analysis', message: expect.stringMatching(/no more memory.*try again/) },
    });
    expect(asked[1]).toMatchObject({ ok: true });
    expect(await idsOf(results)).toEqual(['a1']);
  });

  it('says so where there is more than may be held, here and there', async () => {
    const { runs } = await keepRun([kept('a1'), kept('b2')]);
    for (const atOnce of [-1, Number.POSITIVE_INFINITY]) {
      const results = await opened(runs, { atOnce, maxBytes: 100 });
      expect(await refusal(results, ALL)).toBe('too-large');
      expect(await refusal(results, { kind: 'overview', filter: [] })).toBe('too-large');
    }
  });

  it('lets go of everything when it is closed', async () => {
    const { runs } = await keepRun([kept('a1')]);
    const results = await opened(runs, { atOnce: -1 });
    const asked = results.answer(ALL);
    results.close();
    expect(await asked).toMatchObject({ ok: false, error: { code: 'gone' } });
    expect(await refusal(results, ALL)).toBe('gone');
  });
});
