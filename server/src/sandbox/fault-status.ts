/** Faults that are another answer: its status, its headers, its words. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { FaultName } from './faults.ts';

/** An answer in the place of the page. */
export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
  /** For the fault log. */
  readonly detail: string;
}

export interface ReplyContext {
  readonly retryAfterSeconds: number;
  /** 0 to 1: which of several. */
  readonly place: number;
  /** Port of the sandbox. */
  readonly port: number;
}

type MakeReply = (context: ReplyContext) => Reply;

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const LOGIN_PAGE =
  '<!doctype html><html><head><title>Sign in</title></head><body><form>User name <input name="user"></form></body></html>';
const GATEWAY_PAGE =
  '<html><head><title>Bad gateway</title></head><body><h1>The upstream server did not answer</h1></body></html>';

function json(status: number, error: string, message: string, headers: OutgoingHttpHeaders = {}): Reply {
  const body = JSON.stringify({ error, message });
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
    detail: String(status),
  };
}

function html(status: number, body: string): Reply {
  return { status, headers: { 'Content-Type': 'text/html' }, body, detail: `${status} text/html` };
}

type Wait = (seconds: number) => string | string[] | undefined;

/** 429 with Retry-After as it is made of seconds; undefined for none. */
function throttle(wait: Wait): MakeReply {
  return ({ retryAfterSeconds }) => {
    const value = wait(retryAfterSeconds);
    const headers = value === undefined ? {} : { 'Retry-After': value };
    const reply = json(429, 'too_many_requests', 'Too many requests.', headers);
    const shown = Array.isArray(value) ? value.join(' and ') : value;
    return { ...reply, detail: shown === undefined ? 'no Retry-After' : `Retry-After: ${shown}` };
  };
}

/** A date has no parts of a second: the next whole one keeps it a floor. */
function dateIn(seconds: number): Date {
  return new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000);
}

function rfc850(date: Date): string {
  const [, day, month, year = '', time] = date.toUTCString().split(' ');
  return `${DAYS[date.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
}

function asctime(date: Date): string {
  const [weekday = '', , month, year, time] = date.toUTCString().split(' ');
  const day = String(date.getUTCDate()).padStart(2);
  return `${weekday.slice(0, 3)} ${month} ${day} ${time} ${year}`;
}

/** In this order: the first that is drawn is what comes. 401 is not among them: it has a state. */
export const REPLIES: readonly (readonly [FaultName, MakeReply])[] = [
  ['429', throttle(String)],
  ['429-date', throttle((seconds) => dateIn(seconds).toUTCString())],
  ['429-rfc850', throttle((seconds) => rfc850(dateIn(seconds)))],
  ['429-asctime', throttle((seconds) => asctime(dateIn(seconds)))],
  ['429-two', throttle((seconds) => [String(seconds), String(seconds * 2)])],
  ['429-none', throttle(() => undefined)],
  ['429-empty', throttle(() => '')],
  ['429-text', throttle(() => 'soon')],
  ['429-negative', throttle((seconds) => String(-seconds))],
  ['429-past', throttle(() => dateIn(-3600).toUTCString())],
  ['429-huge', throttle(() => '99999999999')],
  [
    '5xx',
    ({ place }) =>
      json([500, 502, 503][Math.floor(place * 3)] ?? 500, 'server_error', 'Something went wrong here.'),
  ],
  [
    '503-wait',
    ({ retryAfterSeconds }) =>
      json(503, 'unavailable', 'Back in a moment.', { 'Retry-After': String(retryAfterSeconds) }),
  ],
  ['gateway', ({ place }) => html(place < 0.5 ? 502 : 504, GATEWAY_PAGE)],
  ['408', () => json(408, 'request_timeout', 'The request took too long.')],
  ['403', () => json(403, 'forbidden', 'This address is not on the allow-list.')],
  ['400', () => json(400, 'invalid_filter', 'Filter, character 1: it is not understood.')],
  [
    'redirect',
    ({ port }) => {
      // The same machine by its other name is another origin.
      const Location = `http://localhost:${port}/elsewhere`;
      return { status: 307, headers: { Location }, body: '', detail: `307 to ${Location}` };
    },
  ],
  ['html', () => html(200, LOGIN_PAGE)],
];
