/** However a chain is tampered with: it passes only where it says what it said, and nothing makes the verifier throw. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { canonicalForm, GENESIS, hashRecord } from '../../../server/src/output/audit/chain.ts';
import { linesOf } from '../../../server/src/output/audit/lines.ts';
import { type AuditSource, verifyAudit, verifyLines } from '../../../server/src/output/audit/verify.ts';
import { ensure, readable, same } from '../ensure.ts';
import type { Target } from '../target.ts';

/** Ways to change a chain. Only the last three leave what it says, as long as nothing else is done to it. */
const KINDS = [
  // Bytes.
  'byte',
  'flip',
  'cut',
  'tail',
  'insert',
  'noise',
  // Lines.
  'copy',
  'remove',
  'swap',
  'move',
  'line',
  'join',
  'break',
  // What a record says.
  'value',
  'twice',
  'digits',
  'hash',
  'mark',
  'letter',
  // The same, by who knows the format.
  'rehash',
  'renumber',
  'forge',
  'respell',
  'reorder',
  'blanks',
] as const;

interface Edit {
  readonly kind: (typeof KINDS)[number];
  readonly at: number;
  readonly to: number;
  readonly text: string;
}

interface Case {
  readonly records: number;
  /** The first record that is there; the hash before it is given. */
  readonly from: number;
  /** Where one file ends and the next begins, as a number of lines. */
  readonly split: number;
  readonly edits: readonly Edit[];
  /** In how many bytes at once the files come. */
  readonly piece: number;
  /** Whether real files are read, too. */
  readonly disk: boolean;
}

const MOST_RECORDS = 6;
/** Kinds after which a hash fits what was changed. */
const FORGED = new Set<string>(['rehash', 'renumber', 'forge'] satisfies Edit['kind'][]);

/** Bytes as a text of one letter each: edits need not respect letters. */
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');
const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

/** A valid chain: one line a record, with numbers, letters and nesting that can be spelt in several ways. */
const CHAIN: readonly string[] = (() => {
  const lines: string[] = [];
  let previous = GENESIS;
  for (let sequence = 0; sequence < MOST_RECORDS; sequence++) {
    const record = {
      event: 'run.ended',
      sequence,
      prev_hash: previous,
      user: sequence % 2 === 0 ? 'ada \ufffd' : 'caf\u00e9 \u{1f600}',
      accuracy_rate: sequence / 8,
      interaction_id: sequence % 3 === 0 ? null : [`a${sequence}`, 'b"\\'],
      torn: [{ file: 'audit-torn-000001.txt', bytes: 12 }],
    };
    previous = hashRecord(record);
    lines.push(bytesOf(canonicalForm({ ...record, hash: previous })));
  }
  return lines;
})();
const HASHES: readonly string[] = CHAIN.map((line) => String(JSON.parse(textOf(line)).hash));

function ended(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** What a line says after a change, with the hash that fits it; the line itself where it is no record. */
function rewritten(line: string, change: (record: Record<string, unknown>) => void): string {
  try {
    const record: Record<string, unknown> = JSON.parse(textOf(line));
    change(record);
    return bytesOf(canonicalForm({ ...record, hash: hashRecord(record) }));
  } catch {
    return line;
  }
}

/** Changes a record and writes it and all that follow with right hashes, as who knows the format can. */
function forged(lines: readonly string[], at: number, text: string): string[] {
  let previous: unknown;
  return lines.map((line, index) => {
    if (index < at) return line;
    return rewritten(line, (record) => {
      if (index === at) record['user'] = text;
      else record['prev_hash'] = previous;
      previous = hashRecord(record);
    });
  });
}

function reordered(line: string): string {
  try {
    return bytesOf(JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(textOf(line))).reverse())));
  } catch {
    return line;
  }
}

