/** The panel room: answers of the results panel from a run's columns. Pure: no clock, no files. */
export { Namer } from './data.ts';
export { createPanelModel, type ModelRequest, type PanelModel } from './model.ts';
export type { Narrowing } from './narrowing.ts';
export { overviewOfReport, type PanelFacts } from './overview.ts';
