/** How decisions fall, and what goes with it. */
import { counted, formatSeconds, percent } from '../../../protocol/figures.ts';
import type { AnalysisReport, DecisionReport } from '../../../protocol/report.ts';
import { type Block, cutTable, type Inline, paragraph, type Section } from './blocks.ts';
import type { Names } from './names.ts';
import { intervalText, number } from './tables.ts';

const MOST_DECISIONS = 5;
const MOST_OUTCOMES = 8;
const MOST_DRIVERS = 5;
const SIGNIFICANT = 0.05;

/** `< 0.001`, `0.012`. */
export function probability(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

function drivers({ drivers: all }: DecisionReport): DecisionReport['drivers'] {
  return all.filter(({ q }) => q < SIGNIFICANT);
}

function contrastText({ contrasts }: DecisionReport['drivers'][number], names: Names): Inline {
  const best = [...contrasts].sort((a, b) => b.share - b.otherwise - (a.share - a.otherwise))[0];
  if (best === undefined) return '–';
  const { condition, outcome, share, otherwise } = best;
  return `with ${condition}: ${names.of(outcome)} in ${percent(share)}, else in ${percent(otherwise)}`;
}

function ruleBlocks(decision: DecisionReport): Block[] {
  const { rule } = decision;
  if (rule === null) return [];
  const { accuracy, baseline, exceptionCount, exceptions } = rule;
  const like = exceptions
    .slice(0, 3)
    .map(({ interactionId, expected, actual }) => `${interactionId} (${actual} instead of ${expected})`);
  const others =
    exceptionCount === 0
      ? 'None goes another way.'
      : `${counted(exceptionCount, 'visit')} went another way, such as ${like.join(', ')}.`;
  return [
    { kind: 'code', label: 'The rule', text: rule.text },
    paragraph(
      `It foretells ${percent(accuracy)} of visits that it was not made from; always guessing the commonest outcome, ${percent(baseline)}. ${others}`,
    ),
  ];
}

function decisionBlocks(decision: DecisionReport, names: Names): Block[] {
  const significant = drivers(decision);
  const outcomes = cutTable(
    `Outcomes of ${names.of(decision.nodeId)}`,
    [
      { name: 'Outcome' },
      { name: 'Visits', numeric: true },
      { name: 'Share (95 % interval)', numeric: true },
      { name: 'Median time there', numeric: true },
      { name: 'Median to the end', numeric: true },
      { name: 'In error', numeric: true },
    ],
    decision.outcomes,
    MOST_OUTCOMES,
    ({ outcome, count, share, low, high, dwell, untilEnd, errorRate }) => [
      names.of(outcome),
      number(count),
      intervalText(share, low, high),
      formatSeconds(dwell.median),
      formatSeconds(untilEnd.median),
      errorRate === null ? '–' : percent(errorRate),
    ],
    (count) => `${counted(count, 'rarer outcome')} more.`,
  );
  const goesWith =
    significant.length === 0
      ? []
      : cutTable(
          `What goes with the outcome of ${names.of(decision.nodeId)}`,
          [
            { name: 'Variable' },
            { name: 'How' },
            { name: 'Gain ratio', numeric: true },
            { name: 'q', numeric: true },
          ],
          significant,
          MOST_DRIVERS,
          (driver) => [
            driver.variable,
            contrastText(driver, names),
            driver.gainRatio.toFixed(2),
            probability(driver.q),
          ],
          (count) => `${counted(count, 'variable')} more.`,
        );
  return [
    { kind: 'heading', text: `${names.of(decision.nodeId)}, ${counted(decision.visits, 'visit')}` },
    ...outcomes,
    ...goesWith,
    ...ruleBlocks(decision),
  ];
}

/** The decisions that something explains come first. */
export function decisionsSection({ decisions }: AnalysisReport, names: Names): Section | undefined {
  if (decisions.length === 0) return undefined;
  const explained = decisions.filter((one) => one.rule !== null || drivers(one).length > 0);
  const inOrder = [...explained, ...decisions.filter((one) => !explained.includes(one))];
  const shown = inOrder.slice(0, MOST_DECISIONS);
  const rest = inOrder.length - shown.length;
  const more =
    rest === 0
      ? []
      : [paragraph(`${counted(rest, 'decision point')} more ${rest === 1 ? 'is' : 'are'} in the analysis.`)];
  return {
    id: 'decisions',
    title: 'Decisions',
    blocks: [
      paragraph(
        'A variable that goes with an outcome need not be its cause. Only variables before the step are looked at.',
      ),
      ...shown.flatMap((decision) => decisionBlocks(decision, names)),
      ...more,
    ],
  };
}
