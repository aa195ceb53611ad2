/** Names that this product puts into XES logs (IEEE 1849-2016), for what the standard has no name. */

export const XES_NAMESPACE = 'http://www.xes-standard.org/';

/** The extension that declares them. Where a log has it, its steps are read as they were written. */
export const XES_EXTENSION = { name: 'CXQ', prefix: 'cxq', uri: 'urn:cxq:xes-extension:1' } as const;

/** Keys of the standard that every event of ours has, or may have. */
export const XES_KEYS = {
  name: 'concept:name',
  instance: 'concept:instance',
  transition: 'lifecycle:transition',
  time: 'time:timestamp',
} as const;

/** Keys of the extension: of traces and events. */
export const CXQ_KEYS = {
  workflowId: 'cxq:workflowId',
  workflowName: 'cxq:workflowName',
  nodeName: 'cxq:nodeName',
  nodeType: 'cxq:nodeType',
  outcome: 'cxq:outcome',
  errorState: 'cxq:error',
  /** List: the variables before a step whose only event says what they were after it. */
  before: 'cxq:before',
  /** List: the variables after a step whose only event says what they were before it. */
  after: 'cxq:after',
  /** There were no variables, which is not the same as that none were given. */
  none: 'cxq:noVariables',
} as const;

/** Keys of the extension: nested in an attribute, on how to read it. */
export const CXQ_MARKS = {
  /** The name, where it is none in XML or is taken. */
  key: 'cxq:key',
  /** `\uXXXX` in the value stands for a character that XML cannot hold, `\\` for a backslash. */
  escaped: 'cxq:escaped',
  /** The value is null. */
  null: 'cxq:null',
  /** A list whose values are the members of an object. */
  object: 'cxq:object',
} as const;
