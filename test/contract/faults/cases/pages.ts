/** Pages that do not fit together. What cannot be reconciled is partial. */
import { expect } from 'vitest';
import type { FaultCase } from '../case.ts';

/** A tenant that has nothing, and says so in a way of its own. */
function nothing(name: string, status: string, body: string): FaultCase {
  const answer = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${
    status.startsWith('204') ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
  }\r\n${body}`;
  return {
    name,
    raw: (socket) => socket.write(answer),
    ...{ rate: 1, times: null },
    expected: 'whole',
    truth: () => [],
    check: ({ run: { output }, ended }) => {
      expect(output.retrieval).toMatchObject({ records: 0, expected: 0, accuracyRate: 1, retries: 0 });
      expect(ended).toMatchObject({ records_processed: 0, compliance_status: 'VERIFIED' });
    },
  };
}

export const PAGES: readonly FaultCase[] = [
  { name: 'record twice on a page', faults: ['duplicate'], expected: 'whole' },
  { name: 'record missing on a page', faults: ['missing'], expected: 'whole' },
  {
    name: 'records missing on every page',
    faults: ['missing'],
    ...{ rate: 1, times: null },
    expected: 'whole-or-said',
  },
  { name: 'page short in the middle', faults: ['short'], expected: 'whole' },
  { name: 'every page short', faults: ['short'], ...{ rate: 1, times: null }, expected: 'whole' },
  { name: 'empty page in the middle', faults: ['empty-page'], expected: 'whole' },
  {
    name: 'every other page empty',
    faults: ['empty-page'],
    ...{ rate: 0.5, times: null },
    expected: 'whole-or-said',
  },
  {
    name: 'every page empty',
    faults: ['empty-page'],
    ...{ rate: 1, times: null },
    expected: 'said',
    note: /Nothing came at the offsets? 0 to/,
  },
  {
    name: 'empty page, with tokens',
    faults: ['empty-page'],
    sandbox: { tokens: true },
    expected: 'whole-or-said',
  },
  { name: 'page size lowered', faults: ['page-size'], times: 1, expected: 'whole' },
  {
    name: 'page size lowered again and again',
    faults: ['page-size'],
    rate: 0.3,
    times: 4,
    expected: 'whole',
  },
  {
    name: 'records inserted between pages',
    faults: ['inserted'],
    rate: 0.3,
    expected: 'whole-or-said',
    optional: (fired) => fired,
  },
  {
    name: 'records deleted between pages',
    faults: ['deleted'],
    rate: 0.3,
    expected: 'whole-or-said',
    truth: (ids, fired) => ids.filter((id) => !fired.includes(id)),
    optional: (fired) => fired,
  },
  { name: 'total too low', faults: ['total-low'], ...{ rate: 1, times: null }, expected: 'whole-or-said' },
  {
    name: 'total too high',
    faults: ['total-high'],
    ...{ rate: 1, times: null },
    expected: 'said',
    note: /The tenant says that there are \d+ interactions, but 1 of them did not come/,
  },
  {
    name: 'total that grows without end',
    faults: ['total-grows'],
    ...{ rate: 1, times: null },
    expected: 'said',
    note: /total grew without end, so reading was stopped|did not come/,
  },
  {
    name: 'page token that repeats once',
    faults: ['repeat-token'],
    times: 1,
    sandbox: { tokens: true },
    expected: 'whole-or-said',
  },
  {
    name: 'page token that always repeats',
    faults: ['repeat-token'],
    ...{ rate: 1, times: null },
    sandbox: { tokens: true },
    expected: 'said',
    note: /gave the same page token twice/,
  },
  { name: 'page short, with tokens', faults: ['short'], sandbox: { tokens: true }, expected: 'whole' },
  {
    name: 'record twice, without totals',
    faults: ['duplicate'],
    sandbox: { totals: false },
    expected: 'whole',
  },
  nothing('empty result', '200 OK', '{"data":[],"total":0}'),
  nothing('empty result, without totals', '200 OK', '{"data":[]}'),
  nothing('empty result as 204', '204 No Content', ''),
  nothing('empty result as an empty body', '200 OK', ''),
  { name: 'page short, without totals', faults: ['short'], sandbox: { totals: false }, expected: 'whole' },
];
