/** The inside of the analysis thread: read without the rest of the room, so that it starts fast. */
import type { MessagePort } from 'node:worker_threads';
import { Analyser, type AnalyserOptions, type Answered, type Asked } from './analyser.ts';

/** Answers in the thread what `startAnalysis` asks there. */
export function serveAnalysis(port: MessagePort, options: AnalyserOptions): void {
  const analyser = new Analyser(options);
  let turn: Promise<void> = Promise.resolve();
  port.on('message', (message: Asked | 'end') => {
    if (message === 'end') {
      port.close();
      return;
    }
    const { id, request } = message;
    turn = turn.then(async () => {
      const answer = await analyser.answer(request);
      port.postMessage({ id, answer } satisfies Answered);
    });
    // What nobody expects ends the thread, and whoever asked hears of it.
    turn.catch((error: unknown) => {
      setImmediate(() => {
        throw error;
      });
    });
  });
}
