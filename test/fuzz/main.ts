/** Long runs: `npm run fuzz -- parser --runs 1000000 --seed 1`. Without a target, all of them. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Job } from './engine.ts';
import { runnerOf, TARGETS } from './targets.ts';
import { report, Workshop } from './workshop.ts';

const USAGE = `npm run fuzz -- [target …] [--runs N] [--seed S] [--minutes M]
npm run fuzz -- target --seed S --size small|large --path P    one input of a run again
npm run fuzz -- target --input FILE                            a saved input again
Targets: ${TARGETS.join(', ')}
`;
/** Inputs between two looks at the clock, of the fastest target. */
const BATCH = 20_000;
const LARGE = 2;
const MOST_FAILURES = 10;
const SAID_EVERY_MS = 15_000;

interface Run {
  readonly target: string;
  readonly runs: number;
  readonly seed: number;
  readonly until: number;
}

interface Row {
  readonly target: string;
  readonly inputs: number;
  readonly large: number;
  readonly seed: number;
  readonly seconds: number;
  readonly failures: number;
}

type Say = (text: string) => void;

/** Tries inputs until there were enough of them, of seeds that follow each other. */
async function runTarget({ target, runs, seed, until }: Run, say: Say): Promise<Row> {
  const workshop = new Workshop();
  const { slowness, hasLarge } = runnerOf(target);
  const begin = performance.now();
  const size = Math.max(10, Math.round(BATCH / slowness));
  let [inputs, large, failures, said] = [0, 0, 0, begin];
  const attempt = async (job: Job): Promise<number> => {
    const { tried, failure } = await workshop.run(job);
    if (failure !== undefined) {
      failures++;
      say(report(job, failure));
    }
    return tried;
  };
  for (let batch = 0; inputs < runs && failures < MOST_FAILURES && performance.now() < until; batch++) {
    const job = { target, seed: seed + batch };
    inputs += await attempt({ ...job, runs: Math.min(size, runs - inputs), size: 'small' });
    if (hasLarge) large += await attempt({ ...job, runs: LARGE, size: 'large' });
    if (performance.now() - said < SAID_EVERY_MS) continue;
    said = performance.now();
    const rate = Math.round(inputs / ((said - begin) / 1_000));
    say(`${target}: ${inputs} of ${runs}, ${rate}/s, ${failures} failures, next seed ${seed + batch + 1}\n`);
  }
  await workshop.close();
  return { target, inputs, large, seed, seconds: Math.round((performance.now() - begin) / 1_000), failures };
}

function table(rows: readonly Row[]): string {
  return [
    '| target | inputs | of up to 64 KiB | first seed | seconds | failures |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ target, inputs, large, seed, seconds, failures }) =>
        `| ${target} | ${inputs} | ${large} | ${seed} | ${seconds} | ${failures} |`,
    ),
    '',
  ].join('\n');
}

function whole(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new Error(`--${name} has to be a whole number.\n${USAGE}`);
  return value;
}

/** Gives the exit code. */
export async function main(args: readonly string[], say: Say): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      minutes: { type: 'string' },
      size: { type: 'string', default: 'small' },
      path: { type: 'string' },
      input: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const targets = positionals.length > 0 ? positionals : TARGETS;
  const [first = ''] = targets;
  const seed = whole(values.seed, 'seed');
  if (values.input !== undefined) {
    const why = await runnerOf(first).again(readFileSync(values.input, 'utf8'));
    say(why === undefined ? 'It holds.\n' : `${why}\n`);
    return why === undefined ? 0 : 1;
  }
  if (values.path !== undefined) {
    const workshop = new Workshop();
    const size = values.size === 'large' ? 'large' : 'small';
    const job: Job = { target: first, runs: 1, seed, size, path: values.path };
    const { failure } = await workshop.run(job);
    await workshop.close();
    say(failure === undefined ? 'It holds.\n' : report(job, failure));
    return failure === undefined ? 0 : 1;
  }
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : whole(values.minutes, 'minutes');
  const rows: Row[] = [];
  for (const target of targets) {
    const until = performance.now() + minutes * 60_000;
    rows.push(await runTarget({ target, runs: whole(values.runs, 'runs'), seed, until }, say));
  }
  say(table(rows));
  return rows.some(({ failures }) => failures > 0) ? 1 : 0;
}
