/** The tabs: what each is called, what stands beside its name, and what makes it. */
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import { createCompare } from './compare/compare.ts';
import { createDecisions } from './decisions/decisions.ts';
import { createFlow } from './flow/flow.ts';
import { createOverview } from './overview/overview.ts';
import { createPaths } from './paths/paths.ts';
import { createTable } from './table/table.ts';
import { createTimeline } from './timeline/timeline.ts';
import { createVariables } from './variables/variables.ts';
import type { Panel, Tab, View } from './view.ts';

interface TabOf {
  readonly title: string;
  /** How many of what it shows. */
  readonly amount?: (overview: Overview) => number;
  /** `problem` says why the run cannot be shown, `again` tries anew: the first tab says so. */
  readonly create: (
    root: HTMLElement,
    panel: Panel,
    problem: () => string | undefined,
    again: () => void,
  ) => View;
}

export const VIEWS: Readonly<Record<Tab, TabOf>> = {
  overview: { title: 'Overview', create: createOverview },
  timeline: { title: 'Timeline', amount: ({ interactions }) => interactions, create: createTimeline },
  flow: { title: 'Flow', create: createFlow },
  paths: { title: 'Paths', amount: ({ pathCount }) => pathCount, create: createPaths },
  decisions: { title: 'Decisions', create: createDecisions },
  variables: { title: 'Variables', create: createVariables },
  table: { title: 'Table', amount: ({ matchingSteps }) => matchingSteps, create: createTable },
  compare: { title: 'Compare', create: createCompare },
};

/** Tabs beside whose rows the chosen step is shown. */
export const WITH_STEP: ReadonlySet<Tab> = new Set<Tab>(['timeline', 'table']);
