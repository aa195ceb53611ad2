/** Rows of docs/reliability.md, which `npm run reliability` collects: each file of tests writes its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each case with so many seeds; `npm run reliability` takes more than a test run. */
export const SEEDS = Number(process.env['CXQ_RUNS'] ?? 2);

/** A case in one mode, over all its seeds. */
export interface Row {
  /** Place in its table. */
  order: number;
  name: string;
  mode: string;
  seeds: number;
  /** How often the fault struck. */
  fired: number;
  /** Records that the tenant had and the run had not, and the other way round. */
  lost: number;
  duplicated: number;
  outcomes: string[];
  /** What a person is told. */
  messages: string[];
}

export interface Rows {
  /** The table on the page. */
  readonly group: string;
  readonly rows: readonly Row[];
}

/** Keeps rows for the page, where it is being made; `part` tells apart who writes into the same table. */
export function writeRows(group: string, part: string, rows: readonly Row[]): void {
  const folder = process.env['CXQ_RELIABILITY'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const found: Rows = { group, rows };
  writeFileSync(join(folder, `${group}.${part}.json`), JSON.stringify(found));
}
