/** The nodes of made runs. */
interface MadeNode {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Seconds, typical. */
  readonly dwell: number;
}

export const MADE_NODES: readonly MadeNode[] = [
  { id: 'n-entry', name: 'Inbound voice', type: 'ENTRY', dwell: 0.4 },
  { id: 'n-menu', name: 'Language menu', type: 'MENU', dwell: 6.2 },
  { id: 'n-ident', name: 'Identify customer', type: 'TASK', dwell: 2.1 },
  { id: 'n-tier', name: 'Customer tier?', type: 'DECISION', dwell: 0.9 },
  { id: 'n-prio', name: 'Priority routing', type: 'ROUTING', dwell: 8.5 },
  { id: 'n-queue', name: 'Billing queue', type: 'QUEUE', dwell: 21 },
  { id: 'n-agent', name: 'Agent conversation', type: 'TASK', dwell: 38 },
  { id: 'n-fraud', name: 'Fraud check', type: 'CONDITION', dwell: 3.4 },
  { id: 'n-survey', name: 'Survey', type: 'TASK', dwell: 4.5 },
];
