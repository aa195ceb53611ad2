/** Faults of the connection. */
import type { FaultCase } from '../case.ts';

/** Short limits, so that what hangs is given up soon. */
const IMPATIENT = { limits: { timeoutMs: 700 } };

export const TRANSPORT: readonly FaultCase[] = [
  { name: 'late answer', faults: ['latency'], expected: 'whole' },
  { name: 'no answer', faults: ['silent'], times: 2, profile: IMPATIENT, expected: 'whole' },
  { name: 'reset before the answer', faults: ['reset'], expected: 'whole' },
  { name: 'reset in the headers', faults: ['reset-headers'], expected: 'whole' },
  { name: 'reset after the headers', faults: ['reset-start'], expected: 'whole' },
  { name: 'reset in the body', faults: ['reset-body'], expected: 'whole' },
  { name: 'body shorter than Content-Length', faults: ['short-body'], expected: 'whole' },
  { name: 'body longer than Content-Length', faults: ['long-body'], expected: 'whole' },
  { name: 'chunked body cut off', faults: ['chunked-cut'], expected: 'whole' },
  { name: 'body ended by close and cut', faults: ['close-cut'], expected: 'whole' },
  { name: 'trickling body', faults: ['slow'], expected: 'whole' },
  { name: 'body that stalls', faults: ['stall'], times: 2, profile: IMPATIENT, expected: 'whole' },
  { name: 'dead keep-alive connection', faults: ['dead-keep-alive'], pageSize: 8, expected: 'whole' },
  {
    name: 'huge headers',
    faults: ['huge-headers'],
    times: 1,
    expected: 'said',
    error: ['unreachable', /headers of its answer are too large/],
  },
  {
    name: 'reset before every answer',
    faults: ['reset'],
    ...{ rate: 1, times: null },
    expected: 'said',
    error: ['unreachable', /closed the connection.*Given up after 5 retries/],
  },
  {
    name: 'every body shorter than Content-Length',
    faults: ['short-body'],
    ...{ rate: 1, times: null, modes: ['page'] },
    expected: 'said',
    error: ['unreachable', /Given up after 5 retries/],
  },
  {
    name: 'every body ended by close and cut',
    faults: ['close-cut'],
    ...{ rate: 1, times: null },
    expected: 'said',
    error: [/not-json|unreachable|unexpected-answer/, /./],
  },
];
