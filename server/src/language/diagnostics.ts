/** What the language says about a text: codes, severities, ranges and quick fixes, in UTF-16 offsets. */
import type { Severity } from '../protocol/checked.ts';
import { shifted } from './shift.ts';
import type { Span } from './tree.ts';

/** Every code with its severity and a title of a few words (its page in the documentation bears it). */
export const CODES = {
  CXQ1001: { severity: 'error', title: 'Character that starts no token' },
  CXQ1002: { severity: 'error', title: 'String or comment not closed' },
  CXQ1003: { severity: 'error', title: 'Something else was expected' },
  CXQ1004: { severity: 'warning', title: 'Double-quoted string' },
  CXQ1005: { severity: 'error', title: 'Malformed duration' },
  CXQ2001: { severity: 'error', title: 'Unknown field' },
  CXQ2002: { severity: 'error', title: 'Operator does not fit the type' },
  CXQ2003: { severity: 'error', title: 'Value of the wrong type' },
  CXQ2004: { severity: 'error', title: 'Unknown function or wrong arguments' },
  CXQ2005: { severity: 'error', title: 'Undeclared parameter' },
  CXQ2006: { severity: 'hint', title: 'Parameter never used' },
  CXQ2007: { severity: 'error', title: 'Name declared twice' },
  CXQ2008: { severity: 'error', title: 'Clause or option given twice' },
  CXQ2009: { severity: 'warning', title: 'Value repeated in a list' },
  CXQ2010: { severity: 'error', title: 'Unknown connection profile' },
  CXQ2011: { severity: 'error', title: 'Unknown analysis, metric, format, option, type or order field' },
  CXQ2012: { severity: 'warning', title: 'Impossible interaction id' },
  CXQ2013: { severity: 'error', title: 'Query refers to itself' },
  CXQ2014: { severity: 'warning', title: 'Predicate can never be true' },
  CXQ2015: { severity: 'warning', title: 'Condition is always true' },
  CXQ2016: { severity: 'error', title: 'Invalid regular expression' },
  CXQ2017: { severity: 'error', title: 'Unknown query' },
  CXQ2018: { severity: 'error', title: 'IN query on another field than interactionId' },
  CXQ2019: { severity: 'hint', title: 'Negation keeps every interaction with another such step' },
  CXQ3001: { severity: 'error', title: 'Not a date or timestamp' },
  CXQ3002: { severity: 'error', title: 'Timestamp without a time zone' },
  CXQ3003: { severity: 'error', title: 'Outside the retention window' },
  CXQ3004: { severity: 'error', title: 'Window ends before it begins' },
  CXQ3005: { severity: 'warning', title: 'Window wholly in the future' },
  CXQ3006: { severity: 'warning', title: 'Whole retention window is read' },
  CXQ3007: { severity: 'information', title: 'Lower bound soon leaves the retention window' },
  CXQ4001: { severity: 'error', title: 'Value out of its bounds' },
  CXQ4002: { severity: 'error', title: 'Page size above the maximum' },
  CXQ4003: { severity: 'error', title: 'Concurrency above the quota' },
  CXQ4004: { severity: 'information', title: 'Id list is split into batches' },
  CXQ4005: { severity: 'warning', title: 'Estimate above the request budget' },
  CXQ4006: { severity: 'warning', title: 'Mode that the profile cannot serve' },
  CXQ5001: { severity: 'error', title: 'NOTIFY without https' },
  CXQ5002: { severity: 'error', title: 'NOTIFY to an address that is not allowed' },
  CXQ5003: { severity: 'error', title: 'EXPORT outside the workspace' },
  CXQ5004: { severity: 'warning', title: 'Looks like a secret' },
  CXQ6001: { severity: 'information', title: 'Condition runs locally' },
} as const satisfies Record<string, { severity: Severity; title: string }>;
export type DiagnosticCode = keyof typeof CODES;

export function isCode(text: string): text is DiagnosticCode {
  return Object.hasOwn(CODES, text);
}

