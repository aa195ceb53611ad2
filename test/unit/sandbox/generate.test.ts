import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MICROS_PER_DAY, parseInstant } from '../../../server/src/protocol/instant.ts';
import {
  createHistoryModel,
  type GenerateOptions,
  generateInteractions,
} from '../../../server/src/sandbox/generate.ts';
import type { GeneratedInteraction, GeneratedStep } from '../../../server/src/sandbox/trace.ts';

const HOUR = 3_600_000_000;
const THRESHOLD = 15_000_000;
const DECISIONS = ['DECISION', 'ROUTING', 'CONDITION'];

function micros(text: string): number {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Error(`${text} is no instant`);
  return instant.micros;
}

const NOW = micros('2026-11-20T10:30:00Z');

function make(options: Partial<GenerateOptions> = {}): GeneratedInteraction[] {
  return [...generateInteractions({ interactions: 2000, seed: 7, now: NOW, ...options })];
}

function digest(records: Iterable<GeneratedInteraction>): string {
  const hash = createHash('sha256');
  for (const record of records) hash.update(`${JSON.stringify(record)}\n`);
  return hash.digest('hex');
}

function dwell(step: GeneratedStep): number {
  return step.endTime === undefined ? 0 : micros(step.endTime) - micros(step.startTime);
}

function stepsOf(records: readonly GeneratedInteraction[]): GeneratedStep[] {
  return records.flatMap((record) => record.steps);
}

function slow(records: readonly GeneratedInteraction[], since: number): GeneratedStep[] {
  return stepsOf(records).filter(
    (step) => DECISIONS.includes(step.nodeType) && dwell(step) > THRESHOLD && micros(step.startTime) >= since,
  );
}

const history = make();

