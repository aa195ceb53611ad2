/** `cxq explain`: the plan of a query, before anything is sent. */

import { explain } from '../language/editing.ts';
import { check, parse } from '../language/index.ts';
import { visibleText } from '../output/index.ts';
import type { ExplainOutput } from '../protocol/checked.ts';
import { parameterValues } from '../run/index.ts';
import { checkContext, readCheckedProfile } from './connection.ts';
import { explainedText } from './explain-text.ts';
import { readQueryFile } from './files.ts';
import { CommandError, clockOf, EXIT, type ExitCode, type Io, printJson } from './io.ts';
import { plural } from './numbers.ts';
import { parseAssignments } from './parameters.ts';

export interface ExplainOptions {
  readonly file: string;
  readonly query?: string;
  readonly param: readonly string[];
  readonly format: 'text' | 'json';
  readonly now?: string;
  readonly profile?: string;
  readonly baseUrl?: string;
  readonly tenant?: string;
}

export async function explainCommand(io: Io, options: ExplainOptions): Promise<ExitCode> {
  const profile = await readCheckedProfile(io, options);
  const document = parse(await readQueryFile(io, options.file));
  const context = checkContext(profile, clockOf(io, options.now)(), options.profile !== undefined);
  const values = parameterValues(document, parseAssignments(options.param));
  if (!values.ok) throw new CommandError(EXIT.usage, visibleText(values.error.message));
  const parameters = values.value;
  const wanted = options.query;
  const chosen =
    wanted === undefined ? document.queries : document.queries.filter((query) => query.name?.text === wanted);
  if (chosen.length === 0) {
    const names = document.queries.map((query) => query.name?.text ?? `query ${query.index + 1}`);
    throw new CommandError(
      EXIT.usage,
      wanted === undefined
        ? `${options.file} holds no query.`
        : `There is no query ${wanted} in ${options.file}; it has ${names.join(', ')}.`,
    );
  }
  const errors = check(document, { ...context, parameters }).filter((found) => found.severity === 'error');
  const queries = chosen.flatMap((query) => explain(document, { ...context, parameters }, query.index));
  if (options.format === 'json') await printJson(io, { schemaVersion: 1, queries } satisfies ExplainOutput);
  else io.out(queries.map((query) => explainedText(io, query)).join('\n'));
  if (errors.length === 0) return EXIT.ok;
  const [first] = errors;
  const what = first === undefined ? '' : `: ${first.code} ${visibleText(first.message)}`;
  io.err(
    `cxq: the file has ${plural(errors.length, 'error')} and does not run${what} "cxq check ${options.file}" shows where.\n`,
  );
  return EXIT.problems;
}
