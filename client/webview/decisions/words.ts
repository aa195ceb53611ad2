/** Numbers of decisions as a person says them. */
import type { DecisionReport } from '../../../server/src/protocol/report.ts';
import { percent } from '../format.ts';

type Driver = DecisionReport['drivers'][number];
type Rule = NonNullable<DecisionReport['rule']>;

/** Visits below which shares say little. */
export const FEW_VISITS = 20;

/** How far the outcomes are apart: "mostly one way", by the entropy against the most that so many outcomes can have. */
export function spreadWords({ entropy, outcomes }: Pick<DecisionReport, 'entropy' | 'outcomes'>): string {
  if (outcomes.length < 2) return 'always the same way';
  const part = entropy / Math.log2(outcomes.length);
  if (part < 0.15) return 'nearly always the same way';
  if (part < 0.5) return 'mostly one way';
  if (part < 0.8) return 'mixed, one way more often';
  if (part < 0.97) return 'mixed';
  return 'evenly split';
}

/** "0.81 of at most 1 bit". */
export function entropyWords({ entropy, outcomes }: Pick<DecisionReport, 'entropy' | 'outcomes'>): string {
  const most = Math.log2(Math.max(1, outcomes.length));
  return `${bits(entropy)} of at most ${bits(most)} ${bits(most) === '1' ? 'bit' : 'bits'}`;
}

export function bits(value: number): string {
  return value.toFixed(2).replace(/\.?0+$/, '');
}

/** How likely it is that a variable goes with the outcome by chance alone. */
export function chanceWords({ q }: Pick<Driver, 'q'>): string {
  if (q < 0.001) return 'no chance (q < 0.001)';
  const number = `q = ${q.toFixed(q < 0.01 ? 3 : 2)}`;
  if (q < 0.01) return `hardly chance (${number})`;
  if (q < 0.05) return `unlikely chance (${number})`;
  if (q < 0.2) return `may be chance (${number})`;
  return `as good as chance (${number})`;
}

/** Whether the rule is of use: what it gets right beside what saying the commonest outcome does. */
export function ruleWords({ accuracy, baseline }: Pick<Rule, 'accuracy' | 'baseline'>): string {
  const points = Math.round((accuracy - baseline) * 100);
  if (points <= 0) return 'No better than always saying the commonest outcome: do not rely on it.';
  return `Right for ${percent(accuracy)} of visits that it was not made from, ${points} ${points === 1 ? 'point' : 'points'} more than always saying the commonest outcome.`;
}
