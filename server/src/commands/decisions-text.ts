/** Decision points on a terminal: where they lead, what that goes with, and the rule that says so. */
import { variableField } from '../analysis/index.ts';
import type { AnalysisReport, DecisionReport } from '../protocol/report.ts';
import type { Io } from './io.ts';
import { shorten } from './layout.ts';
import { grouped, plural } from './numbers.ts';
import { percent } from './table.ts';
import { sentence, title } from './text-parts.ts';

const MAX_DECISIONS = 3;
const MAX_OUTCOMES = 4;
const MAX_RULE_LINES = 8;
/** A driver below it is no chance. */
const MAX_Q = 0.05;

type Driver = DecisionReport['drivers'][number];

/** The decision points with most visits whose outcome goes with a variable; '' where there is none. */
export function decisionsText(io: Io, report: AnalysisReport): string {
  const explained = report.decisions.flatMap((decision) => {
    const [driver] = decision.drivers.filter(({ q }) => q < MAX_Q);
    return driver === undefined ? [] : [{ decision, driver }];
  });
  if (explained.length === 0) return '';
  const names = new Map(report.nodes.map(({ nodeId, nodeName }) => [nodeId, nodeName ?? nodeId]));
  const nameOf = (id: string): string => names.get(id) ?? id;
  let text = title(
    io,
    `Decisions${explained.length > MAX_DECISIONS ? ` (${MAX_DECISIONS} of ${grouped(explained.length)} that variables tell apart)` : ''}`,
  );
  for (const { decision, driver } of explained.slice(0, MAX_DECISIONS)) {
    text += `  ${shorten(nameOf(decision.nodeId), 60)}${io.colour.dim(`, ${plural(decision.visits, 'visit')}`)}\n`;
    text += sentence(io, outcomesText(decision, nameOf), '    ');
    text += sentence(io, driverText(decision, driver, nameOf), '    ');
    text += ruleText(io, decision);
  }
  return text;
}

/** `express 33 % (31–35 %), standard 55 % (54–57 %)`: shares with their 95 % intervals. */
function outcomesText({ outcomes }: DecisionReport, nameOf: (id: string) => string): string {
  const shown = outcomes
    .slice(0, MAX_OUTCOMES)
    .map(({ outcome, share, low, high }) => `${nameOf(outcome)} ${percent(share)} (${span(low, high)})`);
  const rest = outcomes.length - MAX_OUTCOMES;
  return [...shown, ...(rest > 0 ? [plural(rest, 'further outcome')] : [])].join(', ');
}

function span(low: number, high: number): string {
  return `${percent(low).replace(' %', '')}–${percent(high)}`;
}

function driverText(
  { entropy }: DecisionReport,
  { variable, threshold, gain, q, contrasts }: Driver,
  nameOf: (id: string) => string,
): string {
  const field = `${variableField(variable)}${threshold === null ? '' : ` above ${threshold}`}`;
  const chance = q < 0.001 ? 'q < 0.001' : `q = ${q.toFixed(3)}`;
  const bits = gain < 0.01 ? '< 0.01' : gain.toFixed(2);
  const told = `goes with ${field}: ${bits} of ${entropy.toFixed(2)} bits, ${chance}`;
  const [best] = [...contrasts].sort((a, b) => b.share - b.otherwise - (a.share - a.otherwise));
  if (best === undefined) return told;
  const { outcome, condition, share, otherwise } = best;
  return `${told}; ${nameOf(outcome)} with ${condition} ${percent(share)}, otherwise ${percent(otherwise)}`;
}

/** What does no better than guessing is no rule. */
function ruleText(io: Io, { rule }: DecisionReport): string {
  if (rule === null || rule.accuracy <= rule.baseline) return '';
  const lines = rule.text.split('\n');
  const shown = lines
    .slice(0, MAX_RULE_LINES)
    .map((line) => `      ${shorten(line, Math.max(40, io.columns - 6))}\n`);
  const rest = lines.length - MAX_RULE_LINES;
  if (rest > 0) shown.push(`      ${io.colour.dim(plural(rest, 'further line'))}\n`);
  const worth = `a rule that is right for ${percent(rule.accuracy)} of visits that it was not made from; the commonest outcome alone would be for ${percent(rule.baseline)}:`;
  return sentence(io, worth, '    ') + shown.join('');
}
