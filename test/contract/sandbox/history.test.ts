import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, MICROS_PER_DAY } from '../../../server/src/protocol/instant.ts';
import { generateInteractions } from '../../../server/src/sandbox/index.ts';
import { get, ids, NOW, type PageBody, page, post, sandboxOf } from './client.ts';

const RECORDS = [...generateInteractions({ interactions: 60, seed: 7, now: NOW })];

function latest(steps: readonly { readonly startTime: string }[]): string {
  return (
    steps
      .map(({ startTime }) => startTime)
      .sort()
      .at(-1) ?? ''
  );
}

describe('POST history/query', () => {
  it('serves the generated records, newest activity first, each once over all pages', async () => {
    const sandbox = await sandboxOf({ auth: false });
    const seen: string[] = [];
    for (let offset = 0; ; offset += 7) {
      const body = await page(sandbox, { filter: '', limit: 7, offset, sort: 'nodeTimestamp DESC' });
      expect(body.total).toBe(60);
      if (body.data.length === 0) break;
      seen.push(...ids(body));
    }
    const expected = [...RECORDS].sort((a, b) => (latest(a.steps) < latest(b.steps) ? 1 : -1));
    expect(seen).toEqual(expected.map(({ interactionId }) => interactionId));
    const first = await page(sandbox, { limit: 1 });
    expect(first.data[0]).toEqual(expected[0]);
  });

  it('sorts upwards by the earliest step that matches', async () => {
    const sandbox = await sandboxOf({ auth: false });
    const body = await page(sandbox, { filter: 'errorState = true', limit: 1000, sort: 'nodeTimestamp ASC' });
    const keys = RECORDS.flatMap(({ interactionId, steps }) => {
      const first = steps.find(({ errorState }) => errorState);
      return first === undefined ? [] : [[first.startTime, interactionId] as const];
    }).sort();
    expect(keys.length).toBeGreaterThan(3);
    expect(ids(body)).toEqual(keys.map(([, id]) => id));
  });

  it('keeps an interaction when one of its steps satisfies the whole filter', async () => {
    const sandbox = await sandboxOf({ auth: false });
    const instants = RECORDS.flatMap(({ steps }) => steps.map(({ startTime }) => startTime));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...instants),
        fc.constantFrom(...instants),
        fc.constantFrom(null, true, false),
        async (from, to, error) => {
          const conditions = [`nodeTimestamp >= '${from}'`, `nodeTimestamp < '${to}'`];
          if (error !== null) conditions.push(`errorState = ${error ? 'True' : 'false'}`);
          const body = await page(sandbox, { filter: conditions.join(' AND '), limit: 1000 });
          const expected = RECORDS.filter(({ steps }) =>
            steps.some(
              ({ startTime, errorState }) =>
                startTime >= from && startTime < to && (error === null || errorState === error),
            ),
          );
          expect(ids(body).sort()).toEqual(expected.map(({ interactionId }) => interactionId).sort());
          expect(body.total).toBe(expected.length);
        },
      ),
      { seed: 3, numRuns: 40 },
    );
  });

  it('finds by id', async () => {
    const sandbox = await sandboxOf({ auth: false });
    const [one, two] = RECORDS.map(({ interactionId }) => interactionId);
    const body = await page(sandbox, { filter: `interactionId IN ['${one}', '${two}', 'nobody']` });
    expect(ids(body).sort()).toEqual([one, two].sort());
  });

  it.each([
    [
      { filter: "interactionId == 'a'" },
      'invalid_filter',
      'Filter, character 16: expected a string in single quotes, found "=".',
    ],
    [{ filter: 7 }, 'invalid_filter', 'filter must be a string.'],
    [
      { filter: `interactionId IN [${"'a',".repeat(100)}'a']` },
      'invalid_filter',
      'An IN list may have at most 100 values.',
    ],
    [{ limit: 1001 }, 'invalid_parameter', 'limit must be an integer from 1 to 1000.'],
    [{ limit: 0 }, 'invalid_parameter', 'limit must be an integer from 1 to 1000.'],
    [{ limit: 2.5 }, 'invalid_parameter', 'limit must be an integer from 1 to 1000.'],
    [{ offset: -1 }, 'invalid_parameter', 'offset must be an integer of 0 or more.'],
    [{ sort: 'duration DESC' }, 'invalid_parameter', 'sort must be nodeTimestamp ASC or nodeTimestamp DESC.'],
    [{ pageToken: 'bm9uc2Vuc2U' }, 'invalid_parameter', 'The page token does not belong to this query.'],
  ])('refuses %j with 400', async (body, error, message) => {
    const sandbox = await sandboxOf({ auth: false });
    const response = await post(sandbox, body);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error, message }),
    ]);
    expect(sandbox.stats.badRequests).toBe(1);
  });

  it('enforces retention to the microsecond, and serves everything retained without a bound', async () => {
    const sandbox = await sandboxOf({ auth: false });
    const edge = NOW - 30 * MICROS_PER_DAY;
    const inside = await page(sandbox, { filter: `nodeTimestamp >= '${formatInstant(edge)}'` });
    expect(inside.total).toBe(60);
    for (const filter of [
      `nodeTimestamp >= '${formatInstant(edge - 1)}'`,
      `errorState = true AND (nodeTimestamp > '${formatInstant(edge - MICROS_PER_DAY)}')`,
    ]) {
      const response = await post(sandbox, { filter });
      expect([response.status, await response.json()]).toEqual([
        400,
        {
          error: 'retention_exceeded',
          message: expect.stringContaining(
            'retention window of 30 days, which begins at 2026-10-21T10:30:00.000Z',
          ),
          position: filter.indexOf("'"),
        },
      ]);
    }
    expect((await page(sandbox, { filter: '' })).total).toBe(60);
  });

  it('stops serving what has fallen out of retention', async () => {
    const sandbox = await sandboxOf({ auth: false, retentionDays: 1 });
    const expected = RECORDS.filter(({ steps }) => Date.parse(latest(steps)) * 1000 >= NOW - MICROS_PER_DAY);
    expect(expected.length).toBeGreaterThan(3);
    expect((await page(sandbox, {})).total).toBe(expected.length);
    expect([sandbox.retained, sandbox.expired]).toEqual([expected.length, 60 - expected.length]);
  });

  it('caps pages, leaves totals out and gives tokens where told to', async () => {
    const sandbox = await sandboxOf({ auth: false, pageCap: 9, totals: false, tokens: true });
    const seen: string[] = [];
    let nextPageToken: string | undefined;
    let pages = 0;
    do {
      const body: PageBody = await page(sandbox, { limit: 100, ...(nextPageToken ? { nextPageToken } : {}) });
      expect(body).not.toHaveProperty('total');
      expect(body.data.length).toBeLessThanOrEqual(9);
      seen.push(...ids(body));
      pages += 1;
      ({ nextPageToken } = body);
    } while (nextPageToken !== undefined);
    expect(pages).toBe(7);
    expect(new Set(seen).size).toBe(60);
    expect(seen.length).toBe(60);
  });

  it('spells booleans as told', async () => {
    const sandbox = await sandboxOf({ auth: false, recordBooleans: 'title', filterBooleans: 'title' });
    const body = await page(sandbox, { filter: 'errorState = True', limit: 1000 });
    const spelled = new Set(body.data.flatMap(({ steps }) => steps.map(({ errorState }) => errorState)));
    expect([...spelled].sort()).toEqual(['False', 'True']);
    expect((await post(sandbox, { filter: 'errorState = true' })).status).toBe(400);
  });
});

