/** Faults in answers to range requests. */
import type { FaultCase, Mode } from '../case.ts';

const STREAM: readonly Mode[] = ['stream'];
const ALWAYS = { rate: 1, times: null, modes: STREAM, expected: 'whole' } as const;
const SOME = { modes: STREAM, expected: 'whole' } as const;

export const RANGES: readonly FaultCase[] = [
  { name: '200 in place of 206', faults: ['range-ignored'], ...SOME },
  { name: '200 in place of every 206', faults: ['range-ignored'], ...ALWAYS },
  { name: '206 without Content-Range', faults: ['range-unsaid'], ...SOME },
  { name: 'every 206 without Content-Range', faults: ['range-unsaid'], ...ALWAYS },
  { name: 'wrong start in Content-Range', faults: ['range-start'], ...SOME },
  { name: 'wrong start in every Content-Range', faults: ['range-start'], ...ALWAYS },
  { name: 'wrong end in Content-Range', faults: ['range-end'], ...SOME },
  { name: 'wrong end in every Content-Range', faults: ['range-end'], ...ALWAYS },
  { name: 'wrong total in Content-Range', faults: ['range-total'], ...SOME },
  { name: 'wrong total in every Content-Range', faults: ['range-total'], ...ALWAYS },
  { name: 'legal shorter part', faults: ['range-short'], ...SOME },
  { name: 'every part legally shorter', faults: ['range-short'], ...ALWAYS, rate: 0.9 },
  { name: 'parts swapped, and said so', faults: ['range-swapped'], ...SOME },
  { name: 'every part swapped, and said so', faults: ['range-swapped'], ...ALWAYS },
  { name: 'parts swapped under the right Content-Range', faults: ['range-lie'], ...SOME },
  { name: 'multipart/byteranges', faults: ['range-multipart'], ...SOME },
  { name: 'always multipart/byteranges', faults: ['range-multipart'], ...ALWAYS },
  { name: 'packed range', faults: ['range-gzip'], ...SOME },
  { name: 'every range packed', faults: ['range-gzip'], ...ALWAYS },
  { name: '416 with the same total', faults: ['416'], ...SOME },
  { name: 'always 416 with the same total', faults: ['416'], ...ALWAYS },
  { name: '416 with another total', faults: ['416-total'], ...SOME },
  { name: 'always 416 with another total', faults: ['416-total'], ...ALWAYS },
  { name: '412', faults: ['412'], ...SOME },
  { name: 'always 412', faults: ['412'], ...ALWAYS },
  { name: 'ETag changed between chunks', faults: ['etag-change'], ...SOME },
  { name: 'ETag changed between all chunks', faults: ['etag-change'], ...ALWAYS },
  { name: 'weak ETag', faults: ['etag-weak'], ...SOME },
  { name: 'always a weak ETag', faults: ['etag-weak'], ...ALWAYS },
  { name: 'no ETag', faults: ['etag-none'], ...SOME },
  { name: 'never an ETag', faults: ['etag-none'], ...ALWAYS },
  {
    name: 'ranges that change, are cut and are refused together',
    faults: ['etag-change', '416', 'reset-body', 'close-cut', 'range-short'],
    ...{ rate: 0.2, times: 4 },
    ...SOME,
  },
];
