/** The example of the language's specification. */
export const EXAMPLE = `PARAM lookback = 2h

QUERY failing 'Interactions that failed at a decision'
WHERE errorState = true
  AND nodeType IN ['DECISION', 'ROUTING', 'CONDITION']
LAST 24h
LIMIT 500;

QUERY slowRouting 'What held them up'
WHERE interactionId IN failing
  AND nodeTimestamp >= now() - $lookback
  AND (dwell > 10s OR changed(priority))
ORDER BY nodeTimestamp DESC
LIMIT ALL
WITH pageSize = 200, concurrency = 4
MASK (ssn, card*)
ANALYZE BOTTLENECKS OVER 10s, PATHS TOP 20, DECISIONS ON (queue, priority), VARIABLES (queue, priority)
COMPARE TO PREVIOUS
EXPECT BOTTLENECKS <= 5, P95(dwell) < 20s, ACCURACY >= 0.95
EXPORT TO 'reports/slow-routing.xes' AS XES
NOTIFY 'https://mining.example.com/hooks/cxq'
`;
