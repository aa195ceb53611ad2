/** Runs that are cut off, put to sleep or share their folder: what came stays, and what is resumed is whole. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import {
  METHODS,
  panelResultSchema,
  type RunProgress,
  type RunResult,
  runResultSchema,
  runsResultSchema,
} from '../../../server/src/protocol/lsp.ts';
import type { Clock } from '../../../server/src/tenant/clock.ts';
import { type Session, startSession } from '../lsp/session.ts';
import { abortAfter } from '../run/resume-support.ts';
import { hurriedClock } from '../tenant/support/ask.ts';
import { describeMachine, type MachineCase } from './machine.ts';
import { atDesk, idOf, type MachineDesk, outputOf, TEXT } from './machine-desk.ts';

const POSIX = process.platform === 'win32' ? 'signals need POSIX' : undefined;
const HOUR_MS = 3_600_000;
/** Of one seed. */
const CANCELS = 6;

/** A clock on which an hour may pass at once: what was to happen in it happens then, all together. */
function sleepyClock(): { readonly clock: Clock; readonly sleepAnHour: () => void } {
  const hurried = hurriedClock();
  let slept = 0;
  const due = new Set<() => void>();
  const clock: Clock = {
    ...hurried,
    now: () => hurried.now() + slept,
    after: (ms, action) => {
      const once = (): void => {
        stop();
        action();
      };
      const off = hurried.after(ms, once);
      const stop = (): void => {
        off();
        due.delete(once);
      };
      due.add(once);
      return stop;
    },
  };
  return {
    clock,
    sleepAnHour: () => {
      slept += HOUR_MS;
      for (const action of [...due]) action();
    },
  };
}

const sleeping: MachineCase = {
  name: 'sleep for an hour: time limits and the token run out meanwhile',
  run: (seed, random) => {
    const { clock, sleepAnHour } = sleepyClock();
    let requests = 0;
    let fired = 0;
    const moments = new Set([random.integer(1, 5), random.integer(6, 10)]);
    const onRequest = (): void => {
      requests += 1;
      if (!moments.has(requests)) return;
      fired += 1;
      // While answers to others are on their way.
      setTimeout(sleepAnHour, 12 * random.next());
    };
    return atDesk({ seed, latencyMs: 10, onRequest }, async (desk) => {
      const { output, records } = await desk.run(desk.host({ tenant: { clock } }));
      const { outcome, retrieval, filter, runId } = output;
      expect([outcome, output.error]).toEqual(['complete', undefined]);
      // What the token was good for is long over: there is one for each time.
      expect(retrieval.tokens).toBeGreaterThan(1);
      expect(await desk.kept(runId)).toEqual(records.map(idOf));
      expect(await desk.endOf(runId)).toMatchObject({ outcome: 'complete', accuracy_rate: 1 });
      return { fired, outcome, ...(await desk.count(records.map(idOf), filter)), message: '' };
    });
  },
};

const stopped: MachineCase = {
  name: 'process stopped (SIGSTOP) at any moment, for longer than its time limits',
  skip: POSIX,
  run: (seed, random) => {
    let requests = 0;
    let onRequest = (): void => undefined;
    return atDesk({ seed, latencyMs: 10, onRequest: () => onRequest() }, async (desk) => {
      const child = await desk.startRun({ text: `${TEXT}, timeout = 1s` });
      const moment = random.integer(2, 9);
      let fired = 0;
      onRequest = () => {
        requests += 1;
        if (requests !== moment) return;
        void sleep(15 * random.next())
          .then(() => {
            if (child.process.exitCode === null && child.process.kill('SIGSTOP')) fired += 1;
            return sleep(1_600);
          })
          .then(() => child.process.kill('SIGCONT'));
      };
      const { runId, outcome, error, filter } = outputOf(await child.ended);
      expect([outcome, error]).toEqual(['complete', undefined]);
      expect((await desk.endOf(runId)).outcome).toBe('complete');
      return { fired, outcome, ...(await desk.count(await desk.kept(runId), filter)), message: '' };
    });
  },
};

const cancelled: MachineCase = {
  name: 'cancelled at any turn of the event loop, then resumed',
  run: (seed, random) =>
    atDesk({ seed }, async (desk) => {
      // The first takes longer: code is compiled.
      await desk.run(desk.host({ runsFolder: desk.path('warm') }));
      const counter = abortAfter(Number.POSITIVE_INFINITY);
      const whole = await desk.run(desk.host({ runsFolder: desk.path('whole') }));
      const turns = counter.stop();
      const wholeIds = whole.records.map(idOf);
      const sum = { fired: 0, lost: 0, duplicated: 0 };
      let message = '';
      for (let at = 0; at < CANCELS; at += 1) {
        // One in each part of the run, at any turn of it.
        const cancel = abortAfter(Math.ceil(((at + random.next()) / CANCELS) * turns));
        const run = await desk.run(desk.host(), cancel.signal);
        cancel.stop();
        const { outcome, runId, filter, error } = run.output;
        if (outcome === 'complete') {
          expect(run.records.map(idOf)).toEqual(wholeIds);
          continue;
        }
        expect([outcome, error?.code]).toEqual(['cancelled', 'cancelled']);
        expect(await desk.endOf(runId)).toMatchObject({
          outcome: 'cancelled',
          compliance_status: 'REVIEW_REQUIRED',
          records_processed: run.output.retrieval.records,
        });
        const kept = await desk.kept(runId);
        expect(kept).toEqual(run.records.map(idOf));
        const { lost, duplicated } = await desk.count(kept, filter);
        sum.fired += 1;
        sum.lost += lost;
        sum.duplicated += duplicated;
        message = error?.message ?? '';
        // Before a first page there is nothing to go on from.
        if (!run.resumable) continue;
        const again = await desk.resume(runId);
        expect(again.output.outcome).toBe('complete');
        expect(again.records.map(idOf)).toEqual(wholeIds);
        expect(await desk.kept(runId)).toEqual(wholeIds);
      }
      return { ...sum, outcome: 'cancelled', message };
    }),
};

