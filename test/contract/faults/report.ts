/** docs/reliability.md from the rows that the suite wrote. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Row, Rows } from './row.ts';

/** The groups in the order of the page. */
const GROUPS: readonly (readonly [group: string, title: string, about: string])[] = [
  ['network', 'No connection', 'Nothing listens, the name is unknown, or the certificate is not trusted.'],
  ['transport', 'Transport', 'Faults of the sandbox (`cxq sandbox --fault`).'],
  ['raw', 'Bytes on the wire', 'A bare socket between run and sandbox writes what no HTTP library would.'],
  ['ranges', 'Ranges', 'Faults of the sandbox in answers to range requests.'],
  ['status', 'Status', 'Errors, throttling, and answers that are something else.'],
  ['pages', 'Pages', 'Pages that do not fit together.'],
  ['content', 'Content', 'Bodies that are not what they should be.'],
  ['machine', 'Machine', 'Faults of this machine.'],
];

const HEAD = `# Reliability

Every case below is a run of a query from its text to what is kept, audited and shown, over real sockets, against a
tenant that goes wrong in one way. \`npm run reliability\` makes this page: it runs the suite in \`test/contract/faults\`,
which \`npm test\` runs with fewer seeds, and writes what came of it.

A case with **outcome** _complete_ gave every record that the tenant has, once. One that is _partial_ or _failed_ says
so to whoever asked and in the audit, with the message of the table; the records that it **lost** are those that it
could not get. No run may be complete with a record lost or duplicated: that, the audit record and its chain, the
message on the terminal, what lies in the run's folder, and that the fault **fired** (by the log of the sandbox or the
server's own count) are asserted of each run. What the tenant has is asked for without the product. **Seeds** is how
many were taken in each mode: \`stream\` fetches pages in ranges, \`page\` asks for each by POST.

A case of the machine that says _then resumed_ was taken up again afterwards, and had to end as if nobody had disturbed
it: its row is of the moment before.
`;

const FOOT = `## Long proofs

Each says how far it is, and how many minutes are left.

| what | where | in CI | by command | what came of it |
| --- | --- | --- | --- | --- |
| a cut at every byte of a 64 KB answer, by reset and by FIN, framed in three ways, asked for in two | \`test/contract/tenant/cuts-*.test.ts\` | sample | \`npm run proof -- cuts\` | 786,040 answers cut: none taken for complete; every seventh tried again, 113,000: each whole |
| random range downloads: equal, or an explicit error | \`test/contract/tenant/ranges-property.test.ts\` | 400 | \`npm run proof -- ranges\` | 10,000 downloads, 8,746 faults of 29 kinds, each at least 263 times: 9,909 equal, 91 explicit errors, none false |
| kill −9 during runs, four processes on one folder: the chain is whole, later runs are as if nothing had been | \`test/contract/faults/kill.test.ts\` | 10 | \`npm run proof -- kill\` | 1,000 kills: the chain whole after each four, every run that had begun closed in it, the run after them equal to the one before |
| kill −9 during runs and while they are resumed: the same result | \`test/contract/run/kill-resume.test.ts\` | 10 | \`npm run proof -- resume\` | 1,001 kills in two parts (400 and 600): 224 runs resumed, none from the start, all equal to the undisturbed one; 242 had ended, 102 were killed before their first page |
| a canary for each secret, looked for in everything that is written | \`test/contract/faults/canary.test.ts\` | whole | \`npm run proof -- canary\` | none found |
| records of a body equal \`JSON.parse\`, whatever the bytes | \`test/fuzz\` | sample | \`npm run fuzz\` |  |
| ranges of a server in memory, answered in every wrong way | \`test/fuzz/targets/ranges.ts\` | sample | \`npm run fuzz -- ranges\` |  |

## What is not covered

- No live tenant: the contract is the tutorial's, served by the sandbox of this project.
- One machine and its loopback: no packet loss, no real proxy farm, no path that changes while a body comes.
- A tenant that lies consistently. A page that leaves a record out, in a history whose total is lower by as much, cannot
  be told from one that never had it. Bytes that were exchanged inside a record's values, under the right ETag and
  Content-Range, are those of the tenant.
- An answer with status 200 or 204 and no body is no records, as the tenant's contract has it: a gateway that sends it in
  place of the first page of a history without totals looks like an empty history.
- Records that arrive or vanish while pages are read shift the others. Such a run is complete where every record that
  was there throughout has come, and partial where that cannot be known. Where the tenant gives no total, nothing tells
  of a record that is deleted between two pages: those behind it move up by one, and the first of the next page is on
  neither. Ending the window at the start of the run, as every query does, keeps new records from shifting pages; of a
  tenant that deletes meanwhile and gives neither totals nor page tokens, run the query twice.
- The disk itself: a full one is a limit of the system on the size of files, and one that cannot make a file durable is
  a failure put into the process. What a disk does that loses what it has confirmed is not tried.
- A process whose number another one has got is known for gone on Linux and macOS, by when the process started. On
  Windows the run is taken for one that goes on until that other process ends.
`;

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\|<>*_`[\]]/g, (character) => `\\${character}`);
}

/** One row for both modes. */
function merged(rows: readonly Row[]): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const sum = (key: 'fired' | 'lost' | 'duplicated'): string =>
    String(rows.reduce((total, row) => total + row[key], 0));
  const all = (of: (row: Row) => readonly string[]): string[] => [...new Set(rows.flatMap(of))].sort();
  const [message = ''] = all(({ messages }) => messages);
  return [
    cell(first.name),
    rows.map(({ mode }) => mode).join(', '),
    String(first.seeds),
    sum('fired'),
    all(({ outcomes }) => outcomes).join(', '),
    sum('lost'),
    sum('duplicated'),
    cell(message.length > 260 ? `${message.slice(0, 259)}…` : message),
  ];
}

function table(rows: readonly Row[]): string {
  const sorted = rows.toSorted((one, other) => one.order - other.order || (one.mode < other.mode ? 1 : -1));
  const names = [...new Set(sorted.map(({ name }) => name))];
  const lines = names.map((name) => merged(sorted.filter((row) => row.name === name)));
  const head = ['case', 'mode', 'seeds', 'fired', 'outcome', 'lost', 'duplicated', 'message'];
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function readRows(folder: string): Rows[] {
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Rows);
}

/** The page. */
function page(groups: readonly Rows[]): string {
  const parts = GROUPS.flatMap(([group, title, about]) => {
    const rows = groups.filter((one) => one.group === group).flatMap((one) => one.rows);
    return rows.length === 0 ? [] : [`## ${title}\n\n${about}\n\n${table(rows)}\n`];
  });
  const all = groups.flatMap(({ rows }) => rows);
  const runs = all.reduce((sum, { seeds }) => sum + seeds, 0);
  const fired = all.reduce((sum, one) => sum + one.fired, 0);
  const made = `Made on ${platform()} ${arch()} (${cpus().length} cores) with Node ${process.versions.node}: ${runs} runs, ${fired} faults fired.\n`;
  return [HEAD, made, ...parts, FOOT].join('\n');
}

/**
 * Runs the suite through `test`, which gets the environment to run it with and gives its exit code, and writes the page
 * where all of it passed.
 */
export async function report(
  root: string,
  test: (env: Readonly<Record<string, string>>) => Promise<number>,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'cxq-reliability-'));
  try {
    const code = await test({ CXQ_RELIABILITY: folder, CXQ_RUNS: process.env['CXQ_RUNS'] ?? '5' });
    if (code === 0) writeFileSync(join(root, 'docs/reliability.md'), page(readRows(folder)));
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
