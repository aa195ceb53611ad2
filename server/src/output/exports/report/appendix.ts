/** What stands behind the report: tables to look things up in, what the numbers mean, and where they come from. */
import { counted, formatSeconds, percent } from '../../../protocol/figures.ts';
import type { AnalysisReport, TrendReport, VariableReport } from '../../../protocol/report.ts';
import { VERSION } from '../../../protocol/version.ts';
import { type Block, cutTable, type Inline, type Section } from './blocks.ts';
import type { ReportDocument } from './document.ts';
import type { Names } from './names.ts';
import { number, p95Text } from './tables.ts';

const MOST_VARIABLES = 15;
const MOST_CONNECTIONS = 30;
const MOST_GROUPS = 48;
const LONGEST_VALUE = 40;

function changesOf({ changed, typeChanged, outsideStep }: VariableReport): number {
  return changed + typeChanged + outsideStep;
}

function valueText(value: unknown): string {
  const text = value === undefined ? 'none' : (JSON.stringify(value) ?? 'none');
  const characters = [...text];
  return characters.length > LONGEST_VALUE ? `${characters.slice(0, LONGEST_VALUE - 1).join('')}…` : text;
}

function variablesSection({ variables }: AnalysisReport): Section[] {
  const most = variables.filter((one) => changesOf(one) > 0).sort((a, b) => changesOf(b) - changesOf(a));
  if (most.length === 0) return [];
  const blocks = cutTable(
    'Variables that change most',
    [
      { name: 'Variable' },
      { name: 'Changed', numeric: true },
      { name: 'Type changed', numeric: true },
      { name: 'Changed outside a step', numeric: true },
      { name: 'Commonest change' },
    ],
    most,
    MOST_VARIABLES,
    ({ name, changed, typeChanged, outsideStep, transitions: [first] }): Inline[] => [
      name,
      number(changed),
      number(typeChanged),
      outsideStep === 0 ? '0' : { strong: number(outsideStep) },
      first === undefined
        ? '–'
        : `${valueText(first.before)} → ${valueText(first.after)}, ${number(first.count)} ×`,
    ],
    (count) => `${counted(count, 'variable')} more change less.`,
  );
  return [{ id: 'variables', title: 'Variables', blocks }];
}

function connectionsSection({ flow }: AnalysisReport, names: Names): Section[] {
  if (flow.edges.length === 0) return [];
  const total = flow.edges.reduce((sum, { count }) => sum + count, 0);
  const blocks = cutTable(
    'Connections by how often they are taken',
    [
      { name: 'From' },
      { name: 'To' },
      { name: 'Times', numeric: true },
      { name: 'Share', numeric: true },
      { name: 'Interactions', numeric: true },
      { name: 'Median wait', numeric: true },
    ],
    flow.edges,
    MOST_CONNECTIONS,
    ({ from, to, count, interactions, wait }): Inline[] => [
      names.of(from),
      names.of(to),
      number(count),
      percent(count / total),
      number(interactions),
      formatSeconds(wait.median),
    ],
    (count) => `${counted(count, 'rarer connection')} more.`,
  );
  return [{ id: 'connections', title: 'Connections', blocks }];
}

function groupsTable({ by, groups, timeZone }: TrendReport): Block[] {
  if (groups.length === 0) return [];
  return cutTable(
    timeZone === null ? `By ${by}` : `By ${by}, ${timeZone}`,
    [
      { name: by },
      { name: 'Interactions', numeric: true },
      { name: 'Steps', numeric: true },
      { name: 'Errors', numeric: true },
      { name: 'Bottlenecks', numeric: true },
      { name: 'Median of a step', numeric: true },
      { name: 'p95', numeric: true },
    ],
    groups,
    MOST_GROUPS,
    ({ label, partial, interactions, steps, errors, bottlenecks, dwell }): Inline[] => [
      partial ? `${label} (in part)` : label,
      number(interactions),
      number(steps),
      number(errors),
      number(bottlenecks),
      formatSeconds(dwell.median),
      p95Text(dwell),
    ],
    (count) => `${counted(count, 'group')} more.`,
  );
}

const MEANINGS: readonly (readonly [string, string])[] = [
  [
    'Time of a step (dwell)',
    'from its start to its end; without an end, until the next step starts. A last step without an end is open and in no statistics.',
  ],
  ['Wait', 'from the latest end of the steps before to the start.'],
  [
    'Threshold',
    'a step above it is a bottleneck. It holds for nodes that decide and route, or for those that the query names.',
  ],
  [
    'Median, p95, p99',
    'half of the values lie below the median, 95 of 100 below p95, 99 below p99; exact, by linear interpolation (R type 7).',
  ],
  ['Of all time', 'the node’s time among the time of all steps.'],
  ['Time to win', 'what were won if every visit above the node’s median took the median.'],
  [
    'Share (95 % interval)',
    'the share seen, and the range in which the true one lies with 95 % certainty (Wilson).',
  ],
  [
    'Change',
    'the earliest hour or day from which the median differs by more than chance (rank-sum test, corrected for all splits and nodes).',
  ],
  [
    'q',
    'how likely at least so much would be seen by chance, corrected for all that was looked at; below 0.05 it is told.',
  ],
  ['≈', 'fewer than 20 values stand behind it: too few to rely on.'],
];

function provenance({ of }: ReportDocument): Section {
  const version: [string, Inline] = ['Made by', `CXQ ${VERSION}`];
  if (of.kind === 'file') {
    return {
      id: 'provenance',
      title: 'Where this comes from',
      blocks: [{ kind: 'facts', facts: [['File', of.name], version] }],
    };
  }
  const { audit, retrieval, compliance } = of;
  const facts: (readonly [string, Inline])[] = [
    ['Run', of.runId],
    [
      'Audit record',
      audit === null
        ? 'written after this file: the audit log has it under the run’s id'
        : { code: `${audit.file} ${audit.sequence}:${audit.hash}` },
    ],
    ...(compliance === null ? [] : [['Compliance', compliance] as const]),
    ...(retrieval === null
      ? []
      : ([
          [
            'Retrieval',
            `${counted(retrieval.requests, 'request')}, ${counted(retrieval.retries, 'retry', 'retries')}, ${counted(retrieval.duplicates, 'duplicate')}, ${counted(retrieval.rejected, 'record')} set aside`,
          ],
        ] as const)),
    version,
  ];
  return {
    id: 'provenance',
    title: 'Where this comes from',
    blocks: [
      { kind: 'facts', facts },
      { kind: 'code', label: 'The query', text: of.text },
    ],
  };
}

export function appendix(document: ReportDocument, names: Names): Section[] {
  const { report } = document;
  const trends = report.trends.flatMap(groupsTable);
  return [
    ...variablesSection(report),
    ...connectionsSection(report, names),
    ...(trends.length === 0 ? [] : [{ id: 'groups', title: 'Over time and by group', blocks: trends }]),
    {
      id: 'meanings',
      title: 'How to read the numbers',
      blocks: [{ kind: 'facts', facts: MEANINGS }],
    },
    provenance(document),
  ];
}
