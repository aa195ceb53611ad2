import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { type Io, printJson } from '../../../server/src/commands/io.ts';

async function printed(value: unknown): Promise<string> {
  const stdout = new PassThrough();
  const io: Io = {
    stdout,
    out: (part) => void stdout.write(part),
    err: () => undefined,
    cwd: '.',
    env: {},
    colour: pc.createColors(false),
    progress: false,
    columns: 80,
    now: () => 0,
    signal: new AbortController().signal,
    readStdin: async () => Buffer.alloc(0),
  };
  const read = text(stdout);
  await printJson(io, value);
  stdout.end();
  return read;
}

describe('a JSON document', () => {
  it('is printed in parts, to the same text as in one piece', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 7 }), async (value) => {
        expect(await printed(value)).toBe(`${JSON.stringify(value, null, 2)}\n`);
      }),
    );
    const gaps = { a: undefined, b: [undefined, { c: undefined }], d: { __proto__: null, e: [] } };
    expect(await printed(gaps)).toBe(`${JSON.stringify(gaps, null, 2)}\n`);
  });

  it('may be larger than a part', async () => {
    const value = { rows: Array.from({ length: 20_000 }, (_, index) => ({ index, name: `n${index}\n` })) };
    expect(await printed(value)).toBe(`${JSON.stringify(value, null, 2)}\n`);
  });
});