/** A language server as an editor's window has it. */
async function windowAt(desk: MachineDesk): Promise<Session> {
  return startSession({
    profiles: [{ id: 'sandbox', baseUrl: desk.sandbox.baseUrl, auth: { kind: 'none' } }],
    connection: 'sandbox',
    dataFolder: desk.folder,
    user: 'tester',
    trusted: true,
  });
}

async function runIn({ connection }: Session, more: object = {}): Promise<RunResult> {
  const params = { uri: 'untitled:Untitled-1', text: TEXT, index: 0, token: 'one', ...more };
  return runResultSchema.parse(await connection.sendRequest<unknown>(METHODS.run, params));
}

/** The present of the servers, whose clock is the system's. */
const present = (): number => Date.now() * 1000;

const windows: MachineCase = {
  name: 'two windows on one folder, each with runs at the same time',
  run: (seed) =>
    atDesk({ seed, auth: false, latencyMs: 15, now: present() }, async (desk) => {
      const both = [await windowAt(desk), await windowAt(desk)];
      const results = await Promise.all(
        both.flatMap((one) => [runIn(one, { token: 'a' }), runIn(one, { token: 'b' })]),
      );
      const runs = results.flatMap((result) => result.runs);
      expect(results.map(({ error }) => error)).toEqual(results.map(() => undefined));
      expect(runs).toHaveLength(4);
      let open = 0;
      let fired = 0;
      const ends: string[] = [];
      for (const record of await desk.audit(desk.path('audit'))) {
        if (record.event === 'run.started') {
          if (open > 0) fired += 1;
          open += 1;
        }
        if (record.event !== 'run.ended') continue;
        open -= 1;
        ends.push(record.outcome);
      }
      expect(ends).toEqual(['complete', 'complete', 'complete', 'complete']);
      let [lost, duplicated] = [0, 0];
      for (const { runId, outcome, retrieval } of runs) {
        const kept = await desk.kept(runId);
        expect([outcome, kept.length]).toEqual(['complete', retrieval.expected]);
        duplicated += kept.length - new Set(kept).size;
        lost += (retrieval.expected ?? 0) - new Set(kept).size;
      }
      // Each sees the runs of both.
      for (const one of both) {
        const listed = runsResultSchema.parse(await one.connection.sendRequest<unknown>(METHODS.runs, {}));
        expect(listed.runs.map(({ runId }) => runId).toSorted()).toEqual(
          runs.map(({ runId }) => runId).toSorted(),
        );
        expect(await one.close()).toBe(0);
      }
      return { fired, outcome: 'complete', lost, duplicated, message: '' };
    }),
};

const crash: MachineCase = {
  name: 'crash of the server in a run: history and partial results after its restart, then resumed',
  run: (seed, random) =>
    atDesk({ seed, auth: false, latencyMs: 10, now: present() }, async (desk) => {
      const first = await windowAt(desk);
      const records = random.integer(10, 90);
      let isOver = false;
      first.connection.onNotification(METHODS.runProgress, (progress: RunProgress) => {
        if (isOver || progress.records < records) return;
        isOver = true;
        first.process.kill('SIGKILL');
      });
      const exited = once(first.process, 'exit');
      runIn(first).catch(() => undefined);
      await exited;
      const second = await windowAt(desk);
      const { runs } = runsResultSchema.parse(await second.connection.sendRequest<unknown>(METHODS.runs, {}));
      const [run] = runs;
      expect(runs).toMatchObject([{ outcome: 'failed', error: { code: 'killed' } }]);
      if (run === undefined) throw new Error('no run is listed');
      const kept = await desk.kept(run.runId);
      const shown = panelResultSchema.parse(
        await second.connection.sendRequest<unknown>(METHODS.panel, {
          runId: run.runId,
          request: { kind: 'overview', filter: [] },
        }),
      );
      if (!('response' in shown) || shown.response.kind !== 'overview') throw new Error('no overview');
      expect(shown.response.interactions).toBe(kept.length);
      expect(kept.length).toBeGreaterThan(0);
      const again = await runIn(second, { resume: run.runId });
      expect(again.runs).toMatchObject([{ runId: run.runId, outcome: 'complete' }]);
      const whole = await desk.kept(run.runId);
      expect([whole.slice(0, kept.length), new Set(whole).size]).toEqual([kept, whole.length]);
      expect(again.runs[0]?.retrieval.expected).toBe(whole.length);
      expect((await desk.endOf(run.runId, desk.path('audit'))).outcome).toBe('complete');
      expect(await second.close()).toBe(0);
      const duplicated = kept.length - new Set(kept).size;
      const message = run.error?.message ?? '';
      return { fired: 1, outcome: run.outcome, lost: whole.length - kept.length, duplicated, message };
    }),
};

describeMachine('moments', 20, [sleeping, stopped, cancelled, windows, crash]);
