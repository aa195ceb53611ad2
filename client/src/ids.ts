/** The commands of the palette, as the manifest declares them: known to the editor before anything else is read. */
export const COMMAND_IDS = [
  'cxq.run',
  'cxq.runAll',
  'cxq.cancelRun',
  'cxq.explain',
  'cxq.showResults',
  'cxq.compareRuns',
  'cxq.exportResults',
  'cxq.openHistoryFile',
  'cxq.connect',
  'cxq.switchConnection',
  'cxq.signOut',
  'cxq.startSandbox',
  'cxq.stopSandbox',
  'cxq.showAuditLog',
  'cxq.verifyAuditLog',
  'cxq.showLog',
  'cxq.networkDiagnostics',
  'cxq.newQuery',
  'cxq.openReference',
  'cxq.openWalkthrough',
] as const;

export type CommandId = (typeof COMMAND_IDS)[number];
