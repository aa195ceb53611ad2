/** Whole queries to begin with: the editor's snippets, and the reference's list of them. */
export interface Template {
  /** What is typed to get it. */
  readonly prefix: string;
  readonly name: string;
  /** One sentence. */
  readonly text: string;
  /** CXQ with the places to fill in as ‹text›; as it stands, without the marks, it is a query without errors. */
  readonly template: string;
}

export const TEMPLATES: readonly Template[] = [
  {
    prefix: 'query',
    name: 'Query',
    text: 'A query over a recent window, with its bottlenecks.',
    template: `QUERY ‹name› '‹title›'
WHERE ‹errorState = true›
LAST ‹24h›
ANALYZE BOTTLENECKS OVER ‹15s›`,
  },
  {
    prefix: 'ids',
    name: 'Interactions by id',
    text: 'The traces of interactions whose ids are known.',
    template: `interactionId IN ['‹id›']`,
  },
  {
    prefix: 'stuck',
    name: 'Stuck now',
    text: 'Interactions whose last step still runs, and has for long.',
    template: `QUERY ‹stuck› 'Stuck right now'
WHERE open
  AND elapsed > ‹10m›
LAST ‹24h›`,
  },
  {
    prefix: 'slow',
    name: 'Slow nodes',
    text: 'Where interactions wait: steps above a threshold, and the times of each node.',
    template: `QUERY ‹slow› 'What holds interactions up?'
WHERE dwell > ‹10s›
LAST ‹24h›
ANALYZE BOTTLENECKS OVER ‹10s›, NODES`,
  },
  {
    prefix: 'failing',
    name: 'Failing interactions',
    text: 'Interactions with a step in error, and where the errors are.',
    template: `QUERY ‹failing› 'What fails?'
WHERE errorState = true
LAST ‹24h›
ANALYZE ERRORS, PATHS TOP ‹10›`,
  },
  {
    prefix: 'sequence',
    name: 'One thing after another',
    text: 'Interactions in which one step follows another, not necessarily at once.',
    template: `QUERY ‹recovered› 'Failed, then recovered'
WHERE SEQUENCE(‹nodeId = 'auth' AND errorState›, ‹nodeId = 'auth' AND NOT errorState›)
LAST ‹24h›`,
  },
  {
    prefix: 'never',
    name: 'Never reached',
    text: 'Interactions none of whose steps is of a kind.',
    template: `QUERY ‹neverAnswered› 'Never reached an agent'
WHERE NONE(‹nodeType = 'AGENT'›)
LAST ‹24h›`,
  },
  {
    prefix: 'inquery',
    name: 'Query over another’s interactions',
    text: 'Two queries: the second asks about the interactions that the first found.',
    template: `QUERY failing
WHERE errorState = true
LAST ‹24h›;

QUERY ‹slowAfterFailure›
WHERE interactionId IN failing
  AND dwell > ‹10s›
LAST ‹24h›`,
  },
  {
    prefix: 'param',
    name: 'Parameter',
    text: 'A value with a default, and the query that uses it.',
    template: `PARAM lookback = ‹24h›

QUERY ‹name›
WHERE ‹errorState = true›
LAST $lookback`,
  },
  {
    prefix: 'expect',
    name: 'Expectations',
    text: 'A query that says what must hold, for schedules and pipelines.',
    template: `QUERY ‹health› 'Is everything in order?'
LAST ‹1h›
ANALYZE BOTTLENECKS OVER ‹15s›, ERRORS
EXPECT BOTTLENECKS <= ‹5›, ERRORS <= ‹10›`,
  },
  {
    prefix: 'export',
    name: 'Export',
    text: 'A query that writes what it found to a file, with variables masked.',
    template: `QUERY ‹report›
LAST ‹24h›
MASK (‹card*›)
EXPORT TO 'reports/‹report›.csv'`,
  },
];
