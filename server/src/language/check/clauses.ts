/** Clauses other than WHERE: names and values that they take. */
import { ANALYSES, type AnalysisSpec, analysisNamed, PART_WORDS } from '../analyses.ts';
import { type DiagnosticCode, diagnostic, type QuickFix, replace, sure } from '../diagnostics.ts';
import { fieldNamed, ORDER_FIELDS } from '../fields.ts';
import { FORMATS, formatNamed, formatOfPath } from '../formats.ts';
import { formatDuration, quote } from '../literals.ts';
import { METRIC_FIELDS, METRICS, metricNamed } from '../metrics.ts';
import { nearest } from '../nearest.ts';
import { grouped } from '../numbers.ts';
import { COUNT_BOUNDS, OPTIONS, optionNamed } from '../options.ts';
import { nameText } from '../print.ts';
import { literalOf } from '../resolve.ts';
import type {
  Analysis,
  AnalysisPart,
  Clause,
  Expectation,
  ExportClause,
  Name,
  NotifyClause,
  Operand,
  UsingClause,
  WithOption,
} from '../tree.ts';
import { aOrAn, conversion, fits, isCutOff, typeOf } from './operands.ts';
import { checkPredicate, unknownQuery } from './predicates.ts';
import type { QueryScope } from './scope.ts';

export function checkClause(clause: Clause, scope: QueryScope): void {
  switch (clause.kind) {
    case 'using':
      checkUsing(clause, scope);
      return;
    case 'last':
      expectType(clause.amount, 'DURATION', 'LAST', scope);
      return;
    case 'order':
      checkOrder(clause.field, scope);
      return;
    case 'limit':
    case 'offset':
      if (clause.count !== null && clause.count.kind !== 'all') {
        const word = clause.kind === 'limit' ? 'LIMIT' : 'OFFSET';
        expectType(clause.count, 'NUMBER', word, scope);
        bounded(clause.count, word, COUNT_BOUNDS[word].min, COUNT_BOUNDS[word].max, scope);
      }
      return;
    case 'with':
      for (const option of clause.options) checkOption(option, scope);
      return;
    case 'analyze':
      for (const analysis of clause.analyses) checkAnalysis(analysis, clause, scope);
      return;
    case 'compare': {
      const { target } = clause;
      if (target === null || target.text.toUpperCase() === 'PREVIOUS') return;
      if (scope.queryNames.has(target.text) || isCutOff(target, scope)) return;
      scope.report(unknownQuery(target, [...scope.queryNames, 'PREVIOUS'], scope));
      return;
    }
    case 'expect':
      for (const expectation of clause.expectations) checkExpectation(expectation, clause, scope);
      return;
    case 'export':
      checkExport(clause, scope);
      return;
    case 'notify':
      checkNotify(clause, scope);
      return;
    default:
      return;
  }
}

/** 2011 with the nearest of the names there are. */
function unknown(what: string, name: Name, names: readonly string[], scope: QueryScope): void {
  if (isCutOff(name, scope)) return;
  const near = nearest(name.text, names);
  const fixes = near === undefined ? [] : [replace(`Change to ${near}`, name, near, true)];
  const hint = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`;
  scope.report(diagnostic('CXQ2011', name, `There is no ${what} \`${name.text}\`. ${hint}`, { fixes }));
}

function checkUsing(clause: UsingClause, scope: QueryScope): void {
  const { profile } = clause;
  const known = scope.context.profiles;
  if (profile === null || known === undefined) return;
  const id = profile.kind === 'name' ? profile.text : profile.value;
  if (known.has(id) || isCutOff(profile, scope)) return;
  const reason = scope.context.unusable?.get(id);
  if (reason !== undefined) {
    scope.report(
      diagnostic('CXQ2010', profile, `The connection profile \`${id}\` cannot be used: ${reason}`),
    );
    return;
  }
  const near = nearest(id, known.keys());
  const fixes: QuickFix[] = [];
  if (near !== undefined) {
    const newText = profile.kind === 'name' ? nameText({ text: near }) : quote(near);
    fixes.push(replace(`Change to ${near}`, profile, newText, true));
  }
  fixes.push({
    title: `Create the connection profile ${id}`,
    edits: [],
    isPreferred: false,
    action: { name: 'createProfile', argument: id },
  });
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  scope.report(diagnostic('CXQ2010', profile, `There is no connection profile \`${id}\`.${hint}`, { fixes }));
}

