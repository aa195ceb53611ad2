/** Which request of the panel is answered next, and which are never begun. */
import { describe, expect, it } from 'vitest';
import type { PanelRequest } from '../../../server/src/protocol/panel-requests.ts';
import { fail } from '../../../server/src/run/host.ts';
import { PanelQueue, type RunAnswer, type RunRequest } from '../../../server/src/run/panel-queue.ts';

const flow = (hidden: number): PanelRequest => ({ kind: 'flow', filter: [], hidden });
const step = (sequence: number): PanelRequest => ({ kind: 'step', interactionId: 'a', sequence });
const DONE: RunAnswer = { ok: true, value: { kind: 'runs', runs: [] } };

/** A queue whose requests are answered one by one, when it is said. */
function stepping() {
  const begun: RunRequest[] = [];
  let answered: ((answer: RunAnswer) => void) | undefined;
  const queue = new PanelQueue((request) => {
    begun.push(request);
    return new Promise((resolve) => {
      answered = resolve;
    });
  });
  /** Answers the one under way; the next one begins. */
  const next = async (answer: RunAnswer = DONE): Promise<void> => {
    answered?.(answer);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, begun, next };
}

const codeOf = async (answer: Promise<RunAnswer>) => {
  const read = await answer;
  return read.ok ? 'ok' : read.error.code;
};

describe('requests of the panel', () => {
  it('are begun one at a time: what is quick first, then the newest', async () => {
    const { queue, begun, next } = stepping();
    const answers = [flow(0), flow(0.1), step(1), flow(0.2), step(2)].map((one) => queue.ask(one));
    for (let count = 1; count <= 5; count += 1) {
      expect(begun).toHaveLength(count);
      await next();
    }
    expect(begun).toEqual([flow(0), step(2), step(1), flow(0.2), flow(0.1)]);
    expect(await Promise.all(answers.map(codeOf))).toEqual(Array(5).fill('ok'));
  });

  it('let what takes longest wait for what is asked after it', async () => {
    const { queue, begun, next } = stepping();
    const drivers: PanelRequest = { kind: 'drivers', filter: [], nodeId: 'a' };
    const answers = [flow(0), drivers, step(1), flow(0.1)].map((one) => queue.ask(one));
    for (let count = 1; count <= 4; count += 1) await next();
    expect(begun).toEqual([flow(0), step(1), flow(0.1), drivers]);
    expect(await Promise.all(answers.map(codeOf))).toEqual(Array(4).fill('ok'));
  });

  it('are not begun once nobody waits for them, and the answer of what was begun is dropped', async () => {
    const { queue, begun, next } = stepping();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = queue.ask(flow(0), one.signal);
    const second = queue.ask(flow(0.1), other.signal);
    const third = queue.ask(flow(0.2));
    one.abort();
    other.abort();
    expect([await codeOf(first), await codeOf(second)]).toEqual(['cancelled', 'cancelled']);
    await next();
    await next();
    expect(await codeOf(third)).toBe('ok');
    expect(begun).toEqual([flow(0), flow(0.2)]);
    expect(await codeOf(queue.ask(flow(0), AbortSignal.abort()))).toBe('cancelled');
    expect(begun).toHaveLength(2);
  });

  it('that are the same are answered together, also where one of those who ask has left', async () => {
    const { queue, begun, next } = stepping();
    const leaving = new AbortController();
    const asked = [
      queue.ask(flow(0)),
      queue.ask(flow(1)),
      queue.ask(flow(1), leaving.signal),
      queue.ask(flow(0)),
    ];
    leaving.abort();
    await next();
    await next();
    expect(await Promise.all(asked.map(codeOf))).toEqual(['ok', 'ok', 'cancelled', 'ok']);
    expect(begun).toEqual([flow(0), flow(1)]);
  });

  it('are begun again after an error, and are all refused once it is closed', async () => {
    const { queue, begun, next } = stepping();
    const failed = queue.ask(flow(0));
    await next(fail('analysis', 'It broke off.'));
    expect(await codeOf(failed)).toBe('analysis');
    const asked = [queue.ask(flow(0)), queue.ask(flow(1))];
    queue.close(fail('gone', 'Closed.'));
    expect(await Promise.all([...asked, queue.ask(flow(2))].map(codeOf))).toEqual(['gone', 'gone', 'gone']);
    await next();
    expect(begun).toEqual([flow(0), flow(0)]);
  });
});
