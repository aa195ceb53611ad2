/** What a line has to be to stand in a chain: every reader has to read it as the verifier does. */
import { describe, expect, it } from 'vitest';
import {
  canonicalForm,
  follows,
  GENESIS,
  hashRecord,
  isIntact,
  readLink,
} from '../../../server/src/output/audit/chain.ts';

const HASH = 'ab'.repeat(32);
const LINK = { sequence: 7, prev_hash: HASH, hash: HASH };

/** A record with one more field, as it is written. */
function withField(written: string): Buffer {
  return Buffer.from(`{"sequence":7,"prev_hash":"${HASH}","hash":"${HASH}","x":${written}}`);
}

function readX(written: string): unknown {
  return readLink(withField(written))?.['x'];
}

describe('a number', () => {
  it.each([
    ['0', 0],
    ['-0', -0],
    ['0.000', 0],
    ['0e9', 0],
    ['-0.0e-3', -0],
    ['1', 1],
    ['1.0', 1],
    ['10e-1', 1],
    ['0.1e1', 1],
    ['0.01E+2', 1],
    ['1e2', 100],
    ['100', 100],
    ['1.50', 1.5],
    ['-1.5', -1.5],
    ['-15e-1', -1.5],
    ['0.00015', 0.00015],
    ['1.5e-4', 0.00015],
    ['12345.678', 12345.678],
    ['1e21', 1e21],
    ['1000000000000000000000', 1e21],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['5e-324', Number.MIN_VALUE],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', 2 ** 53],
  ])('%s is read: a double holds what it says', (written, value) => {
    expect(readX(written)).toBe(value);
    expect(readX(`[${written},${written}]`)).toEqual([value, value]);
    expect(readX(`{"y":${written}}`)).toEqual({ y: value });
  });

  it.each([
    '9007199254740993',
    '123456789012345678',
    '0.1000000000000000000001',
    '1.00000000000000000001',
    '3.0000000000000000001e2',
    '1e999',
    '-1e999',
    '1e-999',
    '2e-324',
    '100000000000000000000001',
  ])('%s is not: readers differ on it', (written) => {
    expect(readLink(withField(written))).toBeUndefined();
    expect(readLink(withField(`[0,${written}]`))).toBeUndefined();
    expect(readLink(withField(`[${written},0]`))).toBeUndefined();
    expect(readLink(withField(`{"y":${written}}`))).toBeUndefined();
    // In a text it is none.
    expect(readX(`"${written}"`)).toBe(written);
  });
});

describe('a key', () => {
  it.each([
    ['{"y":1,"z":2}', { y: 1, z: 2 }],
    ['{"y" : 1,"z"\t:\r2}', { y: 1, z: 2 }],
    ['[{"y":1},{"y":1}]', [{ y: 1 }, { y: 1 }]],
    ['{"y":{"y":{"y":1}}}', { y: { y: { y: 1 } } }],
    ['[]', []],
    ['{}', {}],
    ['null', null],
    ['true', true],
    ['"\\"y\\":1"', '"y":1'],
    ['"\\\\"', '\\'],
    ['["\\\\",": \\\\\\""]', ['\\', ': \\"']],
    ['"y:"', 'y:'],
    // No key that is a backslash: after one, the JSON.parse of V8 13.6 takes other escaped keys of that length for it.
    ['{"\\"":1,"\\n":2}', { '"': 1, '\n': 2 }],
    ['{"":":"}', { '': ':' }],
    ['[[[1,"a",{"b":[2]}]]]', [[[1, 'a', { b: [2] }]]]],
    ['"__proto__"', '__proto__'],
  ])('in %s stands once', (written, value) => {
    expect(readX(written)).toEqual(value);
  });

  it.each([
    '{"y":1,"y":1}',
    '{"y":1,"\\u0079":1}',
    '{"y":1,"z":2,"y" : 1}',
    '[{"y":1,"y"\t:2}]',
    '{"a":{"y":1,"y"\r:2}}',
    '{"":1,"":1}',
    '{"\\"":1,"\\"":1}',
    '1,"x":1',
    '1,"hash":"no"',
    '{"__proto__":1}',
    '{"__proto__":{}}',
    '[{"a":{"__proto__":null}}]',
    '{"a":1,"__proto__":2,"b":3}',
  ])('in %s stands twice, or is lost on the way', (written) => {
    expect(() => JSON.parse(withField(written).toString())).not.toThrow();
    expect(readLink(withField(written))).toBeUndefined();
  });
});

describe('a line', () => {
  it('has a place and two hashes', () => {
    const read = (link: object) => readLink(Buffer.from(JSON.stringify(link)));
    expect(read(LINK)).toEqual(LINK);
    expect(read({ ...LINK, sequence: 0 })).toMatchObject({ sequence: 0 });
    for (const sequence of [-1, 0.5, '7', null, undefined]) {
      expect(read({ ...LINK, sequence })).toBeUndefined();
    }
    for (const key of ['prev_hash', 'hash']) {
      for (const wrong of [
        `${HASH}a`,
        `a${HASH}`,
        HASH.slice(1),
        HASH.toUpperCase(),
        `g${HASH.slice(1)}`,
        7,
      ]) {
        expect(read({ ...LINK, [key]: wrong })).toBeUndefined();
      }
      expect(read({ ...LINK, [key]: undefined })).toBeUndefined();
    }
  });

  it('is JSON in UTF-8, without a mark before it', () => {
    const text = JSON.stringify({ ...LINK, x: '\u00e9' });
    expect(readLink(Buffer.from(text))).toMatchObject({ x: '\u00e9' });
    expect(readLink(Buffer.from(` ${text}\r`))).toMatchObject({ x: '\u00e9' });
    expect(readLink(Buffer.from(text, 'latin1'))).toBeUndefined();
    expect(readLink(Buffer.from(`\ufeff${text}`))).toBeUndefined();
    expect(readLink(Buffer.from(`${text}x`))).toBeUndefined();
    expect(readLink(Buffer.from(''))).toBeUndefined();
    expect(readLink(Buffer.from('null'))).toBeUndefined();
  });
});

describe('a hash', () => {
  it('is that of everything else, and what has none is not intact', () => {
    const record = { sequence: 1, prev_hash: HASH, x: 'a' };
    const hash = hashRecord(record);
    expect(isIntact({ ...record, hash })).toBe(true);
    expect(isIntact({ ...record, x: 'b', hash })).toBe(false);
    expect(isIntact({ ...record, x: '\ud800', hash })).toBe(false);
    expect(isIntact({ ...record, x: Number.NaN, hash })).toBe(false);
    expect(() => canonicalForm(undefined)).toThrow('no JSON value');
  });

  it('binds a record to the one before it', () => {
    const head = { sequence: 6, hash: HASH };
    expect(follows(LINK, head)).toBe(true);
    expect(follows({ ...LINK, sequence: 8 }, head)).toBe(false);
    expect(follows({ ...LINK, sequence: 6 }, head)).toBe(false);
    expect(follows({ ...LINK, prev_hash: GENESIS }, head)).toBe(false);
    expect(follows({ ...LINK, sequence: 0, prev_hash: GENESIS }, undefined)).toBe(true);
    expect(follows({ ...LINK, sequence: 0 }, undefined)).toBe(false);
    expect(follows({ ...LINK, sequence: 1, prev_hash: GENESIS }, undefined)).toBe(false);
    expect(GENESIS).toBe('0000000000000000000000000000000000000000000000000000000000000000');
  });
});
