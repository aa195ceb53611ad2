/** What a saved picture says of where it is from: the query, its window and filter, the panel's filter, the date. */
import type { Filter } from '../../../server/src/protocol/panel-filter.ts';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import { filterWords } from '../filter/words.ts';
import { brief, instant, plural, span } from '../format.ts';
import { createNames } from '../names.ts';
import type { Graph } from './graph.ts';
import { type Caption, hiddenWords } from './scene.ts';

/** Characters of a query's text. */
const TEXT = 600;
/** Of a file's name. */
const NAME = 80;

export function captionOf(
  { header, interactions, all, nodes }: Overview,
  filter: Filter,
  graph: Graph,
): Caption & { readonly file: string } {
  const { timeZone } = header;
  const names = createNames();
  names.learn(nodes);
  names.learn(graph.nodes);
  const name = brief(header.title ?? header.query ?? 'Query', 120);
  const left = hiddenWords(graph.picture);
  const lines = [
    `Query: ${brief(header.query ?? header.title ?? 'without a name', 120)}: ${brief(header.text, TEXT)}`,
    `Tenant: ${brief(header.tenant, 120)} (${brief(header.connection, 120)})`,
    `Window: ${span(header.window, timeZone)}`,
    header.filter === '' ? '' : `Where: ${brief(header.filter, TEXT)}`,
    filter.length === 0
      ? `Shown: all ${plural(all.interactions, 'interaction')}`
      : `Shown: ${filterWords(filter, names.of, timeZone)}; ${interactions.toLocaleString('en-GB')} of ${plural(all.interactions, 'interaction')}`,
    left === '' ? '' : `${left.charAt(0).toUpperCase()}${left.slice(1)}`,
    `Date: run on ${instant(header.startedAt, timeZone)}`,
  ];
  return {
    title: `Flow: ${name}`,
    lines: lines.filter((line) => line !== ''),
    file: `flow ${name}`
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '')
      .slice(0, NAME),
  };
}
