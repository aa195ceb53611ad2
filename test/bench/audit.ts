/** An audit record under the folder's lock, made durable, beside the least that durable takes. */
import { fdatasyncSync, mkdirSync, writeSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditLog } from '../../server/src/output/audit/log.ts';
import { ended } from '../unit/output/events.ts';
import { compare, type Times } from './measure.ts';
import { digits, milliseconds, type Row, type Section } from './table.ts';

const RUNS = 400;
const WARM_UP = 40;

/** `root` is the project's folder: a temporary one may be in memory, where nothing is ever made durable. */
export async function auditSection(root: string): Promise<Section> {
  const above = join(root, 'test-artefacts');
  mkdirSync(above, { recursive: true });
  const folder = await mkdtemp(join(above, 'audit-'));
  const bare = await open(join(folder, 'bare'), 'a');
  try {
    const log = new AuditLog(join(folder, 'audit'));
    const append = async (): Promise<string> => {
      const written = await log.append(ended('a-run'));
      if (!written.ok) throw new Error(written.error.message);
      return JSON.stringify(written.value.record);
    };
    const line = Buffer.from(`${await append()}\n`);
    // What the one before left for the file system to write, as a lock that was given back, is none of the next one's.
    const before = (): void => {
      writeSync(bare.fd, line);
      fdatasyncSync(bare.fd);
    };
    const times = await compare(
      [
        { name: 'record', before, run: append },
        {
          name: 'bare',
          before,
          run: async () => {
            await bare.write(line);
            await bare.datasync();
          },
        },
      ],
      RUNS,
      WARM_UP,
    );
    const [record, least] = [times.get('record'), times.get('bare')];
    if (record === undefined || least === undefined) throw new Error('Nothing was measured.');
    return section(record, least, line.length);
  } finally {
    await bare.close();
    await rm(folder, { recursive: true });
  }
}

function section(record: Times, least: Times, bytes: number): Section {
  const row = (what: string, own: number, other: number): Row => ({
    what,
    measured: `${digits(own / other)} times as long`,
    against: milliseconds(least),
    bar: '< 3 times',
    reached: own / other < 3,
  });
  return {
    title: 'An audit record',
    text: `A record of ${bytes} bytes appended to the chain (lock taken, head read, line written, fdatasync, lock given back), and in turn with it the same line written to an open file with fdatasync, on the same file system; ${RUNS} of each.`,
    rows: [
      { what: 'one record', measured: milliseconds(record), against: '', bar: '', reached: null },
      row('beside a bare fdatasync', record.median, least.median),
      row('the same, at the 95th percentile', record.p95, least.p95),
    ],
  };
}
