/** The wire alone: pages of one address through transport, governor and requester, without a run around them. */
import type { Clock } from '../../../../server/src/tenant/clock.ts';
import type { Result } from '../../../../server/src/tenant/errors.ts';
import type { Requester } from '../../../../server/src/tenant/exchange.ts';
import { createGovernor, type Governor } from '../../../../server/src/tenant/governor.ts';
import { type Counts, createMeter } from '../../../../server/src/tenant/meter.ts';
import type { FetchPage } from '../../../../server/src/tenant/pages.ts';
import { createRequester } from '../../../../server/src/tenant/requests.ts';
import { createPageSource } from '../../../../server/src/tenant/stream.ts';
import { createTokenSource } from '../../../../server/src/tenant/tokens.ts';
import { createTransport, type Transport } from '../../../../server/src/tenant/transport.ts';
import { hurriedClock, profileFor } from './ask.ts';

export interface WireOptions {
  readonly chunkBytes?: number;
  readonly concurrency?: number;
  readonly quota?: number;
  readonly retries?: number;
  readonly timeoutMs?: number;
  readonly mode?: 'stream' | 'page';
  readonly clock?: Clock;
  readonly transport?: Transport;
  readonly governor?: Governor;
  readonly maxBodyBytes?: number;
  readonly filter?: string;
  /** Further fields of the profile. */
  readonly profile?: Readonly<Record<string, unknown>>;
}

export interface Wire {
  readonly fetch: FetchPage;
  readonly counts: Counts;
  readonly governor: Governor;
  readonly requester: Requester;
}

const shared = createTransport();

/** A profile is checked whole, time zones and all: of many wires alike, once. */
const profiles = new Map<string, ReturnType<typeof profileFor>>();

function profileOf(url: string, more: Readonly<Record<string, unknown>>): ReturnType<typeof profileFor> {
  const key = JSON.stringify([url, more]);
  let profile = profiles.get(key);
  if (profile === undefined) {
    profile = profileFor(url, more);
    profiles.set(key, profile);
  }
  return profile;
}

export function wireTo(url: string, options: WireOptions = {}): Wire {
  const { concurrency = 5, retries = 5, timeoutMs = 10_000, mode = 'stream' } = options;
  const clock = options.clock ?? hurriedClock();
  const profile = profileOf(url, {
    auth: { kind: 'none' },
    limits: { rangeChunkBytes: options.chunkBytes ?? 8_388_608 },
    ...options.profile,
  });
  const meter = createMeter(clock.now);
  const governor = options.governor ?? createGovernor(options.quota ?? 5, clock);
  const requester = createRequester({
    profile,
    transport: options.transport ?? shared,
    tokens: createTokenSource(profile.auth, {}, clock),
    governor: () => governor,
    ...{ clock, meter, retries, timeoutMs, concurrency },
  });
  const { maxBodyBytes } = options;
  const pages = createPageSource({
    ...{ profile, requester, meter, mode, concurrency, timeoutMs },
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
  });
  const fetch = pages({ filter: options.filter ?? 'errorState = true', sort: 'nodeTimestamp DESC' });
  return { fetch, counts: meter.counts, governor, requester };
}

/** What a page holds, as one text; or the error. */
export async function contentOf(
  wire: Wire,
  signal: AbortSignal = new AbortController().signal,
): Promise<Result<string>> {
  const answer = await wire.fetch({ offset: 0, limit: 1_000, token: null }, signal);
  if (!answer.ok) return answer;
  const { records, total, token } = answer.value;
  const values: unknown[] = [];
  for await (const block of records.blocks()) {
    for (const record of block) values.push(record.ok ? record.value : record.reason);
  }
  return { ok: true, value: JSON.stringify({ values, total, token }) };
}

/** A page as the tenant would send it, of about so many bytes; `stretch` makes its records longer and fewer. */
export function pageBody(bytes: number, version = 0, stretch = 1): Buffer {
  const data: unknown[] = [];
  for (let size = 40, index = 0; size < bytes; index += 1) {
    const record = {
      interactionId: `v${version}-${index}`,
      note: 'äöü "☎" \\ '.repeat((index % 7) * stretch),
      steps: [],
    };
    size += Buffer.byteLength(JSON.stringify(record)) + 1;
    data.push(record);
  }
  return Buffer.from(JSON.stringify({ data, total: data.length, nextPageToken: `t${version}` }));
}

/** The content that `contentOf` gives for such a page. */
export function contentIn(body: Buffer): string {
  const { data, total, nextPageToken } = JSON.parse(body.toString('utf8'));
  return JSON.stringify({ values: data, total, token: nextPageToken });
}
