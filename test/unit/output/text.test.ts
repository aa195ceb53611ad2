import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REDACTED, redactText, visibleText } from '../../../server/src/output/text.ts';

describe('redactText', () => {
  it('takes a known secret out in every spelling', () => {
    const secret = 'p&ss w"örd/1';
    const spellings = [
      secret,
      encodeURIComponent(secret),
      encodeURIComponent(secret).replaceAll('%20', '+'),
      JSON.stringify(secret),
      Buffer.from(secret).toString('base64'),
    ];
    for (const spelling of spellings) {
      const text = redactText(`before ${spelling} after`, [secret]);
      expect(text).toContain(REDACTED);
      expect(text).not.toContain(spelling);
      expect(text).toMatch(/^before .* after$/);
    }
  });

  it('takes the longer of two secrets first, and no short ones', () => {
    expect(redactText('abcdefgh', ['abcd', 'abcdefgh'])).toBe(REDACTED);
    expect(redactText('an ordinary text', ['an', ''])).toBe('an ordinary text');
  });

  it.each([
    ['Authorization: Bearer abc.def-123', `Authorization: ${REDACTED}`],
    ['{"authorization":"Basic dXNlcjpwYXNz","x":1}', `{"authorization":"${REDACTED}","x":1}`],
    ['sent bearer AbCdEf0123456789, got 401', `sent bearer ${REDACTED}, got 401`],
    ['Basic dXNlcjpwYXNz rejected', `Basic ${REDACTED} rejected`],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!', `token ${REDACTED}!`],
    ['grant_type=x&client_secret=s3cr3t&client_id=me', `grant_type=x&client_secret=${REDACTED}&client_id=me`],
    ['{"access_token":"abc","expires_in":3600}', `{"access_token":"${REDACTED}","expires_in":3600}`],
    ['{\\"accessKeySecret\\":\\"abc\\"}', `{\\"accessKeySecret\\":\\"${REDACTED}\\"}`],
    ['password = hunter2;', `password = ${REDACTED};`],
    ['ghp_0123456789abcdefghij0123456789abcdef', REDACTED],
    ['AKIAIOSFODNN7EXAMPLE', REDACTED],
    ['sk-proj-0123456789abcdef', REDACTED],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', REDACTED],
    ['https://user:pass@host.example/x', `https://${REDACTED}@host.example/x`],
  ])('redacts %s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each([
    '123e4567-e89b-12d3-a456-426614174000',
    'ab'.repeat(32),
    "interactionId IN ['a1', 'b2'] AND nodeTimestamp >= '2026-11-22T06:00:00.000Z'",
    'https://acme.my.cxone.com/api/v2?x=1&y=a@b',
    'the token was refused; check client id and secret',
    'basic structures about bearer bonds',
  ])('leaves %s', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('is done at once with long hostile text', () => {
    for (const part of ['eyJaaaaaa', '://', 'a:', 'bearer ', 'password="\\', 'sk-']) {
      expect(redactText(part.repeat(20_000)).length).toBeGreaterThan(0);
    }
  });
});

describe('visibleText', () => {
  it('shows what a terminal would obey or hide', () => {
    expect(visibleText('\u001b[2J\u0007\u009b1m')).toBe('\\u001b[2J\\u0007\\u009b1m');
    expect(visibleText('a\r\nb\tc')).toBe('a\\r\\nb\\tc');
    expect(visibleText('a\r\nb\tc', { lines: true })).toBe('a\\r\nb\tc');
    expect(visibleText('x\u202egpj.exe\u2066\u200f\ufeff\u200b')).toBe(
      'x\\u202egpj.exe\\u2066\\u200f\\ufeff\\u200b',
    );
    expect(visibleText('\u{e0041}\ud800\u2028')).toBe('\\u{e0041}\\ud800\\u2028');
  });

  it('leaves writing alone', () => {
    const text = 'Überweisung 日本語 العربية 👩‍💻 ✓ – …';
    expect(visibleText(text)).toBe(text);
  });

  it('leaves no control, whatever comes in, and is done after once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const visible = visibleText(text);
        // biome keeps control characters out of patterns, so they are looked for by number.
        const codes = [...visible].map((character) => character.codePointAt(0) ?? 0);
        expect(codes.every((code) => code >= 0x20 && (code < 0x7f || code > 0x9f))).toBe(true);
        expect(visibleText(visible)).toBe(visible);
      }),
      { seed: 7 },
    );
  });
});
