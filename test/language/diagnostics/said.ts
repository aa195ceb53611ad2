/** All that is said of a text, as lines: each diagnostic where it stands, its message, related places, what fixes make. */
import { applyEdits, CODES, type QuickFix } from '../../../server/src/language/diagnostics.ts';
import type { CheckContext } from '../../../server/src/language/index.ts';
import { patterns } from '../../../server/src/run/patterns.ts';
import { context, diagnose, facts, NOW } from '../markers.ts';

const tight = facts({ id: 'tight', limits: { retentionDays: 7, maxPageSize: 50, maxConcurrentRequests: 2 } });

/** What a text can be checked with, beside the default profile. */
export const CONTEXTS: Readonly<Record<string, CheckContext>> = {
  'pages only': context({}, { id: 'small', query: { streamPath: null } }),
  'few requests': context({}, { limits: { maxRequestsPerRun: 3, maxIdsPerRequest: 2, maxPageSize: 500 } }),
  Berlin: context({}, { timeZone: 'Europe/Berlin' }),
  'two profiles': context({ profiles: new Map([['tight', tight]]) }),
  'one unusable': context({ unusable: new Map([['bad', 'its address is missing.']]) }),
  'addresses refused': context({
    webhookAllow: ['https://b.example/'],
    webhookVerdict: (url, allow) => ({
      ok: false,
      code: 'CXQ5002',
      message: `${url} is not ${allow.join()}.`,
    }),
  }),
  'a webhook allowed': context(
    { webhookVerdict: (_, allow) => ({ ok: false, code: 'CXQ5002', message: `Only ${allow.join()}.` }) },
    { webhook: { allow: ['https://a.example/'] } },
  ),
  'profiles not known': { now: NOW, profile: facts(), patterns },
  'patterns not known': { now: NOW, profile: facts() },
  'a parameter given': context({
    parameters: new Map([['p', { kind: 'string', start: 0, end: 0, value: '(', quote: "'", closed: true }]]),
  }),
  'other severities': context({
    severities: { CXQ2009: 'error', CXQ6001: 'off', CXQ2019: 'warning', CXQ2003: 'off' },
  }),
};

/** A text with marks around one range, on one line. */
function placed(text: string, { start, end }: { readonly start: number; readonly end: number }): string {
  return onOneLine(`${text.slice(0, start)}<|${text.slice(start, end)}|>${text.slice(end)}`);
}

function onOneLine(text: string): string {
  return text.replaceAll('\r', '␍').replaceAll('\n', '⏎').replaceAll('\0', '␀');
}

/** `!` before what "fix all" takes too, `*` before what is preferred. */
function fixLine(text: string, fix: QuickFix): string {
  const mark = fix.isSure === true ? '!' : fix.isPreferred ? '*' : '-';
  const { action } = fix;
  const edits = fix.edits.length === 0 ? '' : ` → ${onOneLine(applyEdits(text, fix.edits))}`;
  return `  ${mark} ${fix.title}${edits}${action === undefined ? '' : ` (${action.name} ${action.argument})`}`;
}

export function saidOf(text: string, using: CheckContext): string[] {
  return diagnose(text, using).flatMap((found) => [
    `${found.code} ${placed(text, found)}`,
    ...(found.severity === CODES[found.code].severity ? [] : [`  as ${found.severity}`]),
    `  ${found.message}`,
    ...(found.unnecessary ? ['  (fades)'] : []),
    ...found.related.map((one) => `  see ${placed(text, one)}: ${one.message}`),
    ...found.fixes.map((fix) => fixLine(text, fix)),
  ]);
}
