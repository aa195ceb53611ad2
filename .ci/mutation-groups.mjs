/**
 * The code on which nothing lost rests, and the tests that speak of each file. All of a file's tests are tried on each
 * change of it that none of them notices, so the long ones are left out, and those over sockets where others before a
 * tenant or a receiver in memory say the same.
 */

const tenant = (name) => `server/src/tenant/${name}.ts`;
const audit = (name) => `server/src/output/audit/${name}.ts`;
const webhook = (name) => `server/src/output/webhook/${name}.ts`;
const check = (name) => `server/src/language/check/${name}.ts`;

const inTenant = (...names) => names.map((name) => `test/unit/tenant/${name}.test.ts`);
const ofAudit = (...names) => names.map((name) => `test/unit/output/${name}.test.ts`);
const OF_POLICY = ['test/unit/output/webhook-policy.test.ts'];
const inWebhook = (name) => `test/unit/output/webhook-${name}.test.ts`;
const inDiagnostics = (...names) => names.map((name) => `test/language/diagnostics/${name}.test.ts`);
/** All that is said of a thousand texts, in one file: a change takes no longer to be tried than it is worth. */
const OF_CHECKER = inDiagnostics('said');
const IN_STEPS = [...inDiagnostics('said', 'long'), 'test/unit/language/check-kept.test.ts'];

export const GROUPS = {
  retry: [
    [tenant('retry-after'), inTenant('retry-after', 'governor')],
    [tenant('governor'), inTenant('governor')],
    [tenant('requests'), inTenant('requests', 'request-slots')],
  ],
  range: [
    [tenant('content-range'), inTenant('content-range')],
    [tenant('downloads'), inTenant('downloads')],
    [tenant('ranges'), inTenant('ranges', 'range-misfits')],
  ],
  audit: [
    [audit('chain'), ofAudit('audit-chain')],
    [audit('verify'), ofAudit('audit-words')],
    [audit('log'), ofAudit('audit-log', 'audit')],
    [audit('end'), ofAudit('audit-files')],
    [audit('lines'), ofAudit('audit-files')],
  ],
  webhook: [
    [webhook('policy'), OF_POLICY],
    [webhook('signature'), OF_POLICY],
    [webhook('send'), [inWebhook('send')]],
    [webhook('post'), [inWebhook('post'), 'test/contract/output/webhook-addresses.test.ts']],
    [webhook('outbox'), [inWebhook('outbox')]],
  ],
  checker: [
    ...['index', 'section', 'query', 'names'].map((name) => [check(name), IN_STEPS]),
    ...[
      'clauses',
      'predicates',
      'operands',
      'window',
      'logic',
      'plan',
      'repetition',
      'declarations',
      'lists',
    ].map((name) => [check(name), OF_CHECKER]),
  ],
};

const ALL = Object.entries(GROUPS).flatMap(([group, parts]) =>
  parts.map(([file, tests]) => ({ group, file, tests })),
);

/** Files by what was typed, groups or files: all for nothing. */
export function chosen(words) {
  if (words.length === 0) return ALL;
  return words.flatMap((word) => {
    const path = word.replaceAll('\\', '/').replace(/^\.\//, '');
    const found = ALL.filter(({ group, file }) => group === word || file === path);
    if (found.length > 0) return found;
    throw new Error(`${word} is neither a group (${Object.keys(GROUPS).join(', ')}) nor a file of one.`);
  });
}
