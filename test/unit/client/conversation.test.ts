/** What a panel and the editor say to each other, with a server and a view that are made up. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Conversation, type Party } from '../../../client/src/results/conversation.ts';
import {
  fromWebviewSchema,
  type PanelAction,
  type PanelResponse,
  type ToWebview,
  toWebviewSchema,
} from '../../../server/src/protocol/panel.ts';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import type { PanelRequest } from '../../../server/src/protocol/panel-requests.ts';
import { makeRun } from '../../webview/run.ts';

const { overview } = makeRun({ interactions: 3 });

function overviewOf(outcome: Overview['header']['outcome'], interactions = 3): Overview {
  return { ...overview, interactions, header: { ...overview.header, runId: 'r1', outcome } };
}

const RUNS: PanelResponse = { kind: 'runs', runs: [] };

interface Asked {
  readonly request: PanelRequest;
  readonly signal: AbortSignal;
  readonly answer: (response: PanelResponse) => void;
  readonly refuse: (reason: unknown) => void;
}

function begin(more: Partial<Party> = {}) {
  const told: ToWebview[] = [];
  const asked: Asked[] = [];
  const done: PanelAction[] = [];
  const warned: string[] = [];
  const failed: string[] = [];
  const conversation = new Conversation('r1', {
    post: (message) => told.push(message),
    ask: (request, signal) =>
      new Promise((answer, refuse) => {
        asked.push({ request, signal, answer, refuse });
      }),
    act: async (action) => void done.push(action),
    live: () => undefined,
    warn: (line) => warned.push(line),
    fail: (message) => failed.push(message),
    ...more,
  });
  const types = () => told.map(({ type }) => type);
  return { conversation, told, types, asked, done, warned, failed };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('requests', () => {
  it('are answered under their number, whatever the order of the answers', async () => {
    const { conversation, told, asked } = begin();
    await conversation.received({ type: 'ready' });
    void conversation.received({ type: 'request', id: 1, body: { kind: 'runs' } });
    void conversation.received({ type: 'request', id: 2, body: { kind: 'compare', with: null } });
    asked[1]?.refuse(new Error('There is nothing to compare with.'));
    await settled();
    asked[0]?.answer(RUNS);
    await settled();
    expect(told.slice(1)).toEqual([
      { type: 'failed', id: 2, message: 'There is nothing to compare with.' },
      { type: 'response', id: 1, body: RUNS },
    ]);
  });

  it('that nobody waits for any more are cancelled at the server, and not answered', async () => {
    const { conversation, types, asked, warned } = begin();
    await conversation.received({ type: 'ready' });
    const waits = conversation.received({ type: 'request', id: 7, body: { kind: 'runs' } });
    await conversation.received({ type: 'cancel', id: 8 });
    expect(asked[0]?.signal.aborted).toBe(false);
    await conversation.received({ type: 'cancel', id: 7 });
    expect(asked[0]?.signal.aborted).toBe(true);
    asked[0]?.refuse(new Error('cancelled'));
    await waits;
    expect(types()).toEqual(['show']);
    expect(warned).toEqual([]);
  });

  it('of a page that is gone are cancelled, when it is hidden and when it is loaded anew', async () => {
    for (const go of ['hidden', 'ready'] as const) {
      const { conversation, types, asked } = begin();
      await conversation.received({ type: 'ready' });
      const waits = conversation.received({ type: 'request', id: 1, body: { kind: 'runs' } });
      if (go === 'hidden') conversation.hidden();
      else await conversation.received({ type: 'ready' });
      expect(asked[0]?.signal.aborted).toBe(true);
      asked[0]?.answer(RUNS);
      await waits;
      expect(types()).not.toContain('response');
    }
  });

  it('under a number that is in use are those that count', async () => {
    const { conversation, told, asked } = begin();
    await conversation.received({ type: 'ready' });
    void conversation.received({ type: 'request', id: 1, body: { kind: 'runs' } });
    void conversation.received({ type: 'request', id: 1, body: { kind: 'compare', with: null } });
    asked[0]?.answer(RUNS);
    await settled();
    expect(told).toHaveLength(1);
    asked[1]?.refuse('none');
    await settled();
    expect(told.at(-1)).toEqual({ type: 'failed', id: 1, message: 'none' });
  });

  it('whose answer the view could not read are refused instead', async () => {
    const { conversation, told, warned } = begin({
      // @ts-expect-error What no server of this version says.
      ask: async () => ({ kind: 'runs', runs: 'all' }),
    });
    await conversation.received({ type: 'ready' });
    await conversation.received({ type: 'request', id: 3, body: { kind: 'runs' } });
    expect(told.at(-1)).toMatchObject({ type: 'failed', id: 3 });
    expect(warned).toHaveLength(1);
  });
});

describe('places', () => {
  it('are gone to once the view is ready, after the run is shown', async () => {
    const { conversation, told } = begin();
    conversation.reveal({ tab: 'table', filter: [{ kind: 'mark', mark: 'error' }] });
    expect(told).toEqual([]);
    await conversation.received({ type: 'ready' });
    expect(told).toMatchObject([
      { type: 'show', state: { runId: 'r1', tab: 'table', filter: [{ kind: 'mark', mark: 'error' }] } },
      { type: 'reveal', tab: 'table', filter: [{ kind: 'mark', mark: 'error' }] },
    ]);
    // Only once: a page that is loaded anew goes by what it has kept.
    await conversation.received({ type: 'ready' });
    expect(told.slice(2)).toMatchObject([{ type: 'show', state: { tab: 'overview', filter: [] } }]);
  });

  it('are gone to at once in a view that is ready, and wait for one that is hidden', async () => {
    const { conversation, types } = begin();
    await conversation.received({ type: 'ready' });
    conversation.reveal({ tab: 'flow' });
    expect(types()).toEqual(['show', 'reveal']);
    conversation.hidden();
    conversation.reveal({ tab: 'paths' });
    expect(types()).toEqual(['show', 'reveal']);
    await conversation.received({ type: 'ready' });
    expect(types()).toEqual(['show', 'reveal', 'show', 'reveal']);
  });

  it('of a comparison say with which run', async () => {
    const { conversation, told } = begin();
    conversation.reveal({ tab: 'compare', with: 'r0' });
    await conversation.received({ type: 'ready' });
    expect(told).toMatchObject([
      { type: 'show', state: { tab: 'compare', compare: { with: 'r0' } } },
      { type: 'reveal', tab: 'compare', with: 'r0' },
    ]);
  });
});

describe('a run that goes on', () => {
  it('is told as it comes, unless a filter leaves a part of it', async () => {
    const live = overviewOf('running');
    const { conversation, told, asked } = begin({ live: () => live });
    await conversation.received({ type: 'ready' });
    await conversation.received({ type: 'request', id: 1, body: { kind: 'overview', filter: [] } });
    expect(told.at(-1)).toMatchObject({ type: 'response', id: 1, body: { interactions: 3 } });
    expect(asked).toEqual([]);
    const filter = [{ kind: 'mark', mark: 'error' }];
    void conversation.received({ type: 'request', id: 2, body: { kind: 'overview', filter } });
    expect(asked).toMatchObject([{ request: { kind: 'overview', filter } }]);
    conversation.snapshot(overviewOf('running', 9));
    expect(told.at(-1)).toMatchObject({ type: 'snapshot', overview: { interactions: 9 } });
    conversation.hidden();
    const before = told.length;
    conversation.snapshot(overviewOf('running', 12));
    expect(told).toHaveLength(before);
  });

  describe('elsewhere', () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it('is looked at until it ends, and shown anew then', async () => {
      const outcomes: Overview[] = [overviewOf('running'), overviewOf('running', 8), overviewOf('complete')];
      const { conversation, types } = begin({ ask: async () => outcomes.shift() ?? RUNS });
      await conversation.received({ type: 'ready' });
      await conversation.received({ type: 'request', id: 1, body: { kind: 'overview', filter: [] } });
      await vi.advanceTimersByTimeAsync(2_000);
      expect(types()).toEqual(['show', 'response', 'snapshot']);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(types()).toEqual(['show', 'response', 'snapshot', 'show']);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(outcomes).toEqual([]);
      expect(types()).toHaveLength(4);
    });

    it('is not looked at for a page that is hidden', async () => {
      const ask = vi.fn(async () => overviewOf('running'));
      const { conversation } = begin({ ask });
      await conversation.received({ type: 'ready' });
      await conversation.received({ type: 'request', id: 1, body: { kind: 'overview', filter: [] } });
      conversation.hidden();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(ask).toHaveBeenCalledTimes(1);
    });
  });
});

describe('what is done', () => {
  it('tells the person why it could not be done', async () => {
    const { conversation, failed } = begin({
      act: async () => {
        throw new Error('The run is no longer kept.');
      },
    });
    await conversation.received({ type: 'action', action: { kind: 'showQuery' } });
    expect(failed).toEqual(['The run is no longer kept.']);
  });
});

/** Messages that are right, to be made wrong. */
const MESSAGES: readonly unknown[] = [
  { type: 'ready' },
  { type: 'cancel', id: 1 },
  { type: 'request', id: 1, body: { kind: 'overview', filter: [] } },
  {
    type: 'request',
    id: 2,
    body: {
      kind: 'timeline',
      filter: [
        { kind: 'node', nodeId: 'menu' },
        { kind: 'dwell', from: 1, to: null },
      ],
      offset: 0,
      count: 50,
      order: 'run',
      resolution: 0,
    },
  },
  { type: 'request', id: 3, body: { kind: 'step', interactionId: 'a', sequence: 0 } },
  {
    type: 'request',
    id: 4,
    body: {
      kind: 'table',
      filter: [{ kind: 'interactions', ids: ['a'], label: 'slow' }],
      offset: 0,
      count: 500,
      sort: { column: 'dwell', descending: true },
      at: { interactionId: 'a', sequence: 0 },
    },
  },
  { type: 'action', action: { kind: 'showClause', clause: 'expect' } },
  { type: 'action', action: { kind: 'openQuery', filter: [{ kind: 'search', text: 'x' }] } },
  { type: 'action', action: { kind: 'openRaw', step: { interactionId: 'a', sequence: 0 } } },
  { type: 'action', action: { kind: 'savePicture', format: 'svg', name: 'map', data: '<svg></svg>' } },
];
const TOLD: readonly unknown[] = [
  { type: 'show', state: { runId: 'r1' } },
  { type: 'reveal', tab: 'table', filter: [{ kind: 'mark', mark: 'open' }] },
  { type: 'snapshot', overview },
  { type: 'response', id: 1, body: RUNS },
  { type: 'failed', id: 1, message: 'no' },
];

