import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { progressIncrement, progressText, sentence, visible } from '../../../client/src/text.ts';
import type { RunProgress } from '../../../server/src/protocol/lsp.ts';

const progress: RunProgress = {
  token: 't',
  runId: 'r',
  query: 'failing',
  phase: 'retrieving',
  records: 400,
  expected: 1204,
  requests: 5,
  retries: 0,
  pausedUntil: null,
};

describe('visible', () => {
  it('spells out what could forge another line or turn the text around', () => {
    expect(visible('a\nb\u202ec\u001b[31m\u200b')).toBe('a\\u000ab\\u202ec\\u001b[31m\\u200b');
  });
  it('leaves ordinary text alone, tabs and other scripts included', () => {
    expect(visible('Zürich\t“ok” 東京 مرحبا')).toBe('Zürich\t“ok” 東京 مرحبا');
  });
  it('never lets a control or a format character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('progressText', () => {
  it('says how far the retrieval is', () => {
    expect(progressText(progress)).toBe('retrieving 400 of 1,204 interactions · 5 requests');
  });
  it('leaves out what is not known', () => {
    expect(progressText({ ...progress, expected: null, requests: 0 })).toBe('retrieving 400 interactions');
  });
  it('names retries, and until when the tenant makes it wait', () => {
    const paused = { ...progress, retries: 1, pausedUntil: '2026-11-22T08:00:09.500Z' };
    expect(progressText(paused)).toMatch(/ · 1 retry · the tenant asked to wait until 08:00:09 UTC$/);
    expect(progressText({ ...paused, retries: 2 })).toContain('2 retries');
  });
  it('names the other phases', () => {
    expect(progressText({ ...progress, phase: 'connecting', records: 0, requests: 0 })).toBe('signing in');
    expect(progressText({ ...progress, phase: 'recording', records: 1, requests: 1 })).toBe(
      'writing the audit record · 1 interaction · 1 request',
    );
  });
});

describe('progressIncrement', () => {
  it('is the share since the last report, in percent', () => {
    expect(progressIncrement(undefined, { ...progress, records: 301 })).toBe(25);
    expect(progressIncrement({ ...progress, records: 301 }, { ...progress, records: 602 })).toBe(25);
  });
  it('starts again for another run, and never goes back', () => {
    expect(progressIncrement({ ...progress, runId: 'x', records: 1204 }, { ...progress, records: 602 })).toBe(
      50,
    );
    expect(progressIncrement(progress, { ...progress, records: 100 })).toBe(0);
  });
  it('is unknown while the end is', () => {
    expect(progressIncrement(undefined, { ...progress, expected: null })).toBeUndefined();
    expect(progressIncrement(undefined, { ...progress, expected: 0 })).toBeUndefined();
  });
});

it('makes a sentence out of whatever was thrown', () => {
  expect([sentence(new Error('no')), sentence('why'), sentence(undefined)]).toEqual([
    'no',
    'why',
    'undefined',
  ]);
});
