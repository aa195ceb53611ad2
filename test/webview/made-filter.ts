/** What a filter leaves of a made run: by the panel's contract, from plain arrays. */
import type { Condition, Filter } from '../../server/src/protocol/panel-filter.ts';
import type { MadeRun, MadeStep } from './made.ts';

type Interaction = MadeRun['interactions'][number];

const OF_INTERACTIONS: ReadonlySet<Condition['kind']> = new Set(['edge', 'path', 'interactions']);

/** The interactions that stay, and whether a step satisfies all conditions on steps. */
export function leftOf(
  run: Pick<MadeRun, 'interactions'>,
  filter: Filter,
): { readonly interactions: readonly Interaction[]; readonly found: (step: MadeStep) => boolean } {
  const ofInteractions = filter.filter(({ kind }) => OF_INTERACTIONS.has(kind));
  const ofSteps = filter.filter(({ kind }) => !OF_INTERACTIONS.has(kind));
  const found = (step: MadeStep): boolean => ofSteps.every((condition) => satisfies(step, condition));
  const interactions = run.interactions.filter(
    (interaction) =>
      ofInteractions.every((condition) => stays(interaction, condition)) &&
      (ofSteps.length === 0 || interaction.steps.some(found)),
  );
  return { interactions, found };
}

function satisfies(step: MadeStep, condition: Condition): boolean {
  switch (condition.kind) {
    case 'mark':
      return step[condition.mark];
    case 'node':
      return step.nodeId === condition.nodeId;
    case 'outcome':
      return step.nodeId === condition.nodeId && step.outcome === condition.outcome;
    case 'dwell':
      return step.dwell !== null && within(step.dwell, condition.from, condition.to);
    case 'time': {
      const at = Date.parse(step.startTime ?? step.endTime ?? '');
      return within(at, instant(condition.from), instant(condition.to));
    }
    case 'search': {
      const words = condition.text.toLowerCase();
      const { interactionId, nodeId, nodeName, nodeType, outcome } = step;
      return [interactionId, nodeId, nodeName, nodeType, outcome].some((text) =>
        (text ?? '').toLowerCase().includes(words),
      );
    }
    case 'variable':
      return step.variables.some(
        ({ path, kind, before, after }) =>
          path.slice(1) === condition.name &&
          kind !== 'same' &&
          (condition.change === null || kind === condition.change) &&
          (condition.before === null || before === condition.before) &&
          (condition.after === null || after === condition.after),
      );
    default:
      return true;
  }
}

function stays({ id, steps }: Interaction, condition: Condition): boolean {
  const nodes = steps.map(({ nodeId }) => nodeId);
  switch (condition.kind) {
    case 'edge': {
      const { from, to } = condition;
      if (from === null) return nodes[0] === to;
      if (to === null) return nodes.at(-1) === from;
      return nodes.some((node, at) => node === from && nodes[at + 1] === to);
    }
    case 'path':
      return nodes.join('\n') === condition.nodes.join('\n');
    case 'interactions':
      return condition.ids.includes(id);
    default:
      return true;
  }
}

const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text));

const within = (value: number, from: number | null, to: number | null): boolean =>
  value >= (from ?? Number.NEGATIVE_INFINITY) && value < (to ?? Number.POSITIVE_INFINITY);