/** Hostile values and any others. */
const strange = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  fc.constantFrom<unknown>(
    Number.NaN,
    -1,
    2 ** 53,
    '__proto__',
    'constructor',
    '',
    '\u202E',
    'x'.repeat(10_000),
    [],
    {},
  ),
);

interface Change {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'add';
  readonly value: unknown;
}

/** Every place in a value: its holder and key. */
function places(value: unknown, found: [object, string][] = []): [object, string][] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push([value, key]);
    places(Reflect.get(value, key), found);
  }
  return found;
}

function changed(message: unknown, changes: readonly Change[]): unknown {
  const copy: unknown = structuredClone(message);
  for (const { at, how, value } of changes) {
    const all = places(copy);
    const place = all[at % Math.max(1, all.length)];
    if (place === undefined) break;
    const [holder, key] = place;
    if (how === 'remove') Reflect.deleteProperty(holder, key);
    else Reflect.set(holder, how === 'add' ? `${key}more` : key, value);
  }
  return copy;
}

const mutated = (messages: readonly unknown[]) =>
  fc
    .tuple(
      fc.constantFrom(...messages),
      fc.array(
        fc.record({
          at: fc.nat(200),
          how: fc.constantFrom<Change['how'][]>('replace', 'remove', 'add'),
          value: strange,
        }),
        { minLength: 1, maxLength: 4 },
      ),
    )
    .map(([message, changes]) => changed(message, changes));

