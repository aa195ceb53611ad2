/** The analysis room: order and times of steps, the columnar store, reports, words. Pure: no clock, no files. */
export { type AnalyseOptions, analyse, analyseFrame } from './analyse.ts';
export {
  createThresholdRule,
  DECISION_TYPES,
  type FlaggedSteps,
  flagSteps,
  type ThresholdOptions,
  UNTYPED,
} from './bottlenecks.ts';
export { changeSentence } from './change-words.ts';
export { compare } from './compare.ts';
export { type Decision, type DecisionDrivers, findDecisionDrivers, findDecisions } from './decisions.ts';
export { diffVariables } from './diff.ts';
export { reportFlow } from './flow.ts';
export { formatSeconds } from './format.ts';
export { createFrame, type Frame, narrowFrame } from './frame.ts';
export { type ProcessParts, processParts } from './node-parts.ts';
export { reportPaths } from './paths.ts';
export { variableField } from './rule.ts';
export { ascending } from './sorting.ts';
export { type DerivedInteraction, type DerivedStep, deriveSteps } from './steps.ts';
export { CHANGE, createStore, type Store, type StoreCounts, TRANSITION_SEPARATOR } from './store.ts';
export { quantile } from './summary.ts';
export { reportVariables } from './variables.ts';
export { eachClosedVisit, outcomeNodes, VISIT_END } from './visits.ts';
export { findingsOf, headline, rankFindings } from './words.ts';