describe('GET history', () => {
  const query = { filter: '', limit: '40', offset: '10', sort: 'nodeTimestamp DESC' };

  it('is the same page as the query', async () => {
    const sandbox = await sandboxOf({ auth: false });
    const response = await get(sandbox, query);
    expect(response.headers.get('etag')).toMatch(/^"[\w-]+"$/);
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect(await response.json()).toEqual(await page(sandbox, { ...query, limit: 40, offset: 10 }));
  });

  it('puts together from ranges to the same bytes', async () => {
    const sandbox = await sandboxOf({ auth: false });
    const whole = Buffer.from(await (await get(sandbox, query)).arrayBuffer());
    const parts: Buffer[] = [];
    let etag = '';
    for (let first = 0; first < whole.length; first += 50_000) {
      const last = first + 49_999;
      const response = await get(sandbox, query, {
        Range: `bytes=${first}-${last}`,
        ...(etag ? { 'If-Range': etag } : {}),
      });
      expect(response.status).toBe(206);
      const end = Math.min(last, whole.length - 1);
      expect(response.headers.get('content-range')).toBe(`bytes ${first}-${end}/${whole.length}`);
      etag = response.headers.get('etag') ?? '';
      parts.push(Buffer.from(await response.arrayBuffer()));
    }
    expect(parts.length).toBeGreaterThan(2);
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
  });

  it.each([
    ['bytes=-10', 206],
    ['bytes=5-', 206],
    ['bytes=0-0', 206],
    ['bytes=99999999-', 416],
    ['bytes=-0', 416],
    ['bytes=9-3', 200],
    ['bytes=0-1,4-5', 200],
    ['lines=0-1', 200],
  ])('answers %s with %i', async (range, status) => {
    const sandbox = await sandboxOf({ auth: false });
    const response = await get(sandbox, query, { Range: range });
    const length = (await response.arrayBuffer()).byteLength;
    expect(response.status).toBe(status);
    if (status === 416) expect(response.headers.get('content-range')).toMatch(/^bytes \*\/\d+$/);
    if (range === 'bytes=-10') expect(length).toBe(10);
    if (range === 'bytes=0-0') expect(length).toBe(1);
  });

  it('gives the whole page when If-Range does not hold', async () => {
    const sandbox = await sandboxOf({ auth: false });
    for (const validator of ['"another"', 'W/"weak"', 'Fri, 20 Nov 2026 10:00:00 GMT']) {
      const response = await get(sandbox, query, { Range: 'bytes=0-9', 'If-Range': validator });
      expect(response.status).toBe(200);
      expect(await response.json()).toHaveProperty('total', 60);
    }
  });

  it('can be missing', async () => {
    const sandbox = await sandboxOf({ auth: false, streaming: false });
    expect((await get(sandbox, query)).status).toBe(404);
    expect((await page(sandbox, {})).total).toBe(60);
  });

  it('serves one interaction by its id', async () => {
    const sandbox = await sandboxOf({ auth: false });
    const [record] = RECORDS;
    const path = `${sandbox.baseUrl}/api/v2/interactions`;
    const response = await fetch(`${path}/${record?.interactionId}/history`);
    expect(await response.json()).toEqual({ data: [record], total: 1 });
    expect((await fetch(`${path}/nobody/history`)).status).toBe(404);
  });
});

