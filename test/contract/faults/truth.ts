/** What a tenant without faults has, asked for without the product. */
import { type FaultSpec, startSandbox } from '../../../server/src/sandbox/index.ts';
import { NOW } from './whole-way.ts';

export const INTERACTIONS = 140;

/** The ids that a filter finds, in order. */
export async function askAll(
  seed: number,
  filter: string,
  faults: readonly FaultSpec[] = [],
): Promise<readonly string[]> {
  const calm = await startSandbox({ interactions: INTERACTIONS, seed, now: NOW, auth: false, faults });
  try {
    const response = await fetch(`${calm.baseUrl}/api/v2/interactions/history/query`, {
      method: 'POST',
      // Else closing would wait for the connection.
      headers: { connection: 'close' },
      body: JSON.stringify({ filter, limit: 1000 }),
    });
    const { data } = (await response.json()) as { readonly data: { readonly interactionId: string }[] };
    return data.map(({ interactionId }) => interactionId);
  } finally {
    await calm.close();
  }
}

/** Those of the first that are not among the second, each counted as often as it is there. */
export function without(ids: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const id of others) left.set(id, (left.get(id) ?? 0) + 1);
  return ids.filter((id) => {
    const count = left.get(id) ?? 0;
    left.set(id, count - 1);
    return count <= 0;
  });
}
