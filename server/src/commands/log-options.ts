/** How a log of another tool is to be understood, as the command line says it. */
import { COLUMN_ROLES, type LogOptions } from '../tenant/index.ts';
import { CommandError, EXIT } from './io.ts';

export interface LogFlags {
  /** `case=NAME,activity=NAME`. */
  readonly columns?: string;
  readonly dates?: 'day-first' | 'month-first';
}

const ROLE = `(?:${COLUMN_ROLES.join('|')})`;
/** A comma stands between columns where a name of one, and `=`, comes behind it: names may hold commas. */
const BETWEEN = new RegExp(`,(?=\\s*${ROLE}\\s*=)`);
const COLUMN = new RegExp(`^\\s*(${ROLE})\\s*=\\s*(.*?)\\s*$`);

/** Reads the flags. Throws CommandError where a column is not said as `case=NAME`. */
export function logOptions({ columns, dates }: LogFlags): LogOptions {
  const named = columns?.split(BETWEEN).map((part): [string, string] => {
    const [, role = '', name = ''] = COLUMN.exec(part) ?? [];
    if (role !== '' && name !== '') return [role, name];
    throw new CommandError(
      EXIT.usage,
      `--columns says which column is what, such as case=ticket,activity=action,start=opened; ${part.trim() === '' ? 'nothing' : part.trim()} does not. What a column can be: ${COLUMN_ROLES.join(', ')}.`,
    );
  });
  return {
    ...(named === undefined ? {} : { columns: Object.fromEntries(named) }),
    ...(dates === undefined ? {} : { dates }),
  };
}
