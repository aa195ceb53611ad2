/** The commands of the command line. Each lives in its own file and is loaded when it is asked for. */
import { Command, CommanderError, Option } from 'commander';
import { FORMATS } from '../protocol/formats.ts';
import { VERSION } from '../protocol/version.ts';
import { CommandError, EXIT, type ExitCode, type Io } from './io.ts';

type Action<T> = (io: Io, options: T) => Promise<ExitCode>;

/** Environment of a connection, for the help of commands that have one. */
const ENVIRONMENT = `
Environment (without --profile):
  CXONE_TENANT, CXONE_CLIENT_ID, CXONE_CLIENT_SECRET   the tenant and its credentials
  PROCESS_MINING_WEBHOOK                               who is told of a run's end
  CXQ_WEBHOOK_SECRET                                   signs what is told (with --profile, too)
  CXQ_HOME                                             where runs and their audit are kept`;

const EXITS = `
Exit codes, the first that applies:
  2 wrong usage, 130 interrupted, 3 a run failed, 4 a run is partial,
  1 problems found (errors in the query, EXPECT not met, not audited), 0 done`;

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;

const formatsInWords = (): string =>
  FORMATS.map(({ name }) => name)
    .join(', ')
    .replace(/, (\w+)$/, ' or $1');

const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

