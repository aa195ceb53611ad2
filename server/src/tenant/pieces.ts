/** A stretch of rows, taken over in bounded pieces. */
import type { ReadPage } from './paging.ts';
import type { ScannedRecord } from './records.ts';

interface Piece {
  readonly read: ReadPage;
  readonly records: readonly ScannedRecord[];
  /** First of its page; last of all. */
  readonly first: boolean;
  readonly last: boolean;
}

/** The records of a stretch, piece by piece. */
export async function* piecesOf(pages: readonly ReadPage[]): AsyncGenerator<Piece, undefined> {
  let waiting: Omit<Piece, 'last'> | undefined;
  for (const read of pages) {
    let first = true;
    for await (const records of read.page.records.blocks()) {
      if (waiting !== undefined) yield { ...waiting, last: false };
      waiting = { read, records, first };
      first = false;
    }
  }
  if (waiting !== undefined) yield { ...waiting, last: true };
}
