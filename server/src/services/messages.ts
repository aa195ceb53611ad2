/** Messages as they are written: a long one in turns, since a large file's answers are some megabytes of JSON. */
import { Buffer } from 'node:buffer';
import type { Message, MessageWriterOptions } from 'vscode-languageserver/node';
import { inTurns } from './turns.ts';

/** So many elements of a list are written in a step. */
const PIECE = 500;
/** Lists deeper down in a message than this are short. */
const DEPTH = 6;

/** A message whose bytes are there already. */
export class WrittenMessage implements Message {
  readonly jsonrpc = '2.0';
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** What `StreamMessageWriter` takes. */
export const writerOptions: MessageWriterOptions = {
  contentTypeEncoder: {
    name: 'application/json',
    encode: async (message) => (message instanceof WrittenMessage ? message.bytes : bytesOf(message)),
  },
};

/** The bytes of `JSON.stringify`, in UTF-8. */
export async function bytesOf(message: Message): Promise<Uint8Array> {
  return holdsLong(message, DEPTH)
    ? inTurns(byteSteps(message), { urgency: 'now' })
    : Buffer.from(JSON.stringify(message));
}

function* byteSteps(message: object): Generator<void, Buffer> {
  const pieces: Buffer[] = [];
  for (const piece of piecesOf(message, DEPTH)) {
    pieces.push(Buffer.from(piece));
    yield;
  }
  return Buffer.concat(pieces);
}

/** Whether a value is a list of more than one piece, or holds one. */
function holdsLong(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth === 0) return false;
  if (Array.isArray(value)) return value.length > PIECE || value.some((one) => holdsLong(one, depth - 1));
  for (const key in value) if (holdsLong(Reflect.get(value, key), depth - 1)) return true;
  return false;
}

/** The JSON of a value that JSON can say, piece by piece. */
function* piecesOf(value: unknown, depth: number): Generator<string> {
  if (typeof value !== 'object' || value === null || !holdsLong(value, depth)) {
    yield JSON.stringify(value) ?? 'null';
  } else if (!Array.isArray(value)) {
    let before = '{';
    for (const [key, held] of Object.entries(value)) {
      if (held === undefined) continue;
      yield `${before}${JSON.stringify(key)}:`;
      yield* piecesOf(held, depth - 1);
      before = ',';
    }
    yield '}';
  } else if (value.length <= PIECE) {
    for (const [index, one] of value.entries()) {
      yield index === 0 ? '[' : ',';
      yield* piecesOf(one, depth - 1);
    }
    yield ']';
  } else {
    for (let from = 0; from < value.length; from += PIECE) {
      const piece = JSON.stringify(value.slice(from, from + PIECE));
      yield (from === 0 ? '[' : ',') + piece.slice(1, -1);
    }
    yield ']';
  }
}
