import type { HttpRequest } from '../../../server/src/tenant/transport.ts';
import type { Question } from './blows.ts';

/** What a request asks of a resource. */
export function questionOf({ headers }: HttpRequest): Question {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '');
  const to = asked?.[2] === '' ? Number.POSITIVE_INFINITY : Number(asked?.[2]) + 1;
  return { range: asked === null ? null : { from: Number(asked[1]), to }, ifRange: headers['if-range'] };
}
