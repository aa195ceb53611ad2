/** What a made run is made of. */
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import type { TableRow, VariableChange } from '../../server/src/protocol/panel-views.ts';

export interface MadeStep extends TableRow {
  readonly variables: readonly VariableChange[];
  readonly outside: readonly VariableChange[];
  readonly raw: string;
}

export interface MadeRun {
  readonly options: MadeOptions;
  readonly overview: Overview;
  readonly interactions: readonly { readonly id: string; readonly steps: readonly MadeStep[] }[];
}

export interface MadeOptions {
  readonly interactions?: number;
  /** Ids as long as a real tenant's. */
  readonly longIds?: boolean;
  /** Every so many interactions, one whose conversation takes more than an hour. */
  readonly endlessEvery?: number;
  readonly overview?: Partial<Overview>;
  readonly header?: Partial<Overview['header']>;
}
