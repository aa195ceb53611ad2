/** Checking a chain: names the first bad line and why. */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileError } from '../files.ts';
import { type AuditHead, follows, GENESIS, isIntact, type Link, readLink } from './chain.ts';
import { type AuditLine, readLines, resolveTargets } from './lines.ts';

export interface VerifyOptions {
  /** `prev_hash` that the first record must have, where the files begin later than the chain. */
  readonly fromHash?: string;
  /** A head that was kept elsewhere: shows a cut tail and a chain that was written anew. */
  readonly anchor?: AuditHead;
  /** How long another process may take to finish the line that it is writing, milliseconds. Default 200. */
  readonly writingMs?: number;
}

export type BadReason =
  | 'changed'
  | 'removed'
  | 'inserted'
  | 'moved'
  | 'torn'
  | 'wrong-start'
  | 'cut'
  | 'unreadable';

export interface BadLine {
  readonly file: string;
  /** From 1; 0 where the file itself is at fault. */
  readonly line: number;
  readonly reason: BadReason;
}

export interface AuditVerification {
  readonly ok: boolean;
  /** Good records before the first bad line. */
  readonly records: number;
  /** One sentence; names the first bad line. */
  readonly message: string;
  readonly files: string[];
  readonly head: AuditHead | null;
  readonly bad: BadLine | null;
}

interface Verdict {
  readonly reason: BadReason;
  readonly why: string;
}

/**
 * Verifies files in the given order, or the audit files of a folder. Content is compared, not bytes: a line written
 * with other blanks or another order of keys has the same canonical form and passes.
 */
