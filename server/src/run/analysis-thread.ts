/** An analysis in a thread of its own, which this one stays free beside; begun once there is something to do for it. */
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { AnalyseOptions, ThresholdOptions } from '../analysis/index.ts';
import type { Comparison } from '../protocol/comparison.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunError } from '../protocol/run.ts';
import type {
  Analysed,
  AnalyserAnswer,
  AnalyserOptions,
  AnalyserRequest,
  AnalysisOptions,
  Answered,
  Asked,
  PanelAsked,
  Side,
} from './analyser.ts';
import { fail, type Outcome } from './host.ts';

/** Up to so many bytes of records are analysed without a thread: that takes less time than to start one. */
export const AT_ONCE = 128 * 1024;
/** So much may wait for the thread: beyond that, whoever has more is kept waiting. */
const WAITING = 32 * 1024 * 1024;

/** Errors of its answers: `analysis` the thread has ended, `cancelled`, `too-large`, those of a history file. */
export interface Analysis {
  /**
   * Takes kept records: whole lines of NDJSON. The bytes are the analysis's own from then on, with the memory that they
   * are in where they fill it. Resolves once there is room for more.
   */
  add(lines: Uint8Array, of?: Side): Promise<void>;
  reject(rejected: AnalysisReport['rejected']): void;
  /** What it was given is void. */
  restart(): void;
  /** Reads a file instead; the value is what a person should know of it. */
  read(source: FileRequest): Promise<Outcome<readonly string[]>>;
  /** The report of what it was given until now. */
  analyse(options: AnalyseOptions): Promise<Outcome<Analysed>>;
  /** The other records beside its own. */
  compare(other: string, own: string, options: ThresholdOptions): Promise<Outcome<Comparison>>;
  /** Of a kept run for the panel, always in the thread. */
  ask(request: PanelAsked): Promise<AnalyserAnswer>;
  /** Whoever waits for something is refused at once. */
  cancel(): void;
  /** It is not needed any more. */
  end(): void;
}

/** A history file. */
type FileRequest = Extract<AnalyserRequest, { kind: 'history' }>;

interface Waiting {
  readonly bytes: number;
  readonly answered: (answer: AnalyserAnswer) => void;
}

const DONE: AnalyserAnswer = { kind: 'done' };

const ADVICE =
  "What was retrieved is kept: open the results, or run cxq analyze on the run's interactions, to analyse it again.";

/** That it broke off by itself. */
export function brokeOff(error: unknown, advice = ADVICE): RunError {
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'analysis', message: `The analysis broke off: ${reason}. ${advice}` };
}

/** Beside the sources the module is a file of theirs; the bundles lie beside each other, or in a folder below. */
function ownDoor(): URL {
  const here = import.meta.url;
  if (here.endsWith('.ts')) return new URL('../analyser.ts', here);
  return new URL(/\/chunks\/[^/]*$/.test(here) ? '../analyser.js' : 'analyser.js', here);
}

export function startAnalysis(options: AnalysisOptions = {}): Analysis {
  return new ThreadedAnalysis(options);
}

