/** The plan in sentences. */
import { describe, expect, it } from 'vitest';
import { explain, explainText } from '../../../server/src/language/editing.ts';
import { parse } from '../../../server/src/language/index.ts';
import type { ProfileInput } from '../../../server/src/protocol/profile.ts';
import { context } from '../../language/markers.ts';

const words = (text: string, profile: ProfileInput = {}): readonly string[] =>
  explain(parse(text), context({}, profile)).at(-1)?.words ?? [];
const ids = (count: number) => Array.from({ length: count }, (_, index) => `'i${index}'`).join(', ');

describe('a plan in words', () => {
  it('tells all in the order in which it happens', () => {
    expect(words('QUERY failing errorState AND dwell > 10s LAST 2h LIMIT 500')).toEqual([
      'The tenant is asked for interactions with a step that begins between 2026-11-22T06:00:00.000Z and 2026-11-22T08:00:00.000Z and is in error.',
      'The window begins at 2026-11-22T06:00:00.000Z: `LAST 2h`.',
      'The window ends at 2026-11-22T08:00:00.000Z: the start of the run, so that records which arrive meanwhile cannot shift pages.',
      'How many requests that takes depends on what is there: as many as there are pages (pages of 100, 5 at once).',
      '`dwell > 10s` runs here, because the tenant cannot filter by dwell.',
      'The whole predicate is asked of each step that came: an interaction is kept when one of its steps satisfies all of it.',
      'The tenant sorts by nodeTimestamp DESC.',
      'At most 500 are kept; reading stops when that many are found.',
    ]);
  });

  it.each([
    [
      "interactionId IN ['a', 'b'] AND NOT errorState",
      'The tenant is asked for 2 interactions by id with a step that is not in error.',
    ],
    ["interactionId = 'a'", 'The tenant is asked for 1 interaction by id.'],
    [
      `interactionId IN [${ids(250)}]`,
      'The 250 ids go in 3 batches of at most 100, and what comes is merged.',
    ],
    [`interactionId IN [${ids(250)}]`, 'That takes 3 requests (pages of 100, 5 at once).'],
    [
      'errorState',
      'The window begins at 2026-10-23T08:01:00.000Z: with neither a time bound nor ids all that the tenant keeps is read, 30d. It is moved to 60 s inside the 30d that the tenant keeps, so that it is still inside when the request arrives.',
    ],
    [
      'LAST 31d',
      'The window begins at 2026-10-23T08:01:00.000Z: `LAST 31d`. It was to begin outside the 30d that the tenant keeps (CXQ3003), so the query does not run.',
    ],
    [
      "SINCE '2026-11-20' WHERE nodeTimestamp > ago(1d)",
      'The window begins at 2026-11-21T08:00:00.000Z: `nodeTimestamp > ago(1d)`, the tightest of 2 bounds.',
    ],
    [
      "SINCE '2026-11-20' UNTIL now() - 1h",
      'The window ends at 2026-11-22T07:00:00.000Z: `UNTIL now() - 1h`.',
    ],
    [
      "nodeTimestamp = '2026-11-20' OR nodeTimestamp = '2026-11-21'",
      "The window ends at 2026-11-21T00:00:00.000Z: what all alternatives of `nodeTimestamp = '2026-11-20' OR nodeTimestamp = '2026-11-21'` have in common.",
    ],
    ['duration > 5m LAST 2h', 'That looks at interactions as a whole, so only that is asked of what came.'],
    ['LAST 2h', 'Nothing is checked here: what the tenant sends is what is kept.'],
    ['LAST 2h LIMIT ALL OFFSET 2000', 'All are kept, after the first 2,000.'],
    ['LAST 2h', 'At most 1,000 are kept, as the query has no LIMIT.'],
    [
      'LAST 2h ORDER BY duration',
      'Sorted here by duration ASC: everything in the window is read before LIMIT applies.',
    ],
    ['errorState AND NOT errorState LAST 2h', 'The tenant is not asked: the conditions exclude each other.'],
    ['PARAM p: DURATION LAST $p', 'A time bound depends on a parameter without a value.'],
    [
      "QUERY c LAST 1h QUERY b interactionId IN c QUERY a interactionId IN b AND interactionId IN ['x']",
      'It needs the ids of other queries: first c, b, then this query, all at the same instant.',
    ],
    [
      "QUERY b LAST 1h QUERY a interactionId IN b AND interactionId IN ['x']",
      'The tenant is asked for 1 interaction by id, of the interactions that b gives.',
    ],
    [
      'QUERY a interactionId IN b QUERY b interactionId IN a',
      'It needs the ids of a, which cannot be had: they refer to each other, or are not there.',
    ],
  ])('%s', (text, sentence) => {
    expect(words(text)).toContain(sentence);
  });

  it('says what a connection that filters by nothing is asked', () => {
    expect(words('errorState LAST 2h', { filter: { fields: [] } })).toEqual([
      'The tenant is asked for every interaction.',
      'How many requests that takes depends on what is there: as many as there are pages (pages of 100, 5 at once).',
      '`nodeTimestamp >= now() - 2h` runs here, because this connection cannot filter by nodeTimestamp.',
      '`errorState` runs here, because this connection cannot filter by errorState.',
      'The whole predicate is asked of each step that came: an interaction is kept when one of its steps satisfies all of it.',
      'The tenant sorts by nodeTimestamp DESC.',
      'At most 1,000 are kept, as the query has no LIMIT; reading stops when that many are found.',
    ]);
  });

  it('says of a history file that it is read, and sorted here', () => {
    const file: ProfileInput = { query: { adapter: 'file', path: 'a.json' }, filter: { fields: [] } };
    expect(words('errorState LIMIT 5', file)).toEqual([
      'No tenant is asked: the history file is read, every interaction of it.',
      '`errorState` runs here, because this connection cannot filter by errorState.',
      'The whole predicate is asked of each step that came: an interaction is kept when one of its steps satisfies all of it.',
      'Sorted here by nodeTimestamp DESC: the whole file is read before LIMIT applies.',
      'At most 5 are kept.',
    ]);
    const [explained] = explain(parse('errorState'), context({}, file));
    expect(explained).toMatchObject({ adapter: 'file', estimatedRequests: { min: 0, max: 0 } });
    expect(explained === undefined ? '' : explainText(explained)).toMatch(/requests +none: a file is read\n/);
  });

  it('says of interactions that are asked for one by one how many there are', () => {
    const one: ProfileInput = {
      query: { adapter: 'per-interaction', path: '/{interactionId}' },
      filter: { fields: ['interactionId'] },
    };
    expect(words(`interactionId IN [${ids(250)}] LIMIT ALL`, one)).toEqual([
      'The tenant is asked for 250 interactions by id.',
      'That takes 250 requests (one for each id, 5 at once).',
      'Nothing is checked here: what the tenant sends is what is kept.',
      'Sorted here by nodeTimestamp DESC: every interaction is asked for before LIMIT applies.',
      'All are kept.',
    ]);
    expect(words('errorState LAST 2h', one)).toContain(
      'This connection can only be asked for interactions by their ids, and the query names none.',
    );
    const awaited = words(`QUERY a errorState LIMIT 7 QUERY b interactionId IN a`, one);
    expect(awaited).toContain('The ids of a are known only once it has run; each is a request.');
    expect(awaited).toContain('That takes 0 to 7 requests (one for each id, 5 at once).');
  });

  it('counts what would be too much to tell', () => {
    const many = Array.from({ length: 20 }, (_, index) => `after.v${index} = 1`).join(' AND ');
    expect(words(`${many} LAST 2h`)).toContain('14 more conditions run here.');
  });

  it('stands below the table', () => {
    const [first] = explain(parse('QUERY a LAST 2h'), context());
    if (first === undefined) throw new Error('nothing explained');
    expect(explainText(first)).toMatch(
      /^a\n {2}connection {2}default\n[\s\S]*\n {2}- The tenant is asked for /,
    );
  });
});
