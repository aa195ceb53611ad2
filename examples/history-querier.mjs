/**
 * Automated process analysis: asks a tenant where its interactions got stuck, and says so in a few lines.
 *
 *   node dist/cli.js sandbox --port 8080                    (in another terminal; prints id and secret)
 *   CXONE_CLIENT_ID=… CXONE_CLIENT_SECRET=… node examples/history-querier.mjs http://127.0.0.1:8080
 *
 * In a program of your own the import is `import { createHistoryQuerier, CxqError } from 'cxq'`.
 */
const { createHistoryQuerier, CxqError } = await import(process.env.CXQ_LIBRARY ?? '../dist/index.js');

const [baseUrl = 'http://127.0.0.1:8080', runsFolder = '.cxq/runs'] = process.argv.slice(2);

const QUERY = `
PARAM lookback = 24h

QUERY stuck 'What held interactions up'
WHERE dwell > 10s AND nodeType IN ['DECISION', 'ROUTING', 'CONDITION']
LAST $lookback
LIMIT ALL
MASK (customer, card*, phone)
EXPECT ACCURACY >= 0.95
`;

try {
  const querier = createHistoryQuerier({
    baseUrl,
    runsFolder,
    credentials: { clientId: process.env.CXONE_CLIENT_ID, clientSecret: process.env.CXONE_CLIENT_SECRET },
    thresholdSeconds: 10,
  });
  const [run] = await querier.run(QUERY, { parameters: { lookback: '12h' } });
  process.stdout.write(`${run.headline}\n`);
  for (const { nodeName, nodeId, count, excessShare } of run.findings) {
    const share = `${Math.round(excessShare * 100)} % of the time above the threshold`;
    process.stdout.write(`- ${nodeName ?? nodeId}: ${count} times, ${share}\n`);
  }
  if (run.error !== undefined) process.stdout.write(`${run.error.message}\n`);
  const { records, accuracyRate } = run.retrieval;
  process.stdout.write(`${run.outcome}: ${records} records, accuracy ${accuracyRate}, ${run.compliance}\n`);
  process.stdout.write(`kept in ${run.folder}, audited as #${run.audit?.sequence}\n`);
  process.exitCode = run.outcome === 'complete' && run.expectations.every(({ ok }) => ok) ? 0 : 1;
} catch (error) {
  if (!(error instanceof CxqError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 2;
}
