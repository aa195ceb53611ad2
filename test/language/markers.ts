/** Marked texts: `<|` and `|>` around the ranges that a test is about, `<|>` at the cursor. */
import { applyEdits } from '../../server/src/language/diagnostics.ts';
import {
  type CheckContext,
  check,
  type Diagnostic,
  type DiagnosticCode,
  type ProfileFacts,
  parse,
  profileFacts,
} from '../../server/src/language/index.ts';
import { parseInstant } from '../../server/src/protocol/instant.ts';
import { type ProfileInput, profileSchema } from '../../server/src/protocol/profile.ts';
import { patterns } from '../../server/src/run/patterns.ts';

export interface Marked {
  readonly text: string;
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  readonly cursor: number | undefined;
}

/** Takes the markers out of a text. */
export function marked(source: string): Marked {
  const ranges: { start: number; end: number }[] = [];
  const open: number[] = [];
  let cursor: number | undefined;
  let text = '';
  for (const piece of source.split(/(<\|>|<\||\|>)/)) {
    if (piece === '<|>') cursor = text.length;
    else if (piece === '<|') open.push(text.length);
    else if (piece === '|>') ranges.push({ start: open.pop() ?? 0, end: text.length });
    else text += piece;
  }
  return { text, ranges: ranges.sort((a, b) => a.start - b.start), cursor };
}

/** 08:00 on 22 November 2026: the instant of the specification's examples. */
export const NOW = instant('2026-11-22T08:00:00Z');

export function instant(text: string): number {
  const parsed = parseInstant(text);
  if (parsed === undefined) throw new Error(`${text} is no instant`);
  return parsed.micros;
}

export function facts(profile: ProfileInput = {}): ProfileFacts {
  return profileFacts(profileSchema.parse(profile));
}

/** The default profile in force, and one named `prod`. */
export function context(more: Partial<CheckContext> = {}, profile: ProfileInput = {}): CheckContext {
  const inForce = facts(profile);
  const profiles = new Map([
    ['default', inForce],
    ['prod', facts({ id: 'prod' })],
  ]);
  return { now: NOW, profile: inForce, profiles, patterns, ...more };
}

export function diagnose(text: string, using: CheckContext = context()): Diagnostic[] {
  return check(parse(text), using);
}

/** `code text` of each diagnostic of at least a warning, by place. */
export function problems(text: string, using: CheckContext = context()): string[] {
  return diagnose(text, using)
    .filter((found) => found.severity === 'error' || found.severity === 'warning')
    .map((found) => `${found.code} ${text.slice(found.start, found.end)}`);
}

/** Ranges of one code in a text. */
export function rangesOf(code: DiagnosticCode, text: string, using: CheckContext = context()) {
  return diagnose(text, using)
    .filter((found) => found.code === code)
    .map(({ start, end }) => ({ start, end }));
}

/** The text after the fix with that title, or the preferred or first one, of the first diagnostic of a code. */
export function fixed(
  code: DiagnosticCode,
  text: string,
  using: CheckContext = context(),
  title?: string,
): string | undefined {
  const found = diagnose(text, using).find((one) => one.code === code);
  const fixes = found?.fixes.filter((fix) => fix.edits.length > 0) ?? [];
  const fix =
    title === undefined
      ? (fixes.find((one) => one.isPreferred) ?? fixes[0])
      : fixes.find((one) => one.title === title);
  return fix === undefined ? undefined : applyEdits(text, fix.edits);
}
