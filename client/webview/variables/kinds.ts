/** The ways in which a variable changes, told apart by icon and word. */
import type { CHANGE_KINDS } from '../../../server/src/protocol/panel-filter.ts';
import type { VariableReport } from '../../../server/src/protocol/report.ts';

export type ChangeKind = (typeof CHANGE_KINDS)[number];

export interface Kind {
  readonly kind: ChangeKind;
  readonly label: string;
  readonly icon: string;
  readonly count: (variable: VariableReport) => number;
}

export const KINDS: readonly Kind[] = [
  { kind: 'added', label: 'added', icon: 'diff-added', count: ({ added }) => added },
  { kind: 'removed', label: 'removed', icon: 'diff-removed', count: ({ removed }) => removed },
  { kind: 'changed', label: 'changed', icon: 'diff-modified', count: ({ changed }) => changed },
  {
    kind: 'typeChanged',
    label: 'type changed',
    icon: 'symbol-misc',
    count: ({ typeChanged }) => typeChanged,
  },
  { kind: 'outside', label: 'outside a step', icon: 'zap', count: ({ outsideStep }) => outsideStep },
];
