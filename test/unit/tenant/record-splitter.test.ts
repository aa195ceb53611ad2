import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../server/src/protocol/history.ts';
import { parseJson } from '../../../server/src/tenant/json.ts';
import { RecordSplitter } from '../../../server/src/tenant/record-splitter.ts';

/** What is found in a text that comes in pieces of so many bytes. */
function split(text: string | Uint8Array, size = 1 << 20, lists = ['data']): JsonValue[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const splitter = new RecordSplitter(lists);
  const found: JsonValue[] = [];
  for (let at = 0; at < bytes.length; at += size) found.push(...splitter.take(bytes.subarray(at, at + size)));
  return found;
}

const A = { interactionId: 'a', steps: [{ nodeId: 'x', note: '}]"\\' }] };
const B = { interactionId: 'b', steps: [], dätä: { data: [{ c: 1 }] } };

describe('records of JSON that comes in pieces', () => {
  it.each([
    ['an array', JSON.stringify([A, B])],
    ['an array over several lines', JSON.stringify([A, B], null, 2)],
    ['an array with other things in it', JSON.stringify([1, [A], A, 'x', null, B])],
    ['an object with a list', JSON.stringify({ total: 2, page: { data: [] }, data: [A, B], next: ['x'] })],
    ['an object with a list over several lines', JSON.stringify({ total: 2, data: [A, B] }, null, '\t')],
    ['a record a line', `${JSON.stringify(A)}\n${JSON.stringify(B)}\n`],
    ['a record a line, CRLF and a mark', `\ufeff\r\n${JSON.stringify(A)}\r\n\r\n${JSON.stringify(B)}`],
    ['objects with lists, one a line', `${JSON.stringify({ data: [A] })}\n${JSON.stringify({ data: [B] })}`],
    [
      'records over several lines, one after another',
      `${JSON.stringify(A, null, 1)}\n${JSON.stringify(B, null, 1)}`,
    ],
  ])('are found in %s', (_, text) => {
    for (const size of [1, 2, 7, 1 << 20]) expect(split(text, size)).toEqual([A, B]);
  });

  it('are found in a list further inside, or under a name with a dot in it', () => {
    const lists = ['result.items', 'data'];
    expect(split(JSON.stringify({ result: { items: [A] } }), 3, lists)).toEqual([A]);
    expect(split(JSON.stringify({ 'result.items': [A] }), 3, lists)).toEqual([A]);
    const other = { result: [{ items: [A] }], items: [A], x: { data: [A] } };
    expect(split(JSON.stringify(other), 3, lists)).toEqual([other]);
  });

  it('are read on after a line that is broken', () => {
    const lines = [JSON.stringify(A), '{"interactionId": "cut of', '{"a": [[{', 'no JSON', JSON.stringify(B)];
    expect(split(lines.join('\n'), 5)).toEqual([A, B]);
    // Also where it is the first.
    expect(split(lines.slice(1).join('\n'), 5)).toEqual([B]);
    expect(split(`${JSON.stringify(A)}\n{"interactionId":"cut`)).toEqual([A]);
    expect(split(`[${JSON.stringify(A)},{"interactionId":"c`)).toEqual([A]);
  });

  it('without UTF-8, or very large, are passed over', () => {
    const bad = Buffer.from(`${JSON.stringify(A)}\n{"x":"?"}\n${JSON.stringify(B)}`);
    bad[bad.indexOf('?')] = 0xff;
    expect(split(bad)).toEqual([A, B]);
    const large = { interactionId: 'x'.repeat(1 << 20) };
    expect(split(JSON.stringify([A, large, B]), 1000)).toEqual([A, B]);
  });

  it.each([
    ['', true],
    [' \n', true],
    ['"a"', false],
    ['\u0000{"a":1}', false],
    ['interactionId,nodeId\n{', false],
    ['{"a":1}', true],
  ])('%j may go on: %s', (text, goesOn) => {
    const splitter = new RecordSplitter(['data']);
    splitter.take(Buffer.from(text));
    expect(splitter.goesOn).toBe(goesOn);
  });

  it('are the same whatever the records, the form and the pieces', () => {
    const record = fc.dictionary(fc.string(), fc.jsonValue()).filter((one) => !Array.isArray(one['data']));
    const form = fc.constantFrom('array', 'list', 'lines');
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 4 }),
        form,
        fc.nat(2),
        fc.integer({ min: 1, max: 40 }),
        (records, kind, indent, size) => {
          const text =
            kind === 'lines'
              ? records.map((one) => JSON.stringify(one)).join('\n')
              : JSON.stringify(kind === 'array' ? records : { a: 1, data: records }, null, indent);
          expect(split(text, size)).toEqual(records.map((one) => parseJson(JSON.stringify(one))));
        },
      ),
    );
  });

  it('never ends in an error, whatever comes', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '\n', 'data', 'é', '1', ' ');
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const whole = split(`{${pieces.join('')}`);
        expect(split(`{${pieces.join('')}`, size)).toEqual(whole);
      }),
    );
  });
});
