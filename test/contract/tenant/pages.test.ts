import { describe, expect, it } from 'vitest';
import { ask, ids } from './support/ask.ts';
import { record, records, sendJson } from './support/fault-tenant.ts';
import { faultTenants, named } from './support/tenants.ts';

const start = faultTenants();

describe('pages of a healthy tenant', () => {
  it('come side by side within the quota, in order, once each', async () => {
    const rows = records(1234);
    const tenant = await start({ rows, latency: 5 });
    const offsets: number[] = [];
    const result = await ask(
      tenant.url,
      {},
      {
        onPage: ({ offset }) => {
          offsets.push(offset);
          return undefined;
        },
      },
    );
    expect(result.outcome).toBe('complete');
    expect(ids(result)).toEqual(named(rows));
    expect(offsets).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200]);
    expect(result.stats).toMatchObject({
      requests: 13,
      retries: 0,
      tokens: 1,
      pages: 13,
      duplicates: 0,
      total: 1234,
      expected: 1234,
    });
    expect(tenant.counts.most).toBeGreaterThan(1);
    expect(tenant.counts.most).toBeLessThanOrEqual(5);
    expect(tenant.history()[0]?.json).toEqual({
      filter: "nodeTimestamp <= '2026-11-22T08:00:00.000Z'",
      limit: 100,
      offset: 0,
      sort: 'nodeTimestamp DESC',
    });
    expect(tenant.history()[0]?.headers).toMatchObject({
      authorization: 'Bearer token-0',
      'accept-encoding': 'identity',
    });
  });

  it('an empty result takes one request and is known to be empty', async () => {
    for (const total of [true, false]) {
      const tenant = await start({ rows: [], total });
      const result = await ask(tenant.url);
      expect(result).toMatchObject({ outcome: 'complete', records: [], stats: { requests: 1, expected: 0 } });
    }
  });

  it.each([204, 200])('an answer of status %i without a body is no records', async (status) => {
    const tenant = await start({
      fault: ({ kind }, response) => {
        if (kind === 'token') return false;
        response.writeHead(status).end();
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(1);
    expect(result).toMatchObject({ outcome: 'complete', stats: { requests: 1, expected: 0 } });
  });

  it('no batches ask nothing', async () => {
    const tenant = await start();
    const result = await ask(tenant.url, { batches: [] });
    expect(result).toMatchObject({ outcome: 'complete', stats: { requests: 0, tokens: 0, expected: 0 } });
    expect(tenant.asked).toEqual([]);
  });

  it('LIMIT is exact, and asks for no more rows than it needs', async () => {
    const tenant = await start({ rows: records(1000) });
    const result = await ask(tenant.url, { limit: 250 });
    expect(result.outcome).toBe('complete');
    expect(result.records).toHaveLength(250);
    expect(result.stats).toMatchObject({ requests: 3, expected: 250, total: 1000 });
    expect(tenant.history().map(({ json }) => json['limit'])).toEqual([100, 100, 50]);
  });

  it('OFFSET is taken off what is expected', async () => {
    const tenant = await start({ rows: records(1000) });
    const result = await ask(tenant.url, { offset: 940 });
    expect(ids(result)).toEqual(named(records(1000).slice(940)));
    expect(result.stats).toMatchObject({ expected: 60, requests: 1 });
  });

  it('the caller can stop, and what it has seen is what was expected', async () => {
    const tenant = await start({ rows: records(1000) });
    const pages: number[] = [];
    const result = await ask(
      tenant.url,
      {},
      {
        onPage: ({ offset }) => {
          pages.push(offset);
          return pages.length === 2 ? 'stop' : undefined;
        },
      },
    );
    expect(pages).toEqual([0, 100]);
    expect(result).toMatchObject({ outcome: 'complete', stats: { records: 200, expected: 200 } });
  });

  it('batches are read side by side, each to the limit, and merged', async () => {
    const tenant = await start({ rows: records(30), latency: 10 });
    const batches = Array.from({ length: 8 }, (_, index) => ({ filter: `interactionId IN ['b${index}']` }));
    const seen: number[] = [];
    const result = await ask(
      tenant.url,
      { batches, limit: 20 },
      {
        onPage: ({ batch }) => {
          seen.push(batch);
          return undefined;
        },
      },
    );
    // Every batch gives the same twenty here: the merged result has each once.
    expect(result.records).toHaveLength(20);
    expect(result).toMatchObject({
      outcome: 'complete',
      stats: { requests: 8, duplicates: 140, expected: 20 },
    });
    expect(seen).toEqual([0]);
    expect(tenant.counts.most).toBeGreaterThan(1);
    expect(tenant.counts.most).toBeLessThanOrEqual(5);
  });
});

describe('pages of a tenant with its own ideas', () => {
  it('a first page that is short sets the step', async () => {
    const rows = records(330);
    const tenant = await start({ rows, cap: 40 });
    const result = await ask(tenant.url);
    expect(ids(result)).toEqual(named(rows));
    expect(result).toMatchObject({ outcome: 'complete', stats: { requests: 9, duplicates: 0 } });
  });

  it('without a total an empty page proves the end, with no more than the quota asked in vain', async () => {
    for (const [count, cap] of [
      [330, 100],
      [300, 100],
      [330, 40],
      [1, 100],
      [99, 100],
      [100, 100],
      [60, 60],
    ] as const) {
      const rows = records(count);
      const tenant = await start({ rows, total: false, cap });
      const result = await ask(tenant.url);
      expect(ids(result)).toEqual(named(rows));
      expect(result).toMatchObject({ outcome: 'complete', stats: { expected: count, total: null } });
      const vain = tenant.history().filter(({ json }) => Number(json['offset']) >= count);
      expect(vain.length).toBeGreaterThan(0);
      expect(vain.length).toBeLessThanOrEqual(5);
    }
  });

  it('a page that is short in the middle is continued from where it stopped', async () => {
    const rows = records(500);
    const tenant = await start({
      rows,
      fault: ({ kind, json }, response) => {
        if (kind !== 'history' || json['offset'] !== 200 || json['limit'] !== 100) return false;
        sendJson(response, 200, { data: rows.slice(200, 237), total: 500 });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(1);
    expect(ids(result)).toEqual(named(rows));
    // Five pages, one to fill up, and one that shows that nothing is behind the total.
    expect(result).toMatchObject({ outcome: 'complete', stats: { requests: 7, duplicates: 0 } });
    expect(tenant.history().some(({ json }) => json['offset'] === 237 && json['limit'] === 63)).toBe(true);
  });

  it('a short page without a total lets no more than the quota ask in vain', async () => {
    const rows = records(50);
    for (let round = 0; round < 20; round += 1) {
      const tenant = await start({
        rows,
        total: false,
        fault: ({ kind, number, json }, response) => {
          if (kind !== 'history' || number !== 1) return false;
          const offset = Number(json['offset']);
          sendJson(response, 200, { data: rows.slice(offset, offset + 4) });
          return true;
        },
      });
      const result = await ask(tenant.url, { pageSize: 10, concurrency: 4 });
      expect(tenant.counts.faults).toBe(1);
      expect(ids(result)).toEqual(named(rows));
      expect(result.outcome).toBe('complete');
      const vain = tenant.history().filter(({ json }) => Number(json['offset']) >= 50);
      expect(vain.length).toBeLessThanOrEqual(4);
    }
  });

  it('a total that grows is followed, and one that grows without end is not', async () => {
    const rows = records(5000);
    const growing = await start({
      rows: rows.slice(0, 400),
      total: ({ served }) => Math.min(400, 200 + served),
    });
    expect(ids(await ask(growing.url))).toEqual(named(rows.slice(0, 400)));
    const endless = await start({ rows, total: ({ served }) => served + 100 });
    const result = await ask(endless.url);
    expect(result.outcome).toBe('partial');
    expect(result.notes.join(' ')).toMatch(/grew without end/);
    expect(result.stats.requests).toBeLessThan(40);
  });

  it('a total that is too small does not end the run early', async () => {
    const rows = records(230);
    const tenant = await start({ rows, total: () => 5 });
    const result = await ask(tenant.url);
    expect(ids(result)).toEqual(named(rows));
    expect(result).toMatchObject({ outcome: 'complete', stats: { expected: 230 } });
  });

  it('page tokens take over, one page after another', async () => {
    const rows = records(530);
    for (const total of [true, false]) {
      const tenant = await start({ rows, total, tokens: true });
      const result = await ask(tenant.url);
      expect(ids(result)).toEqual(named(rows));
      expect(result).toMatchObject({ outcome: 'complete', stats: { requests: 6, expected: 530 } });
      expect(tenant.counts.most).toBe(1);
      expect(tenant.history()[1]?.json).toMatchObject({ pageToken: 't100' });
      expect(tenant.history()[1]?.json).not.toHaveProperty('offset');
    }
  });

  it('a page token that repeats ends the run as partial', async () => {
    const rows = records(530);
    const tenant = await start({
      rows,
      tokens: true,
      fault: ({ kind, json }, response) => {
        if (kind !== 'history' || json['pageToken'] !== 't200') return false;
        sendJson(response, 200, { data: rows.slice(200, 300), nextPageToken: 't200', total: 530 });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(1);
    expect(result).toMatchObject({ outcome: 'partial', stats: { records: 300, expected: 530 } });
    expect(result.notes.join(' ')).toMatch(/same page token twice/);
  });

  it('a tenant that ignores the offset is left after a few pages', async () => {
    const rows = records(100);
    const tenant = await start({
      rows,
      fault: ({ kind }, response) => {
        if (kind === 'token') return false;
        sendJson(response, 200, { data: rows });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'partial', stats: { records: 100 } });
    expect(result.stats.requests).toBeLessThan(25);
  });

  it.each([true, false])('pages larger than asked set the next offset, total told: %s', async (total) => {
    const rows = records(430);
    const tenant = await start({
      fault: ({ kind, json }, response) => {
        if (kind === 'token') return false;
        const offset = Number(json['offset']);
        const data = rows.slice(offset, offset + Number(json['limit']) + 50);
        sendJson(response, 200, { data, ...(total ? { total: 430 } : {}) });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'complete', stats: { records: 430, expected: 430 } });
    expect(ids(result)).toEqual(named(rows));
    expect(tenant.history()[1]?.json['offset']).toBe(150);
  });

  it('a tenant that gives everything at once, and says how much that is, is done', async () => {
    const rows = records(1000);
    const tenant = await start({
      fault: ({ kind }, response) => {
        if (kind === 'token') return false;
        sendJson(response, 200, { data: rows, total: 1000 });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({
      outcome: 'complete',
      stats: { records: 1000, expected: 1000, requests: 1, duplicates: 0 },
    });
  });

  it.each([
    ['once, and is read again', 1, 'complete', 530],
    ['always: the run is partial and expects nothing', Number.POSITIVE_INFINITY, 'partial', 430],
  ])('without a total a page in the middle comes empty %s', async (_, times, outcome, count) => {
    let left = times;
    let behind = (): void => undefined;
    const later = new Promise<void>((resolve) => {
      behind = resolve;
    });
    const tenant = await start({
      rows: records(530),
      total: false,
      fault: async ({ kind, json }, response) => {
        if (kind === 'history' && json['offset'] === 300) behind();
        if (kind === 'token' || json['offset'] !== 200 || left <= 0) return false;
        left -= 1;
        // The pages behind it have been asked for by now.
        await later;
        sendJson(response, 200, { data: [] });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBeGreaterThan(0);
    expect(result).toMatchObject({ outcome, stats: { records: count } });
    expect(result.stats.expected).toBe(outcome === 'complete' ? 530 : null);
    if (outcome === 'partial') expect(result.notes.join(' ')).toMatch(/nothing at a place in the middle/);
    else expect(ids(result)).toEqual(named(records(530)));
  });

  it('an id that every record has is read in time that grows with their number', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({
      ...record(index),
      interactionId: 'anonymous',
    }));
    const tenant = await start({ rows });
    const result = await ask(tenant.url, { pageSize: 6000 });
    expect(result).toMatchObject({
      outcome: 'partial',
      stats: { records: 1, conflicts: 4999, duplicates: 0 },
    });
    expect(result.records).toHaveLength(5000);
  });

  it('an interaction seen again is dropped when equal', async () => {
    const rows = records(300);
    rows.splice(150, 0, rows[20] ?? {});
    const tenant = await start({ rows, total: () => 300 });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'complete', stats: { records: 300, duplicates: 1 } });
    expect(new Set(ids(result)).size).toBe(300);
  });

  it('one that went on meanwhile takes the place of the earlier, and both of a contradiction are kept', async () => {
    const rows = records(300);
    rows.splice(150, 0, record(20, 3));
    const tenant = await start({ rows, total: () => 300 });
    const replaced: string[] = [];
    const result = await ask(
      tenant.url,
      {},
      {
        onPage: (page) => {
          replaced.push(...page.replaced.map(({ interactionId }) => interactionId));
          return undefined;
        },
      },
    );
    expect(replaced).toEqual(['i00020']);
    expect(result).toMatchObject({ outcome: 'complete', stats: { records: 300 } });
    expect(result.records[20]?.steps).toHaveLength(3);

    const other = records(300);
    other.splice(150, 0, { ...record(20), workflowId: 'another' });
    const contradicting = await start({ rows: other, total: () => 300 });
    const conflict = await ask(contradicting.url);
    expect(conflict).toMatchObject({ outcome: 'partial', stats: { records: 300, conflicts: 1 } });
    expect(conflict.records).toHaveLength(301);
    expect(conflict.notes.join(' ')).toMatch(/came twice with different content/);
  });

  it('a record that is left out once is found by reading around the gap once more', async () => {
    for (const total of [true, false]) {
      const rows = records(500);
      let left = 0;
      const tenant = await start({
        rows,
        total,
        fault: ({ kind, json }, response) => {
          if (kind !== 'history' || json['offset'] !== 200 || left++ > 0) return false;
          sendJson(response, 200, {
            data: rows.slice(200, 300).toSpliced(40, 1),
            ...(total ? { total: 500 } : {}),
          });
          return true;
        },
      });
      const late: boolean[] = [];
      const result = await ask(
        tenant.url,
        {},
        {
          onPage: (page) => {
            late.push(page.late);
            return undefined;
          },
        },
      );
      expect(tenant.counts.faults).toBe(1);
      expect(late).toContain(true);
      expect(ids(result)).toEqual(named(rows));
      expect(result.outcome).toBe('complete');
    }
  });

  it('a record that never comes makes the run partial', async () => {
    const rows = records(499);
    const tenant = await start({ rows, total: () => 500 });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'partial', stats: { records: 499, expected: 500 } });
    expect(result.notes.join(' ')).toMatch(/1 of them did not come/);
  });

  it('a total far above what there is asks for little in vain', async () => {
    const tenant = await start({ rows: records(500), total: () => 50_000 });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'partial', stats: { records: 500, expected: 50_000 } });
    expect(result.stats.requests).toBeLessThan(25);
  });

  it('records that cannot be read are set aside with their reason', async () => {
    const rows = [...records(3), { interactionId: 'x' }, { steps: [] }, 'text'];
    const tenant = await start({
      fault: ({ kind }, response) => {
        if (kind === 'token') return false;
        sendJson(response, 200, { data: rows, total: 6 });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'complete', stats: { records: 3, rejected: 3, expected: 6 } });
    expect(result.rejected.map(({ index, reason }) => [index, reason])).toEqual([
      [3, 'has no steps'],
      [4, 'has no interactionId'],
      [5, 'is not an object: "text"'],
    ]);
  });
});