function checkOrder(field: Name | null, scope: QueryScope): void {
  if (field === null) return;
  const known = fieldNamed(field.text);
  if (known !== undefined && ORDER_FIELDS.includes(known.name)) return;
  if (known === undefined) {
    unknown('order field', field, ORDER_FIELDS, scope);
    return;
  }
  const message = `\`${known.name}\` belongs to a step. Interactions are ordered by nodeTimestamp or by a field of their own, such as duration.`;
  const twin = {
    dwell: 'duration',
    elapsed: 'duration',
    startTime: 'nodeTimestamp',
    endTime: 'interactionEnd',
  };
  const near = Object.entries(twin).find(([name]) => name === known.name)?.[1];
  const fixes = near === undefined ? [] : [replace(`Change to ${near}`, field, near, true)];
  scope.report(diagnostic('CXQ2011', field, message, { fixes }));
}

/** 2003 where a clause's value has another type than it wants. */
function expectType(
  value: Operand | null,
  type: 'DURATION' | 'NUMBER' | 'STRING',
  what: string,
  scope: QueryScope,
  fixes?: readonly QuickFix[],
): void {
  if (value === null) return;
  const actual = typeOf(value, scope, checkPredicate);
  if (fits(type, actual) || isCutOff(value, scope)) return;
  scope.report(
    diagnostic('CXQ2003', value, `${what} takes ${aOrAn(type)}, not ${aOrAn(actual)}.`, {
      fixes: fixes ?? conversion(value, type, scope),
    }),
  );
}

/** A whole number within bounds, with the nearest one as the remedy. */
function bounded(
  value: Operand,
  what: string,
  min: number,
  max: number,
  scope: QueryScope,
  code: DiagnosticCode = 'CXQ4001',
): void {
  const literal = literalOf(value, scope.environment);
  if (literal?.kind !== 'number') return;
  const { profile } = scope;
  if (Number.isInteger(literal.value) && literal.value >= min && literal.value <= max) return;
  const best = Math.min(Math.max(Math.round(literal.value), min), max);
  const reason = literal.value > max ? code : 'CXQ4001';
  const bounds = `${grouped(min)} to ${grouped(max)}`;
  const message =
    reason === 'CXQ4002'
      ? `A page can have at most ${grouped(max)} interactions with the profile ${profile.id}.`
      : reason === 'CXQ4003'
        ? `At most ${max} requests can run at once with the profile ${profile.id}.`
        : `${what} has to be a whole number from ${bounds}.`;
  // The size of pages and how many are read at once change nothing in what is found.
  const change = reason === 'CXQ4001' ? replace : sure;
  const fixes = [change(`Change to ${best}`, value, String(best), true)];
  scope.report(diagnostic(reason, value, message, { fixes }));
}

function checkOption(option: WithOption, scope: QueryScope): void {
  const spec = optionNamed(option.name.text);
  if (spec === undefined) {
    unknown(
      'option',
      option.name,
      OPTIONS.map((one) => one.name),
      scope,
    );
    return;
  }
  const { value } = option;
  if (value === null) return;
  const choices = spec.values?.map((one) => replace(`Change to ${quote(one)}`, value, quote(one)));
  expectType(value, spec.type, spec.name, scope, choices);
  const literal = literalOf(value, scope.environment);
  const { profile } = scope;
  if (spec.name === 'pageSize') bounded(value, spec.name, 1, profile.maxPageSize, scope, 'CXQ4002');
  else if (spec.name === 'concurrency') {
    bounded(value, spec.name, 1, profile.maxConcurrentRequests, scope, 'CXQ4003');
  } else if (spec.type === 'NUMBER') bounded(value, spec.name, spec.min ?? 0, spec.max ?? 0, scope);
  else if (spec.type === 'DURATION' && literal?.kind === 'duration' && literal.micros !== null) {
    const { min = 0, max = 0 } = spec;
    if (literal.micros >= min && literal.micros <= max) return;
    const best = formatDuration(literal.micros < min ? min : max);
    const message = `${spec.name} has to be from ${formatDuration(min)} to ${formatDuration(max)}.`;
    const fixes = [replace(`Change to ${best}`, value, best, true)];
    scope.report(diagnostic('CXQ4001', value, message, { fixes }));
  } else if (spec.name === 'mode' && literal?.kind === 'string' && literal.closed) {
    checkMode(value, literal.value, spec.values ?? [], scope);
  }
}