export async function verifyAudit(
  targets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<AuditVerification> {
  const given = typeof targets === 'string' ? [targets] : targets;
  const first = await verifyLines(given, options, DISK);
  if (first.bad?.reason !== 'torn') return first;
  await sleep(options.writingMs ?? 200);
  return verifyLines(given, options, DISK);
}

/** Where audit files come from. Both throw what `fileError` puts into words. */
export interface AuditSource {
  /** The files of what was given: those of a folder, or the file itself. */
  readonly files: (given: readonly string[]) => Promise<string[]>;
  readonly lines: (file: string) => AsyncIterable<AuditLine>;
}

const DISK: AuditSource = { files: resolveTargets, lines: readLines };

/** Verifies once, wherever the files are; a line that is being written is torn. */
export async function verifyLines(
  given: readonly string[],
  options: VerifyOptions,
  source: AuditSource,
): Promise<AuditVerification> {
  let files: string[] = [];
  const seen = new Map<number, string>();
  let head: AuditHead | undefined;
  let last: { file: string; line: number } = { file: given[0] ?? '', line: 0 };
  let anchored = options.anchor === undefined;

  const end = (bad: BadLine | null, message: string): AuditVerification => {
    return { ok: bad === null, records: seen.size, message, files, head: head ?? null, bad };
  };
  const refuse = (place: { file: string; line: number }, { reason, why }: Verdict): AuditVerification => {
    const name = place.file === '' ? 'The chain' : basename(place.file);
    const where = place.line === 0 || place.file === '' ? name : `${name}, line ${place.line}`;
    return end({ ...place, reason }, `${where}: ${why}.`);
  };

  try {
    files = await source.files(given);
    const lines = readAll(files, source);
    for await (const line of lines) {
      const place = { file: line.file, line: line.number };
      const link = readLink(line.bytes);
      const verdict = judge(line, link, head, seen, options.fromHash);
      if (verdict !== undefined || link === undefined) {
        const found = verdict ?? { reason: 'changed', why: 'not a record' };
        return refuse(place, found.reason === 'removed' ? await lookAhead(lines, head, found) : found);
      }
      if (options.anchor?.sequence === link.sequence) {
        if (options.anchor.hash !== link.hash) return refuse(place, rewritten(options.anchor));
        anchored = true;
      }
      seen.set(link.sequence, link.hash);
      head = { sequence: link.sequence, hash: link.hash };
      last = place;
    }
  } catch (error) {
    const what = 'The audit files cannot be read';
    return refuse(last, { reason: 'unreadable', why: fileError(error, what).message.replace(/\.$/, '') });
  }
  if (!anchored && options.anchor !== undefined)
    return refuse({ ...last, line: last.line + 1 }, cut(options.anchor, head));
  if (head === undefined) return end(null, nothing(given));
  const many = files.length === 1 ? 'one file' : `${files.length} files`;
  const proof =
    options.anchor === undefined
      ? ''
      : `, with the record kept elsewhere (${options.anchor.sequence}) in its place`;
  const count = seen.size === 1 ? '1 record' : `${seen.size} records`;
  return end(
    null,
    `${count} in ${many}, whole and in order${proof}; the last is ${head.sequence}, ${head.hash}.`,
  );
}

async function* readAll(files: readonly string[], source: AuditSource): AsyncGenerator<AuditLine> {
  for (const file of files) yield* source.lines(file);
}

function judge(
  line: AuditLine,
  link: Link | undefined,
  head: AuditHead | undefined,
  seen: ReadonlyMap<number, string>,
  fromHash: string | undefined,
): Verdict | undefined {
  if (link === undefined) {
    if (!line.ended)
      return { reason: 'torn', why: 'torn: it breaks off, by a crash while it was written or by a cut' };
    if (line.bytes.toString('utf8').trim() === '')
      return { reason: 'inserted', why: 'inserted: an empty line' };
    return { reason: 'changed', why: 'changed: it is not an audit record' };
  }
  if (!isIntact(link)) return { reason: 'changed', why: 'changed: its content does not fit its hash' };
  if (head === undefined) return judgeStart(link, fromHash);
  if (follows(link, head)) return undefined;
  const expected = head.sequence + 1;
  if (link.sequence > expected) {
    return { reason: 'removed', why: `removed: record ${expected} should stand here, not ${link.sequence}` };
  }
  if (link.sequence === expected) {
    const why = `changed: it was written after another record than the one before it here (${head.sequence}); one of the two was changed with its hash`;
    return { reason: 'changed', why };
  }
  const before = seen.get(link.sequence);
  if (before === undefined)
    return { reason: 'moved', why: `moved: record ${link.sequence} stands after ${head.sequence}` };
  const what = before === link.hash ? 'a repetition of' : 'a second';
  return { reason: 'inserted', why: `inserted: it is ${what} record ${link.sequence}` };
}

function judgeStart(link: Link, fromHash: string | undefined): Verdict | undefined {
  if (fromHash !== undefined) {
    if (link.prev_hash === fromHash) return undefined;
    return { reason: 'wrong-start', why: `wrong start: record ${link.sequence} does not follow ${fromHash}` };
  }
  if (link.sequence === 0 && link.prev_hash === GENESIS) return undefined;
  const why = `wrong start: it is record ${link.sequence}, and the chain begins with record 0; give the hash before it to begin later`;
  return { reason: 'wrong-start', why };
}

/** A record that is missing here but stands further on was moved, not removed. */
async function lookAhead(
  lines: AsyncGenerator<AuditLine>,
  head: AuditHead | undefined,
  verdict: Verdict,
): Promise<Verdict> {
  for await (const line of lines) {
    const link = readLink(line.bytes);
    if (link !== undefined && follows(link, head) && isIntact(link)) {
      const why = `moved: record ${link.sequence} should stand here; it stands in ${basename(line.file)}, line ${line.number}`;
      return { reason: 'moved', why };
    }
  }
  return verdict;
}

function nothing(given: readonly string[]): string {
  const [only = ''] = given;
  const where = given.length === 1 ? ` in ${only}` : '';
  return `There is nothing to verify: there are no audit records${where}.`;
}

function rewritten(anchor: AuditHead): Verdict {
  const why = `changed: record ${anchor.sequence} is not the one that was kept elsewhere; the chain was written anew`;
  return { reason: 'changed', why };
}

function cut(anchor: AuditHead, head: AuditHead | undefined): Verdict {
  if (head !== undefined && head.sequence >= anchor.sequence) {
    return {
      reason: 'wrong-start',
      why: `record ${anchor.sequence}, kept elsewhere, is not among these files`,
    };
  }
  const end = head === undefined ? 'there is none' : `the chain ends with record ${head.sequence}`;
  return { reason: 'cut', why: `cut: record ${anchor.sequence} was written, and ${end}` };
}
