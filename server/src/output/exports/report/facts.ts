/** What a report is of: the run or the file, and how whole it is. */
import { counted, formatSeconds } from '../../../protocol/figures.ts';
import type { Inline } from './blocks.ts';
import type { ReportDocument, ReportedRun } from './document.ts';

type Fact = readonly [label: string, value: Inline];

/** `2026-11-22 08:15:00 UTC`, of an instant in RFC 3339; what is none stays as it is. */
export function instantText(instant: string | null): string {
  if (instant === null) return 'unknown';
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(instant);
  return found === null ? instant : `${found[1]} ${found[2]} ${found[3] === 'Z' ? 'UTC' : (found[3] ?? '')}`;
}

const OUTCOMES: Readonly<Record<ReportedRun['outcome'], Inline>> = {
  complete: { state: 'good', text: 'Complete' },
  partial: { state: 'warn', text: 'Partial' },
  failed: { state: 'bad', text: 'Failed' },
  cancelled: { state: 'warn', text: 'Cancelled' },
  running: { state: 'warn', text: 'Still going on' },
};

function accuracyText({ retrieval }: ReportedRun): Inline {
  if (retrieval === null) return 'unknown';
  const { accuracyRate, records, expected } = retrieval;
  if (accuracyRate === null) return 'unknown: nothing tells how many records there should be';
  const of =
    expected === null ? '' : `: ${records.toLocaleString('en-GB')} of ${counted(expected, 'record')}`;
  return accuracyRate === 1
    ? `100 %${of}`
    : { state: 'warn', text: `${Math.floor(accuracyRate * 10_000) / 100} %${of}` };
}

function runFacts(run: ReportedRun): Fact[] {
  const why = run.error === null ? [] : [`, ${run.error}`];
  return [
    ['Outcome', [OUTCOMES[run.outcome], ...why]],
    ['Accuracy', accuracyText(run)],
    ['Connection', run.tenant === '' ? run.connection : `${run.connection}, tenant ${run.tenant}`],
    ['Window', `${instantText(run.window.from)} to ${instantText(run.window.to)}`],
    ['Asked for', run.filter === '' ? 'everything in the window' : { code: run.filter }],
    ['Run', `${instantText(run.startedAt)}, ${run.runId}`],
  ];
}

export function factsOf({ of, report }: ReportDocument): Fact[] {
  const { interactions, steps, duration, rejected, window } = report;
  const seen: Fact[] = [
    ['Interactions', `${interactions.toLocaleString('en-GB')}, ${counted(steps, 'step')}`],
    [
      'Each takes',
      duration.n === 0
        ? 'unknown'
        : `median ${formatSeconds(duration.median)}, nine in ten below ${formatSeconds(duration.p90)} (n ${duration.n.toLocaleString('en-GB')})`,
    ],
    ['Errors', counted(report.errors, 'step')],
    ...(rejected.length === 0
      ? []
      : ([['Left out', `${counted(rejected.length, 'record')} that could not be read`]] satisfies Fact[])),
  ];
  if (of.kind === 'run') return [...seen, ...runFacts(of)];
  return [...seen, ['File', of.name], ['Window', `${instantText(window.from)} to ${instantText(window.to)}`]];
}
