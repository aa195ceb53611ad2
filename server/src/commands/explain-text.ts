/** A plan as a person reads it on a terminal. */
import { requestsText } from '../language/editing.ts';
import { visibleText } from '../output/index.ts';
import type { ExplainedQuery } from '../protocol/checked.ts';
import type { Io } from './io.ts';
import { shortFilter, wrap } from './layout.ts';

const LABEL = 12;

function windowText({ window: { from, to } }: ExplainedQuery): string {
  if (from === null && to === null) return 'open: the ids alone decide';
  return `${from ?? 'open'} to ${to ?? 'open'}`;
}

/** What is sent, what runs here, how many requests, and what a person should know before running it. */
export function explainedText(io: Io, query: ExplainedQuery): string {
  const { colour } = io;
  const width = io.columns - LABEL - 2;
  const limit = query.limit === null ? 'all' : String(query.limit);
  const offset = query.offset > 0 ? `, after the first ${query.offset}` : '';
  const rows: [string, string][] = [
    ['connection', query.connection],
    ['window', windowText(query)],
    // Three lines of a filter are enough to know it by; the whole is in the JSON.
    ['sent', query.sent === '' ? 'no filter' : shortFilter(query.sent, width * 3)],
    ['runs here', query.local ?? 'nothing: the tenant decides'],
    ['order', query.sort],
    ['limit', `${limit}${offset}`],
    ['requests', requestsText(query)],
    ...(query.batches > 1 ? [['batches', String(query.batches)] satisfies [string, string]] : []),
  ];
  let text = `${colour.bold(visibleText(query.name ?? '(query without a name)'))}\n`;
  for (const [label, value] of rows) {
    wrap(visibleText(value), width).forEach((line, index) => {
      text += `  ${colour.dim((index === 0 ? label : '').padEnd(LABEL))}${line}\n`;
    });
  }
  for (const sentence of query.words) {
    wrap(visibleText(sentence), io.columns - 4).forEach((line, index) => {
      text += `  ${index === 0 ? colour.cyan('i') : ' '} ${line}\n`;
    });
  }
  return text;
}
