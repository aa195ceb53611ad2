/** Content codings (RFC 9110, 8.4.1): what a gateway may pack an answer in, although nobody asked for it. */
import { pipeline, Readable, type Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';

type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

const NAMES: ReadonlyMap<string, Coding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);

/** Nobody packs an answer more often than this, unless to keep its readers busy. */
const MAX_CODINGS = 4;

/** The codings of an answer in the order in which they were applied, or the header where one is not known. */
export function codingsOf(header: string | readonly string[] | undefined): readonly Coding[] | string {
  const text = (typeof header === 'string' ? [header] : (header ?? [])).join(',');
  const names = text.split(',').flatMap((part) => {
    const name = part.trim().toLowerCase();
    return name === '' || name === 'identity' ? [] : [name];
  });
  const codings = names.flatMap((name) => NAMES.get(name) ?? []);
  return codings.length === names.length && codings.length <= MAX_CODINGS ? codings : text;
}

/** The bytes unpacked as they come. Rejects with zlib's errors where they are damaged or cut short. */
export function unpack(
  source: AsyncIterable<Uint8Array>,
  codings: readonly Coding[],
): AsyncIterable<Uint8Array> {
  return codings.reduceRight(unpackOne, source);
}

async function* unpackOne(source: AsyncIterable<Uint8Array>, coding: Coding): AsyncIterable<Uint8Array> {
  const bytes = source[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let length = 0;
  while (length < 2) {
    const next = await bytes.next();
    if (next.done === true) break;
    head.push(next.value);
    length += next.value.length;
  }
  // A packed answer without a byte is an empty one.
  if (length === 0) return;
  const [first = 0, second = 0] = Buffer.concat(head);
  const transform = decoder(coding, first, second);
  const rest = async function* (): AsyncGenerator<Uint8Array, undefined> {
    try {
      yield* head;
      for (let next = await bytes.next(); next.done !== true; next = await bytes.next()) yield next.value;
    } finally {
      await bytes.return?.();
    }
  };
  // What goes wrong on either side comes out of the loop over the transform.
  pipeline(Readable.from(rest(), { objectMode: false }), transform, () => undefined);
  let given = false;
  for await (const chunk of transform) {
    given = true;
    yield chunk;
  }
  // Node 22 ends well where zstd is cut within its only block: what came would pass for an answer without records.
  if (coding === 'zstd' && !given)
    throw Object.assign(new Error('zstd: nothing whole'), { code: 'Z_BUF_ERROR' });
}

function decoder(coding: Coding, first: number, second: number): Transform {
  if (coding === 'gzip') return createGunzip();
  if (coding === 'br') return createBrotliDecompress();
  if (coding === 'zstd') return createZstdDecompress();
  // `deflate` is the zlib format; some servers have always sent the bare stream, which does not begin as that does.
  const isZlib = first % 16 === 8 && (first * 256 + second) % 31 === 0;
  return isZlib ? createInflate() : createInflateRaw();
}
