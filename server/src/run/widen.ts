/** The threshold rule for logs of other tools, whose nodes have no types of which some decide. */
import { DECISION_TYPES } from '../analysis/index.ts';
import { grouped } from '../language/index.ts';
import type { AnalysisReport } from '../protocol/report.ts';

/** Named in a note; of more their number is told. */
const SHOWN = 5;

export interface Widened {
  readonly types: readonly string[];
  /** One sentence: why the rule looks at these. */
  readonly note: string;
}

/** Every type of node there is, where none is one that the rule looks at by itself; undefined where one is, or none is known. */
export function widened({ nodes }: Pick<AnalysisReport, 'nodes'>): Widened | undefined {
  const types = [...new Set(nodes.flatMap(({ nodeType }) => nodeType ?? []))].sort();
  if (types.length === 0 || types.some((type) => DECISION_TYPES.includes(type))) return undefined;
  const shown = types.slice(0, SHOWN).join(', ');
  const more = types.length > SHOWN ? ` and ${grouped(types.length - SHOWN)} more` : '';
  return {
    types,
    note: `No node is of type ${either(DECISION_TYPES)}, so the threshold looks at every type here: ${shown}${more}.`,
  };
}

function either(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
