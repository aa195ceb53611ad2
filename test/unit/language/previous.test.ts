/** `COMPARE TO PREVIOUS`: the same question of the period before. */
import { describe, expect, it } from 'vitest';
import {
  check,
  type Plan,
  parse,
  planQuery,
  predicateText,
  previousText,
} from '../../../server/src/language/index.ts';
import { context } from '../../language/markers.ts';

function previous(text: string, index = 0): { text: string; plan: Plan } {
  const document = parse(text);
  const query = document.queries[index];
  if (query === undefined) throw new Error('no query');
  const planned = planQuery(document, query, context());
  if (!planned.ok) throw new Error(planned.problems.join(' '));
  const before = previousText(document, query, planned.plan.environment);
  if (before === undefined) throw new Error('no period before');
  const again = parse(before);
  expect(check(again, context()).filter(({ severity }) => severity === 'error')).toEqual([]);
  const one = again.queries[index];
  if (one === undefined) throw new Error('no query');
  const shifted = planQuery(again, one, context());
  if (!shifted.ok) throw new Error(shifted.problems.join(' '));
  return { text: before, plan: shifted.plan };
}

const SENT = "nodeTimestamp >= '2026-11-22T04:00:00.000Z' AND nodeTimestamp <= '2026-11-22T06:00:00.000Z'";

// The clock stands at 2026-11-22T08:00:00Z.
describe('the period before', () => {
  it.each([
    ['LAST 2h', SENT],
    ["SINCE '2026-11-22T06:00:00Z'", SENT],
    ["SINCE '2026-11-22T06:00:00Z' UNTIL '2026-11-22T08:00:00Z' LIMIT 5", SENT],
    ['QUERY q nodeTimestamp >= ago(2h)', SENT],
    ['nodeTimestamp >= ago(2h) AND errorState', `${SENT} AND errorState = true`],
    ['errorState LAST 2h ORDER BY duration', `${SENT} AND errorState = true`],
    ["WHERE nodeTimestamp BETWEEN '2026-11-22T06:00:00Z' AND '2026-11-22T08:00:00Z'", SENT],
    ['(nodeTimestamp > ago(3h) AND (nodeTimestamp >= ago(2h))) LAST 4h', SENT],
    ['LAST 2h -- of late\nMASK (a) /* rest */', SENT],
  ])('of %s', (text, sent) => {
    expect(previous(text).plan.sent).toBe(sent);
  });

  it('ends before this one begins: no step is in both', () => {
    const { plan } = previous('LAST 2h');
    expect(plan.asked === null ? null : predicateText(plan.asked)).toContain(
      "nodeTimestamp < '2026-11-22T06:00:00.000Z'",
    );
  });

  it('keeps what else is asked, and the other queries', () => {
    const { text, plan } = previous(
      "PARAM p = 'x';\nQUERY a LAST 1h;\nQUERY b 'Title' nodeId = 'n' OR before.q = $p LAST 2h ANALYZE FLOW;\nQUERY c LAST 3h",
      1,
    );
    expect(text).toContain('QUERY a LAST 1h;');
    expect(text).toContain('QUERY c LAST 3h');
    expect(plan.sent).toBe(SENT);
    expect(plan.whole === null ? '' : predicateText(plan.whole)).toContain("nodeId = 'n' OR before.q = $p");
  });

  it('is none where the window has no beginning, or is empty', () => {
    for (const text of [
      "interactionId = 'a'",
      "nodeTimestamp <= '2026-11-20T00:00:00Z'",
      "SINCE '2026-11-23T00:00:00Z'",
    ]) {
      const document = parse(text);
      const [query] = document.queries;
      if (query === undefined) throw new Error('no query');
      const planned = planQuery(document, query, context());
      if (!planned.ok) throw new Error(planned.problems.join(' '));
      expect(previousText(document, query, planned.plan.environment)).toBeUndefined();
    }
  });
});
