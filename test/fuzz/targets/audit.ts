/** However a chain is edited: it passes only where it says what it said, and nothing makes the verifier throw. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { canonicalForm, GENESIS, hashRecord } from '../../../server/src/output/audit/chain.ts';
import { verifyAudit } from '../../../server/src/output/audit/verify.ts';
import { ensure, same } from '../ensure.ts';
import type { Target } from '../target.ts';

interface Edit {
  readonly kind:
    | 'byte'
    | 'cut'
    | 'insert'
    | 'copy'
    | 'remove'
    | 'swap'
    | 'line'
    | 'value'
    | 'forge'
    | 'tail'
    | 'respell';
  readonly at: number;
  readonly to: number;
  readonly text: string;
}

interface Case {
  readonly records: number;
  /** Where one file ends and the next begins, as a number of lines. */
  readonly split: number;
  readonly edits: readonly Edit[];
}

/** A valid chain: one line a record, with numbers, letters and nesting that can be spelt in several ways. */
function chainOf(count: number): string[] {
  const lines: string[] = [];
  let previous = GENESIS;
  for (let sequence = 0; sequence < count; sequence++) {
    const record = {
      event: 'run.ended',
      sequence,
      prev_hash: previous,
      user: sequence % 2 === 0 ? 'ada' : 'caf\u00e9 \u{1f600}',
      accuracy_rate: sequence / 8,
      interaction_id: sequence % 3 === 0 ? null : [`a${sequence}`, 'b"\\'],
      torn: [{ file: 'audit-torn-000001.txt', bytes: 12 }],
    };
    const hash = hashRecord(record);
    lines.push(canonicalForm({ ...record, hash }));
    previous = hash;
  }
  return lines;
}

/** Changes a record and writes it and all that follow with right hashes, as who knows the format can. */
function forged(lines: readonly string[], at: number, text: string): string[] {
  let previous: unknown;
  return lines.map((line, index) => {
    if (index < at) return line;
    try {
      const record: Record<string, unknown> = JSON.parse(line);
      if (index === at) record['user'] = text;
      else record['prev_hash'] = previous;
      previous = hashRecord(record);
      return canonicalForm({ ...record, hash: previous });
    } catch {
      return line;
    }
  });
}

function edited(text: string, { kind, at, to, text: insert }: Edit): string {
  const lines = text.split('\n').slice(0, -1);
  if (lines.length === 0) return text + insert;
  const index = at % lines.length;
  const other = to % lines.length;
  const whole = (changed: readonly string[]): string => changed.map((line) => `${line}\n`).join('');
  const line = lines[index] ?? '';
  const place = at % text.length;
  switch (kind) {
    case 'byte':
      return `${text.slice(0, place)}${insert.charAt(0)}${text.slice(place + 1)}`;
    case 'cut':
      return text.slice(0, place) + text.slice(place + 1 + (to % 40));
    case 'insert':
      return text.slice(0, place) + insert + text.slice(place);
    case 'tail':
      return text.slice(0, place);
    case 'copy':
      return whole(lines.toSpliced(other, 0, line));
    case 'remove':
      return whole(lines.toSpliced(index, 1));
    case 'swap':
      return whole(lines.with(index, lines[other] ?? '').with(other, line));
    case 'line':
      return whole(lines.toSpliced(index, 0, insert.replaceAll('\n', ' ')));
    case 'value':
      return whole(lines.with(index, line.replace(/(:)([^,]+)/, `$1${JSON.stringify(insert)}`)));
    case 'forge':
      return whole(forged(lines, index, insert));
    case 'respell':
      return whole(lines.with(index, line.replaceAll('":', '" :').replaceAll('\u00e9', '\\u00e9')));
  }
}

/** What the lines say; undefined where one says nothing. */
function contentOf(text: string): string[] | undefined {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  try {
    return lines.map((line) => canonicalForm(JSON.parse(line)));
  } catch {
    return undefined;
  }
}

let folder: string | undefined;

async function holds({ records, split, edits }: Case): Promise<void> {
  folder ??= mkdtempSync(join(tmpdir(), 'cxq-fuzz-audit-'));
  const chain = chainOf(records);
  let text = chain.map((line) => `${line}\n`).join('');
  for (const edit of edits) text = edited(text, edit);
  const files = [join(folder, 'audit-0001.jsonl'), join(folder, 'audit-0002.jsonl')];
  const border = text.split('\n').slice(0, split).join('\n').length + (split > 0 ? 1 : 0);
  writeFileSync(files[0] ?? '', text.slice(0, border));
  writeFileSync(files[1] ?? '', text.slice(border));

  const last: { hash: string } = JSON.parse(chain.at(-1) ?? '');
  const anchor = { sequence: records - 1, hash: last.hash };
  const found = await verifyAudit(files, { anchor, writingMs: 0 });
  same(found.ok, found.bad === null, 'ok, and what is bad');
  const content = contentOf(text);
  const equal = content !== undefined && content.join('\n') === chain.join('\n');
  ensure(!found.ok || equal, () => `an edited chain passes: ${JSON.stringify(edits)}`);
  const original = chain.map((line) => `${line}\n`).join('');
  ensure(found.ok || text !== original, () => `a whole chain does not pass: ${found.message}`);

  if (edits.some(({ kind }) => kind === 'forge')) return;
  // Without a head kept elsewhere a cut end passes, and nothing else.
  const alone = await verifyAudit(files, { writingMs: 0 });
  if (!alone.ok) return;
  const start = chain.slice(0, alone.records).join('\n');
  ensure(content !== undefined && content.join('\n') === start, () => `not a start of the chain: ${text}`);
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(
    'byte',
    'cut',
    'insert',
    'copy',
    'remove',
    'swap',
    'line',
    'value',
    'forge',
    'tail',
    'respell',
  ),
  at: fc.nat(100_000),
  to: fc.nat(1_000),
  text: fc.oneof(
    fc.constantFrom(
      '0',
      '1.0',
      ' ',
      '\r',
      '\n',
      '\ufeff',
      '"__proto__":1,',
      '"user":"eve",',
      '{}',
      '[',
      '\\',
      'e0',
      '\ud800',
    ),
    fc.json(),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  ),
});

export const audit: Target<Case> = {
  name: 'audit',
  small: fc.record({
    records: fc.integer({ min: 1, max: 6 }),
    split: fc.nat(7),
    edits: fc.array(edit, { maxLength: 3 }),
  }),
  holds,
  count: () => 1,
  finish: () => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
    folder = undefined;
  },
  slowness: 10,
};