function buildProgram(io: Io, done: (code: ExitCode) => void, writeErr: (text: string) => void): Command {
  const program = new Command('cxq')
    .description('Query workflow-execution history of NICE CXone, and explain what holds interactions up.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr })
    .showHelpAfterError('(cxq --help tells more)');

  const act =
    <T>(load: () => Promise<Action<T>>) =>
    async (options: T): Promise<void> => {
      const action = await load();
      done(await action(io, options));
    };

  const now = new Option('--now <instant>', 'take this RFC 3339 instant for the present');
  const columns = new Option(
    '--columns <columns>',
    'which columns of a CSV file are what, such as case=ticket,activity=action,start=opened,end=closed; without it they are known by their names',
  );
  const dates = new Option('--dates <order>', 'what comes first in a date such as 03/04/2026').choices([
    'day-first',
    'month-first',
  ]);
  const overType = new Option(
    '--over-type <type=duration>',
    'bottleneck threshold of a node type, such as ROUTING=20s (may repeat)',
  ).argParser(collect);
  const overNode = new Option(
    '--over-node <id=duration>',
    'bottleneck threshold of a node, which wins over that of its type (may repeat)',
  ).argParser(collect);
  const profile = new Option('--profile <file>', 'connection profile (JSON)');

  program
    .command('check')
    .description('diagnostics of files or globs')
    .argument('<file...>')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'sarif']).default('text'),
    )
    .addOption(now)
    .addOption(profile)
    .addHelpText(
      'after',
      `${examples(
        'cxq check examples/getting-started.cxq',
        "cxq check 'queries/**/*.cxq' --format sarif > cxq.sarif",
        'cxq check - < query.cxq',
      )}\n\nExit code 2 where a file cannot be read (the others are checked), 1 where there are errors.`,
    )
    .action((files: string[], options) =>
      act(async () => (await import('./check.ts')).checkCommand)({ ...options, files }),
    );

  program
    .command('format')
    .description('the canonical layout of files or globs')
    .argument('<file...>', '.cxq files or globs, or - for stdin')
    .addOption(new Option('--write', 'rewrite the files that change, and list them').conflicts('check'))
    .option('--check', 'list the files that would change')
    .addHelpText(
      'after',
      `${examples(
        'cxq format query.cxq',
        "cxq format 'queries/**/*.cxq' --write",
        "cxq format 'queries/**/*.cxq' --check",
        'cxq format - < query.cxq',
      )}\n\nWithout an option the texts are printed, one after another. Queries with syntax errors stay as they are.\nExit code 2 where a file cannot be read or written (the others are done), 1 where --check lists a file or a query\nhas syntax errors.`,
    )
    .action((files: string[], options) =>
      act(async () => (await import('./format.ts')).formatCommand)({ ...options, files }),
    );

  program
    .command('explain')
    .description('the plan: what is sent, what runs here, how many requests')
    .argument('<file>')
    .option('--query <name>', 'only this query')
    .option('--param <name=value>', 'value of a parameter (may repeat)', collect)
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addOption(now)
    .addOption(profile)
    .option('--base-url <url>', 'address of the tenant, and of its tokens')
    .option('--tenant <name>', 'name of the tenant, in the address of its profile')
    .addHelpText(
      'after',
      examples('cxq explain examples/failing-then-slow.cxq --query slowAfterFailure --param lookback=2h'),
    )
    .action((file: string, options) =>
      act(async () => (await import('./explain.ts')).explainCommand)({ param: [], ...options, file }),
    );

  program
    .command('run')
    .description('run a query, or all of a file, and keep what it found')
    .argument('[file]', 'a .cxq file, or - for stdin; with --resume none is needed')
    .addOption(new Option('--query <name>', 'the query to run').conflicts(['all', 'resume']))
    .addOption(new Option('--all', 'every query of the file, in order').conflicts('resume'))
    .option('--param <name=value>', 'value of a parameter (may repeat)', collect)
    .addOption(profile)
    .option('--base-url <url>', 'address of the tenant, and of its tokens')
    .option('--tenant <name>', 'name of the tenant, in the address of its profile')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'ndjson']).default('text'),
    )
    .addOption(overType)
    .addOption(overNode)
    .option('--runs <folder>', 'where runs and their audit are kept')
    .option('--resume <run>', 'take an interrupted run up again: its id, its folder, or latest')
    .addOption(now)
    .addHelpText(
      'after',
      `${examples('cxq run examples/getting-started.cxq', 'cxq run queries.cxq --query slow --param lookback=2h --format json', 'cxq run --resume latest', "echo 'LAST 1h' | cxq run - --base-url http://127.0.0.1:8080 --format ndjson")}\n${ENVIRONMENT}\n${EXITS}`,
    )
    .action((file: string | undefined, options) =>
      act(async () => (await import('./run.ts')).runCommand)({
        param: [],
        ...options,
        ...(file === undefined ? {} : { file }),
      }),
    );

  program
    .command('runs')
    .description('the kept runs, and how latency and accuracy went over time')
    .option('--runs <folder>', 'where runs and their audit are kept')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `${examples('cxq runs', 'cxq runs --format json --runs ./runs')}\n\nWhen a run ends, runs older than CXQ_KEEP_DAYS (90) are removed, then the oldest beyond CXQ_KEEP_MB (4096)\nmegabytes in all.`,
    )
    .action((options) => act(async () => (await import('./runs.ts')).runsCommand)(options));

  program
    .command('analyze')
    .description(
      'the analysis of a history file: JSON, {"data": […]}, NDJSON, XES, OCEL, CSV, or gzip of these',
    )
    .argument('<file>', 'the file, or - for stdin')
    .option('--over <duration>', 'bottleneck threshold, such as 10s', '15s')
    .option('--types <types>', 'node types that the threshold looks at, comma-separated')
    .addOption(overType)
    .addOption(overNode)
    .option('--top <n>', 'how many paths and bottlenecks to list; 0 for all', '100')
    .option(
      '--by <group>',
      'counts and times by HOUR, DAY, WEEKDAY, a field or a variable (may repeat)',
      collect,
    )
    .option('--time-zone <zone>', 'IANA time zone of hours and days, such as Europe/Berlin (default: UTC)')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addOption(columns)
    .addOption(dates)
    .addHelpText(
      'after',
      examples(
        'cxq analyze history.ndjson.gz --over 10s --types DECISION,ROUTING',
        'cxq analyze history.ndjson.gz --by WEEKDAY --by nodeType --by customer.tier --time-zone Europe/Berlin',
        'cxq analyze log.xes.gz --types TASK',
        'cxq analyze tickets.csv --columns case=ticket,activity=action,start=opened --dates day-first',
        'cxq analyze - --top 0 --format json < runs/RUN/interactions.ndjson',
      ),
    )
    .action((file: string, options) =>
      act(async () => (await import('./analyze.ts')).analyzeCommand)({ by: [], ...options, file }),
    );

  program
    .command('compare')
    .description('two runs or history files beside each other: what takes longer, what became commoner')
    .argument('<a>', "the earlier: a run's id or folder, latest, a history file, or - for stdin")
    .argument('<b>', 'the later')
    .option('--over <duration>', 'bottleneck threshold, such as 10s', '15s')
    .option('--types <types>', 'node types that the threshold looks at, comma-separated')
    .addOption(overType)
    .addOption(overNode)
    .option('--top <n>', 'how many rows to list of each kind; 0 for all', '100')
    .option('--runs <folder>', 'where runs and their audit are kept')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addOption(columns)
    .addOption(dates)
    .addHelpText(
      'after',
      examples(
        'cxq compare yesterday.ndjson.gz latest',
        'cxq compare 20261121T081500Z-3f9a1c 20261122T081500Z-77c0d2 --format json',
      ),
    )
    .action((a: string, b: string, options) =>
      act(async () => (await import('./compare.ts')).compareCommand)({ ...options, a, b }),
    );

  program
    .command('export')
    .description('a kept run, or a history file, as a file of another format')
    .argument('<run|file>', "a run's id or folder, latest, a history file, or - for stdin")
    .option('--as <format>', `${formatsInWords()}; without it what the ending of the file means`)
    .addOption(new Option('--format <format>', 'the same as --as').conflicts('as'))
    .requiredOption('--out <path>', 'the file to write; .gz at its end packs it')
    .option('--runs <folder>', 'where runs and their audit are kept')
    .addOption(columns)
    .addOption(dates)
    .addHelpText(
      'after',
      `${examples(
        'cxq export latest --as csv --out reports/last-day.csv',
        'cxq export 20261122T081500Z-3f9a1c --as ndjson --out history.ndjson.gz',
        'cxq export history.json.gz --out history.parquet',
        'cxq export log.xes.gz --as ocel --out log.jsonocel',
      )}\n\nThe export of a run is recorded in the audit. Exit code 2 where there is no such run, file or format,\n3 where the file cannot be written, 1 where records were left out or the export is not audited.`,
    )
    .action((source: string, options) =>
      act(async () => (await import('./export.ts')).exportCommand)({ ...options, source }),
    );

  const audit = program.command('audit').description('the audit chain');
  audit
    .command('verify')
    .description('verify the chain of one or more files, in order, or of a folder')
    .argument('<file...>')
    .option('--from-hash <hash>', 'the hash before the first record, for a chain that starts later')
    .option(
      '--anchor <number:hash>',
      'a record that was kept elsewhere: shows a cut end, and a chain written anew',
    )
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `${examples('cxq audit verify ~/.local/share/cxq/audit', 'cxq audit verify ~/.local/share/cxq/audit --anchor 41:9f3c…', 'cxq audit verify audit-0001.jsonl audit-0002.jsonl')}\n\nExit code 2 where there is no such file or folder, 1 where the chain is broken (the first bad line is named) or the\nrecord of --anchor is not in it, 0 otherwise; a folder without records says that there is nothing to verify.`,
    )
    .action((files: string[], options) =>
      act(async () => (await import('./audit.ts')).auditVerifyCommand)({ ...options, files }),
    );
  audit
    .command('show')
    .description('print the records, one readable line each')
    .argument('<file...>')
    .addHelpText('after', examples('cxq audit show ~/.local/share/cxq/audit'))
    .action((files: string[], options) =>
      act(async () => (await import('./audit.ts')).auditShowCommand)({ ...options, files }),
    );

  const outbox = program.command('outbox').description('webhooks that could not be delivered yet');
  outbox
    .command('list')
    .description('what waits and what was given up, with why')
    .option('--runs <folder>', 'where runs and their audit are kept')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', examples('cxq outbox list', 'cxq outbox list --format json'))
    .action((options) => act(async () => (await import('./outbox.ts')).outboxListCommand)(options));
  outbox
    .command('retry')
    .description('send messages again at once, given up or not, under the same ids')
    .argument('[id...]', 'ids of messages, or their beginnings')
    .option('--all', 'every message')
    .addOption(profile)
    .option('--base-url <url>', 'address of the tenant that the run asked')
    .option('--tenant <name>', 'name of the tenant that the run asked')
    .option('--runs <folder>', 'where runs and their audit are kept')
    .addHelpText(
      'after',
      `${examples('cxq outbox retry --all --profile acme.json', 'cxq outbox retry msg_3f9a1c02')}\n\nAddress and signing secret (CXQ_WEBHOOK_SECRET) are those of the connection by now: name the one that the run had.\nExit code 0 where all were delivered, 1 where one was not, 2 for an unknown id, 3 where the outbox cannot be used.`,
    )
    .action((ids: string[], options) =>
      act(async () => (await import('./outbox.ts')).outboxRetryCommand)({ ...options, ids }),
    );
  outbox
    .command('drop')
    .description('remove messages for good')
    .argument('[id...]', 'ids of messages, or their beginnings')
    .option('--all', 'every message')
    .option('--runs <folder>', 'where runs and their audit are kept')
    .addHelpText('after', examples('cxq outbox drop msg_3f9a1c02', 'cxq outbox drop --all'))
    .action((ids: string[], options) =>
      act(async () => (await import('./outbox.ts')).outboxDropCommand)({ ...options, ids }),
    );

  program
    .command('sandbox')
    .description('a tenant on this machine with made-up contact-centre history')
    .option('--port <n>', 'port on 127.0.0.1; 0 picks a free one', '0')
    .option('--interactions <n>', 'how many interactions to make', '2000')
    .option('--seed <n>', 'same seed, same history', '1')
    .option('--data <file>', 'serve this history file instead')
    .option('--latency <ms>', 'milliseconds before each answer', '0')
    .option('--fault <name[:rate]>', 'inject a fault (may repeat); list says which there are', collect)
    .addOption(now)
    .option('--no-auth', 'serve without a token')
    .option('--quiet', 'print the JSON line only')
    .option('--exit-with-parent', 'stop when stdin closes')
    .addHelpText(
      'after',
      `${examples('cxq sandbox --port 8080 --latency 200', 'cxq sandbox --fault 429:0.2 --fault reset', 'cxq sandbox --fault list')}\n\n"cxq sandbox --fault list" says which faults there are; a rate is from 0 to 1 (0.1 without one).\nPrints one JSON line with baseUrl, clientId, clientSecret and pid when it listens. Ctrl-C stops it.`,
    )
    .action((options) =>
      act(async () => (await import('./sandbox.ts')).sandboxCommand)({ fault: [], ...options }),
    );

  program
    .command('generate')
    .description("the sandbox's history as NDJSON on stdout")
    .requiredOption('--interactions <n>', 'how many interactions to make')
    .requiredOption('--seed <n>', 'same seed, same history')
    .addOption(now)
    .addHelpText('after', examples('cxq generate --interactions 1000 --seed 7 > history.ndjson'))
    .action((options) => act(async () => (await import('./sandbox.ts')).generateCommand)(options));

  program
    .command('lsp')
    .description('the language server, for any editor')
    .requiredOption('--stdio', 'speak over stdin and stdout')
    .action(() => act(async () => (await import('./lsp.ts')).lspCommand)({}));

  return program;
}

/** Says what went wrong: arguments, file names and files may hold characters that a terminal would obey. */
async function complain(io: Io, text: string): Promise<void> {
  const { visibleText } = await import('../output/index.ts');
  io.err(visibleText(text, { lines: true }));
}

/** Runs one command line (without the program's own name) and gives its exit code. */
export async function main(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  let usage = '';
  const program = buildProgram(
    io,
    (result) => {
      code = result;
    },
    (text) => {
      usage += text;
    },
  );
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      await complain(io, usage);
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    if (io.signal.aborted) return EXIT.interrupted;
    if (error instanceof CommandError) {
      await complain(io, `cxq: ${error.message}\n`);
      return error.exitCode;
    }
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    await complain(io, `cxq: It stopped at an error that nobody thought of; please report it. ${what}\n`);
    return EXIT.failed;
  }
}
