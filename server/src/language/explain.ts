/** Plans for people and machines: what is sent, what runs here, how many requests. */
import type { ExplainedQuery } from '../protocol/checked.ts';
import { formatInstant } from '../protocol/instant.ts';
import type { CheckContext } from './context.ts';
import { explainWords } from './explain-words.ts';
import type { ParsedDocument } from './parse.ts';
import { makePlan, type Plan } from './plan.ts';
import { predicateText } from './print.ts';
import { requestsText } from './requests-words.ts';

/** A plan as `cxq explain --format json` gives it. */
export function explainPlan(plan: Plan, document: ParsedDocument): ExplainedQuery {
  const instant = (micros: number | null) => (micros === null ? null : formatInstant(micros));
  return {
    name: plan.name,
    connection: plan.profile.id,
    adapter: plan.profile.adapter,
    window: { from: instant(plan.window.from), to: instant(plan.window.to) },
    sent: plan.sent,
    local: plan.local === null ? null : predicateText(plan.local),
    batches: plan.batches.length,
    pageSize: plan.pageSize,
    limit: plan.limit,
    offset: plan.offset,
    sort: `${plan.sort.field} ${plan.sort.direction}`,
    mode: plan.mode,
    concurrency: plan.concurrency,
    estimatedRequests: plan.estimatedRequests,
    notes: [...plan.notes],
    words: explainWords(plan, document),
  };
}

/** Explains the queries of a document, or the one at an index. Queries with syntax errors are left out. */
export function explain(document: ParsedDocument, context: CheckContext, index?: number): ExplainedQuery[] {
  return document.queries
    .filter((query) => !query.broken && (index === undefined || query.index === index))
    .map((query) => explainPlan(makePlan(document, query, context), document));
}

/** An explained query in words. */
export function explainText(explained: ExplainedQuery): string {
  const { window, limit } = explained;
  const rows: [string, string][] = [
    ['connection', explained.connection],
    ['window', `${window.from ?? 'open'} to ${window.to ?? 'open'}`],
    ['sent', explained.sent === '' ? 'no filter' : explained.sent],
    ['runs here', explained.local ?? 'nothing'],
    ['order', explained.sort],
    [
      'limit',
      `${limit === null ? 'all' : limit}${explained.offset > 0 ? `, after the first ${explained.offset}` : ''}`,
    ],
    ['requests', requestsText(explained)],
  ];
  if (explained.batches > 1) rows.push(['batches', String(explained.batches)]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
  const words = explained.words.map((sentence) => `  - ${sentence}`);
  return [explained.name ?? '(query without a name)', ...lines, ...words].join('\n');
}
