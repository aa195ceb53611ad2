import { describe, expect, it } from 'vitest';
import { endMessage } from '../../../client/src/runs/outcome.ts';
import { queryAt } from '../../../client/src/runs/position.ts';
import type { ListedQuery, RunResult } from '../../../server/src/protocol/lsp.ts';

type Run = RunResult['runs'][number];

const run: Run = {
  schemaVersion: 1,
  runId: 'r1',
  query: 'failing',
  outcome: 'complete',
  window: { from: null, to: null },
  filter: 'errorState = true',
  retrieval: {
    requests: 3,
    retries: 0,
    throttled: 0,
    tokens: 1,
    pages: 2,
    rangeChunks: 0,
    resumed: false,
    bytes: 1000,
    records: 120,
    duplicates: 0,
    rejected: 0,
    expected: 120,
    accuracyRate: 1,
    latencyMs: 40,
  },
  notes: [],
  expectations: [],
  exports: [],
  audit: { file: '/x/audit-0001.jsonl', sequence: 1, hash: 'h' },
  compliance: 'VERIFIED',
  headline: '120 interactions · 7 bottlenecks',
  startedAt: '2026-11-20T10:30:00.000Z',
};
it('tells why the later queries of a file did not run', () => {
  const end = endMessage('a.cxq', { runs: [run], error: failure });
  expect(end).toMatchObject({ severity: 'error', hasResults: true });
  expect(end.message).toContain('did not run: The tenant does not answer.');
});

const none = { ...run, retrieval: { ...run.retrieval, records: 0 } };
const failure = { code: 'unreachable', message: 'The tenant does not answer.' };

describe('endMessage', () => {
  it('gives the headline', () => {
    expect(endMessage('a.cxq', { runs: [run] })).toEqual({
      severity: 'information',
      message: 'failing: 120 interactions · 7 bottlenecks',
      buttons: ['Show Results', 'Show Log'],
      hasResults: true,
    });
  });
  it('counts the queries that ran before', () => {
    expect(endMessage('a.cxq', { runs: [run, { ...run, query: null }] }).message).toBe(
      '2 queries ran. a.cxq: 120 interactions · 7 bottlenecks',
    );
  });
  it('warns of what did not come true, of what is partial and of what is not audited', () => {
    const expectations = [
      { text: 'ERRORS <= 3', actual: 9, ok: false },
      { text: 'RECORDS >= 1', actual: 120, ok: true },
    ];
    const broken = endMessage('a', { runs: [{ ...run, expectations }] });
    expect(broken).toMatchObject({ severity: 'warning', hasResults: true });
    expect(broken.message).toContain('Not as expected: ERRORS <= 3.');
    const partial = endMessage('a', {
      runs: [{ ...run, outcome: 'partial', notes: ['2 pages are missing.'] }],
    });
    expect(partial).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('Partial: 2 pages'),
    });
    expect(endMessage('a', { runs: [{ ...run, audit: null }] })).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('Not audited'),
    });
  });
  it('keeps what came before a failure', () => {
    expect(endMessage('a', { runs: [{ ...run, outcome: 'failed', error: failure }] })).toEqual({
      severity: 'error',
      message: 'failing failed: The tenant does not answer. The 120 interactions that came are kept.',
      buttons: ['Show Results', 'Switch Connection', 'Show Log'],
      hasResults: true,
    });
    expect(endMessage('a', { runs: [{ ...none, outcome: 'failed', error: failure }] }).hasResults).toBe(
      false,
    );
  });
  it('offers to resume what can be taken up, and nothing else', () => {
    const cancelled = { ...run, outcome: 'cancelled' } as const;
    expect(endMessage('a', { runs: [{ ...cancelled, resumable: true }] }).buttons).toEqual([
      'Resume',
      'Show Results',
      'Show Log',
    ]);
    expect(endMessage('a', { runs: [{ ...cancelled, resumable: false }] }).buttons).not.toContain('Resume');
    expect(endMessage('a', { runs: [{ ...run, resumable: true }, cancelled] }).buttons).not.toContain(
      'Resume',
    );
  });

  it('says what is left of a cancelled run', () => {
    const cancelled = { ...run, outcome: 'cancelled' } as const;
    expect(endMessage('a', { runs: [cancelled] })).toMatchObject({
      hasResults: true,
      severity: 'information',
    });
    expect(endMessage('a', { runs: [{ ...cancelled, retrieval: none.retrieval }] })).toMatchObject({
      hasResults: false,
      message: 'failing was cancelled before anything was retrieved.',
    });
  });
  it.each([
    ['diagnostics', 'warning', 'Show Problems'],
    ['auth', 'error', 'Enter Credentials Again'],
    ['credentials', 'error', 'Enter Credentials Again'],
    ['unreachable', 'error', 'Switch Connection'],
    ['disk', 'error', 'Show Log'],
  ])('offers what helps with %s', (code, severity, button) => {
    const end = endMessage('a', { runs: [], error: { code, message: 'No.' } });
    expect(end).toMatchObject({ severity, message: 'No.', hasResults: false });
    expect(end.buttons[0]).toBe(button);
  });
  it('still says something when the server gave no reason', () => {
    expect(endMessage('a.cxq', { runs: [] }).message).toContain('a.cxq');
  });
});

describe('queryAt', () => {
  const query = (start: number, end: number): ListedQuery => ({
    name: null,
    title: null,
    range: { start: { line: start, character: 0 }, end: { line: end, character: 3 } },
  });
  const queries = [query(3, 5), query(8, 9)];
  it('finds the query that the line is in, or the one above', () => {
    expect([3, 5, 7, 8, 40].map((line) => queryAt(queries, line))).toEqual([0, 0, 0, 1, 1]);
  });
  it('takes the first from above it', () => {
    expect(queryAt(queries, 0)).toBe(0);
  });
  it('finds none where there is none', () => {
    expect(queryAt([], 0)).toBeUndefined();
  });
});
