/** The contact centre that the sandbox plays: its nodes, its people, its busy and quiet hours. */
import type { Random, Weighted } from './random.ts';

export interface NodeModel {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

const node = (id: string, name: string, type: string): NodeModel => ({ id, name, type });

export const NODES = {
  welcome: node('welcome', 'Welcome message', 'MESSAGE'),
  chatGreeting: node('chat-greeting', 'Chat greeting', 'MESSAGE'),
  mainMenu: node('main-menu', 'Main menu', 'DECISION'),
  crmLookup: node('crm-lookup', 'Customer lookup', 'API'),
  authenticate: node('authenticate', 'Collect and check PIN', 'API'),
  identityCheck: node('identity-check', 'Identity confirmed?', 'CONDITION'),
  businessHours: node('business-hours', 'Within business hours?', 'CONDITION'),
  closedNotice: node('closed-notice', 'Out-of-hours message', 'MESSAGE'),
  priorityRouting: node('priority-routing', 'Priority routing', 'ROUTING'),
  skillRouting: node('skill-routing', 'Skill routing', 'ROUTING'),
  queueWait: node('queue-wait', 'Waiting queue', 'QUEUE'),
  callbackOffer: node('callback-offer', 'Offer a callback', 'DECISION'),
  callbackSchedule: node('callback-schedule', 'Schedule callback', 'CALLBACK'),
  callbackDial: node('callback-dial', 'Dial customer', 'CALLBACK'),
  agentTalk: node('agent-talk', 'Agent conversation', 'AGENT'),
  agentChat: node('agent-chat', 'Agent chat', 'AGENT'),
  consult: node('consult', 'Consult second line', 'AGENT'),
  transfer: node('transfer', 'Transfer', 'TRANSFER'),
  wrapUp: node('wrap-up', 'Wrap-up', 'AGENT'),
  botIntent: node('bot-intent', 'Recognise intent', 'DECISION'),
  botAnswer: node('bot-answer', 'Automatic answer', 'MESSAGE'),
  balanceLookup: node('balance-lookup', 'Read account balance', 'API'),
  paymentCheck: node('payment-check', 'Payment overdue?', 'CONDITION'),
  paymentLink: node('payment-link', 'Send payment link', 'MESSAGE'),
  deviceTest: node('device-test', 'Remote device test', 'API'),
  testResult: node('test-result', 'Evaluate device test', 'CONDITION'),
  ticket: node('ticket', 'Create ticket', 'API'),
  offerCheck: node('offer-check', 'Eligible for an offer?', 'CONDITION'),
  survey: node('survey', 'Satisfaction survey', 'MESSAGE'),
  end: node('end', 'End', 'END'),
} as const satisfies Record<string, NodeModel>;

export const INTENTS = ['billing', 'technical', 'sales', 'cancel', 'other'] as const;
export type Intent = (typeof INTENTS)[number];

export const TIERS: readonly [Weighted<string>, ...Weighted<string>[]] = [
  ['standard', 62],
  ['silver', 22],
  ['gold', 12],
  ['platinum', 4],
];
export const LANGUAGES: readonly [Weighted<string>, ...Weighted<string>[]] = [
  ['en', 58],
  ['de', 16],
  ['fr', 12],
  ['es', 10],
  ['nl', 4],
];
/** What callers of a number mostly want: this is how the dialled number drives the main menu. */
export const ENTRY_POINTS: readonly [Weighted<EntryPoint>, ...Weighted<EntryPoint>[]] = [
  [{ name: 'service-line', intents: { billing: 46, technical: 22, sales: 6, cancel: 12, other: 14 } }, 50],
  [{ name: 'support-line', intents: { billing: 8, technical: 78, sales: 2, cancel: 6, other: 6 } }, 30],
  [{ name: 'sales-line', intents: { billing: 8, technical: 4, sales: 74, cancel: 4, other: 10 } }, 20],
];
export interface EntryPoint {
  readonly name: string;
  readonly intents: Readonly<Record<Intent, number>>;
}

export const AGENTS: readonly [string, ...string[]] = [
  'Amara Okafor',
  'Lena Hoffmann',
  'Mateo Ruiz',
  'Priya Nair',
  'Jonas Keller',
  'Sofia Marino',
  'Daniel Brooks',
  'Chloé Martin',
  'Tomasz Zieliński',
  'Yuki Tanaka',
  'Fatima Haddad',
  'Oliver Grant',
  'Ingrid Solberg',
  'Rafael Costa',
  'Noor de Vries',
  'Grace Mwangi',
];

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Arrivals by hour of the day (UTC): quiet nights, peaks in mid-morning and mid-afternoon. */
const BY_HOUR = [
  0.12, 0.08, 0.06, 0.06, 0.08, 0.18, 0.45, 1.0, 1.7, 2.2, 2.3, 1.9, 1.5, 1.8, 2.2, 2.1, 1.8, 1.4, 1.0, 0.75,
  0.55, 0.4, 0.28, 0.18,
];
/** Arrivals by weekday, Sunday first. */
const BY_WEEKDAY = [0.3, 1.35, 1.15, 1.1, 1.05, 1.15, 0.5];

/** How busy the centre is at an instant (milliseconds since the epoch): 1 is the average over a week. */
export function shapeAt(millis: number): number {
  const date = new Date(millis);
  return (BY_HOUR[date.getUTCHours()] ?? 1) * (BY_WEEKDAY[date.getUTCDay()] ?? 1);
}

/** 0 when idle to 1 in the rush hours of a working day. */
export function loadAt(millis: number): number {
  return Math.min(1, Math.max(0, (shapeAt(millis) - 0.6) / 1.8));
}

/**
 * Arrivals at an instant, given what "now" is. The last day and above all the last two hours are denser than
 * the weeks before, so that short windows have something to show at any hour of the day.
 */
export function intensityAt(millis: number, now: number): number {
  const age = Math.max(0, now - millis) / HOUR_MS;
  return shapeAt(millis) * (1 + 8 * Math.exp(-age / 24)) + 30 * Math.exp(-age / 2);
}

/** The hour, nine hours before now, at which priority routing became slow: the history has a story to find. */
export function incidentStart(now: number): number {
  return Math.floor((now - 9 * HOUR_MS) / HOUR_MS) * HOUR_MS;
}

/** Open for calls at 07:00 to 20:00 UTC, every day. */
export function isOpen(hour: number): boolean {
  return hour >= 7 && hour < 20;
}

/** `+44 *** *** 4471`: a number as recording rules want it. */
export function maskedPhone(random: Random): string {
  const prefix = random.pick(['+44', '+49', '+33', '+34', '+31', '+1']);
  return `${prefix} *** *** ${String(random.integer(0, 9999)).padStart(4, '0')}`;
}
