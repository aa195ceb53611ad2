/** Bodies that are not what they should be. */
import { expect } from 'vitest';
import type { FaultCase } from '../case.ts';
import type { CameOut } from '../whole-way.ts';

/** Control, format and bidi characters that no output may hold. */
const HIDDEN = /[^\P{Cc}\n]|[\p{Cf}\u2028\u2029]/u;

const CEILING = 20_000_000;

/** The ids of the fault `big-int`: `OLD as NEW`. */
function renamed(fired: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    fired.map((detail) => {
      const [was = '', is = ''] = detail.split(' as ');
      return [was, is];
    }),
  );
}

const setAside = {
  truth: (ids: readonly string[], fired: readonly string[]) => ids.filter((id) => !fired.includes(id)),
  rejected: (fired: readonly string[]) => new Set(fired).size,
  note: /could not be read and (was|were) set aside/,
  // They count as not retrieved.
  check: ({ run }: CameOut) => expect(run.output.retrieval.accuracyRate).toBeLessThan(1),
};

const unseen: Pick<FaultCase, 'check'> = {
  check: ({ shown }) => expect(shown).not.toMatch(HIDDEN),
};

export const CONTENT: readonly FaultCase[] = [
  { name: 'JSON that breaks off', faults: ['truncated'], expected: 'whole' },
  {
    name: 'JSON that always breaks off',
    faults: ['truncated'],
    ...{ rate: 1, times: null },
    expected: 'said',
    error: [/not-json|unexpected-answer/, /Given up after 5 retries|asked for again/],
  },
  { name: 'JSON that breaks off after the bracket', faults: ['truncated-bracket'], expected: 'whole' },
  {
    name: 'JSON that always breaks off after the bracket',
    faults: ['truncated-bracket'],
    ...{ rate: 1, times: null },
    expected: 'said',
    error: ['not-json', /is not complete JSON/],
  },
  { name: 'trailing garbage', faults: ['trailing'], expected: 'whole' },
  { name: 'JSON that is no history', faults: ['no-history'], expected: 'whole' },
  { name: 'packed page that nobody asked for', faults: ['packed'], expected: 'whole' },
  { name: 'packed page that breaks off', faults: ['packed-cut'], expected: 'whole' },
  {
    name: 'decompression bomb',
    faults: ['bomb'],
    times: 1,
    tenant: { maxBodyBytes: CEILING },
    expected: 'said',
    error: ['too-large', /larger than 19 MiB once it is unpacked/],
  },
  { name: 'byte order mark', faults: ['bom'], expected: 'whole' },
  {
    name: 'bytes that are not UTF-8',
    faults: ['utf8-invalid'],
    expected: 'whole',
    note: /replaced by U\+FFFD/,
  },
  {
    name: 'pieces that end inside characters',
    faults: ['utf8-split'],
    expected: 'whole',
    check: ({ records }) => {
      const notes = records.flatMap((record) => record['note'] ?? []);
      expect(new Set(notes)).toEqual(new Set(['Žofie čeká ☎ 🐴 na 日本語']));
    },
  },
  {
    name: 'id beyond 2^53',
    faults: ['big-int'],
    expected: 'whole',
    truth: (ids, fired) => ids.map((id) => renamed(fired).get(id) ?? id),
  },
  { name: 'record nested 200,000 deep', faults: ['deep'], times: 2, expected: 'whole', ...setAside },
  { name: 'record above 16 MB', faults: ['oversized'], times: 2, expected: 'whole', ...setAside },
  {
    name: '__proto__ as a key',
    faults: ['proto'],
    expected: 'whole',
    check: () => expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false),
  },
  { name: 'key twice', faults: ['duplicate-keys'], expected: 'whole' },
  { name: 'control and escape sequences', faults: ['control'], ...unseen, expected: 'whole' },
  { name: 'bidi characters', faults: ['bidi'], ...unseen, expected: 'whole' },
  { name: 'markup', faults: ['markup'], ...unseen, expected: 'whole' },
  { name: '=HYPERLINK(…)', faults: ['formula'], ...unseen, expected: 'whole' },
];
