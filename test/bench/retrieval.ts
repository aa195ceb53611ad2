/** A hundred pages from a tenant that takes its time: beside the quota's own limit, and one page after another. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { createTenant, resolveProfile } from '../../server/src/tenant/index.ts';
import { summary, type Times } from './measure.ts';
import { digits, milliseconds, type Section } from './table.ts';

export const askedSchema = z.object({
  baseUrl: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  retained: z.number(),
});
/** How to ask the tenant, and how many records it has. */
export type Asked = z.infer<typeof askedSchema>;

const TENANT = fileURLToPath(new URL('./retrieval-tenant.ts', import.meta.url));
const PAGES = 100;
const PAGE_SIZE = 10;
const LATENCY_MS = 50;
const QUOTA = 5;
const ROUNDS = 7;
const FILTER = "nodeTimestamp <= '2026-11-22T08:00:00.000Z'";
const SORT = 'nodeTimestamp DESC';

async function withTenant<T>(use: (asked: Asked) => Promise<T>): Promise<T> {
  const child = fork(TENANT, [String(PAGES * PAGE_SIZE), String(LATENCY_MS)]);
  try {
    const [told] = await once(child, 'message');
    return await use(askedSchema.parse(told));
  } finally {
    child.kill();
  }
}

/** Milliseconds from the first history request to the end. Throws where a record is missing. */
async function own(asked: Asked, mode: 'stream' | 'page'): Promise<number> {
  const resolved = resolveProfile({
    baseUrl: asked.baseUrl,
    limits: { retentionDays: 365, maxConcurrentRequests: QUOTA },
  });
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('; '));
  const { outcome, records, stats } = await createTenant(resolved.profile, asked).retrieve({
    batches: [{ filter: FILTER }],
    sort: SORT,
    offset: 0,
    limit: null,
    pageSize: PAGE_SIZE,
    concurrency: QUOTA,
    retries: 5,
    timeoutMs: 30_000,
    mode,
  });
  if (outcome !== 'complete' || records.length !== asked.retained) {
    throw new Error(`${outcome}: ${records.length} of ${asked.retained} records came.`);
  }
  return stats.latencyMs;
}

const tokenSchema = z.object({ access_token: z.string() });
const pageSchema = z.object({ data: z.array(z.unknown()) });

/** A page is asked for when the one before has come, until one is empty; nothing is checked. */
async function serial(asked: Asked): Promise<number> {
  const credentials = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: asked.clientId,
    client_secret: asked.clientSecret,
  });
  const granted = await fetch(`${asked.baseUrl}/oauth/token`, { method: 'POST', body: credentials });
  const { access_token: token } = tokenSchema.parse(await granted.json());
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const began = performance.now();
  let records = 0;
  for (let offset = 0; ; offset += PAGE_SIZE) {
    const answer = await fetch(`${asked.baseUrl}/api/v2/interactions/history/query`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ filter: FILTER, limit: PAGE_SIZE, offset, sort: SORT }),
    });
    const { data } = pageSchema.parse(await answer.json());
    if (data.length === 0) break;
    records += data.length;
  }
  const took = performance.now() - began;
  if (records !== asked.retained) throw new Error(`${records} of ${asked.retained} records came.`);
  return took;
}

const WAYS = {
  stream: (asked: Asked) => own(asked, 'stream'),
  page: (asked: Asked) => own(asked, 'page'),
  serial,
};

export async function retrievalSection(): Promise<Section> {
  const times = { stream: [] as number[], page: [] as number[], serial: [] as number[] };
  const pages = await withTenant(async (asked) => {
    // The first asks for the token, opens connections and is compiled.
    for (let round = -1; round < ROUNDS; round += 1) {
      for (const way of ['stream', 'page', 'serial'] as const) {
        const took = await WAYS[way](asked);
        if (round >= 0) times[way].push(took);
      }
    }
    return Math.ceil(asked.retained / PAGE_SIZE);
  });
  const one = summary(times.serial);
  // What a page takes is more than the tenant's waiting: timers come late, and loopback is no wire. The empty page too.
  const latency = one.median / (pages + 1);
  const rounds = Math.ceil(pages / QUOTA);
  const least = rounds * latency;
  const rows = (['stream', 'page'] as const).flatMap((mode) => {
    const found: Times = summary(times[mode]);
    const [above, faster] = [found.median / least, one.median / found.median];
    return [
      {
        what: `mode ${mode}`,
        measured: milliseconds(found),
        against: `${digits(above)} times ⌈${pages} / ${QUOTA}⌉ × ${digits(latency)} ms = ${digits(least)} ms (${digits(found.median / (rounds * LATENCY_MS))} times ${rounds} × ${LATENCY_MS} ms)`,
        bar: '≤ 1.15 times',
        reached: above <= 1.15,
      },
      {
        what: 'beside one page after another',
        measured: `${digits(faster)} times as fast`,
        against: milliseconds(one),
        bar: '≥ 4.3 times',
        reached: faster >= 4.3,
      },
    ];
  });
  return {
    title: 'Retrieval',
    text: `${pages} pages of ${PAGE_SIZE} records (7.5 KB each) from the sandbox tenant in another process, which waits ${LATENCY_MS} ms before each answer and allows ${QUOTA} requests at once; from the first history request to the last record read, over loopback, ${ROUNDS} times in turn. The first page is asked for alone: it tells how many there are. The limit is what one page takes when pages are asked for one after another, measured in the same rounds; that with the ${LATENCY_MS} ms themselves stands behind it. One page after another is how the tutorial does it, with the page that ends it and without any check.`,
    rows,
  };
}
