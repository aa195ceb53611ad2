import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import { generatedDataset } from '../../../server/src/sandbox/dataset.ts';
import { DEFAULTS } from '../../../server/src/sandbox/options.ts';
import { Pages } from '../../../server/src/sandbox/pages.ts';
import type { GeneratedInteraction } from '../../../server/src/sandbox/trace.ts';

const NOW = Date.UTC(2026, 10, 20, 10, 30) * 1000;
const HOUR = 3_600_000_000;

function all(pages: Pages, now: number, filter = ''): GeneratedInteraction[] {
  const answer = pages.answer({ filter, limit: 1000, offset: 0, sort: undefined, pageToken: undefined }, now);
  if ('refusal' in answer) throw new Error(answer.refusal.message);
  return JSON.parse(answer.page.body.toString('utf8')).data as GeneratedInteraction[];
}

function byId(records: readonly GeneratedInteraction[]): Map<string, GeneratedInteraction> {
  return new Map(records.map((record) => [record.interactionId, record]));
}

describe('a history that goes on', () => {
  const start = () => new Pages(generatedDataset({ interactions: 500, seed: 7, now: NOW }), DEFAULTS);

  it('stands still until it is told to go on', () => {
    const pages = start();
    expect(all(pages, NOW + HOUR)).toEqual(all(pages, NOW));
  });

  it('keeps what was over, carries on what was running, and brings new interactions', () => {
    const pages = start();
    const before = all(pages, NOW);
    const filter = `nodeTimestamp <= '${formatInstant(NOW)}'`;
    const pinned = all(pages, NOW, filter).map(({ interactionId }) => interactionId);
    pages.advance(NOW + 6 * HOUR);
    const after = byId(all(pages, NOW + 6 * HOUR));
    expect(after.size).toBeGreaterThan(before.length);
    let carriedOn = 0;
    for (const record of before) {
      const now = after.get(record.interactionId);
      const last = record.steps.at(-1);
      const ended = record.steps.slice(0, last?.endTime === undefined ? -1 : undefined);
      expect(now?.steps.slice(0, ended.length)).toEqual(ended);
      if ((now?.steps.length ?? 0) > record.steps.length) carriedOn += 1;
    }
    expect(carriedOn).toBeGreaterThan(0);
    expect(all(pages, NOW + 6 * HOUR, filter).map(({ interactionId }) => interactionId)).toEqual(pinned);
  });

  it('has something to show for the last two hours a day later, and every hour between', () => {
    const pages = start();
    for (let hours = 1; hours <= 24; hours += 1) {
      const now = NOW + hours * HOUR;
      pages.advance(now);
      const recent = all(pages, now, `nodeTimestamp >= '${formatInstant(now - 2 * HOUR)}'`);
      expect(recent.length).toBeGreaterThan(8);
      for (const { steps } of recent) {
        for (const { startTime } of steps) expect(startTime <= formatInstant(now)).toBe(true);
      }
    }
  });
});