async function sizeOf({ source }: FileRequest): Promise<number> {
  if (typeof source !== 'string') return source.bytes.length;
  return stat(source).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Analyses a file, a large one in a thread, with what a person should know of it. Errors: those of `Analysis`. */
export async function analyseRecords(
  request: FileRequest,
  given: AnalyserOptions,
  options: AnalyseOptions,
): Promise<Outcome<Analysed & { readonly notes: readonly string[] }>> {
  if ((await sizeOf(request)) <= AT_ONCE) {
    const { Analyser } = await import('./analyser.ts');
    const analyser = new Analyser(given);
    const read = await analyser.answer(request);
    if (read.kind === 'refused') return { ok: false, error: read.error };
    const notes = read.kind === 'history' ? read.notes : [];
    return { ok: true, value: { ...analyser.analyse(options), notes } };
  }
  const analysis = startAnalysis(given);
  try {
    const read = await analysis.read(request);
    if (!read.ok) return read;
    const analysed = await analysis.analyse(options);
    return analysed.ok ? { ok: true, value: { ...analysed.value, notes: read.value } } : analysed;
  } finally {
    analysis.end();
  }
}

class ThreadedAnalysis implements Analysis {
  readonly #options: AnalysisOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #room: (() => void)[] = [];
  /** Until there is a thread: all that it will be told. */
  #held: AnalyserRequest[] = [];
  #heldBytes = 0;
  #underWay = 0;
  #thread: Worker | undefined;
  /** Whether it has answered: until then it still starts. */
  #started = false;
  #ended: RunError | undefined;
  #count = 0;

  constructor(options: AnalysisOptions) {
    this.#options = options;
  }

  async add(lines: Uint8Array, of: Side = 'own'): Promise<void> {
    if (lines.byteLength === 0 || this.#ended !== undefined) return;
    void this.#tell({ kind: 'records', lines, of });
    if (this.#underWay > WAITING) await new Promise<void>((resolve) => this.#room.push(resolve));
  }

  reject(rejected: AnalysisReport['rejected']): void {
    const told = rejected.map(({ index, reason }) => ({ index, reason }));
    if (told.length > 0) void this.#tell({ kind: 'rejected', rejected: told });
  }

  restart(): void {
    this.#held = [];
    this.#heldBytes = 0;
    if (this.#thread !== undefined) void this.#tell({ kind: 'restart' });
  }

  async read(source: FileRequest): Promise<Outcome<readonly string[]>> {
    const answer = await this.#ask(source);
    if (answer.kind === 'refused') return { ok: false, error: answer.error };
    return { ok: true, value: answer.kind === 'history' ? answer.notes : [] };
  }

  async analyse(options: AnalyseOptions): Promise<Outcome<Analysed>> {
    const answer = await this.#answer({ kind: 'analyse', options });
    if (answer.kind === 'analysed') return { ok: true, value: answer.analysed };
    if (answer.kind === 'refused') return { ok: false, error: answer.error };
    return fail('analysis', 'The analysis gave no report.');
  }

  async compare(other: string, own: string, options: ThresholdOptions): Promise<Outcome<Comparison>> {
    const answer = await this.#answer({ kind: 'compare', other, own, options });
    if (answer.kind === 'compared') return { ok: true, value: answer.comparison };
    if (answer.kind === 'refused') return { ok: false, error: answer.error };
    return fail('analysis', 'The analysis gave no comparison.');
  }

  #answer(request: AnalyserRequest): Promise<AnalyserAnswer> {
    return this.#thread === undefined ? this.#here(request) : this.#ask(request);
  }

  ask(request: PanelAsked): Promise<AnalyserAnswer> {
    return this.#ask(request);
  }

  end(): void {
    this.#end({ code: 'analysis', message: 'The analysis has ended.' });
  }

  cancel(): void {
    this.#end({ code: 'cancelled', message: 'The run was cancelled before it was analysed.' });
  }

  #brokeOff(error: unknown): RunError {
    return brokeOff(error, this.#options.advice);
  }

  /** In this thread, of the little that there is. */
  async #here(request: AnalyserRequest): Promise<AnalyserAnswer> {
    if (this.#ended !== undefined) return { kind: 'refused', error: this.#ended };
    // As it is now: what comes meanwhile may start a thread, which the bytes then go to.
    const held = this.#held.map((one) =>
      one.kind === 'records' ? { ...one, lines: one.lines.slice() } : one,
    );
    try {
      const { Analyser } = await import('./analyser.ts');
      const analyser = new Analyser(this.#options);
      for (const one of held) await analyser.answer(one);
      return await analyser.answer(request);
    } catch (error) {
      return { kind: 'refused', error: this.#brokeOff(error) };
    }
  }

  /** Tells the thread, or holds it back while there is so little that none is needed. */
  #tell(request: AnalyserRequest): Promise<AnalyserAnswer> | undefined {
    if (this.#thread === undefined) {
      this.#held.push(request);
      if (request.kind === 'records') this.#heldBytes += request.lines.byteLength;
      if (this.#heldBytes <= (this.#options.atOnce ?? AT_ONCE)) return undefined;
      this.#start();
      return undefined;
    }
    return this.#ask(request);
  }

  #ask(request: AnalyserRequest): Promise<AnalyserAnswer> {
    if (this.#ended !== undefined) return Promise.resolve({ kind: 'refused', error: this.#ended });
    const thread = this.#thread ?? this.#start();
    if (thread === undefined) return Promise.resolve(DONE);
    this.#count += 1;
    const id = this.#count;
    const lines = request.kind === 'records' ? request.lines : undefined;
    const bytes = lines?.byteLength ?? 0;
    return new Promise((answered) => {
      this.#underWay += bytes;
      this.#waiting.set(id, { bytes, answered });
      // While something is under way the process stays for it.
      thread.ref();
      const whole = lines?.buffer instanceof ArrayBuffer && lines.buffer.byteLength === bytes;
      thread.postMessage({ id, request } satisfies Asked, whole ? [lines.buffer] : []);
    });
  }

  #start(): Worker | undefined {
    if (this.#ended !== undefined) return undefined;
    const { response, maxBytes, door } = this.#options;
    const workerData: AnalyserOptions = {
      ...(response === undefined ? {} : { response }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    };
    // What it prints must not get between what this process prints.
    const thread = new Worker(door ?? ownDoor(), { workerData, name: 'cxq analysis', stdout: true });
    thread.stdout.resume();
    thread.on('message', ({ id, answer }: Answered) => this.#answered(id, answer));
    thread.on('error', (error) => this.#end(this.#brokeOff(error)));
    thread.on('exit', (code) => this.#end(this.#brokeOff(`exit code ${code}`)));
    thread.unref();
    this.#thread = thread;
    const held = this.#held;
    this.#held = [];
    for (const request of held) void this.#ask(request);
    return thread;
  }

  #answered(id: number, answer: AnalyserAnswer): void {
    this.#started = true;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#underWay -= waiting?.bytes ?? 0;
    if (this.#waiting.size === 0) this.#thread?.unref();
    waiting?.answered(answer);
    if (this.#underWay <= WAITING) this.#letGo();
  }

  #letGo(): void {
    for (const go of this.#room.splice(0)) go();
  }

  #end(error: RunError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#held = [];
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { answered } of waiting) answered({ kind: 'refused', error });
    this.#letGo();
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread === undefined) return;
    thread.removeAllListeners();
    // What is left of it to say is of no interest.
    thread.on('error', () => undefined);
    thread.unref();
    // Only work is broken off: a thread that is stopped while it starts has taken the process with it.
    if (waiting.length === 0) thread.postMessage('end');
    else if (this.#started) void thread.terminate();
    else thread.once('message', () => void thread.terminate());
  }
}
