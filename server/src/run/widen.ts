/** The threshold rule for logs of other tools, whose nodes have no type, or none of which some decide. */
import { DECISION_TYPES, UNTYPED } from '../analysis/index.ts';
import { grouped } from '../language/index.ts';
import type { AnalysisReport } from '../protocol/report.ts';

/** Named in a note; of more their number is told. */
const SHOWN = 5;

export interface Widened {
  readonly types: readonly string[];
  /** One sentence: why the rule looks at these. */
  readonly note: string;
}

/** Every type of node there is, where none is one that the rule looks at by itself; undefined where one is. */
export function widened({
  nodes,
  bottleneckCount,
}: Pick<AnalysisReport, 'nodes' | 'bottleneckCount'>): Widened | undefined {
  const types = [...new Set(nodes.map(({ nodeType }) => nodeType ?? UNTYPED))].sort();
  // A node may be of several types, of which its report names one.
  const isRuled = bottleneckCount > 0 || types.some((type) => DECISION_TYPES.includes(type));
  if (types.length === 0 || isRuled) return undefined;
  const note = `No node is of type ${either(DECISION_TYPES)}, so the threshold looks at every node`;
  return { types, note: `${note}${shown(types.filter((type) => type !== UNTYPED))}.` };
}

/** Which types they have, as the end of the sentence. */
function shown(types: readonly string[]): string {
  if (types.length === 0) return '; none here has a type';
  const more = types.length - SHOWN;
  const rest = more > 0 ? ` and ${grouped(more)} more` : '';
  return `, whatever its type (${types.slice(0, SHOWN).join(', ')}${rest})`;
}

function either(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
