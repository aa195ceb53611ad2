import { describe, expect, it } from 'vitest';
import { codingsOf } from '../../../server/src/tenant/codings.ts';
import { parseContentRange, parseLength, strongEtag } from '../../../server/src/tenant/content-range.ts';

describe('the headers that joining rests on', () => {
  it.each([
    ['bytes 0-99/1234', { first: 0, last: 99, total: 1234 }],
    [' BYTES 5-5/6 ', { first: 5, last: 5, total: 6 }],
    ['bytes 100-1099/12345', { first: 100, last: 1099, total: 12345 }],
    ['bytes 0-99/*', { first: 0, last: 99, total: null }],
    ['bytes 0-99/99', undefined],
    ['bytes 9-5/99', undefined],
    ['bytes */1234', undefined],
    ['bytes 0-/12', undefined],
    ['bytes=0-9/12', undefined],
    ['bytes 0-9/12, bytes 0-9/12', undefined],
    ['items 0-9/12', undefined],
    ['bytes -1-9/12', undefined],
    ['bytes 0-9/9999999999999999', undefined],
    ['', undefined],
  ])('Content-Range: %s', (text, range) => {
    expect(parseContentRange(text)).toEqual(range);
  });

  it.each([
    ['"abc"', '"abc"'],
    [' "" ', '""'],
    ['"ä"', '"ä"'],
    ['W/"abc"', null],
    ['w/"abc"', null],
    ['abc', null],
    ['"a"b"', null],
    ['"a b"', null],
    ['"a", "b"', null],
    [['"a"', '"b"'], null],
    [undefined, null],
  ])('ETag: %j', (header, etag) => {
    expect(strongEtag(header)).toBe(etag);
  });

  it.each([
    ['12', 12],
    [' 0 ', 0],
    ['1e3', undefined],
    ['-1', undefined],
    ['12, 12', undefined],
    [['12', '13'], undefined],
    [undefined, undefined],
  ])('Content-Length: %j', (header, length) => {
    expect(parseLength(header)).toBe(length);
  });

  it.each([
    [undefined, []],
    ['', []],
    ['identity', []],
    ['GZip', ['gzip']],
    ['x-gzip, identity, br', ['gzip', 'br']],
    [
      ['deflate', 'zstd'],
      ['deflate', 'zstd'],
    ],
    ['compress', 'compress'],
    ['gzip, aes128gcm', 'gzip, aes128gcm'],
    ['gzip,gzip,gzip,gzip,gzip', 'gzip,gzip,gzip,gzip,gzip'],
  ])('Content-Encoding: %j', (header, codings) => {
    expect(codingsOf(header)).toEqual(codings);
  });
});
