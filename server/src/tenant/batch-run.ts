/** A batch on its way: how it is asked for, and how far it has come. */
import type { BatchProgress, Position } from '../protocol/checkpoint.ts';
import { createGaps, type Gaps } from './gaps.ts';
import type { FetchPage } from './pages.ts';
import {
  type BatchOptions,
  type BatchReader,
  type BatchState,
  newBatchState,
  type Segment,
} from './paging.ts';
import type { Batch } from './retrieval.ts';

/** How a batch is asked for. */
export interface BatchSource {
  readonly fetch: FetchPage;
  /** How it is read where there are no pages. */
  readonly open?: (
    options: Pick<BatchOptions, 'fetch' | 'offset' | 'concurrency' | 'from' | 'signal'>,
  ) => BatchReader;
}

/** A batch on its way. */
export interface BatchRun {
  readonly batch: Batch;
  readonly source: BatchSource;
  readonly end: Pick<BatchProgress, 'enough' | 'gap' | 'hole' | 'empty' | 'shrunk'>;
  readonly gaps: Gaps;
  state: Readonly<BatchState>;
  reader: BatchReader | undefined;
  first: Promise<Segment | null> | undefined;
  /** Total of the page before. */
  lastTotal: number | null;
  /** Segments without anything new, one after another. */
  useless: number;
  /** The position says that nothing is behind it. */
  finished: boolean;
  from: Position | undefined;
}

/** A batch that has not been begun here; `before` is what another process knew of it. */
export function newRun(batch: Batch, source: BatchSource, before: BatchProgress | undefined): BatchRun {
  const { enough = false, gap = 0, hole = false, empty = [], shrunk = false } = before ?? {};
  return {
    ...{ batch, source },
    end: { enough, gap, hole, empty, shrunk },
    gaps: createGaps(before?.stretches),
    state: before?.state ?? newBatchState(),
    reader: undefined,
    first: undefined,
    lastTotal: null,
    useless: 0,
    finished: false,
    from: undefined,
  };
}
