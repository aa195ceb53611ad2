/** One way to read records from a body, in a process of its own: `node records-child.ts own 1000000000`. */
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MICROS_PER_MILLI } from '../../server/src/protocol/instant.ts';
import { profileSchema } from '../../server/src/protocol/profile.ts';
import { generateInteractions } from '../../server/src/sandbox/index.ts';
import { createRecordScanner } from '../../server/src/tenant/records.ts';
import type { Measured, Way } from './records.ts';

/** As much as a socket gives at once. */
const CHUNK = 64 * 1024;
const DIFFERENT = 300;
const NOW = Date.UTC(2026, 10, 22, 8) * MICROS_PER_MILLI;

/** A page of about so many bytes, never held as a whole: the same megabytes of records again and again. */
function* bodyOf(size: number, isEnvelope: boolean): Generator<Buffer, void, undefined> {
  const texts: Buffer[] = [];
  for (const record of generateInteractions({ interactions: DIFFERENT, seed: 1, now: NOW })) {
    texts.push(Buffer.from(`${JSON.stringify(record)},`));
  }
  const pool = Buffer.concat(texts);
  const last = texts[0]?.subarray(0, -1) ?? pool;
  yield Buffer.from(isEnvelope ? '{"total":1,"data":[' : '[');
  for (let left = size; left > pool.length; left -= pool.length) {
    for (let at = 0; at < pool.length; at += CHUNK) yield Buffer.from(pool.subarray(at, at + CHUNK));
  }
  yield last;
  yield Buffer.from(isEnvelope ? ']}' : ']');
}

const [way = '', sizeText = ''] = process.argv.slice(2);
const size = Number(sizeText);
let [bytes, records] = [0, 0];
const resident: number[] = [];

/** Counts bytes as they go, and looks at the memory at every quarter of them. */
function* watched(isEnvelope = true): Generator<Buffer, void, undefined> {
  for (const chunk of bodyOf(size, isEnvelope)) {
    bytes += chunk.length;
    if (bytes >= ((resident.length + 1) * size) / 4) resident.push(process.memoryUsage.rss());
    yield chunk;
  }
}

const WAYS: Readonly<Record<Way, () => Promise<void> | void>> = {
  own() {
    const { response } = profileSchema.parse({});
    const scanner = createRecordScanner({ response, form: 'page' });
    for (const chunk of watched()) for (const record of scanner.push(chunk)) if (record.ok) records += 1;
    scanner.end();
  },
  whole() {
    const { data } = JSON.parse(Buffer.concat([...watched()]).toString());
    if (Array.isArray(data)) records = data.length;
  },
  async streamparser() {
    const { JSONParser } = await import('@streamparser/json');
    const parser = new JSONParser({ paths: ['$.data.*'], keepStack: false });
    parser.onValue = () => {
      records += 1;
    };
    for (const chunk of watched()) parser.write(chunk);
  },
  // A bare array is its shortest way: nothing has to be picked.
  async 'stream-json'() {
    const { streamArray } = await import('stream-json/streamers/stream-array.js');
    await pipeline(
      Readable.from(watched(false)),
      streamArray.withParserAsStream(),
      new Writable({
        objectMode: true,
        write(_record, _encoding, done) {
          records += 1;
          done();
        },
      }),
    );
  },
};

const begin = performance.now();
const run = Object.entries(WAYS).find(([name]) => name === way)?.[1];
if (run === undefined) throw new Error(`There is no way ${way}.`);
await run();
const seconds = (performance.now() - begin) / 1_000;
resident.push(process.memoryUsage.rss());
const measured: Measured = {
  bytes,
  records,
  seconds,
  resident: resident.slice(0, 4).map((value) => value / 1e6),
  peak: (process.resourceUsage().maxRSS * 1024) / 1e6,
};
process.stdout.write(JSON.stringify(measured));
