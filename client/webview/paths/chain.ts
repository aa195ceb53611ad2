/** A path as its nodes in order: the same node again at once counted, a long one without its middle. */

import { brief, plural } from '../format.ts';
import type { NameOf } from '../names.ts';

export interface Link {
  readonly nodeId: string;
  /** Times in a row. */
  readonly times: number;
}

export interface Chain {
  readonly head: readonly Link[];
  /** Left out between head and tail. */
  readonly hidden: readonly Link[];
  readonly tail: readonly Link[];
}

/** "A A B A" as A twice, B, A. */
export function linksOf(nodes: readonly string[]): Link[] {
  const links: { nodeId: string; times: number }[] = [];
  for (const nodeId of nodes) {
    const last = links.at(-1);
    if (last?.nodeId === nodeId) last.times += 1;
    else links.push({ nodeId, times: 1 });
  }
  return links;
}

/** @param room links that fit; what stands for the others takes one place. One link alone is never left out. */
export function chainOf(links: readonly Link[], room: number): Chain {
  const places = Math.max(3, room);
  if (links.length <= places) return { head: links, hidden: [], tail: [] };
  const tail = Math.floor((places - 1) / 2);
  const head = places - 1 - tail;
  return {
    head: links.slice(0, head),
    hidden: links.slice(head, links.length - tail),
    tail: links.slice(links.length - tail),
  };
}

/** As it is read aloud: "Menu 2 times, Queue, 4 more, Survey". */
export function chainWords({ head, hidden, tail }: Chain, nameOf: NameOf): string {
  const say = ({ nodeId, times }: Link): string =>
    `${brief(nameOf(nodeId), 60)}${times > 1 ? ` ${times} times` : ''}`;
  const middle = hidden.length === 0 ? [] : [plural(hidden.length, 'more node', 'more nodes')];
  return [...head.map(say), ...middle, ...tail.map(say)].join(', ');
}
