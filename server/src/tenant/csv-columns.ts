/** Which column of a CSV log is what: by its name, as the tools of process mining call theirs, or as a person says. */
import type { Profile } from '../protocol/profile.ts';
import { HistoryFailure, type LogOptions } from './history-parser.ts';

type MappedField = keyof Profile['response']['map'];

interface Role {
  /** The product's own field, where a connection may say under which name it comes. */
  readonly field?: MappedField;
  /** Names in lower case without blanks and signs, the surest first. */
  readonly names: readonly string[];
}

/** What a column may be; every other one holds a variable. */
const ROLES = {
  case: {
    field: 'interactionId',
    names: [
      'caseid',
      'caseconceptname',
      'interactionid',
      'contactid',
      'case',
      'casekey',
      'caseidentifier',
      'caseno',
      'casenumber',
      'traceid',
      'processinstanceid',
      'processinstance',
      'interaction',
    ],
  },
  activity: {
    field: 'nodeId',
    names: [
      'activity',
      'conceptname',
      'nodeid',
      'activityname',
      'activityid',
      'activityen',
      'event',
      'eventname',
      'task',
      'taskname',
      'node',
      'step',
      'stepname',
    ],
  },
  start: {
    field: 'startTime',
    names: ['starttimestamp', 'starttime', 'start', 'startdate', 'startdatetime', 'startedat', 'timestart'],
  },
  end: {
    field: 'endTime',
    names: [
      'timestamp',
      'timetimestamp',
      'completetimestamp',
      'endtimestamp',
      'endtime',
      'completetime',
      'completiontime',
      'end',
      'enddate',
      'enddatetime',
      'endedat',
      'eventtime',
      'eventtimestamp',
      'datetime',
      'time',
      'date',
    ],
  },
  name: { field: 'nodeName', names: ['nodename'] },
  type: { field: 'nodeType', names: ['nodetype'] },
  outcome: { field: 'outcome', names: ['outcome'] },
  error: { field: 'errorState', names: ['error', 'errorstate'] },
  workflow: { field: 'workflowId', names: ['workflowid'] },
  workflowname: { field: 'workflowName', names: ['workflowname'] },
  before: { field: 'variablesBefore', names: ['variablesbefore'] },
  after: { field: 'variablesAfter', names: ['variablesafter'] },
  lifecycle: { names: ['lifecycletransition', 'lifecycle', 'transition'] },
  instance: { names: ['conceptinstance', 'activityinstanceid', 'activityinstance'] },
} as const satisfies Readonly<Record<string, Role>>;

export type ColumnRole = keyof typeof ROLES;

const isRole = (name: string): name is ColumnRole => Object.hasOwn(ROLES, name);
/** The words before `=` where columns are named. */
export const COLUMN_ROLES: readonly ColumnRole[] = Object.keys(ROLES).filter(isRole);

/** Columns that the product's own CSV has, and no other tool writes. */
const OWN = ['case_id', 'activity', 'dwell_s', 'wait_s', 'sequence', 'variables_before', 'variables_after'];

export interface CsvColumns {
  /** Position of the column that is it. */
  readonly roles: ReadonlyMap<ColumnRole, number>;
  /** Columns that hold variables. */
  readonly variables: readonly { readonly at: number; readonly name: string }[];
  /** The file was written by this product: its derived columns are left out, and its order is known. */
  readonly isOwn: boolean;
  /** Position of the product's own number of a step in its interaction. */
  readonly sequence: number | undefined;
}

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Whether a header has a case and an activity. */
export function isLogHeader(header: readonly string[], options: ColumnOptions): boolean {
  const roles = rolesOf(header, options);
  return roles.has('case') && roles.has('activity');
}

/** Whether the product wrote a file with such a header. */
export function isOwnHeader(header: readonly string[]): boolean {
  return OWN.every((name) => header.includes(name));
}

interface ColumnOptions extends LogOptions {
  readonly response: Profile['response'];
}

/** Reads a header. Throws HistoryFailure where a column that is needed is not there. */
export function columnsOf(given: readonly string[], options: ColumnOptions): CsvColumns {
  const header = given.map((name) => name.trim());
  const { columns = {} } = options;
  for (const [role, name] of Object.entries(columns)) {
    if (!isRole(role))
      throw new HistoryFailure(
        'not-history',
        `cannot be read so: ${role} is nothing that a column can be; choose ${COLUMN_ROLES.join(', ')}.`,
      );
    if (!header.includes(name))
      throw new HistoryFailure('not-history', `has no column “${name}”; its columns are ${list(header)}.`);
  }
  const roles = rolesOf(header, options);
  const isTimed = roles.has('start') || roles.has('end') || options.needsTimes !== true;
  for (const [isThere, what] of [
    [roles.has('case'), 'the interaction (case)'],
    [roles.has('activity'), 'the node (activity)'],
    [isTimed, 'the time of a step'],
  ] as const) {
    if (isThere) continue;
    throw new HistoryFailure(
      'not-history',
      `was read as CSV, and none of its columns is known as ${what}: ${list(header)}. ` +
        'Name them: --columns case=NAME,activity=NAME,start=NAME,end=NAME on the command line, response.map in a connection.',
      { kind: 'columns', header, known: namesOf(roles, header) },
    );
  }
  const isOwn = isOwnHeader(header);
  const sequence = isOwn ? header.indexOf('sequence') : undefined;
  const used = new Set(roles.values());
  const derived = isOwn ? ['dwell_s', 'wait_s', 'sequence'] : [];
  const names = new Map<string, number>();
  const variables = header.flatMap((name, at) => {
    if (used.has(at) || derived.includes(name)) return [];
    const called = name === '' ? `column ${at + 1}` : name;
    const count = (names.get(called) ?? 0) + 1;
    names.set(called, count);
    return [{ at, name: count === 1 ? called : `${called} (${count})` }];
  });
  return { roles, variables, isOwn, sequence };
}

function rolesOf(
  header: readonly string[],
  { columns = {}, response }: ColumnOptions,
): Map<ColumnRole, number> {
  const roles = new Map<ColumnRole, number>();
  const take = (role: ColumnRole, at: number): void => {
    if (at >= 0 && !roles.has(role)) roles.set(role, at);
  };
  for (const role of COLUMN_ROLES) take(role, header.indexOf(columns[role] ?? '\0'));
  for (const role of COLUMN_ROLES) {
    const spec: Role = ROLES[role];
    if (spec.field !== undefined) take(role, header.indexOf(response.map[spec.field] ?? '\0'));
  }
  const taken = new Set(roles.values());
  const known = header.map((name, at) => (taken.has(at) ? '' : plain(name)));
  for (const role of COLUMN_ROLES) {
    for (const name of ROLES[role].names) take(role, known.indexOf(name));
  }
  // A single time says when a step was: its start, unless a person says that it is the end.
  const end = roles.get('end');
  if (end !== undefined && !roles.has('start') && !taken.has(end)) {
    roles.set('start', end);
    roles.delete('end');
  }
  return roles;
}

function namesOf(
  roles: ReadonlyMap<ColumnRole, number>,
  header: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries([...roles].map(([role, at]) => [role, header[at] ?? '']));
}

function list(header: readonly string[]): string {
  const shown = header.slice(0, 30).map((name) => `“${name.slice(0, 60)}”`);
  return `${shown.join(', ')}${header.length > shown.length ? ` and ${header.length - shown.length} more` : ''}`;
}