function editedLine(line: string, { kind, at, to, text }: Edit): string {
  const { length } = text;
  switch (kind) {
    case 'value':
      return line.replace(/(:)([^,]+)/, `$1${bytesOf(JSON.stringify(text)).replaceAll('$', '$$$$')}`);
    case 'twice':
      return line.replace(/"(user|hash|event|bytes)":/, (key) => `${key}${to % 2},${key}`);
    case 'digits':
      return line.replace(/("bytes":12)(?=,)/, `$1.${'0'.repeat(20 + (to % 30))}1`);
    case 'hash':
      return line.replace(
        to % 2 === 0 ? /("hash":")\w+/ : /("prev_hash":")\w+/,
        `$1${HASHES[at % HASHES.length]}`,
      );
    case 'mark':
      return `${bytesOf('\ufeff')}${line}`;
    case 'letter':
      // What a decoder makes of bytes that are no letter is itself a letter.
      return line.replace(bytesOf('\ufffd'), String.fromCharCode(128 + (to % 64)));
    case 'rehash':
      return rewritten(line, (record) => {
        record['user'] = text;
      });
    case 'renumber':
      return rewritten(line, (record) => {
        record['sequence'] = to % 2 === 0 ? length : to % (MOST_RECORDS + 1);
      });
    case 'respell':
      return line.replaceAll(bytesOf('\u00e9'), '\\u00e9').replace('"bytes":12', '"bytes":1200e-2');
    case 'reorder':
      return reordered(line);
    case 'blanks':
      return line.replaceAll('":', `"${' \t\r'.charAt(to % 3).repeat(at % 20)}:`);
    default:
      return line;
  }
}

/** Bytes without any sense. */
function noise(seed: number, length: number): string {
  let state = seed + 1;
  let bytes = '';
  for (let count = 0; count < length; count++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes += String.fromCharCode(state >>> 24);
  }
  return bytes;
}

function edited(bytes: string, edit: Edit): string {
  const { kind, at, to, text } = edit;
  const lines = bytes.split('\n').slice(0, -1);
  const place = at % (bytes.length + 1);
  const insert = bytesOf(text);
  const index = at % Math.max(1, lines.length);
  const other = to % Math.max(1, lines.length);
  const line = lines[index];
  if (line === undefined) return bytes + insert;
  switch (kind) {
    case 'byte':
      return `${bytes.slice(0, place)}${insert.charAt(0)}${bytes.slice(place + 1)}`;
    case 'flip':
      return `${bytes.slice(0, place)}${String.fromCharCode((bytes.charCodeAt(place) || 0) ^ (1 + (to % 255)))}${bytes.slice(place + 1)}`;
    case 'cut':
      return bytes.slice(0, place) + bytes.slice(place + 1 + (to % 40));
    case 'tail':
      return bytes.slice(0, place);
    case 'insert':
      return bytes.slice(0, place) + insert + bytes.slice(place);
    case 'noise':
      return bytes.slice(0, place) + noise(at, to);
    case 'copy':
      return ended(lines.toSpliced(other, 0, line));
    case 'remove':
      return ended(lines.toSpliced(index, 1));
    case 'swap':
      return ended(lines.with(index, lines[other] ?? '').with(other, line));
    case 'move':
      return ended(lines.toSpliced(index, 1).toSpliced(other, 0, line));
    case 'line':
      return ended(lines.toSpliced(index, 0, insert.replaceAll('\n', ' ')));
    case 'join':
      return ended(lines.toSpliced(index, 2, `${line}${lines[index + 1] ?? insert}`));
    case 'break':
      return `${bytes.slice(0, place)}\n${bytes.slice(place)}`;
    case 'forge':
      return ended(forged(lines, index, text));
    default:
      return ended(lines.with(index, editedLine(line, edit)));
  }
}

/** What `twice` and `digits` leave. */
const AMBIGUOUS = /"(user|hash|event|bytes)":[01],"\1":|"bytes":12\.0{20,}1/;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a line says; undefined where it says nothing. */
function meaning(line: string): string | undefined {
  try {
    return canonicalForm(JSON.parse(UTF8.decode(Buffer.from(line, 'latin1'))));
  } catch {
    return undefined;
  }
}
const MEANT: readonly (string | undefined)[] = CHAIN.map(meaning);

