/** How many requests a plan takes, in words, by how its connection is asked. */
import type { ProfileFacts } from './context.ts';
import type { Estimate } from './estimate.ts';
import { grouped } from './numbers.ts';

export interface Requests {
  readonly adapter: ProfileFacts['adapter'];
  readonly estimatedRequests: Estimate;
  readonly pageSize: number;
  readonly concurrency: number;
}

/** `pages of 100, 5 at once`. */
export function pagesText({ adapter, pageSize, concurrency }: Omit<Requests, 'estimatedRequests'>): string {
  const atOnce = `${grouped(concurrency)} at once`;
  return adapter === 'history-query'
    ? `pages of ${grouped(pageSize)}, ${atOnce}`
    : `one for each id, ${atOnce}`;
}

/** `12`, `1 to 10`, `at least 1, as many as there are pages`; `none: a file is read` of a history file. */
export function countText({ adapter, estimatedRequests: { min, max } }: Requests): string {
  if (adapter === 'file') return 'none: a file is read';
  if (max === null) {
    return `at least ${grouped(min)}, as many as there are ${adapter === 'history-query' ? 'pages' : 'ids'}`;
  }
  return min === max ? grouped(max) : `${grouped(min)} to ${grouped(max)}`;
}

/** `1 to 10 (pages of 100, 5 at once)`. */
export function requestsText(requests: Requests): string {
  const count = countText(requests);
  return requests.adapter === 'file' ? count : `${count} (${pagesText(requests)})`;
}