function checkMode(value: Operand, mode: string, modes: readonly string[], scope: QueryScope): void {
  if (!modes.includes(mode)) {
    const near = nearest(mode, modes);
    const fixes = modes.map((one) => replace(`Change to ${quote(one)}`, value, quote(one), one === near));
    scope.report(diagnostic('CXQ4001', value, "mode has to be 'stream' or 'page'.", { fixes }));
  } else if (mode === 'stream' && !scope.profile.canStream) {
    const fixes = [sure("Change to 'page'", value, "'page'")];
    const message = `The profile ${scope.profile.id} cannot stream, so pages are read whole.`;
    scope.report(diagnostic('CXQ4006', value, message, { fixes }));
  }
}

function checkAnalysis(analysis: Analysis, clause: Clause, scope: QueryScope): void {
  const spec = analysisNamed(analysis.name.text);
  if (spec === undefined) {
    unknown(
      'analysis',
      analysis.name,
      ANALYSES.map((one) => one.name),
      scope,
    );
    return;
  }
  if (spec.needsBy && !analysis.parts.some((part) => part.kind === 'by') && !scope.isCut(clause)) {
    const at = { start: analysis.name.end, end: analysis.name.end };
    scope.report(
      diagnostic('CXQ2011', analysis.name, `${spec.name} needs BY. It is written ${spec.signature}.`, {
        fixes: [replace('Add BY HOUR', at, ' BY HOUR', true)],
      }),
    );
  }
  for (const part of analysis.parts) checkPart(part, spec, scope);
}

function checkPart(part: AnalysisPart, spec: AnalysisSpec, scope: QueryScope): void {
  if (!spec.parts.includes(part.kind)) {
    const what = part.kind === 'patterns' ? 'list in parentheses' : PART_WORDS[part.kind];
    const message = `${spec.name} takes no ${what}. It is written ${spec.signature}.`;
    const before = scope.document.text.slice(0, part.start).trimEnd().length;
    const fixes = [replace('Remove it', { start: before, end: part.end }, '', true)];
    scope.report(diagnostic('CXQ2011', part.keyword, message, { fixes }));
    return;
  }
  if (part.kind === 'over') expectType(part.amount, 'DURATION', 'OVER', scope);
  if (part.kind === 'top' && part.count !== null) {
    bounded(part.count, 'TOP', COUNT_BOUNDS.TOP.min, COUNT_BOUNDS.TOP.max, scope);
  }
  if (
    part.kind === 'by' &&
    part.name?.text.toUpperCase() === 'WEEKDAY' &&
    !spec.buckets.includes('WEEKDAY')
  ) {
    scope.report(
      diagnostic('CXQ2011', part.name, `${spec.name} takes no WEEKDAY. It is written ${spec.signature}.`, {
        fixes: [replace('Change to DAY', part.name, 'DAY', true)],
      }),
    );
  }
}