/** The same ones in every run, so that what fails once fails again. */
const FIXED = { seed: 20_261, numRuns: 2_000 };

describe('messages of any kind', () => {
  it('from the view are understood, or ignored with a line in the log; none throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(mutated(MESSAGES), strange), { maxLength: 5 }), async (messages) => {
        const { conversation, told, done, warned, failed } = begin({
          ask: async () => {
            throw new Error('no');
          },
        });
        let ignored = 0;
        let refused = 0;
        for (const message of messages) {
          const parsed = fromWebviewSchema.safeParse(message);
          if (!parsed.success) ignored += 1;
          else if (parsed.data.type === 'request') refused += 1;
          await conversation.received(message);
        }
        conversation.hidden();
        expect(warned).toHaveLength(ignored + refused);
        expect(failed).toEqual([]);
        for (const action of done) expect(fromWebviewSchema.parse({ type: 'action', action })).toBeDefined();
        for (const message of told) expect(toWebviewSchema.safeParse(message).success).toBe(true);
      }),
      FIXED,
    );
  });

  it('of the server reach the view as they are to be, or as a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated([RUNS, overview]), strange), async (answer) => {
        const { conversation, told } = begin({
          // @ts-expect-error What a server may say that is damaged.
          ask: async () => answer,
        });
        await conversation.received({ type: 'ready' });
        await conversation.received({ type: 'request', id: 5, body: { kind: 'runs' } });
        conversation.hidden();
        expect(told).toHaveLength(2);
        expect(told[1]).toMatchObject({ id: 5 });
        for (const message of told) expect(toWebviewSchema.safeParse(message).success).toBe(true);
      }),
      FIXED,
    );
  });

  it('to the view never make its check throw', () => {
    fc.assert(
      fc.property(fc.oneof(mutated(TOLD), strange), (message) => {
        const parsed = toWebviewSchema.safeParse(message);
        // What is taken is taken again: nothing half-read gets through.
        if (parsed.success) expect(toWebviewSchema.safeParse(parsed.data).success).toBe(true);
      }),
      FIXED,
    );
  });
});
