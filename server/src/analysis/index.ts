/** The analysis room: order and times of steps, the columnar store, reports, words. Pure: no clock, no files. */
export { type AnalyseOptions, analyse } from './analyse.ts';
export {
  createThresholdRule,
  DECISION_TYPES,
  type ThresholdOptions,
  type ThresholdRule,
  UNTYPED,
} from './bottlenecks.ts';
export { changeSentence } from './change-words.ts';
export { compare } from './compare.ts';
export { diffVariables } from './diff.ts';
export { formatSeconds } from './format.ts';
export { variableField } from './rule.ts';
export { type DerivedInteraction, type DerivedStep, deriveSteps } from './steps.ts';
export { createStore, type Store, type StoreCounts } from './store.ts';
export { headline, rankFindings } from './words.ts';
