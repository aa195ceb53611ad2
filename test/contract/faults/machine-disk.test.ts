/** A disk that gives up under a run: what came stays, the run says so, and it goes on once there is room. */
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { describeMachine, type MachineCase } from './machine.ts';
import { atDesk, idOf, type MachineDesk, outputOf, TEXT } from './machine-desk.ts';

const POSIX = process.platform === 'win32' ? 'limits and permissions need POSIX' : undefined;
const FAILING_SYNC = new URL('./failing-sync.ts', import.meta.url).href;

/** The text of a run that nobody disturbed. */
async function undisturbed(desk: MachineDesk): Promise<string> {
  const whole = await desk.startRun({ text: TEXT }, {}, 'whole');
  expect((await whole.ended).code).toBe(0);
  const [runId = ''] = await desk.runIds('whole');
  return readFile(desk.path('whole', runId, 'interactions.ndjson'), 'utf8');
}

const full: MachineCase = {
  name: 'disk full at any byte (the system lets no file grow), then resumed',
  skip: POSIX,
  run: (seed, random) =>
    atDesk({ seed }, async (desk) => {
      const whole = await undisturbed(desk);
      const kilobytes = Buffer.byteLength(whole) / 1024;
      const fileKilobytes = Math.floor(kilobytes * (0.15 + 0.8 * random.next()));
      const limited = await (await desk.startRun({ text: TEXT }, { fileKilobytes })).ended;
      const { runId, outcome, error, filter } = outputOf(limited);
      expect([limited.code, outcome, error?.code]).toEqual([4, 'partial', 'disk']);
      expect(error?.message).toMatch(/could not be written: EFBIG.*Free space/);
      expect(await desk.endOf(runId)).toMatchObject({
        outcome: 'partial',
        compliance_status: 'REVIEW_REQUIRED',
        error: error?.message,
      });
      const text = await readFile(desk.path('runs', runId, 'interactions.ndjson'), 'utf8');
      expect([text.endsWith('\n') || text === '', whole.startsWith(text)]).toEqual([true, true]);
      const kept = await desk.kept(runId);
      const again = outputOf(await (await desk.startRun({ resume: runId })).ended);
      expect(again).toMatchObject({ outcome: 'complete', retrieval: { resumed: true } });
      expect(await readFile(desk.path('runs', runId, 'interactions.ndjson'), 'utf8')).toBe(whole);
      expect((await desk.endOf(runId)).outcome).toBe('complete');
      const counted = await desk.count(kept, filter);
      return { fired: 1, outcome, ...counted, message: error?.message ?? '' };
    }),
};

/** A run whose folder cannot be made: its records are all there, only not on the disk. */
async function withoutFolder(desk: MachineDesk, runsFolder: string): ReturnType<MachineCase['run']> {
  const host = desk.host({ runsFolder, auditFolder: desk.path('runs', 'audit') });
  const { output, records, folder } = await desk.run(host);
  const { outcome, error, filter, runId } = output;
  expect([outcome, error?.code, folder]).toEqual(['partial', 'disk', undefined]);
  expect(error?.message).toMatch(/could not be written: .*choose another folder/);
  expect(output.analysis.interactions).toBe(records.length);
  expect(await desk.endOf(runId)).toMatchObject({ outcome: 'partial', error: error?.message });
  const counted = await desk.count(records.map(idOf), filter);
  expect(counted).toEqual({ lost: 0, duplicated: 0 });
  return { fired: 1, outcome, ...counted, message: error?.message ?? '' };
}

/** A folder of which the system says that nothing may be written there; root may write everywhere else. */
async function readOnly(desk: MachineDesk): Promise<string> {
  if (process.getuid?.() === 0) return '/sys/kernel/cxq-runs';
  await mkdir(desk.path('closed'), { mode: 0o500 });
  return desk.path('closed', 'runs');
}

const isRootWithoutSys =
  process.getuid?.() === 0 &&
  (await stat('/sys/kernel').then(
    () => false,
    () => true,
  ));
const cannotClose =
  POSIX ?? (isRootWithoutSys ? 'root may write everywhere, and there is no /sys' : undefined);

const closedFolder: MachineCase = {
  name: 'folder of the runs that is read-only',
  skip: cannotClose,
  run: (seed) =>
    atDesk({ seed }, async (desk) => {
      const came = await withoutFolder(desk, await readOnly(desk));
      await chmod(desk.path('closed'), 0o700).catch(() => undefined);
      return came;
    }),
};

const takenFolder: MachineCase = {
  name: 'folder of the runs whose name a file has',
  run: (seed) =>
    atDesk({ seed }, async (desk) => {
      await writeFile(desk.path('taken'), '');
      return withoutFolder(desk, desk.path('taken', 'runs'));
    }),
};

const closedAudit: MachineCase = {
  name: 'folder of the audit that is read-only',
  skip: cannotClose,
  run: (seed) =>
    atDesk({ seed }, async (desk) => {
      const { output, records } = await desk.run(desk.host({ auditFolder: await readOnly(desk) }));
      await chmod(desk.path('closed'), 0o700).catch(() => undefined);
      const note = output.notes.find((one) => one.startsWith('Not audited')) ?? '';
      expect([output.outcome, output.audit]).toEqual(['complete', null]);
      expect(note).toMatch(/Not audited: /);
      expect(await desk.kept(output.runId)).toEqual(records.map(idOf));
      const counted = await desk.count(records.map(idOf), output.filter);
      return { fired: 1, outcome: output.outcome, ...counted, message: note };
    }),
};