function checkExpectation(expectation: Expectation, clause: Clause, scope: QueryScope): void {
  const { metric, value } = expectation;
  const spec = metricNamed(metric.name.text);
  if (spec === undefined) {
    unknown(
      'metric',
      metric.name,
      METRICS.map((one) => one.name),
      scope,
    );
    return;
  }
  const { argument } = metric;
  if (spec.ofField && argument === null && !scope.isCut(clause)) {
    const at = { start: metric.name.end, end: metric.end };
    const message = `${spec.name} needs dwell, wait or duration in parentheses: ${spec.name}(dwell).`;
    scope.report(
      diagnostic('CXQ2011', metric.name, message, { fixes: [replace('Add (dwell)', at, '(dwell)', true)] }),
    );
  } else if (!spec.ofField && argument !== null) {
    const parentheses = { start: metric.name.end, end: metric.end };
    const fixes = [replace('Remove it', parentheses, '', true)];
    scope.report(diagnostic('CXQ2011', argument, `${spec.name} takes nothing in parentheses.`, { fixes }));
  } else if (argument !== null && !METRIC_FIELDS.some((one) => one === argument.text.toLowerCase())) {
    const near = nearest(argument.text, METRIC_FIELDS);
    const message = `${spec.name} takes dwell, wait or duration, not \`${argument.text}\`.`;
    const changes = METRIC_FIELDS.map((one) => replace(`Change to ${one}`, argument, one, one === near));
    scope.report(diagnostic('CXQ2011', argument, message, { fixes: changes }));
  }
  expectType(value, spec.ofField ? 'DURATION' : 'NUMBER', spec.name, scope);
}

function checkExport(clause: ExportClause, scope: QueryScope): void {
  const { path, format } = clause;
  if (format !== null && formatNamed(format.text) === undefined) {
    unknown(
      'format',
      format,
      FORMATS.map((one) => one.name),
      scope,
    );
  }
  if (path === null || !path.closed) return;
  const why = escapes(path.value);
  if (why !== undefined) scope.report(diagnostic('CXQ5003', path, why));
  // A path that names no file has no ending either.
  const file = why === undefined || /[^./\\\s][^/\\]*$/.test(path.value);
  if (format === null && file && formatOfPath(path.value) === undefined && !scope.isCut(clause)) {
    const message = `The ending of the file names no format; add AS and one of ${FORMATS.map((one) => one.name).join(', ')}.`;
    const at = { start: path.end, end: path.end };
    scope.report(diagnostic('CXQ2011', path, message, { fixes: [replace('Add AS JSON', at, ' AS JSON')] }));
  }
}

/** Why a path may not be written to; undefined where it stays below the folder that exports go to. */
export function escapes(path: string): string | undefined {
  const absolute = /^(?:[/\\~]|[A-Za-z]:|\w+:\/\/)/.test(path);
  if (absolute)
    return 'This path is absolute. Exports are written below the workspace: give a path relative to it.';
  if (path.trim() === '') return "The name of the file is empty. Give one such as 'report.json'.";
  if (path.includes('\0')) return 'There is a character in this path that no file name can have.';
  let depth = 0;
  for (const part of path.split(/[/\\]/)) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0)
      return 'This path leaves the workspace. Exports are written below it: take out what leads up (`..`).';
  }
  return undefined;
}

function checkNotify(clause: NotifyClause, scope: QueryScope): void {
  const { url } = clause;
  if (url === null || !url.closed) return;
  const { context, profile } = scope;
  const allow = [...profile.webhookAllow, ...(context.webhookAllow ?? [])];
  const verdict = context.webhookVerdict?.(url.value, allow) ?? schemeVerdict(url.value);
  if (verdict.ok) return;
  const fixes: QuickFix[] = [];
  if (verdict.code === 'CXQ5001') {
    if (/^http:\/\//i.test(url.value)) {
      const secure = url.value.replace(/^http:/i, 'https:');
      fixes.push(replace(`Change to ${quote(secure)}`, url, quote(secure), true));
    } else if (/^[\w.-]+\.[a-z]{2,}(?:[:/]|$)/i.test(url.value)) {
      fixes.push(
        replace(`Change to ${quote(`https://${url.value}`)}`, url, quote(`https://${url.value}`), true),
      );
    }
  } else {
    fixes.push({
      title: 'Open the setting of allowed webhook addresses',
      edits: [],
      isPreferred: false,
      action: { name: 'openWebhookSetting', argument: url.value },
    });
  }
  scope.report(diagnostic(verdict.code, url, verdict.message, { fixes }));
}

function schemeVerdict(text: string): { ok: true } | { ok: false; code: 'CXQ5001'; message: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback)) return { ok: true };
  const message = 'A webhook needs an address that begins with https:// (http:// only on this machine).';
  return { ok: false, code: 'CXQ5001', message };
}
