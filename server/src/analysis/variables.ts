/** How workflow variables change: within steps, and outside any step (a race, or a script that nobody sees). */
import type { JsonValue } from '../protocol/history.ts';
import type { VariableReport } from '../protocol/report.ts';
import type { Frame } from './frame.ts';
import { PairTable } from './growable.ts';
import { CHANGE, TRANSITION_SEPARATOR } from './store.ts';
import { compareText } from './text.ts';

/** Of each variable so many of its commonest transitions are reported. */
const MAX_TRANSITIONS = 10;
/** And of the nodes where it changes so many. */
const MAX_NODES = 10;

/**
 * The most changed first, ties by name. `patterns` choose variables by name, `*` standing for anything: a whole
 * name (`order/id`, or `order.id` as the language writes it), or a top-level one with all that it holds.
 */
export function reportVariables(frame: Frame, patterns: readonly string[] | undefined): VariableReport[] {
  const { columns, live } = frame;
  const names = columns.variables.texts;
  const kinds = Object.keys(CHANGE).length;
  const counts = new Int32Array(names.length * kinds);
  const transitions = new PairTable();
  const transitionCounts: number[] = [];
  const places = new PairTable();
  const placeCounts: number[] = [];
  for (const i of live) {
    const to = columns.firstChange.values[i + 1] ?? 0;
    for (let c = columns.firstChange.values[i] ?? 0; c < to; c += 1) {
      const variable = columns.changeVariable.values[c] ?? 0;
      const slot = variable * kinds + (columns.changeKind.values[c] ?? 0);
      counts[slot] = (counts[slot] ?? 0) + 1;
      const place = places.id(variable, columns.node.values[columns.changeStep.values[c] ?? 0] ?? 0);
      placeCounts[place] = (placeCounts[place] ?? 0) + 1;
      const transition = columns.changeTransition.values[c] ?? -1;
      if (transition < 0) continue;
      const pair = transitions.id(variable, transition);
      transitionCounts[pair] = (transitionCounts[pair] ?? 0) + 1;
    }
  }
  const transitionsOf = new Map<number, { text: string; count: number }[]>();
  for (let pair = 0; pair < transitions.size; pair += 1) {
    const variable = transitions.first.values[pair] ?? 0;
    const text = columns.transitions.texts[transitions.second.values[pair] ?? 0] ?? '';
    const list = transitionsOf.get(variable) ?? [];
    list.push({ text, count: transitionCounts[pair] ?? 0 });
    transitionsOf.set(variable, list);
  }

  const nodesOf = new Map<number, { nodeId: string; count: number }[]>();
  for (let place = 0; place < places.size; place += 1) {
    const variable = places.first.values[place] ?? 0;
    const list = nodesOf.get(variable) ?? [];
    const nodeId = frame.nodeIds[places.second.values[place] ?? 0] ?? '';
    list.push({ nodeId, count: placeCounts[place] ?? 0 });
    nodesOf.set(variable, list);
  }

  const isChosen = matchesVariable(patterns ?? []);
  const rows: { total: number; report: VariableReport }[] = [];
  for (const [variable, name] of names.entries()) {
    const count = (kind: number): number => counts[variable * kinds + kind] ?? 0;
    const total = Object.values(CHANGE).reduce((sum: number, kind) => sum + count(kind), 0);
    if (total === 0 || !isChosen(name)) continue;
    rows.push({
      total,
      report: {
        name,
        added: count(CHANGE.added),
        removed: count(CHANGE.removed),
        changed: count(CHANGE.changed),
        typeChanged: count(CHANGE.typeChanged),
        outsideStep: count(CHANGE.outside),
        transitions: (transitionsOf.get(variable) ?? [])
          .sort((a, b) => b.count - a.count || compareText(a.text, b.text))
          .slice(0, MAX_TRANSITIONS)
          .map((transition) => readTransition(transition)),
        nodes: (nodesOf.get(variable) ?? [])
          .sort((a, b) => b.count - a.count || compareText(a.nodeId, b.nodeId))
          .slice(0, MAX_NODES),
      },
    });
  }
  return rows
    .sort((a, b) => b.total - a.total || compareText(a.report.name, b.report.name))
    .map(({ report }) => report);
}

function readTransition(transition: { readonly text: string; readonly count: number }): {
  before: JsonValue;
  after: JsonValue;
  count: number;
} {
  const [before = 'null', after = 'null'] = transition.text.split(TRANSITION_SEPARATOR);
  return { before: JSON.parse(before), after: JSON.parse(after), count: transition.count };
}

/** Whether one of the patterns names a variable, given by its path; all where there is no pattern. */
export function matchesVariable(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => true;
  const tests = patterns.map((pattern) => {
    const parts = pattern.split('*');
    return (text: string): boolean => matches(text, parts);
  });
  return (name) => {
    const plain = name.replaceAll('~1', '/').replaceAll('~0', '~');
    const top = (name.split('/')[0] ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
    const dotted = name.replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
    return tests.some((test) => test(top) || test(plain) || test(dotted));
  };
}

/** Whether a text consists of the parts with anything between them; linear, no regular expression. */
function matches(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  const until = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > until) return false;
    at = found + part.length;
  }
  return true;
}