describe('the generated history', () => {
  it('is the same bytes for the same seed, count and now, and others for another of them', () => {
    const first = digest(make({ interactions: 300 }));
    expect(digest(make({ interactions: 300 }))).toBe(first);
    expect(digest(make({ interactions: 300, seed: 8 }))).not.toBe(first);
    expect(digest(make({ interactions: 301 }))).not.toBe(first);
    expect(digest(make({ interactions: 300, now: NOW + HOUR }))).not.toBe(first);
  });

  it('gives each record on its own as it gives it in the row', () => {
    const model = createHistoryModel({ interactions: 500, seed: 3, now: NOW });
    const row = make({ interactions: 500, seed: 3 });
    fc.assert(
      fc.property(fc.nat(499), (index) => {
        const record = model.at(index, NOW);
        expect(record).toEqual(row[index]);
        const outline = model.outline(index, NOW);
        expect(outline.interactionId).toBe(record.interactionId);
        expect(outline.steps).toEqual(
          record.steps.map((step) => ({ start: micros(step.startTime) / 1000, error: step.errorState })),
        );
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('has distinct ids that a tenant filter can carry', () => {
    const ids = new Set(history.map((record) => record.interactionId));
    expect(ids.size).toBe(2000);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('keeps every instant inside 29 days before now, whatever seed and now', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 400 * 24 * 60 }), (seed, minutes) => {
        const now = NOW + minutes * 60_000_000 + 123_456;
        for (const record of make({ interactions: 40, seed, now })) {
          expect(record.steps.length).toBeGreaterThan(0);
          let before = now - 29 * MICROS_PER_DAY;
          for (const [index, step] of record.steps.entries()) {
            const start = micros(step.startTime);
            expect(start).toBeGreaterThanOrEqual(before);
            expect(start).toBeLessThan(now);
            before = start;
            if (step.endTime === undefined) expect(index).toBe(record.steps.length - 1);
            else {
              expect(micros(step.endTime)).toBeGreaterThanOrEqual(start);
              expect(micros(step.endTime)).toBeLessThanOrEqual(now);
            }
          }
        }
      }),
      { seed: 5, numRuns: 25 },
    );
  });

  it('comes in order of the beginnings', () => {
    const starts = history.map((record) => micros(record.steps[0]?.startTime ?? ''));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  it('has one clear bottleneck, also in the last day and the last two hours, at any hour of any day', () => {
    for (const now of [
      NOW,
      micros('2026-11-22T03:10:00Z'),
      micros('2026-11-24T23:59:59Z'),
      micros('2026-12-25T06:00:00Z'),
    ]) {
      const records = make({ now });
      for (const since of [now - 2 * HOUR, now - 24 * HOUR, now - 29 * MICROS_PER_DAY]) {
        const found = slow(records, since);
        expect(found.length).toBeGreaterThan(4);
        const routing = found.filter((step) => step.nodeId === 'priority-routing');
        expect(routing.length / found.length).toBeGreaterThan(0.75);
      }
      const visits = stepsOf(records).filter((step) => step.nodeId === 'priority-routing').length;
      const share = slow(records, 0).length / visits;
      expect(share).toBeGreaterThan(0.01);
      expect(share).toBeLessThan(0.1);
    }
  });

  it('has failed decisions in the last day that went on to slow or changed ones in the last two hours', () => {
    const failed = history.filter((record) =>
      record.steps.some(
        (step) =>
          step.errorState && DECISIONS.includes(step.nodeType) && micros(step.startTime) >= NOW - 24 * HOUR,
      ),
    );
    expect(failed.length).toBeGreaterThan(5);
    const late = failed.filter((record) =>
      record.steps.some(
        (step) =>
          micros(step.startTime) >= NOW - 2 * HOUR &&
          (dwell(step) > 10_000_000 || step.variablesBefore['priority'] !== step.variablesAfter['priority']),
      ),
    );
    expect(late.length).toBeGreaterThan(1);
  });

  it('leaves only the newest open, some of them stuck for more than ten minutes', () => {
    const open = history.filter((record) => record.steps.at(-1)?.endTime === undefined);
    expect(open.length).toBeGreaterThan(3);
    expect(open.length).toBeLessThan(100);
    const stuck = open.filter((record) => micros(record.steps.at(-1)?.startTime ?? '') < NOW - HOUR / 6);
    expect(stuck.length).toBeGreaterThan(0);
    for (const record of open) {
      const last = record.steps.at(-1);
      expect(last).not.toHaveProperty('outcome');
      expect(last?.variablesAfter).toEqual(last?.variablesBefore);
    }
  });

  it('lets variables decide: identity checks, payments and device tests follow from what was known before', () => {
    const outcomes = new Map<string, Set<string>>();
    for (const step of stepsOf(history)) {
      if (step.outcome === undefined) continue;
      const { authResult, authAttempts, balance } = step.variablesBefore;
      if (step.nodeId === 'identity-check') {
        const expected =
          authResult === 'match' ? 'verified' : Number(authAttempts) < 3 ? 'retry' : 'rejected';
        expect(step.outcome).toBe(expected);
      }
      if (step.nodeId === 'payment-check')
        expect(step.outcome).toBe(Number(balance) > 80 ? 'overdue' : 'clear');
      outcomes.set(step.nodeId, (outcomes.get(step.nodeId) ?? new Set()).add(step.outcome));
    }
    expect([...(outcomes.get('identity-check') ?? [])].sort()).toEqual(['rejected', 'retry', 'verified']);
    expect([...(outcomes.get('priority-routing') ?? [])].sort()).toEqual([
      'bulk',
      'express',
      'fallback',
      'standard',
    ]);
    expect(outcomes.get('main-menu')?.size).toBe(6);
    expect([...(outcomes.get('callback-offer') ?? [])].sort()).toEqual(['accepted', 'declined']);
  });

  it('changes variables outside steps now and then, and lets steps overlap rarely', () => {
    let outside = 0;
    let overlaps = 0;
    let pairs = 0;
    for (const { steps } of history) {
      for (const [index, step] of steps.entries()) {
        const before = steps[index - 1];
        if (before?.endTime === undefined) continue;
        pairs += 1;
        if (JSON.stringify(before.variablesAfter) !== JSON.stringify(step.variablesBefore)) outside += 1;
        if (micros(step.startTime) < micros(before.endTime)) overlaps += 1;
      }
    }
    expect(outside).toBeGreaterThan(0);
    expect(outside / pairs).toBeLessThan(0.05);
    expect(overlaps).toBeGreaterThan(0);
    expect(overlaps / pairs).toBeLessThan(0.01);
  });

  it('is busier by day than by night, and on working days', () => {
    const old = history.filter(
      (record) => micros(record.steps[0]?.startTime ?? '') < NOW - 3 * MICROS_PER_DAY,
    );
    const dates = old.map((record) => new Date(record.steps[0]?.startTime ?? ''));
    const inHours = (from: number, to: number): number =>
      dates.filter((date) => date.getUTCHours() >= from && date.getUTCHours() < to).length;
    expect(inHours(9, 12)).toBeGreaterThan(5 * inHours(0, 3));
    const onDay = (day: number): number => dates.filter((date) => date.getUTCDay() === day).length;
    expect(onDay(1)).toBeGreaterThan(2 * onDay(0));
  });
});
