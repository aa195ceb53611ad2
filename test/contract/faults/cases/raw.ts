/** What no HTTP library writes: bytes on a bare socket. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultCase } from '../case.ts';
import type { RawAnswer, RawFault } from '../raw-server.ts';

/** The head with a header changed, taken away (null) or added. */
function headWith({ head }: RawAnswer, name: string, ...values: readonly string[]): Buffer {
  const kept = head
    .toString('latin1')
    .split('\r\n')
    .filter((line) => line !== '' && !line.toLowerCase().startsWith(`${name}:`));
  return Buffer.from([...kept, ...values.map((value) => `${name}: ${value}`), '', ''].join('\r\n'), 'latin1');
}

function chunked(body: Buffer, sizes = (length: number): string => length.toString(16)): Buffer {
  return Buffer.concat([Buffer.from(`${sizes(body.length)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
}

function withChunks(answer: RawAnswer): Buffer {
  const head = headWith(answer, 'content-length').toString('latin1');
  return Buffer.from(head.replace(/\r\n\r\n$/, '\r\ntransfer-encoding: chunked\r\n\r\n'), 'latin1');
}

/** Everything at once, then the end of the connection. */
const last =
  (make: (answer: RawAnswer) => readonly (Buffer | string)[]): RawFault =>
  (socket, answer) =>
    socket.end(Buffer.concat(make(answer).map((part) => Buffer.from(part))));

/** Everything at once; the connection stays. */
const kept =
  (make: (answer: RawAnswer) => readonly (Buffer | string)[]): RawFault =>
  (socket, answer) =>
    socket.write(Buffer.concat(make(answer).map((part) => Buffer.from(part))));

/** An answer that says that there is nothing. */
const SMUGGLED =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 21\r\n\r\n{"data":[],"total":0}';

/** Where the record ends at which the body is cut. */
function afterRecord({ body, place }: RawAnswer): number {
  const from = Math.floor(body.length * place);
  const found = body.indexOf('},{"interactionId"', from);
  return found < 0 ? body.lastIndexOf(']') : found + 1;
}

const whole = { expected: 'whole' } as const;

export const RAW: readonly FaultCase[] = [
  { name: 'connection ended before the answer', raw: (socket) => socket.end(), ...whole },
  { name: 'connection ended in the status line', raw: last(() => ['HTTP/1.1 2']), ...whole },
  {
    name: 'connection ended in the headers',
    raw: last(({ head }) => [head.subarray(0, head.length - 9)]),
    ...whole,
  },
  { name: 'no HTTP at all', raw: last(() => ['220 mail.example ESMTP ready\r\n']), ...whole },
  { name: 'body without a head', raw: last(({ body }) => [body]), ...whole },
  {
    name: 'headers without end',
    raw: (socket, { head }) => {
      socket.write(head.subarray(0, head.length - 2));
      const timer = setInterval(() => socket.write(`x-more: ${'y'.repeat(4_000)}\r\n`), 2);
      socket.on('close', () => clearInterval(timer));
    },
    times: 1,
    expected: 'said',
    error: ['unreachable', /headers of its answer are too large/],
  },
  {
    name: 'two Content-Length that differ',
    raw: kept((answer) => [
      headWith(answer, 'content-length', String(answer.body.length), String(answer.body.length - 9)),
      answer.body,
    ]),
    ...whole,
  },
  {
    name: 'Content-Length that is negative',
    raw: kept((answer) => [headWith(answer, 'content-length', '-5'), answer.body]),
    ...whole,
  },
  {
    name: 'Content-Length that is no number',
    raw: kept((answer) => [headWith(answer, 'content-length', '12abc'), answer.body]),
    ...whole,
  },
  {
    name: 'Content-Length and chunks',
    raw: last((answer) => {
      const head = answer.head
        .toString('latin1')
        .replace(/\r\n\r\n$/, '\r\ntransfer-encoding: chunked\r\n\r\n');
      return [head, chunked(answer.body)];
    }),
    ...whole,
  },
  {
    name: 'chunk whose size is no number',
    raw: last((answer) => [withChunks(answer), chunked(answer.body, () => 'zz')]),
    ...whole,
  },
  {
    name: 'chunk longer than it says',
    raw: last((answer) => [withChunks(answer), chunked(answer.body, (length) => (length - 7).toString(16))]),
    ...whole,
  },
  {
    name: 'chunk shorter than it says',
    raw: last((answer) => [withChunks(answer), chunked(answer.body, (length) => (length + 7).toString(16))]),
    ...whole,
  },
  {
    name: 'chunks without the last one',
    raw: last((answer) => [withChunks(answer), chunked(answer.body).subarray(0, -5)]),
    ...whole,
  },
  {
    name: 'body ended by close, cut after a record',
    raw: last((answer) => [headWith(answer, 'content-length'), answer.body.subarray(0, afterRecord(answer))]),
    ...whole,
  },
  {
    name: 'body ended by close, cut by a reset after a record',
    raw: async (socket, answer) => {
      socket.write(headWith(answer, 'content-length'));
      socket.write(answer.body.subarray(0, afterRecord(answer)));
      await sleep(20);
      socket.resetAndDestroy();
    },
    ...whole,
  },
  { name: 'another answer behind the body', raw: kept(({ head, body }) => [head, body, SMUGGLED]), ...whole },
  {
    name: 'another answer in the place of the body’s rest',
    raw: kept(({ head, body }) => [head, body.subarray(0, body.length >> 1), SMUGGLED]),
    profile: { limits: { timeoutMs: 1_500 } },
    times: 1,
    ...whole,
  },
  {
    name: 'answers that are not the last (100, 103) before the answer',
    raw: kept(({ head, body }) => [
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(5),
      head,
      body,
    ]),
    ...whole,
  },
  {
    name: 'connection closed after the answer without saying so',
    raw: last(({ head, body }) => [head, body]),
    pageSize: 8,
    ...whole,
  },
  {
    name: 'head and body a few bytes at a time',
    raw: async (socket, { head, body }) => {
      const bytes = Buffer.concat([head, body]);
      for (let at = 0; at < Math.min(bytes.length, 400); at += 7) {
        socket.write(bytes.subarray(at, Math.min(at + 7, 400)));
        await sleep(1);
      }
      socket.write(bytes.subarray(400));
    },
    times: 2,
    ...whole,
  },
];