/** Length of the start that two lists have in common. */
function common(left: readonly unknown[], right: readonly unknown[]): number {
  let count = 0;
  while (count < left.length && count < right.length && left[count] === right[count]) count++;
  return count;
}

function* pieces(bytes: string, piece: number): Generator<Buffer> {
  const all = Buffer.from(bytes, 'latin1');
  for (let at = 0; at < all.length; at += piece) yield all.subarray(at, at + piece);
}

let folder: string | undefined;

async function holds({ records, from, split, edits, piece, disk }: Case): Promise<void> {
  folder ??= mkdtempSync(join(tmpdir(), 'cxq-fuzz-audit-'));
  const first = Math.min(from, records - 1);
  const chain = CHAIN.slice(first, records);
  const original = ended(chain);
  const bytes = edits.reduce(edited, original);

  const files = [join(folder, 'audit-0001.jsonl'), join(folder, 'audit-0002.jsonl')];
  const border = bytes.split('\n').slice(0, split).join('\n').length + (split > 0 ? 1 : 0);
  const held = [bytes.slice(0, border), bytes.slice(border)];
  const source: AuditSource = {
    files: async (given) => [...given],
    lines: (file) => linesOf(file, pieces(held[files.indexOf(file)] ?? '', piece)),
  };
  const start = first === 0 ? {} : { fromHash: HASHES[first - 1] ?? '' };
  const anchored = { ...start, anchor: { sequence: records - 1, hash: HASHES[records - 1] ?? '' } };
  const found = await verifyLines(files, anchored, source);

  same(found.ok, found.bad === null, 'ok, and what is bad');
  readable(found.message, 'the message');
  ensure(found.bad?.reason !== 'unreadable', () => `it cannot be read: ${found.message}`);
  if (bytes === original) ensure(found.ok, () => `a whole chain does not pass: ${found.message}`);
  const lines = bytes.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const meant = lines.map(meaning);
  const expected = MEANT.slice(first, records);
  const alike = common(meant, expected);
  const whole = alike === expected.length && alike === meant.length;
  ensure(!found.ok || whole, () => `an edited chain passes: ${JSON.stringify(edits)}`);
  const untouched = common(lines, chain);
  ensure(found.records >= untouched, () => `of ${untouched} good records ${found.records} pass`);
  // The parser shows neither, so what is meant is the same.
  ensure(!found.ok || !AMBIGUOUS.test(bytes), () => `readers differ on what passes: ${bytes}`);
  if (disk) {
    for (const [index, file] of files.entries()) writeFileSync(file, held[index] ?? '', 'latin1');
    same(await verifyAudit(files, { ...anchored, writingMs: 0 }), found, 'from the disk');
  }

  const alone = await verifyLines(files, start, source);
  // Who knows the format can write an end anew, and not in another order.
  const inOrder = !alone.ok || first > 0 || meant.length === 0 || alone.head?.sequence === meant.length - 1;
  ensure(inOrder, () => `out of order: ${bytes}`);
  if (edits.some(({ kind }) => FORGED.has(kind))) return;
  ensure(found.records <= alike, () => `of ${alike} good records ${found.records} pass`);
  // Without a head kept elsewhere a cut end passes, and nothing else.
  ensure(
    !alone.ok || (alone.records === meant.length && alike === meant.length),
    () => `not a start of the chain: ${bytes}`,
  );
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fc.nat(100_000),
  to: fc.nat(1_000),
  text: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
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
    },
    { weight: 1, arbitrary: fc.json({ maxDepth: 2 }) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }) },
  ),
});

export const audit: Target<Case> = {
  name: 'audit',
  small: fc.record({
    records: fc.integer({ min: 1, max: MOST_RECORDS }),
    from: fc.nat(3),
    split: fc.nat(7),
    edits: fc.array(edit, { maxLength: 3 }),
    piece: fc.oneof(
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
      { weight: 9, arbitrary: fc.integer({ min: 61, max: 4_000 }) },
    ),
    disk: fc.nat(300).map((one) => one === 300),
  }),
  holds,
  count: () => 1,
  finish: () => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
    folder = undefined;
  },
  slowness: 4,
};
