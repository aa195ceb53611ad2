/** Whatever a text is, what is said of it is said once, at a place in it, with fixes that can be applied. */
import { check } from '../../../server/src/language/check/index.ts';
import type { CheckContext } from '../../../server/src/language/context.ts';
import { CODES, type Diagnostic } from '../../../server/src/language/diagnostics.ts';
import { fixAll } from '../../../server/src/language/fix-all.ts';
import { applied } from '../../../server/src/language/format/index.ts';
import { type ParsedDocument, parse, reparse } from '../../../server/src/language/parse.ts';
import { contextFor } from '../contexts.ts';
import { all, bounded, ensure, inside, readable, same, separate } from '../ensure.ts';
import { type Case, languageTarget, withEdits } from '../language-target.ts';
import { edited } from '../texts.ts';

const SEVERITIES: readonly string[] = ['error', 'warning', 'information', 'hint'];
/** Above this, not every fix is tried. */
const FEW = 4;

function wellFormed(text: string, found: readonly Diagnostic[]): void {
  const seen = new Set<string>();
  let last = 0;
  for (const one of found) {
    const { code, start, end, message } = one;
    ensure(Object.hasOwn(CODES, code), () => `unknown code ${code}`);
    ensure(SEVERITIES.includes(one.severity), () => `${code} has the severity ${one.severity}`);
    inside(one, all(text), code);
    ensure(start >= last, () => `${code} at ${start} comes after one at ${last}`);
    last = start;
    if (text.trim() !== '') ensure(end > start, () => `${code} at ${start} cannot be seen`);
    readable(message, code);
    const key = `${code} ${start} ${end} ${message}`;
    ensure(!seen.has(key), () => `twice: ${key}`);
    seen.add(key);
    for (const related of one.related) {
      inside(related, all(text), `${code} related`);
      readable(related.message, `${code} related`);
    }
    ensure(one.fixes.filter((fix) => fix.isPreferred).length <= 1, () => `${code} prefers two fixes`);
    for (const fix of one.fixes) {
      readable(fix.title, `${code} fix`);
      separate(text, fix.edits, `${code} ${fix.title}`);
      ensure(fix.edits.length > 0 || fix.action !== undefined, () => `${code} ${fix.title} does nothing`);
    }
  }
}

function after(text: string, changes: Parameters<typeof applied>[1]): string {
  return applied(
    text,
    [...changes].sort((a, b) => a.start - b.start || a.end - b.end),
  );
}

/** Everything sure is fixed after a few rounds, and each round changes something. */
function fixedPoint(document: ParsedDocument, context: CheckContext): void {
  let current = document;
  const texts = [current.text];
  for (let round = 0; ; round++) {
    const changes = fixAll(current, check(current, context));
    if (changes.length === 0) return;
    separate(current.text, changes, 'fix all');
    const text = after(current.text, changes);
    ensure(!texts.includes(text), () => `fix all goes round: ${JSON.stringify(text)}`);
    ensure(round < 10, () => `fix all does not end: ${JSON.stringify(text)}`);
    texts.push(text);
    current = reparse(current, text);
  }
}

function holds({ text, pick, edits }: Case): void {
  const context = contextFor(pick);
  const found = bounded('check', () => check(parse(text), context));
  wellFormed(text, found);
  let document = parse(text);
  same(check(document, context), found, 'another check finds something else');
  const fixes = found.flatMap((one) => one.fixes.map((fix) => ({ code: one.code, fix })));
  const tried = fixes.length <= FEW ? fixes : [fixes[pick % fixes.length]];
  for (const one of tried) {
    if (one === undefined || one.fix.edits.length === 0) continue;
    const text2 = after(text, one.fix.edits);
    ensure(text2 !== text, () => `${one.code} ${one.fix.title} changes nothing`);
    wellFormed(text2, check(reparse(document, text2), context));
  }
  fixedPoint(document, context);
  for (const edit of edits) {
    document = reparse(document, edited(document.text, edit));
    const fresh = check(parse(document.text), context);
    same(check(document, context), fresh, `not as checked afresh after ${JSON.stringify(edit)}`);
    if (document.text.length < 4_000) wellFormed(document.text, fresh);
  }
}

export const checker = languageTarget('checker', holds, { slowness: 8, count: withEdits });