export interface TextChange extends Span {
  readonly newText: string;
}

/** A quick fix is edits, or (where no edit of the text helps) the name of something that the editor can do. */
export interface QuickFix {
  readonly title: string;
  readonly edits: readonly TextChange[];
  /** At most one fix of a diagnostic: the one that most likely is meant. */
  readonly isPreferred: boolean;
  /**
   * "Fix all" takes it without asking: it either leaves the meaning of the query as it is (double quotes, the same
   * value twice), or repairs what can be meant in one way only (`30m1h`, `= null`). A guess is never sure, however
   * likely: the nearest name, a time zone, a unit, a clamped window or limit, which of two clauses stays, or what is
   * thrown away of something that could not be read. Nor is the removal of what is not used yet.
   */
  readonly isSure?: boolean;
  readonly action?: {
    readonly name: 'createProfile' | 'openWebhookSetting' | 'storeSecret';
    readonly argument: string;
  };
}

export interface Diagnostic extends Span {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  readonly related: readonly (Span & { readonly message: string })[];
  /** Shown faded: it can go without changing anything. */
  readonly unnecessary: boolean;
  readonly fixes: readonly QuickFix[];
}

/** Builds a diagnostic with the severity of its code. */
export function diagnostic(
  code: DiagnosticCode,
  span: Span,
  message: string,
  more: Partial<Pick<Diagnostic, 'related' | 'unnecessary' | 'fixes'>> = {},
): Diagnostic {
  return {
    code,
    severity: CODES[code].severity,
    message,
    start: span.start,
    end: span.end,
    related: more.related ?? [],
    unnecessary: more.unnecessary ?? false,
    fixes: more.fixes ?? [],
  };
}

/** A diagnostic whose fixes are made when they are first asked for. */
export function withFixes(found: Omit<Diagnostic, 'fixes'>, make: () => readonly QuickFix[]): Diagnostic {
  // Not copied as a whole: that would ask for the fixes that it may have.
  const { code, severity, message, start, end, related, unnecessary } = found;
  let fixes: readonly QuickFix[] | undefined;
  return {
    code,
    severity,
    message,
    start,
    end,
    related,
    unnecessary,
    get fixes() {
      fixes ??= make();
      return fixes;
    },
  };
}

/** Diagnostics moved to another place of a text, without asking for their fixes. */
export function movedDiagnostics(found: readonly Diagnostic[], by: number): readonly Diagnostic[] {
  if (by === 0) return found;
  return found.map((one) => {
    const { code, severity, message, unnecessary } = one;
    const span = { start: one.start + by, end: one.end + by };
    const related = shifted(one.related, by);
    return withFixes({ code, severity, message, ...span, related, unnecessary }, () =>
      shifted(one.fixes, by),
    );
  });
}

/** A fix that replaces one range. */
export function replace(title: string, span: Span, newText: string, isPreferred = false): QuickFix {
  return { title, edits: [{ start: span.start, end: span.end, newText }], isPreferred };
}

/** A preferred fix that "fix all" takes too. */
export function sure(title: string, span: Span, newText: string): QuickFix {
  return { ...replace(title, span, newText, true), isSure: true };
}

/** The page about a code: its path in what is installed, and in the repository. */
export function documentationOf(code: DiagnosticCode): string {
  return `docs/diagnostics/${code}.md`;
}

/** What a fix puts in, with lines that end as the first one of the text does. */
export function withLineEnds(text: string, newText: string): string {
  if (!newText.includes('\n')) return newText;
  const end = /\r\n?|\n/.exec(text)?.[0] ?? '\n';
  return newText.replace(/\r?\n/g, end);
}

/** Applies edits that do not overlap, in whatever order they come. */
export function applyEdits(text: string, edits: readonly TextChange[]): string {
  const ordered = [...edits].sort((a, b) => b.start - a.start || b.end - a.end);
  return ordered.reduce(
    (result, edit) => result.slice(0, edit.start) + edit.newText + result.slice(edit.end),
    text,
  );
}
