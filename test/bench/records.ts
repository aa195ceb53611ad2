/** A body of JSON becomes records: how fast, and how much is held meanwhile, beside other ways to do it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { digits, type Row, type Section } from './table.ts';

export type Way = 'own' | 'whole' | 'streamparser' | 'stream-json';

const measuredSchema = z.object({
  bytes: z.number(),
  records: z.number(),
  seconds: z.number(),
  /** Megabytes of the process at each quarter of the bytes. */
  resident: z.array(z.number()),
  peak: z.number(),
});
export type Measured = z.infer<typeof measuredSchema>;

const CHILD = fileURLToPath(new URL('./records-child.ts', import.meta.url));
const GIGABYTE = 1_000_000_000;
const WHOLE = 120_000_000;
/** The slower ones get less, and come to the same speed. */
const LESS = 40_000_000;
const ROUNDS = 3;
const PEERS = ['@streamparser/json', 'stream-json'];

async function measure(way: Way, size: number): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, way, String(size)]);
  return measuredSchema.parse(JSON.parse(stdout));
}

const speedOf = ({ bytes, seconds }: Measured): number => bytes / 1e6 / seconds;

function middle(all: readonly Measured[]): Measured {
  const sorted = [...all].sort((a, b) => speedOf(a) - speedOf(b));
  const found = sorted[Math.floor(sorted.length / 2)];
  if (found === undefined) throw new Error('Nothing was measured.');
  return found;
}

const shown = (measured: Measured): string =>
  `${digits(speedOf(measured))} MB/s, ${measured.peak.toFixed(0)} MB`;

function versionOf(root: string, name: string): string {
  const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return `${name} ${z.object({ version: z.string() }).parse(JSON.parse(text)).version}`;
}

export async function recordSection(root: string): Promise<Section> {
  const sizes: readonly (readonly [Way, number])[] = [
    ['own', WHOLE],
    ['whole', WHOLE],
    ['streamparser', LESS],
    ['stream-json', LESS],
  ];
  const found = new Map<Way, Measured[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [way, size] of sizes) found.set(way, [...(found.get(way) ?? []), await measure(way, size)]);
  }
  const large = await measure('own', GIGABYTE);
  const of = (way: Way): Measured => middle(found.get(way) ?? []);
  const own = of('own');
  const beside = (what: string, way: Way): Row => ({
    what,
    measured: `${digits(speedOf(own) / speedOf(of(way)))} times as fast`,
    against: shown(of(way)),
    bar: '',
    reached: null,
  });
  return {
    title: 'A body of JSON becomes records',
    text: `Histories of the sandbox tenant (${Math.round(large.bytes / large.records / 100) / 10} KB a record) in an envelope, in pieces of 64 KB, each way in a process of its own; megabytes are the most that the process held. The gigabyte is read once and never held; the comparison is the middle of ${ROUNDS} rounds, of ${WHOLE / 1e6} MB with ours (${shown(own)}) and with \`JSON.parse\` of the whole, of ${LESS / 1e6} MB with the others (${PEERS.map((name) => versionOf(root, name)).join(', ')}). Ours alone checks limits, UTF-8 and integers beyond 2⁵³.`,
    rows: [
      {
        what: `1 GB, ${large.records.toLocaleString('en')} records`,
        measured: `${digits(speedOf(large))} MB/s`,
        against: '',
        bar: '≥ 30 MB/s',
        reached: speedOf(large) >= 30,
      },
      {
        what: 'memory meanwhile',
        measured: `at most ${large.peak.toFixed(0)} MB`,
        against: `${large.resident.map((value) => value.toFixed(0)).join(', ')} MB at each quarter`,
        bar: '≤ 200 MB',
        reached: large.peak <= 200,
      },
      beside('beside JSON.parse of the whole', 'whole'),
      beside('beside @streamparser/json', 'streamparser'),
      beside('beside stream-json', 'stream-json'),
    ],
  };
}