/** A line of the audit that cannot be made durable; `from` is how many can before. */
function failingSync(name: string, from: number): MachineCase {
  return {
    name,
    run: (seed) =>
      atDesk({ seed }, async (desk) => {
        // So that there is a folder, and a chain before the fault.
        const before = await (await desk.startRun({ text: TEXT })).ended;
        expect(before.code).toBe(0);
        const chain = await desk.audit();
        const env = {
          CXQ_FAILING_SYNC: desk.path('runs', 'audit'),
          CXQ_FAILING_SYNC_FROM: String(from),
        };
        const child = await desk.startRun({ text: TEXT }, { node: ['--import', FAILING_SYNC], env });
        const ended = await child.ended;
        const { outcome, audit, notes, runId, filter } = outputOf(ended);
        const fired = ended.err.split('fault: fdatasync').length - 1;
        expect(fired).toBeGreaterThan(0);
        expect([ended.code, outcome, audit]).toEqual([1, 'complete', null]);
        const note = notes.find((one) => one.startsWith('Not audited')) ?? '';
        expect(note).toMatch(/Not audited: The audit record could not be made durable in audit-0001\.jsonl/);
        expect(ended.err).toContain('not audited');
        // The line that was reported as failed does not stand there.
        expect(await desk.audit()).toHaveLength(chain.length + from);
        const counted = await desk.count(await desk.kept(runId), filter);
        // The next run has its records again, and closes what has no end.
        const later = outputOf(await (await desk.startRun({ text: TEXT })).ended);
        expect([later.outcome, later.audit === null]).toEqual(['complete', false]);
        const records = await desk.audit();
        const begun = records.flatMap((one) => (one.event === 'run.started' ? one.run_id : []));
        const closed = records.flatMap((one) => (one.event === 'run.ended' ? one.run_id : []));
        expect(closed.toSorted()).toEqual(begun.toSorted());
        return { fired, outcome, ...counted, message: note };
      }),
  };
}

const closedExport: MachineCase = {
  name: 'export that cannot be written',
  run: (seed) =>
    atDesk({ seed }, async (desk) => {
      await writeFile(desk.path('out'), '');
      const text = `${TEXT} EXPORT TO 'out/a.csv' EXPORT TO 'b.csv'`;
      const ended = await (await desk.startRun({ text })).ended;
      const { runId, outcome, error, exports, filter } = outputOf(ended);
      expect([ended.code, outcome, error?.code]).toEqual([4, 'partial', 'export']);
      expect(exports.map(({ path }) => path)).toEqual(['b.csv']);
      expect(await desk.endOf(runId)).toMatchObject({ outcome: 'partial', error: error?.message });
      const counted = await desk.count(await desk.kept(runId), filter);
      expect(counted.lost).toBe(0);
      return { fired: 1, outcome, ...counted, message: error?.message ?? '' };
    }),
};

/** A page that is larger than what is held in memory, so that it goes through a file while it is read. */
const noTemporary: MachineCase = {
  name: 'page of 10 MB, and no folder for temporary files',
  run: async (seed) =>
    atDesk({ seed, interactions: 1 }, async (desk) => {
      const records = Array.from({ length: 150 }, (_, index) => ({
        interactionId: `large-${index}`,
        steps: [
          {
            ...{ nodeId: 'menu', nodeName: 'menu', nodeType: 'DECISION', errorState: false, outcome: null },
            ...{ startTime: '2026-11-20T09:00:00.000Z', endTime: '2026-11-20T09:00:01.000Z' },
            ...{ variablesBefore: {}, variablesAfter: { text: 'a'.repeat(70_000) } },
          },
        ],
      }));
      await writeFile(desk.path('history.json'), JSON.stringify(records));
      return atDesk({ seed, data: desk.path('history.json') }, async (large) => {
        const nowhere = large.path('nowhere');
        const env = { TMPDIR: nowhere, TMP: nowhere, TEMP: nowhere };
        const text = 'LAST 24h LIMIT ALL WITH pageSize = 1000';
        // Without a folder of the run the page has nowhere to go: so it needs one.
        await writeFile(large.path('taken'), '');
        const without = outputOf(await (await large.startRun({ text }, { env }, 'taken/runs')).ended);
        expect([without.outcome, without.retrieval.records]).toEqual(['failed', 0]);
        const { runId, outcome } = outputOf(await (await large.startRun({ text }, { env })).ended);
        const kept = await large.kept(runId);
        expect([outcome, kept.length]).toEqual(['complete', 150]);
        expect(new Set(kept)).toEqual(new Set(records.map(idOf)));
        await rm(large.path('runs'), { recursive: true });
        return { fired: 1, outcome, lost: 0, duplicated: 0, message: '' };
      });
    }),
};

describeMachine('disk', 1, [
  full,
  closedFolder,
  takenFolder,
  closedExport,
  noTemporary,
  closedAudit,
  failingSync('fsync error at each line of the audit', 0),
  failingSync('fsync error at the line of the run’s end', 1),
]);
