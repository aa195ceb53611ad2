/** Answers that are read whole: their bytes, their text, their JSON, and what is wrong with them. */
import type { JsonValue } from '../protocol/history.ts';
import { excerpt, type TenantError } from './errors.ts';
import type { JsonRequest, Reading } from './exchange.ts';
import { parseJson } from './json.ts';
import type { Meter } from './meter.ts';
import { BodyError } from './network-errors.ts';
import { type HttpAnswer, isFramed } from './transport.ts';

/** More of an error's body is not looked at. */
const MAX_ERROR_BYTES = 64 * 1024;

/** What an error answer says, as far as it came and can be read. */
export async function errorText(answer: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_ERROR_BYTES) break;
    }
  } catch (error) {
    // The status says enough.
    if (!(error instanceof BodyError)) throw error;
  }
  return tolerant.decode(Buffer.concat(chunks));
}

/** The JSON of an answer of status 2xx; undefined where it has no body. Throws BodyError. */
export async function readJson(
  answer: HttpAnswer,
  request: JsonRequest,
  meter: Meter,
): Promise<Reading<JsonValue | undefined>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  const text = decode(Buffer.concat(chunks), meter);
  const { host } = new URL(request.url);
  if (text.trim() === '') {
    if (isFramed(answer)) return { next: 'done', value: undefined };
    return { next: 'retry', error: emptyByClose(host) };
  }
  const place = { host, status: answer.status, head: text };
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch {
    return { next: 'retry', error: notJson(place) };
  }
  const problem = request.problem?.(value);
  return problem === undefined
    ? { next: 'done', value }
    : { next: 'retry', error: unexpectedAnswer(place, problem) };
}

const strict = new TextDecoder('utf-8', { fatal: true });
const tolerant = new TextDecoder('utf-8');

/** A byte-order mark is dropped; bytes that are not UTF-8 become U+FFFD, which is counted. */
function decode(body: Uint8Array, meter: Meter): string {
  try {
    return strict.decode(body);
  } catch {
    meter.damaged();
    return tolerant.decode(body);
  }
}

/** An answer of status 2xx that is not what it should be. */
export interface Misread {
  readonly host: string;
  readonly status: number;
  /** How it begins. */
  readonly head: string;
}

const beginning = ({ head }: Misread): string => `It begins: ${excerpt(head.trimStart())}`;

/** The error for an answer that is not (complete) JSON. */
export function notJson(answer: Misread): TenantError {
  const { host, status, head } = answer;
  return {
    code: 'not-json',
    message: /^\s*[[{]/.test(head)
      ? `The answer of ${host} (status ${status}) is not complete JSON: it breaks off or is damaged. Try again later. ${beginning(answer)}`
      : `The answer of ${host} (status ${status}) is not JSON; a proxy or a log-in page may stand in between. Check baseUrl and the network. ${beginning(answer)}`,
    status,
    retriable: true,
  };
}

/** The error for an empty body that the end of its connection ended: it may have been cut before it began. */
export function emptyByClose(host: string): TenantError {
  return {
    code: 'unreachable',
    message: `${host} closed the connection before its answer began. Try again later.`,
    retriable: true,
  };
}

/** The error for JSON that is something else than what was asked for; the problem is a clause. */
export function unexpectedAnswer(answer: Misread, problem: string): TenantError {
  const { host, status } = answer;
  return {
    code: 'unexpected-answer',
    message:
      `The answer of ${host} (status ${status}) is not what was asked for: ${problem}. ` +
      `Check query.path and response of the connection profile. ${beginning(answer)}`,
    status,
    retriable: true,
  };
}