describe('a history file', () => {
  const records = [
    {
      interactionId: 12345678901234,
      steps: [{ nodeId: 'a', startTime: '2026-11-20T09:00:00', errorState: 'True' }],
    },
    { interactionId: 'b', steps: [], custom: { kept: true } },
    { interactionId: 'c', steps: [{ nodeId: 'a', startTime: '2011-01-01T00:00:00Z' }] },
  ];
  const lines = records.map((record) => JSON.stringify(record)).join('\n');
  it.each([
    ['history.ndjson', Buffer.from(`\uFEFF${lines}\n\n`)],
    ['history.json', Buffer.from(JSON.stringify(records, null, 1))],
    ['data.json', Buffer.from(JSON.stringify({ data: records }))],
    ['history.ndjson.gz', gzipSync(lines)],
  ])('is served from %s', async (name, bytes) => {
    const folder = await mkdtemp(join(tmpdir(), 'cxq-sandbox-'));
    try {
      const data = join(folder, name);
      await writeFile(data, bytes);
      const sandbox = await sandboxOf({ auth: false, data });
      expect([sandbox.retained, sandbox.expired]).toEqual([2, 1]);
      expect((await page(sandbox, {})).data).toEqual(records.slice(0, 2));
      expect(ids(await page(sandbox, { filter: 'errorState' }))).toEqual([12345678901234]);
      expect(ids(await page(sandbox, { filter: "interactionId = '12345678901234'" }))).toEqual([
        12345678901234,
      ]);
      expect(ids(await page(sandbox, { filter: "interactionId = 'b'" }))).toEqual(['b']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
