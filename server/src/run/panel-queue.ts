/** Which of the panel's requests is answered next: one at a time, and none that nobody waits for any more. */

import type { PanelResponse } from '../protocol/panel.ts';
import type { PanelRequest } from '../protocol/panel-requests.ts';
import { fail, type Outcome } from './host.ts';
import type { NarrowedQuery, NarrowRequest } from './panel-query.ts';

/** What is asked of a kept run. */
export type RunRequest = PanelRequest | NarrowRequest;
export type RunAnswer = Outcome<PanelResponse | NarrowedQuery>;

/** What is answered at once as soon as the run is open: a person scrolls, or looks at a step. */
const QUICK: ReadonlySet<RunRequest['kind']> = new Set(['step', 'timeline', 'table', 'density', 'runs']);

interface Entry {
  readonly request: RunRequest;
  readonly key: string;
  readonly waiting: Set<(answer: RunAnswer) => void>;
}

const cancelled = (): RunAnswer => fail('cancelled', 'Nobody waits for the answer any more.');

/** Of those that wait, the quick ones go first, and of equals the newest: it is what a person looks at by now. */
export class PanelQueue {
  readonly #answer: (request: RunRequest) => Promise<RunAnswer>;
  /** The newest last. */
  #entries: Entry[] = [];
  #current: Entry | undefined;
  #closed: RunAnswer | undefined;

  /** `answer` never rejects. */
  constructor(answer: (request: RunRequest) => Promise<RunAnswer>) {
    this.#answer = answer;
  }

  /** Who asks what is asked already gets the same answer. */
  ask(request: RunRequest, signal?: AbortSignal): Promise<RunAnswer> {
    if (this.#closed !== undefined) return Promise.resolve(this.#closed);
    if (signal?.aborted === true) return Promise.resolve(cancelled());
    const key = JSON.stringify(request);
    const current = this.#current?.key === key ? this.#current : undefined;
    const entry = current ?? this.#take(key) ?? { request, key, waiting: new Set() };
    return new Promise((resolve) => {
      const answered = (answer: RunAnswer): void => {
        signal?.removeEventListener('abort', leave);
        resolve(answer);
      };
      const leave = (): void => {
        entry.waiting.delete(answered);
        answered(cancelled());
        if (entry.waiting.size === 0) this.#take(entry.key);
      };
      signal?.addEventListener('abort', leave, { once: true });
      entry.waiting.add(answered);
      if (current !== undefined) return;
      this.#entries.push(entry);
      if (this.#current === undefined) void this.#next();
    });
  }

  /** Whoever waits is told why there will be no answer, and so is whoever asks from then on. */
  close(answer: RunAnswer): void {
    this.#closed = answer;
    const entries = [...this.#entries, ...(this.#current === undefined ? [] : [this.#current])];
    this.#entries = [];
    for (const { waiting } of entries) tell(waiting, answer);
  }

  /** Takes an entry out of those that wait. */
  #take(key: string): Entry | undefined {
    const entry = this.#entries.find((one) => one.key === key);
    this.#entries = this.#entries.filter((one) => one !== entry);
    return entry;
  }

  async #next(): Promise<void> {
    for (;;) {
      const entry = this.#entries.findLast(({ request }) => QUICK.has(request.kind)) ?? this.#entries.at(-1);
      if (entry === undefined) return;
      this.#take(entry.key);
      this.#current = entry;
      const answer = await this.#answer(entry.request);
      this.#current = undefined;
      tell(entry.waiting, answer);
    }
  }
}

function tell(waiting: Set<(answer: RunAnswer) => void>, answer: RunAnswer): void {
  for (const answered of [...waiting]) answered(answer);
  waiting.clear();
}
