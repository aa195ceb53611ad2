import fc from 'fast-check';
import { expect, it } from 'vitest';
import { writerOptions } from '../../../server/src/services/messages.ts';

const { contentTypeEncoder } = writerOptions;

async function written(message: object): Promise<string> {
  const bytes = await contentTypeEncoder?.encode({ jsonrpc: '2.0', ...message }, { charset: 'utf-8' });
  return new TextDecoder().decode(bytes);
}

const value = fc.oneof(
  fc.integer(),
  fc.string({ unit: 'binary' }),
  fc.constant(undefined),
  fc.constant(null),
  fc.record({ text: fc.string({ unit: 'grapheme' }), more: fc.array(fc.integer()) }),
);
/** Lists about as long as what is written at once, and twice and three times that. */
const list = fc
  .tuple(fc.array(value, { minLength: 1 }), fc.constantFrom(3, 499, 500, 501, 1000, 1001, 1501))
  .map(([some, length]) => Array.from({ length }, (_, index) => some[index % some.length]));

it('is what JSON.stringify writes, however long its lists are and wherever they stand', async () => {
  await fc.assert(
    fc.asyncProperty(list, list, value, async (one, other, between) => {
      for (const result of [one, { between, one, other: [other, between] }, { changes: { 'a"b': other } }]) {
        const message = { id: 1, result, params: { left: undefined, one: between } };
        expect(await written(message)).toBe(JSON.stringify({ jsonrpc: '2.0', ...message }));
      }
    }),
    { numRuns: 50 },
  );
});

it('lets others have their turn while a long one is written', async () => {
  const result = Array.from({ length: 300_000 }, (_, index) => ({ index, text: 'text'.repeat(10) }));
  const order: string[] = [];
  const long = written({ id: 1, result }).then(() => order.push('written'));
  setImmediate(() => order.push('heard'));
  await long;
  expect(order).toEqual(['heard', 'written']);
});
