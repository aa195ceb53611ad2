import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../server/src/sandbox/fault-table.ts';
import { CONTENT } from './cases/content.ts';
import { NETWORK } from './cases/network.ts';
import { PAGES } from './cases/pages.ts';
import { RANGES } from './cases/ranges.ts';
import { RAW } from './cases/raw.ts';
import { STATUS } from './cases/status.ts';
import { TRANSPORT } from './cases/transport.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('the tables of cases', () => {
  const cases = [...NETWORK, ...TRANSPORT, ...RAW, ...RANGES, ...STATUS, ...PAGES, ...CONTENT];

  it('have every fault of the sandbox', () => {
    const used = new Set(cases.flatMap(({ faults = [] }) => faults));
    expect(FAULTS.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });

  it('name each case once, and say what has to come of it', () => {
    const names = cases.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    for (const { name, expected, error, note } of cases) {
      if (expected === 'said') expect(error ?? note, `${name} checks no message`).toBeDefined();
    }
  });

  it('name proofs that are there', async () => {
    const command = await readFile(join(ROOT, '.ci/proof.mjs'), 'utf8');
    const named = [...command.matchAll(/'(test\/[^']+)'/g)].flatMap(([, path]) => path ?? []);
    expect(named.length).toBeGreaterThan(4);
    for (const path of named) expect((await stat(join(ROOT, path))).size).toBeGreaterThan(0);
  });
});
