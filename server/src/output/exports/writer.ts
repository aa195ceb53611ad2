/** What writes one export of one format, piece by piece. */
import type { ExportInteraction } from './item.ts';

/** Text, which is written as UTF-8, or bytes. */
export type Piece = string | Uint8Array;

export interface ExportWriter {
  readonly head: string;
  /** What an interaction adds; may be empty where it is written with later ones. */
  readonly item: (item: ExportInteraction, first: boolean) => Piece;
  /** What is left after the last one, in pieces, for it may be long. Called once. */
  readonly tail: () => Iterable<Piece>;
}
