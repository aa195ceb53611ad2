/** Does jobs in a thread of its own, so that one that never ends can be ended. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Job } from './engine.ts';
import { runnerOf } from './targets.ts';

const ticks: unknown = workerData;
if (!(ticks instanceof SharedArrayBuffer)) throw new Error('Nothing to count inputs in.');
const counter = new Int32Array(ticks);

parentPort?.on('message', async (job: Job) => {
  const outcome = await runnerOf(job.target).run(job, () => Atomics.add(counter, 0, 1));
  parentPort?.postMessage(outcome);
});
