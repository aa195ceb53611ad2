/** Has jobs done in a worker, and notices when one of them never ends. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Failure, Job, Outcome } from './engine.ts';
import { runnerOf } from './targets.ts';

/**
 * An input that takes longer is one that hangs: far more than what a busy machine makes of a second. Looks are counted,
 * not the clock asked: a machine that sleeps does not look.
 */
const LOOK_MS = 500;
const HANG_LOOKS = 120;
/** With more memory than this, a worker makes room for another one. */
const MOST_MEMORY = 1_200 * 2 ** 20;

export class Workshop {
  readonly #ticks = new SharedArrayBuffer(4);
  #worker: Worker | undefined;

  #open(): Worker {
    this.#worker ??= new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: this.#ticks,
      // The server keeps what it knows here: nothing of the person who runs this.
      env: { ...process.env, CXQ_HOME: mkdtempSync(join(tmpdir(), 'cxq-fuzz-')) },
      // What the protocol's package says of wrong messages is of no interest.
      stderr: true,
      stdout: true,
    });
    return this.#worker;
  }

  async run(job: Job): Promise<Outcome> {
    const counter = new Int32Array(this.#ticks);
    const before = Atomics.load(counter, 0);
    const worker = this.#open();
    const outcome = await new Promise<Outcome>((resolve) => {
      let [seen, still] = [before, 0];
      const look = setInterval(() => {
        const now = Atomics.load(counter, 0);
        if (now !== seen) [seen, still] = [now, 0];
        else if (++still > HANG_LOOKS) end(this.#stopped(job, seen - before, 'It hangs.'));
      }, LOOK_MS);
      const onError = (error: unknown): void =>
        end(this.#stopped(job, Atomics.load(counter, 0) - before, String(error)));
      const end = (result: Outcome): void => {
        clearInterval(look);
        worker.off('error', onError);
        worker.off('message', end);
        resolve(result);
      };
      worker.on('error', onError);
      worker.on('message', end);
      worker.postMessage(job);
    });
    if (outcome.failure !== undefined || process.memoryUsage().rss > MOST_MEMORY) await this.close();
    return outcome;
  }

  /** What is known of an input that ended the worker, or has to be ended with it. */
  #stopped(job: Job, tried: number, message: string): Outcome {
    const index = Math.max(0, tried - 1);
    const { seed } = job;
    return {
      tried,
      failure: { message, seed, path: String(index), input: runnerOf(job.target).inputAt(job, index) },
    };
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

const ARTEFACTS = new URL('../../test-artefacts/fuzz/', import.meta.url);

/** Saves an input that fails; gives what to say about it, with how to try it again. */
export function report(job: Job, failure: Failure): string {
  const { message, seed, path, input } = failure;
  mkdirSync(ARTEFACTS, { recursive: true });
  const file = new URL(`${job.target}-${seed}-${job.size}.json`, ARTEFACTS);
  writeFileSync(file, input);
  const again = `npm run fuzz -- ${job.target} --seed ${seed} --size ${job.size} --path ${path}`;
  return `${job.target}: ${message}\nseed ${seed}, path ${path}: ${again}\nsmallest input: ${input.slice(0, 2_000)}\nsaved: npm run fuzz -- ${job.target} --input ${file.pathname}\n`;
}
