import { describe, expect, it } from 'vitest';
import { exportedText, fileFilters, hasFormat, suggestedName } from '../../../client/src/runs/export-text.ts';
import { FORMATS } from '../../../server/src/protocol/formats.ts';

const FILE = { path: '/tmp/a.csv', format: 'CSV', records: 1204, bytes: 45_120, sha256: '00' };

describe('an export’s names and sentences', () => {
  it('offers what is written alone, the suggested first, and packed', () => {
    const written = FORMATS.filter(({ name }) => name !== 'CSV');
    expect(Object.entries(fileFilters())).toEqual([
      ['CSV', ['csv']],
      ...written.map(({ name, endings }) => [name, endings]),
      ['Packed with gzip', ['gz']],
    ]);
    expect(written.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['JSON', 'NDJSON', 'XES', 'OCEL', 'OTLP', 'PARQUET', 'MARKDOWN', 'HTML']),
    );
    expect(['a.csv', 'a.JSON.gz', 'a.docx', 'a.gz', 'a'].map(hasFormat)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it.each([
    ['slowRouting', 'slowRouting.csv'],
    ['Ärger im Menü', 'Ärger-im-Menü.csv'],
    ['../../etc/passwd', 'etc-passwd.csv'],
    ['a:b\\c\u202ed\n', 'a-b-c-d.csv'],
    ['...', 'results.csv'],
    ['', 'results.csv'],
    [null, 'results.csv'],
    ['x'.repeat(300), `${'x'.repeat(80)}.csv`],
  ])('%j is saved as %s', (query, name) => {
    expect(suggestedName(query)).toBe(name);
  });

  it('says what was written, and what to know of it', () => {
    expect(exportedText('slow', 'a.csv', FILE, [])).toBe(
      'Exported 1,204 interactions of slow to a.csv (CSV, 45.1 kB).',
    );
    const one = { ...FILE, records: 1, bytes: 812 };
    expect(exportedText('slow', 'a\n.csv', one, ['The run is partial: it\u202e.'])).toBe(
      'Exported 1 interaction of slow to a\\u000a.csv (CSV, 812 B). The run is partial: it\\u202e.',
    );
    expect(exportedText('slow', 'a.csv', { ...FILE, bytes: 3_456_789_012 }, [])).toContain('(CSV, 3.5 GB)');
  });
});
