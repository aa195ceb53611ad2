import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { deskOf } from './support.ts';

describe('a run of which something is missing', () => {
  it('is partial in every output: report, text, exit code, audit, webhook', async () => {
    const desk = await deskOf({ faults: [{ name: 'total-high', rate: 1 }] });
    await writeFile(desk.path('p.json'), JSON.stringify({ webhook: { allow: [desk.tenant.baseUrl] } }));
    const query = `LAST 7d LIMIT ALL NOTIFY '${desk.tenant.baseUrl}/hooks/cxq'`;
    const run = await desk.json(query, ['--profile', 'p.json']);
    expect(desk.tenant.log.some(({ name }) => name === 'total-high')).toBe(true);
    const { records, expected, accuracyRate } = run.retrieval;
    expect(run.ran.code).toBe(4);
    expect(run).toMatchObject({ outcome: 'partial', compliance: 'REVIEW_REQUIRED' });
    expect(expected).toBeGreaterThan(records);
    expect(accuracyRate).toBe(records / (expected ?? 0));
    expect(run.notes.join(' ')).toContain(`there are ${expected} interactions, but`);

    const ended = { outcome: 'partial', compliance_status: 'REVIEW_REQUIRED', accuracy_rate: accuracyRate };
    const audit = (await desk.read('runs', 'audit', 'audit-0001.jsonl'))
      .split('\n')
      .filter((line) => line.includes('"run.ended"'));
    expect(audit.map((line) => JSON.parse(line) as object)).toMatchObject([ended]);
    expect(desk.tenant.hooks.map(({ body }) => body)).toMatchObject([{ audit_log: ended }]);

    const text = await desk.run(query, ['--profile', 'p.json']);
    expect(text.code).toBe(4);
    expect(text.out).toContain('◐ partial');
    expect(text.out.replace(/\s+/g, ' ')).toContain('of them did not come');
  });

  it('EXPECT RECORDS tells how many there should be only where all of them are kept', async () => {
    const desk = await deskOf();
    const all = await desk.json('LAST 7d LIMIT ALL');
    const there = all.retrieval.records;
    const more = await desk.json(`LAST 7d LIMIT ALL EXPECT RECORDS = ${there + 10}`);
    expect(more.retrieval).toMatchObject({ expected: there + 10, accuracyRate: there / (there + 10) });
    const some = await desk.json('LAST 7d WHERE dwell > 20s LIMIT ALL EXPECT RECORDS = 5');
    expect(some.retrieval).toMatchObject({ expected: some.retrieval.records, accuracyRate: 1 });
    const sorted = await desk.json('LAST 7d ORDER BY duration LIMIT 7 EXPECT RECORDS = 7');
    expect(sorted.analysis.interactions).toBe(7);
    expect(sorted.retrieval).toMatchObject({ expected: there, accuracyRate: 1 });
  });
});
