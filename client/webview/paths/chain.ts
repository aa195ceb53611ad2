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

/** As much of both ends as there is room for; never less than the first and the last. */
export function chainOf(links: readonly Link[], room: number, widthOf: (link: Link) => number): Chain {
  let left = room;
  let head = 0;
  let tail = 0;
  while (head + tail < links.length) {
    const next = head <= tail ? links[head] : links[links.length - 1 - tail];
    if (next === undefined) break;
    left -= widthOf(next);
    if (left < 0 && head > 0 && tail > 0) break;
    if (head <= tail) head += 1;
    else tail += 1;
  }
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
