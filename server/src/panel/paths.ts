/** The paths of the interactions that a filter leaves: all of them, a page at a time. */
import { reportPaths } from '../analysis/index.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { RequestOf } from '../protocol/panel-requests.ts';
import type { PathReport } from '../protocol/report.ts';
import type { PanelData } from './data.ts';
import type { Left } from './left.ts';
import { namesOf } from './parts.ts';

type PathsPage = Extract<PanelResponse, { kind: 'paths' }>;

const known = new WeakMap<Left, readonly PathReport[]>();

export function pathsOf(_: PanelData, left: Left, { offset, count }: RequestOf<'paths'>): PathsPage {
  const paths = known.get(left) ?? reportPaths(left.frame, 0).paths;
  known.set(left, paths);
  const rows = paths.slice(offset, offset + count);
  return {
    kind: 'paths',
    total: paths.length,
    offset,
    interactions: left.frame.live.length,
    rows,
    names: namesOf(
      left,
      rows.flatMap(({ nodes }) => nodes),
    ),
  };
}
